"""On a phone what decides is near, and by keyboard an alert takes few keys."""

import pytest
from playwright.sync_api import Page, expect

from alerting.actions.alerts import approval, follow_ups
from alerting.domain.alert import FollowUp
from tests.browser.conftest import Opens
from tests.browser.world import World
from tests.desk import JORIS, MILA

PHONE = {"width": 390, "height": 844}
TWO_SCREENS = 2 * PHONE["height"]
MOST_KEYS = 100
MOST_OF_A_FORM = 3500
MOST_OF_A_FOLLOW_UP = 3700
HEIGHT = "document.documentElement.scrollHeight"
TOP = "one => one.getBoundingClientRect().top + scrollY"
BOTTOM = "one => one.getBoundingClientRect().bottom + scrollY"


def test_who_approves_on_a_phone_has_all_of_it_within_two_screens(
    opens: Opens, world: World
) -> None:
    alert = world.drafts()
    world.does(approval.submit(world.desk.services, alert.id, by=MILA))
    page = opens(JORIS, f"/alerts/{alert.id}/approve", viewport=PHONE)
    # Besides the findings, which stand open below what is to be read.
    findings = page.locator("#warnings .reasons").evaluate("one => one.offsetHeight")
    assert page.locator(".summary .bubble").evaluate(BOTTOM) <= PHONE["height"]
    assert page.evaluate(HEIGHT) - findings <= TWO_SCREENS
    assert page.get_by_role("button", name="Approuver").is_visible()  # without scrolling
    text = alert.message("sms", page.evaluate("document.documentElement.lang"))
    assert text is not None
    assert text.text.rpartition("}}")[2].strip() in page.locator(".summary").inner_text()
    for folded in page.locator("details[data-fold]").all():
        assert folded.get_attribute("open") is None
        folded.locator("summary").first.click()
        expect(folded).to_have_attribute("open", "")


def test_a_text_that_must_be_opened_is_shown_where_approving_asks_for_it(
    opens: Opens, world: World
) -> None:
    alert = world.drafts()
    world.does(approval.submit(world.desk.services, alert.id, by=MILA))
    page = opens(JORIS, f"/alerts/{alert.id}/approve", viewport=PHONE)
    waived = page.locator("input[name=waived]").first
    expect(waived).to_be_hidden()
    if page.locator("#reason").count():
        page.locator("#reason").fill("Vérifié par téléphone")
    page.get_by_role("button", name="Approuver").click()
    expect(page.locator(".problem").first).to_contain_text("Vous n’avez pas encore ouvert")
    page.get_by_role("link", name="SMS – Nederlands").click()
    expect(waived).to_be_visible()


def test_who_stops_on_a_phone_finds_the_button_within_two_screens(
    opens: Opens, world: World
) -> None:
    alert = world.sends(world.approves(world.drafts()))
    page = opens(MILA, f"/alerts/{alert.id}", viewport=PHONE)
    assert page.locator("#act-stop").evaluate(BOTTOM) <= TWO_SCREENS


def test_a_new_alert_on_a_phone_is_short_before_its_texts(opens: Opens, world: World) -> None:
    page = opens(MILA, f"/compose/{world.compositions()[0]}", viewport=PHONE)
    assert page.locator(".previews").evaluate(TOP) <= MOST_OF_A_FORM
    page.locator("#place").fill("4000")
    page.locator("#place").press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator("#larger")).not_to_have_attribute("open", "")  # whatever came anew


def test_a_follow_up_on_a_phone_is_short_and_its_texts_unfold(opens: Opens, world: World) -> None:
    alert = world.sends(world.approves(world.drafts()))
    begun = follow_ups.begin_follow_up(world.desk.services, alert.id, FollowUp.UPDATE, by=MILA)
    page = opens(MILA, f"/compose/{world.does(begun).id}", viewport=PHONE)
    assert page.evaluate(HEIGHT) <= MOST_OF_A_FOLLOW_UP
    expect(page.locator("#map.leaflet-container")).to_have_count(0)
    page.locator("#area-card > summary").click()
    expect(page.locator("#map path").first).to_be_visible()  # drawn once there is room for it
    expect(page.locator("#preview-sms .bubble").first).to_be_visible()
    text = page.locator("#preview-x article").first
    expect(text).to_be_hidden()
    page.locator("#preview-x > summary").click()
    page.locator("#f-change-fr").fill("Le vent tourne au sud")
    expect(text).to_contain_text("Le vent tourne au sud")  # unfolded, whatever came anew


