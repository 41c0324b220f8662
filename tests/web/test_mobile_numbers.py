"""A mobile number is set on one's own page and by programs; it is in no address, and shown whole to
nobody else."""

import logging
from collections.abc import Callable

import httpx2
import pytest

from alerting.actions.alerts import calls
from alerting.domain.mobile_number import MAX_CODES_BY_ONE
from alerting.domain.officer import Role
from alerting.services import Services
from tests.desk import JORIS, Desk
from tests.doubles import Clock
from tests.staff import ADA, Member, has_mobile, last_code, member, send_mails, texts
from tests.web.conftest import AsRole
from tests.web.console import Browsers
from tests.web.test_console_accounts import signs_in

As = Callable[[Role], AsRole]
NUMBER, WRITTEN = "+32475998877", "0475 99 88 77"


@pytest.fixture
async def joris(services: Services, clock: Clock) -> Member:
    return await member(services, clock, "joris", Role.APPROVER)


async def comes_in(browsers: Browsers, who: Member) -> httpx2.AsyncClient:
    browser = await browsers()
    await signs_in(browser, who)
    browser.cookies.delete("language")
    return browser


async def test_a_user_sets_and_removes_their_number_on_their_own_page(
    joris: Member, services: Services, browsers: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    browser = await comes_in(browsers, joris)
    assert "No mobile number is confirmed." in (await browser.get("/account")).text
    sent = await browser.post("/account/mobile/code", data={"number": WRITTEN})
    assert (sent.status_code, sent.headers["location"]) == (303, "/account#mobile")
    page = (await browser.get("/account")).text
    assert f"Code sent to {NUMBER}" in page
    assert 'autocomplete="one-time-code"' in page
    wrong = await browser.post("/account/mobile", data={"code": "12345"})
    assert wrong.status_code == 422
    assert "This code is incorrect, or no longer valid." in wrong.text
    done = await browser.post("/account/mobile", data={"code": last_code(services)})
    assert done.headers["location"] == "/account#mobile"
    page = (await browser.get("/account")).text
    assert NUMBER in page
    assert "Code sent to" not in page
    removed = await browser.post("/account/mobile/remove")
    assert removed.headers["location"] == "/account#mobile"
    assert NUMBER not in (await browser.get("/account")).text
    assert NUMBER[1:] not in caplog.text
    assert WRITTEN not in caplog.text


async def test_what_is_no_mobile_number_is_refused_in_place_with_what_was_typed(
    joris: Member, browsers: Browsers
) -> None:
    browser = await comes_in(browsers, joris)
    for number, said in (
        ("0903 12 345", "premium-rate"),
        ("02 512 34 56", "This is not a mobile number"),
        ("+1 415 555 2671", "a number from another country"),
    ):
        answer = await browser.post("/account/mobile/code", data={"number": number})
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{number}"' in answer.text


async def test_who_was_not_asked_for_a_while_proves_who_they_are_first(
    joris: Member, browsers: Browsers, clock: Clock, services: Services
) -> None:
    browser = await comes_in(browsers, joris)
    clock.forward(minutes=10)
    answer = await browser.post("/account/mobile/code", data={"number": WRITTEN})
    assert answer.headers["location"].startswith("/sign-in/again")
    assert not texts(services)


async def test_administrators_see_it_masked_and_may_remove_it(
    joris: Member, services: Services, browsers: Browsers
) -> None:
    await has_mobile(services, joris.officer, NUMBER)
    ada = await browsers(ADA)
    page = (await ada.get("/users")).text
    assert "+3247…77" in page
    assert NUMBER not in page
    assert (await ada.post("/users/joris/mobile/remove")).status_code == 303
    assert "+3247…77" not in (await ada.get("/users")).text


async def test_programs_set_confirm_and_remove_it(
    joris: Member, services: Services, as_role: As
) -> None:
    program = as_role(Role.APPROVER)
    none = {"confirmed": "", "code_sent_to": ""}
    assert (await program.get("/api/me/mobile")).json() == none
    sent = await program.post("/api/me/mobile", {"number": WRITTEN})
    assert (sent.status_code, sent.json()) == (202, none | {"code_sent_to": "+3247…77"})
    wrong = await program.post("/api/me/mobile/confirmation", {"code": "x"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:alerting:wrong-code")
    code = {"code": last_code(services)}
    assert (await program.post("/api/me/mobile/confirmation", code)).status_code == 204
    assert (await program.get("/api/me/mobile")).json() == none | {"confirmed": "+3247…77"}
    assert (await program.request("DELETE", "/api/me/mobile")).status_code == 204
    assert (await program.request("DELETE", "/api/users/joris/mobile")).status_code == 403
    await has_mobile(services, joris.officer, NUMBER)
    administrator = as_role(Role.ADMINISTRATOR)
    assert (await administrator.request("DELETE", "/api/users/joris/mobile")).status_code == 204
    assert (await program.get("/api/me/mobile")).json() == none


async def test_too_many_codes_are_told_as_such(joris: Member, as_role: As) -> None:
    program = as_role(Role.APPROVER)
    answers = [
        await program.post("/api/me/mobile", {"number": WRITTEN})
        for _ in range(MAX_CODES_BY_ONE + 1)
    ]
    assert [one.status_code for one in answers] == [*[202] * MAX_CODES_BY_ONE, 429]


async def test_the_page_of_an_alert_says_who_was_called_when_and_how(
    desk: Desk, joris: Member, clock: Clock, services: Services, browsers: Browsers
) -> None:
    await member(services, clock, "leen", Role.APPROVER)
    await has_mobile(services, joris.officer, NUMBER)
    await send_mails(services)
    alert = await desk.submits(await desk.drafts())
    await calls.remind_of_approvals(services)
    await send_mails(services)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    told = page.partition('id="called"')[2].partition("</ul>")[0]
    of_joris, of_leen = told.split("joris (")[1].split("leen (")
    assert "Text message" in of_joris
    assert "receipt expected" in of_joris
    assert "accepted by the relay" in of_joris
    assert "accepted by the relay" in of_leen
    assert "Text message" not in of_leen
    assert NUMBER[1:] not in page
