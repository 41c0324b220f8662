"""An authority's on-call list: kept by its administrators, on its page and by programs."""

import re
from collections.abc import Callable
from typing import Any

from alerting.actions import ledger
from alerting.actions.accounts import administration
from alerting.actions.authorities import on_call
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import JORIS, MILA, Desk
from tests.doubles import Clock
from tests.staff import member, send_mails, shut_out
from tests.web.conftest import AsRole
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
PAGE = "/authorities/national"
FORM: dict[str, Any] = {
    "name": "joris",
    "place": "1",
    "start": "2030-01-15T20:00",
    "end": "2030-01-16T08:00",
}
As = Callable[[Role], AsRole]


async def test_an_administrator_puts_somebody_on_call_and_takes_them_off(
    desk: Desk, browsers: Browsers, services: Services, clock: Clock
) -> None:
    await member(services, clock, "joris", Role.APPROVER)
    ada = await browsers(ADA)
    assert "Nobody is on call." in (await ada.get(PAGE)).text
    added = await ada.post(f"{PAGE}/on-call", data=FORM)
    assert added.status_code == 303
    assert "from 15 Jan 2030, 20:00 until 16 Jan 2030, 08:00" in (await ada.get(PAGE)).text
    [entry] = await on_call.list_on_call(services, "national", by=MILA)
    removed = await ada.post(f"{PAGE}/on-call/{entry.id}/remove")
    assert removed.status_code == 303
    assert "Nobody is on call." in (await ada.get(PAGE)).text
    told = [one.what for one in (await ledger.list_entries(services, by=ADA)).items]
    assert {"on-call.added", "on-call.removed"} <= {*told}


async def test_what_cannot_be_is_refused_in_place_with_what_was_typed(
    browsers: Browsers, services: Services, clock: Clock
) -> None:
    await member(services, clock, "joris", Role.APPROVER)
    ada = await browsers(ADA)
    for wrong, said in (
        ({"name": " "}, "officer"),
        ({"name": "x" * 65}, "officer"),
        ({"name": "nobody"}, "There is no user “nobody” who works here"),
        ({"end": "2030-01-15T19:00"}, "The end must be after the start"),
        ({"end": "tomorrow"}, "is not a date and time"),
    ):
        answer = await ada.post(f"{PAGE}/on-call", data=FORM | wrong)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="2030-01-15T20:00"' in answer.text
    assert not await on_call.list_on_call(services, "national", by=MILA)


async def test_others_see_the_list_and_change_nothing(browsers: Browsers) -> None:
    joris = await browsers(JORIS)
    page = (await joris.get(PAGE)).text
    assert "Nobody is on call." in page
    assert "Put somebody on call" not in page
    assert (await joris.post(f"{PAGE}/on-call", data=FORM)).status_code == 403


async def test_whoever_leaves_is_off_every_list(
    browsers: Browsers, services: Services, clock: Clock
) -> None:
    await member(services, clock, "joris", Role.APPROVER)
    ada = await browsers(ADA)
    await ada.post(f"{PAGE}/on-call", data=FORM)
    await administration.end_account(services, "joris", by=SHELL)
    assert not await on_call.list_on_call(services, "national", by=MILA)


async def test_programs_keep_the_list_in_the_same_way(
    as_role: As, services: Services, clock: Clock
) -> None:
    await member(services, clock, "joris", Role.APPROVER)
    path = "/api/authorities/national/on-call"
    wanted = {
        "officer": "joris",
        "place": 1,
        "starts_at": "2030-01-15T20:00:00+01:00",
        "ends_at": "2030-01-16T08:00:00+01:00",
    }
    ada, mila = as_role(Role.ADMINISTRATOR), as_role(Role.COMMUNICATOR)
    made = await ada.post(path, wanted)
    assert (made.status_code, made.json()["officer"]) == (201, "joris")
    assert [one["place"] for one in (await mila.get(path)).json()] == [1]
    assert (await mila.post(path, wanted)).status_code == 403
    assert (await ada.post(path, {**wanted, "place": 0})).status_code == 422
    gone = await ada.request("DELETE", f"{path}/{made.json()['id']}")
    assert gone.status_code == 204
    assert (await mila.get(path)).json() == []


async def test_the_form_offers_who_may_approve_and_says_who_on_the_list_no_longer_may(
    browsers: Browsers, services: Services, clock: Clock
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    joris = await member(services, clock, "joris", Role.APPROVER)
    ada = await browsers(ADA)
    page = (await ada.get(PAGE)).text
    assert "<option>joris</option>" in page
    assert "<option>mila</option>" not in page
    await ada.post(f"{PAGE}/on-call", data=FORM)
    assert "is passed over" not in (await ada.get(PAGE)).text
    held = (await joris.account()).memberships[0]
    await member(services, clock, "leen", Role.APPROVER)
    await shut_out(services, held.id)
    assert "is passed over" in (await ada.get(PAGE)).text


async def test_submitting_says_who_is_called_and_the_first_page_who_was(
    desk: Desk, browsers: Browsers, services: Services, clock: Clock
) -> None:
    draft = await desk.drafts()
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{draft.id}/submit")).text
    assert 'class="problem" id="nobody-to-call"' in page
    await member(services, clock, "joris", Role.APPROVER)
    page = (await mila.get(f"/alerts/{draft.id}/submit")).text
    assert "Called at once: joris." in page
    await desk.submits(draft)
    await send_mails(services)
    assert re.search(r"Called: joris \(E-mail \d+:\d\d\)\.", (await mila.get("/")).text)


async def test_where_nobody_was_called_board_and_first_page_say_whom_to_telephone(
    desk: Desk, browsers: Browsers, services: Services
) -> None:
    alert = await desk.submits(await desk.drafts())
    mila = await browsers(MILA)
    for page in ("/", f"/alerts/{alert.id}"):
        said = (await mila.get(page)).text
        assert "Nobody could be called to approve this alert" in said
        assert "Called:" not in said
