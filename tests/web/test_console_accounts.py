"""The pages of accounts: in by two factors, asked again where it is grave, nothing lost."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from fastapi import FastAPI

from alerting.actions.accounts import invitations, magic_links, memberships, tokens
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from alerting.web.request_guard import MAX_BODY_BYTES
from tests.desk import Desk
from tests.doubles import Clock
from tests.server import nothing_beside
from tests.staff import PASSWORD, Member, administrator, confirm, emails, last_link, member
from tests.web.console import OURS, Browsers


async def signs_in(browser: httpx2.AsyncClient, who: Member) -> None:
    """Password, then the code of the app."""
    answer = await browser.post("/sign-in", data={"name": who.name, "password": PASSWORD})
    assert answer.headers["location"] == "/sign-in/second?next=/"
    answer = await browser.post("/sign-in/second", data={"code": who.code()})
    assert answer.headers["location"] == "/"


async def test_a_password_leads_to_the_second_factor_and_that_leads_in(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    browser = await browsers()
    await signs_in(browser, mila)
    assert "mila" in (await browser.get("/")).text


async def test_half_a_sign_in_opens_no_page(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    browser = await browsers()
    await browser.post("/sign-in", data={"name": "mila", "password": PASSWORD})
    assert (await browser.get("/")).headers["location"].startswith("/sign-in")


async def test_an_invitation_leads_through_the_second_factor_in(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    from tests.staff import ADA, BO, wanted

    number = await invitations.request_invitation(
        services, wanted("mila", Role.COMMUNICATOR), by=ADA
    )
    await confirm(services, number, by=BO)
    path = last_link(services).partition(":8000")[2]
    browser = await browsers()
    assert "mila" in (await browser.get(path)).text
    key = path.partition("key=")[2]
    weak = await browser.post("/welcome", data={"key": key, "password": "password1234"})
    assert (weak.status_code, "common or stolen" in weak.text) == (422, True)
    await browser.post("/welcome", data={"key": key, "password": PASSWORD})
    page = await browser.get("/sign-in/second")
    assert "Set up a second factor" in page.text
    one_time_token = re.findall(r'name="one_time_token" value="([^"]+)"', page.text)[0]
    secret = re.findall(r'class="secret">(\w+)<', page.text)[0]
    somebody = Member(services, clock, "mila", Role.COMMUNICATOR, app=secret)
    wrong = await browser.post(
        "/sign-in/app", data={"one_time_token": one_time_token, "code": "000000"}
    )
    assert (wrong.status_code, secret in wrong.text) == (401, True)
    codes = await browser.post(
        "/sign-in/app", data={"one_time_token": one_time_token, "code": somebody.code()}
    )
    assert len(re.findall(r"<code>\w{5}-\w{5}</code>", codes.text)) == 10
    assert (await browser.get("/")).status_code == 200
    assert "Deze link is niet meer geldig" in (await browser.get(path)).text


async def test_no_page_tells_who_has_an_account(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    await member(services, clock, "mila", Role.COMMUNICATOR)
    browser = await browsers()
    signing_in, forgotten = [], []
    for name in ("mila", "nobody"):
        answer = await browser.post("/sign-in", data={"name": name, "password": "x" * 20})
        signing_in.append((answer.status_code, answer.text.replace(name, "")))
        answer = await browser.post("/forgotten", data={"email": f"{name}@crisis.example"})
        forgotten.append((answer.status_code, answer.text, dict(answer.headers)))
    assert signing_in[0] == signing_in[1]
    assert forgotten[0] == forgotten[1]
    assert len([to for to, text in emails(services) if "binnen het uur" in text]) == 1


async def test_whoever_guesses_is_told_to_wait(browsers: Browsers) -> None:
    browser = await browsers()
    for _ in range(5):
        await browser.post("/sign-in", data={"name": "nobody", "password": "x" * 20})
    answer = await browser.post("/sign-in", data={"name": "nobody", "password": "x" * 20})
    assert answer.status_code == 429
    assert "Wait 1 seconds" in answer.text


async def test_what_was_typed_when_the_session_ended_is_back_after_signing_in(
    desk: Desk, services: Services, clock: Clock, browsers: Browsers
) -> None:
    joris = await member(services, clock, "joris", Role.APPROVER)
    await desk.registers_a_few()
    alert = await desk.drafts()
    browser = await browsers()
    await signs_in(browser, joris)
    clock.forward(minutes=31)
    path = f"/alerts/{alert.id}/approve"
    answer = await browser.post(
        path,
        data={"seen": alert.fingerprint(), "reason": "Vu avec <le gouverneur>"},
        headers={"Referer": f"http://console.test{path}"},
    )
    back = httpx2.URL(answer.headers["location"]).params["next"]
    assert back.startswith(f"{path}?kept=")
    answer = await browser.post(
        "/sign-in", data={"name": "joris", "password": PASSWORD, "next": back}
    )
    answer = await browser.post("/sign-in/second", data={"code": joris.code(), "next": back})
    page = await browser.get(answer.headers["location"])
    assert "Wat u hebt ingevoerd, staat weer" in page.text
    assert "Vu avec &lt;le gouverneur&gt;" in page.text
    assert "<le gouverneur>" not in page.text


async def test_composing_goes_on_with_the_last_field_after_a_session_ended(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    browser = await browsers()
    await signs_in(browser, mila)
    form = {"scenario": "chem_shelter", "alert_class": "exercise"}
    path = (await browser.post("/compose", data=form)).headers["location"]
    clock.forward(minutes=31)
    answer = await browser.post(
        path,
        data={"version": "1", "value.location.fr": "quai 4", "place": "Ans"},
        headers={"Referer": f"http://console.test{path}", "HX-Request": "true"},
    )
    there = httpx2.URL(answer.headers["hx-redirect"])
    back = there.params["next"]
    assert back.startswith(f"{path}?kept=")
    assert "Uw sessie is beëindigd" in (await browser.get(str(there))).text
    await browser.post("/sign-in", data={"name": "mila", "password": PASSWORD, "next": back})
    answer = await browser.post("/sign-in/second", data={"code": mila.code(), "next": back})
    page = (await browser.get(answer.headers["location"])).text
    assert "data-restored" in page
    assert 'value="quai 4"' in page
    assert 'value="Ans"' in page


async def test_what_a_colleague_saved_meanwhile_and_what_was_typed_are_both_there_to_choose(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    lucie = await member(services, clock, "lucie", Role.COMMUNICATOR)
    browser, colleague = await browsers(), await browsers()
    await signs_in(browser, mila)
    form = {"scenario": "chem_shelter", "alert_class": "exercise"}
    path = (await browser.post("/compose", data=form)).headers["location"]
    clock.forward(minutes=31)
    answer = await browser.post(
        path,
        data={"version": "1", "value.location.fr": "quai 4"},
        headers={"Referer": f"http://console.test{path}", "HX-Request": "true"},
    )
    back = httpx2.URL(answer.headers["hx-redirect"]).params["next"]
    await signs_in(colleague, lucie)
    await colleague.post(path, data={"version": "1", "value.location.fr": "quai 7", "act": "save"})
    await browser.post("/sign-in", data={"name": "mila", "password": PASSWORD, "next": back})
    answer = await browser.post("/sign-in/second", data={"code": mila.code(), "next": back})
    page = (await browser.get(answer.headers["location"])).text
    assert 'name="choice.value.location" value="theirs"' in page
    assert "quai 4" in page
    assert "quai 7" in page
    assert "quai 7" in (await colleague.get(path)).text, "nothing of it is overwritten unasked"


async def test_what_one_officer_typed_is_not_shown_to_another(
    desk: Desk, services: Services, clock: Clock, browsers: Browsers
) -> None:
    from alerting.actions.accounts import saved_forms as forms

    await member(services, clock, "joris", Role.APPROVER)
    key = await forms.save_form(services, "joris", {"reason": "confidential"})
    paula = await member(services, clock, "paula", Role.APPROVER)
    browser = await browsers()
    await signs_in(browser, paula)
    assert "confidential" not in (await browser.get(f"/?kept={key}")).text


async def test_secrets_are_never_kept_with_a_form(services: Services) -> None:
    from alerting.actions.accounts import saved_forms as forms

    fields = {"password": "x", "code": "123456", "note": "kept"}
    key = await forms.save_form(services, "joris", fields)
    assert await forms.load_form(services, key, officer="joris") == {"note": "kept"}
    assert await forms.save_form(services, "joris", {"password": "x"}) == ""


async def test_a_grave_act_asks_again_and_comes_back_with_what_was_typed(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    ada = await administrator(services, clock, "ada")
    browser = await browsers()
    await signs_in(browser, ada)
    clock.forward(minutes=6)
    form = {
        "name": "mila", "email": "mila@crisis.example", "role": "communicator", "language": "fr",
    }  # fmt: skip
    answer = await browser.post(
        "/users/invite", data=form, headers={"Referer": "http://console.test/users"}
    )
    assert answer.headers["location"].startswith("/sign-in/again?next=/users%3Fkept%3D")
    back = httpx2.URL(answer.headers["location"]).params["next"]
    wrong = await browser.post("/sign-in/again", data={"code": "000000", "next": back})
    assert wrong.status_code == 401
    answer = await browser.post("/sign-in/again", data={"code": ada.code(), "next": back})
    page = await browser.get(answer.headers["location"])
    assert "mila@crisis.example" in page.text
    await browser.post("/users/invite", data=form)
    assert "een tweede persoon moet dit bevestigen" in (await browser.get("/users")).text


async def test_an_account_page_lists_and_ends_sessions(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    desk, phone = await browsers(), await browsers()
    phone.headers["user-agent"] = "Mozilla/5.0 (Android 14) Firefox/140.0"
    await signs_in(desk, mila)
    await signs_in(phone, mila)
    page = await desk.get("/account")
    assert "Firefox · Android" in page.text
    number = re.findall(r"/account/sessions/(\d+)/end", page.text)[0]
    await desk.post(f"/account/sessions/{number}/end")
    assert (await phone.get("/")).headers["location"].startswith("/sign-in")
    assert (await desk.get("/")).status_code == 200


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_browser_in(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    here, there = await browsers(), await browsers()
    await signs_in(here, mila)
    await signs_in(there, mila)
    answer = await here.post("/account/password", data={"password": "iets heel anders en lang"})
    assert answer.status_code == 303
    assert (await here.get("/")).status_code == 200
    assert (await there.get("/")).headers["location"].startswith("/sign-in")


async def test_only_administrators_see_the_people(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    mila = await member(services, clock, "mila", Role.COMMUNICATOR)
    browser = await browsers()
    await signs_in(browser, mila)
    assert (await browser.get("/users")).status_code == 403


async def test_the_page_of_people_ends_a_membership_or_asks_a_second_administrator(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    from tests.staff import ADA, BO

    await member(services, clock, "mila", Role.COMMUNICATOR)
    await member(services, clock, "leen", Role.COMMUNICATOR)
    browser, other = await browsers(ADA), await browsers(BO)
    for name in ("mila", "leen"):
        page = (await browser.get("/users")).text
        (end,) = re.findall(rf"/users/{name}/memberships/\d+/end", page)
        assert (await browser.post(end)).status_code == 303
    assert await memberships.memberships_of(services, "mila") == []
    assert await memberships.memberships_of(services, "leen") != []  # nobody else would send
    page = (await other.get("/users")).text
    assert "End the membership of leen" in page
    (request,) = re.findall(r"/users/requests/\d+/confirm", page)
    await other.post(request)
    assert await memberships.memberships_of(services, "leen") == []


async def test_somebody_who_came_by_a_link_proves_themself_with_a_new_one(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    from tests.staff import ADA

    browser = await browsers(ADA)
    clock.forward(minutes=6)
    answer = await browser.post("/users/x/end")
    assert answer.headers["location"].startswith("/sign-in/again")
    assert "Request a new link" in (await browser.get("/sign-in/again")).text


async def test_where_links_are_enough_nobody_is_asked_for_a_new_one(
    services: Services, clock: Clock
) -> None:
    from tests.staff import ADA

    lax = replace(services, rules=replace(services.rules, fresh_required=False))
    app = create_app(lax, Settings(), alongside=nothing_beside)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://console.test", headers=OURS
    ) as browser:
        await browser.post("/sign-in", data={"secret": await magic_links.make_link(lax, ADA)})
        clock.forward(minutes=6)
        assert (await browser.post("/users/x/end")).status_code == 404


async def test_cookies_are_for_this_host_only_where_there_is_https(
    services: Services, clock: Clock
) -> None:
    mila = await member(services, clock, "mila", Role.AUDITOR)
    app = create_app(
        services, Settings(public_url="https://alert.example"), alongside=nothing_beside
    )
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="https://alert.example", headers=OURS
    ) as browser:
        answer = await browser.post("/sign-in", data={"name": mila.name, "password": PASSWORD})
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        set_here = answer.headers.get_list("set-cookie")
    for name in ("__Host-session", "__Host-device"):
        [one] = [cookie for cookie in set_here if cookie.startswith(f"{name}=")]
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(one.split("; "))


@pytest.mark.parametrize("over", [0, 1])
async def test_a_body_in_chunks_is_measured_as_it_comes(
    app: FastAPI, services: Services, over: int
) -> None:
    token = await tokens.make_token(services, Officer("mila", Role.COMMUNICATOR), by=SHELL)

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * (MAX_BODY_BYTES - 7)
        yield b"y" * (7 + over)

    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://console.test") as client:
        answer = await client.post(
            "/api/alerts", content=body(), headers={"Authorization": f"Bearer {token}"}
        )
    assert (answer.status_code == 413) is bool(over)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
