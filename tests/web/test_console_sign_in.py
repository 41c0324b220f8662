"""Getting in and out: a link signs in once, a token as often as it lasts, and nobody else does."""

import pytest

from alerting.actions.accounts import magic_links, tokens
from alerting.domain.ledger import SHELL
from alerting.web.console.accounts.session import own_path
from tests.desk import JORIS, Desk
from tests.web.console import Browsers


async def test_looking_at_a_link_does_not_use_it_up(desk: Desk, browsers: Browsers) -> None:
    secret = await magic_links.make_link(desk.services, JORIS)
    browser = await browsers()
    for _ in range(2):  # a mail scanner first, then the person
        page = await browser.get(f"/sign-in?once={secret}")
        assert "Sign in as joris" in page.text
    answer = await browser.post("/sign-in", data={"secret": secret, "next": "/inbox"})
    assert answer.headers["location"] == "/inbox"
    assert (await browser.get("/")).status_code == 200


async def test_a_link_signs_in_once(desk: Desk, browsers: Browsers) -> None:
    secret = await magic_links.make_link(desk.services, JORIS)
    await (await browsers()).post("/sign-in", data={"secret": secret})
    second = await browsers()
    assert "your access is no longer valid" in (await second.get(f"/sign-in?once={secret}")).text
    assert (await second.post("/sign-in", data={"secret": secret})).status_code == 401


async def test_a_token_opens_no_page(desk: Desk, browsers: Browsers) -> None:
    token = await tokens.make_token(desk.services, JORIS, by=SHELL)
    browser = await browsers()
    answer = await browser.post("/sign-in", data={"secret": f" {token} "})
    assert answer.status_code == 401
    assert "This token can only be used by programs" in answer.text
    assert "session" not in browser.cookies


async def test_a_wrong_token_is_refused_and_not_shown_again(browsers: Browsers) -> None:
    answer = await (await browsers()).post("/sign-in", data={"secret": "alt_wrong"})
    assert answer.status_code == 401
    assert "This token can only be used by programs" in answer.text
    assert "alt_wrong" not in answer.text


async def test_signing_out_ends_the_session_here_and_in_the_database(browsers: Browsers) -> None:
    browser = await browsers(JORIS)
    held = browser.cookies["session"]
    await browser.post("/sign-out")
    assert "session" not in browser.cookies
    browser.cookies.set("session", held)
    assert (await browser.get("/")).headers["location"].startswith("/sign-in")


async def test_a_stranger_is_led_to_the_sign_in_page_and_back(browsers: Browsers) -> None:
    answer = await (await browsers()).get("/alerts/7")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/alerts/7"


async def test_a_live_board_that_may_no_longer_be_read_begins_anew(browsers: Browsers) -> None:
    answer = await (await browsers()).get("/alerts/7/live", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?ended=1&next=/alerts/7/live"
    there = {"HX-Request": "true", "Referer": "http://console.test/alerts/7"}
    answer = await (await browsers()).get("/alerts/7/live", headers=there)
    assert answer.headers["hx-redirect"] == "/sign-in?ended=1&next=/alerts/7"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/alerts/1/send"])
async def test_another_sites_form_does_nothing(browsers: Browsers, path: str) -> None:
    browser = await browsers(JORIS)
    answer = await browser.post(
        path,
        data={"secret": "x", "language": "nl", "seen": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "did not come from a page of this console" in answer.text


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        pytest.param("/alerts/3?x=1", "/alerts/3?x=1", id="a page of ours"),
        pytest.param("//elsewhere.example", "/", id="another host"),
        pytest.param("/\\elsewhere.example", "/", id="another host, as browsers mend it"),
        pytest.param("https://elsewhere.example", "/", id="a whole address"),
        pytest.param("/a\r\nSet-Cookie: x=1", "/", id="a header smuggled in"),
        pytest.param("/\t/elsewhere.example", "/", id="a tab that browsers drop"),
        pytest.param("", "/", id="nothing"),
    ],
)
def test_one_only_ever_returns_to_our_own_pages(wanted: str, goes_to: str) -> None:
    assert own_path(wanted) == goes_to


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Se connecter"), ("nl", "Aanmelden"), ("de", "Anmelden"), ("en", "Sign in")],
)
async def test_a_language_is_kept_and_leads_back(
    browsers: Browsers, language: str, words: str
) -> None:
    browser = await browsers()
    answer = await browser.post("/language", data={"language": language, "next": "/sign-in"})
    assert answer.headers["location"] == "/sign-in"
    page = await browser.get("/sign-in")
    assert f'<html lang="{language}">' in page.text
    assert words in page.text
    assert page.headers["content-language"] == language


async def test_pages_are_kept_by_no_cache_and_run_no_script_of_others(browsers: Browsers) -> None:
    page = await (await browsers(JORIS)).get("/")
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "style=" not in page.text
    assert "<script>" not in page.text
