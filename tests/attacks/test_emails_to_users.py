"""An e-mail to users holds nothing that a person typed, and no link but the service’s own."""

import ast
import inspect
import re
from dataclasses import replace

import pytest

from alerting.actions.alerts import guards, scheduling, sending
from alerting.actions.authorities import incidents
from alerting.actions.staff_notifications import inbox
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.links import links_in
from alerting.i18n import translator_for
from alerting.mailer import EmailResult
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, DIRK, Desk
from tests.staff import administrator, emails, member, send_mails

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


async def test_the_reason_of_who_sends_alone_leaves_in_no_email(
    desk: Desk, services: Services
) -> None:
    await staffed(desk)
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    await having_read.send_now(services, alert.id, by=DIRK, reason=TYPED)
    before = len(emails(services))
    assert await send_mails(services) > 0
    for _, text in emails(services)[before:]:
        assert "dirk" in text
        assert "evil" not in text
        assert "0903" not in text


async def test_a_notice_that_leads_elsewhere_is_read_on_the_page(
    desk: Desk, services: Services
) -> None:
    await staffed(desk)
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    said = NoticeText(gravity=Gravity.UNDONE, says="{problem}", asks="please review")
    async with services.unit() as unit:
        await inbox.notify_all(services, unit, alert, said, problem=TYPED)
    before = len(emails(services))
    assert await send_mails(services) > 0
    for _, text in emails(services)[before:]:
        for link in links_in(text):
            assert link.shown.startswith(services.rules.public_url)


@pytest.mark.parametrize("module", [sending, guards, scheduling, incidents])
def test_no_notice_is_given_a_text_that_was_typed(module: object) -> None:
    for call in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("notify"):
            given = {one.arg for one in call.keywords if one.arg}
            assert given <= TOLD | {"by"}, ast.unparse(call)


class Kept:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        self.mails.append((subject, text))
        return EmailResult.TAKEN


async def test_an_e_mail_says_which_alert_what_is_asked_and_where(
    desk: Desk, services: Services
) -> None:
    await staffed(desk)
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    await having_read.send_now(services, alert.id, by=DIRK, reason=TYPED)
    kept, say = Kept(), translator_for(Language.NL)
    assert await send_mails(replace(services, mailer=kept)) == len(kept.mails) > 0
    title = services.composer.library.scenario(alert.scenario).titles[Language.NL]
    page = f"{services.rules.public_url}/alerts/{alert.id}"
    for subject, text in kept.mails:
        assert subject == f"Alarmering {alert.id} ({title}): {say(sending.SENT_ALONE.asks)}"
        assert text.startswith("Geachte collega,\n\n")
        assert set(re.findall(r"https?://\S+", text)) == {page, services.rules.public_url}
