"""The first page: what is in force, what waits for whoever looks, what waits for others, the rest.

It follows what happens by itself.
"""

import asyncio
import json
import re
from contextlib import aclosing
from html import unescape

import pytest

from alerting.actions.accounts import administration
from alerting.actions.alerts import approval
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.officer import Officer, Role
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.web.console.alerts import live_updates as module
from alerting.web.console.alerts.line_changes import lines_of
from alerting.web.console.alerts.live_updates import Live
from alerting.web.console.alerts.pages import home_events, home_figures
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.territory import Country
from tests.web.console import Browsers
from tests.web.test_line_changes import applied

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
SOON = 5.0


def section(page: str, name: str) -> str:
    """What a list says, without its tags."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"no list {name}"
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found[0])))


async def home(browsers: Browsers, officer: Officer, language: str = "en") -> str:
    browser = await browsers(officer)
    return (await browser.get("/", headers={"Accept-Language": language})).text


async def test_an_empty_page_says_of_each_list_that_it_is_empty(browsers: Browsers) -> None:
    page = await home(browsers, JORIS)
    assert "No alert is in force." in section(page, "in-force")
    assert "Nothing is waiting for you." in section(page, "to-decide")
    assert "No alert is over yet." in page
    assert "<title>Alerts " in page


async def test_what_is_in_force_stands_first_and_what_is_over_last(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    await desk.works()
    await desk.sweeps()
    ended = await desk.issues(alert_class=AlertClass.EXERCISE)
    await desk.sends(await desk.approves(await desk.follows_up(ended, FollowUp.ALL_CLEAR)))
    page = await home(browsers, JORIS)
    assert f"Alert {first.id} " in section(page, "in-force")
    assert f"Alert {ended.id} " not in section(page, "in-force")
    assert page.index('id="in-force"') < page.index('id="to-decide"') < page.index('id="past"')
    assert f'href="/alerts/{ended.id}"' in page[page.index('id="past"') :]


async def test_only_what_was_submitted_waits_and_drafts_stand_apart(
    desk: Desk, browsers: Browsers
) -> None:
    draft, asked = (
        await desk.drafts(),
        await desk.submits(await desk.drafts(), note="The wind turns"),
    )
    desk.clock.forward(minutes=3)
    page = await home(browsers, JORIS)
    waits = section(page, "to-decide")
    assert f"Alert {asked.id} " in waits
    for said in (
        "Check and approve",
        "Submitted by mila, 3 minutes ago",
        "The wind turns",
        "severity",
    ):
        assert said in waits
    assert f"Alert {draft.id} " not in waits
    assert f"{draft.id} Chemical leak" in section(page, "drafts")
    assert "<title>(1) Alerts" in page


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "il y a 3 minutes"), ("nl", "3 minuten geleden"), ("de", "vor 3 Minuten")],
)
async def test_how_long_it_waits_is_told_in_the_readers_language(
    desk: Desk, browsers: Browsers, language: str, said: str
) -> None:
    await desk.submits(await desk.drafts())
    desk.clock.forward(minutes=3)
    assert said in section(await home(browsers, JORIS, language), "to-decide")


async def test_the_gravest_and_then_the_oldest_stand_first(desk: Desk, browsers: Browsers) -> None:
    exercise = await desk.submits(await desk.drafts(alert_class=AlertClass.EXERCISE))
    desk.clock.forward(minutes=1)
    older = await desk.submits(await desk.drafts())
    desk.clock.forward(minutes=1)
    newer = await desk.submits(await desk.drafts())
    waits = section(await home(browsers, JORIS), "to-decide")
    places = [waits.index(f" Alert {one.id} ·") for one in (older, newer, exercise)]
    assert places == sorted(places)


async def test_nobodys_own_alert_waits_for_them_but_a_returned_one_does(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.submits(await desk.drafts(by=LEEN), by=LEEN)
    assert "Nothing is waiting" in section(await home(browsers, LEEN), "to-decide")
    assert "awaiting approval" in section(await home(browsers, LEEN), "with-others")
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="Wrong street")
    assert "Nothing is waiting" in section(await home(browsers, JORIS), "to-decide")
    mine = await desk.submits(await desk.drafts())
    await approval.return_to_author(desk.services, mine.id, by=JORIS, reason="Wrong street")
    waits = section(await home(browsers, MILA), "to-decide")
    assert "To be corrected" in waits
    assert "Wrong street" in waits


async def test_what_is_approved_waits_for_whoever_may_send(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.approves(await desk.drafts())
    waits = section(await home(browsers, MILA), "to-decide")
    assert "Check and send" in waits
    assert "Approved by joris, just now" in waits
    assert alert.approver == "joris"


async def test_an_alert_in_force_in_the_same_place_is_told_where_one_decides(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    under_way = await desk.issues()
    other = await desk.submits(await desk.drafts(area=("Gent",)))
    desk.clock.forward(minutes=1)
    same = await desk.submits(await desk.drafts())
    page = await home(browsers, JORIS)
    card = page[page.index(f'id="alert-{same.id}"') :].split("</li>")[0]
    assert "In force in part of this area since" in card
    assert f'href="/alerts/{under_way.id}"' in card
    card = page[page.index(f'id="alert-{other.id}"') :].split("</li>")[0]
    assert "In force in part" not in card


async def test_what_lies_outside_ones_territory_waits_for_somebody_else(
    desk: Desk, browsers: Browsers, services: Services
) -> None:
    country = await Country(services).founded()
    approver = await country.officer(Role.APPROVER)
    await desk.submits(await desk.drafts(area=("4000 Liège", "Gent")))
    page = await home(browsers, approver)
    assert "Nothing is waiting" in section(page, "to-decide")
    assert "awaiting approval" in section(page, "with-others")


async def test_requests_of_people_wait_there_for_whoever_may_confirm_them(
    desk: Desk, browsers: Browsers, services: Services
) -> None:
    country = await Country(services).founded()
    lucie = await country.officer(Role.COMMUNICATOR, name="lucie")
    await administration.request_token(services, by=lucie)
    waits = section(await home(browsers, ADA), "to-decide")
    assert "create an access token" in waits
    assert "Requested by lucie, just now" in waits
    assert "Nothing is waiting" in section(await home(browsers, JORIS), "to-decide")


async def test_the_page_follows_what_happens(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTS_EVERY", 0.01)
    words, live = translator_for("en"), Live(desk.services)
    told = home_events(desk.services, live, words, JORIS)
    async with aclosing(told), asyncio.timeout(SOON):
        first = await anext(told)
        assert 'data-waiting="0"' in (first.raw_data or "")
        assert (await anext(told)).event == "beat"
        assert live.viewers == 1
        await desk.submits(await desk.drafts())
        lines = lines_of(first.raw_data or "")
        while 'data-waiting="1"' not in "\n".join(lines):
            change = await anext(told)
            if change.event == "changes":
                said = json.loads(change.raw_data or "")
                assert said["of"] == len(lines)
                lines = applied(lines, said["changes"])
    shown = await home_figures(desk.services, JORIS, words)
    assert lines == lines_of(shown.text)
    assert live.viewers == 0


async def test_without_news_the_lists_are_not_made_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)
    async with aclosing(Live(desk.services).follow_acts(by=JORIS)) as told:
        assert [await anext(told) for _ in range(4)] == [True, False, False, False]


async def test_one_viewer_too_many_is_told_to_reload(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_STREAMS", 0)
    answer = await (await browsers(JORIS)).get("/live")
    assert "Reload it to see the latest figures" in answer.text
    assert "event: finished" in answer.text


async def test_whoever_approves_reads_first_what_waits_for_them(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.submits(await desk.drafts())
    page = await home(browsers, JORIS)
    order = ['href="#to-decide"', 'id="to-decide"', 'id="new-alert"', 'id="in-force"']
    assert [page.index(one) for one in order] == sorted(page.index(one) for one in order)
    page = await home(browsers, MILA)
    assert 'href="#to-decide"' not in page
    assert page.index('id="new-alert"') < page.index('id="in-force"') < page.index('id="to-decide"')


async def test_what_was_sent_alone_is_told_once(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    await desk.works()
    false = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    await desk.sends(false)
    page = await home(browsers, LEEN)
    assert f'id="review-{false.id}"' in page
    assert page.count("without a second person") == 1


async def test_unsaved_drafts_tell_their_area_and_those_of_others_are_folded(
    browsers: Browsers,
) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    for browser, place in ((mila, "Spa"), (joris, "Theux")):
        form = {"scenario": "chem_shelter", "alert_class": "exercise"}
        there = (await browser.post("/compose", data=form)).headers["location"]
        form = {"version": "1", "act": "find", "place": place, "area_seen": ""}
        await browser.post(there, data=form)
    page = (await mila.get("/", headers={"Accept-Language": "en"})).text
    own, _, others = page.partition('id="others-drafts"')
    assert "Spa" in own
    assert "Theux" not in own
    assert "Unsaved drafts of others" in others
    assert "Theux" in others
