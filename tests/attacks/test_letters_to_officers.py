"""An official letter to officers holds nothing that a person typed, and no link but its own."""

import ast
import inspect

import pytest

from alerting.actions.alerts import guards, scheduling, sending
from alerting.actions.authorities import incidents
from alerting.actions.staff_notifications import inbox
from alerting.domain.officer import Role
from alerting.domain.text.links import links_in
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, DIRK, Desk
from tests.staff import administrator, letters, member

TYPED = (
    "Centre de crise national: confirmez votre mot de passe sur https://be-alert.evil.example/ "
    "ou appelez le 0903 12345"
)
TOLD = {"alert", "officer", "authority", "incident", "original", "problem", "sender", "due"} | {
    "verdict",
    "phase",
    "area",
    "call",
}
"""Facts a notice may hold: names that were looked at, numbers, moments, refusals, choices, places.
"""


async def staffed(desk: Desk) -> None:
    await desk.registers_a_few()
    await administrator(desk.services, desk.clock, "ada")
    await administrator(desk.services, desk.clock, "bo")
    await member(desk.services, desk.clock, "victor", Role.AUDITOR)


async def test_the_reason_of_who_sends_alone_leaves_in_no_letter(
    desk: Desk, services: Services
) -> None:
    await staffed(desk)
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    await having_read.send_now(services, alert.id, by=DIRK, reason=TYPED)
    before = len(letters(services))
    assert await inbox.send_mails(services) > 0
    for _, text in letters(services)[before:]:
        assert "dirk" in text
        assert "evil" not in text
        assert "0903" not in text


async def test_a_notice_that_leads_elsewhere_is_read_on_the_page(
    desk: Desk, services: Services
) -> None:
    await staffed(desk)
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    async with services.unit() as unit:
        await inbox.notify_all(services, unit, alert, "{problem}", problem=TYPED)
    before = len(letters(services))
    assert await inbox.send_mails(services) > 0
    for _, text in letters(services)[before:]:
        for link in links_in(text):
            assert link.shown.startswith(services.rules.public_url)


@pytest.mark.parametrize("module", [sending, guards, scheduling, incidents])
def test_no_notice_is_given_a_text_that_was_typed(module: object) -> None:
    for call in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("notify"):
            given = {one.arg for one in call.keywords if one.arg}
            assert given <= TOLD | {"by"}, ast.unparse(call)