class Keys:
    """A keyboard that counts; a letter, Tab and a shortcut are one key each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def press(self, key: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def tab_to(self, what: str) -> None:
        """Tab until the focus is on what is meant."""
        for _ in range(MOST_KEYS):
            if self.page.evaluate("what => document.activeElement.matches(what)", what):
                return
            self.press("Tab")
        pytest.fail(f"the focus never came to {what}")


TAB, ENTER = "Tab", "Enter"


def test_from_the_first_page_to_a_submitted_alert_in_a_hundred_keys(opens: Opens) -> None:
    """With no key but letters, Tab and Enter: nothing has to be known beforehand."""
    page = opens(MILA, "/", locale="nl-BE")
    keys = Keys(page)
    keys.tab_to(".skip[href='/compose']")
    keys.press(ENTER)
    expect(page.locator("#q")).to_be_focused()
    keys.type("chemisch")
    expect(page.locator("section[aria-labelledby=matches]")).to_be_visible()
    keys.tab_to("button[value=chem_shelter]")
    keys.press(ENTER)
    expect(page.locator("#place")).to_be_focused()
    keys.type("eupen, 4000")
    keys.press(ENTER)
    expect(page.locator(".chip")).to_have_count(2)
    keys.tab_to("#f-next_update")
    keys.type("2345")
    keys.tab_to(".skip[href='#make']")
    keys.press(ENTER)
    expect(page.locator("#make")).to_be_focused()
    keys.press(ENTER)
    page.wait_for_url("**/alerts/*")
    expect(page.locator("h1")).to_be_focused()
    keys.tab_to("#act-submit")
    keys.press(ENTER)
    page.wait_for_url("**/submit")
    expect(page.locator("h1")).to_be_focused()
    keys.tab_to("#remark")
    keys.press(ENTER)
    expect(page.locator("#standing")).to_contain_text("ter goedkeuring")
    assert keys.pressed <= MOST_KEYS


def test_a_shortcut_that_the_page_tells_makes_the_alert_from_any_field(
    opens: Opens, world: World
) -> None:
    page = opens(MILA, f"/compose/{world.compositions()[1]}", locale="nl-BE")
    keys = Keys(page)
    told = page.locator(".bar-of-acts kbd")
    assert told.inner_text() == "Ctrl + Enter"
    assert told.is_visible()
    keys.press(TAB)
    keys.press(TAB)
    keys.tab_to("form#composition input:not([type=hidden])")
    keys.press("Control+Enter")
    page.wait_for_url("**/alerts/*")


@pytest.mark.parametrize("act", ["submit", "discard"])
def test_a_page_that_asks_begins_at_its_heading_however_one_came(
    act: str, opens: Opens, world: World
) -> None:
    page = opens(MILA, f"/alerts/{world.drafts().id}/{act}")
    expect(page.locator("h1")).to_be_focused()


def test_a_group_of_buttons_and_the_map_are_one_stop_and_arrows_walk_in_them(
    opens: Opens, world: World
) -> None:
    page = opens(MILA, f"/compose/{world.compositions()[0]}")
    expect(page.locator("#map path[role=button]").first).to_be_attached()
    for group in ("#larger .toggles", "#map"):
        stops = page.locator(group).locator("button, a, [role=button]")
        assert stops.count() > 5
        reached = stops.evaluate_all("all => all.filter(one => one.tabIndex === 0).length")
        assert reached == 1
        Keys(page).tab_to(f"{group} :is(button, a, [role=button])")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert stops.nth(1).evaluate("one => one === document.activeElement")
        page.keyboard.press("End")
        assert stops.last.evaluate("one => one === document.activeElement")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#area .chip")).not_to_have_count(0)
