"""Composing in a real browser: by mouse or keyboard alone, without a script, on a phone, by two."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from alerting.domain.officer import Officer
from tests.browser.world import World
from tests.desk import JORIS, MILA
from tests.tiers import WHOLE

Opens = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def opens(chromium: Browser, world: World) -> Iterator[Opens]:
    """A tab for somebody; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def look(path: str, *, who: Officer = MILA, **how: Any) -> Page:
        context = chromium.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **how})
        contexts.append(context)
        context.add_cookies([world.session(who)])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Security" in said.text else None,
        )
        page.goto(world.url + path)
        return page

    yield look
    for context in contexts:
        context.close()
    assert complaints == []


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found


def begun(page: Page, scenario: str = "Gas leak") -> Page:
    page.get_by_role("button", name=scenario).first.click()
    expect(page.get_by_role("heading", name=scenario)).to_be_visible()
    return page


def fill_in(page: Page) -> None:
    """Where and what of a gas leak, for Liège and Eupen."""
    page.locator("#place").fill("4000, Eupen")
    page.locator("#place").press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    page.locator("#f-location-fr").fill("rue du Pont 12")
    page.locator("#f-location-de").fill("Brückenstraße 12")
    page.locator("#f-safe_direction-fr").fill("église Saint-Martin")
    page.locator("#f-safe_direction-de").fill("Martinskirche")
    page.locator("#f-next_update").fill("17h45")


def is_kept(page: Page) -> None:
    """Wait until the last thing typed is kept."""
    expect(page.locator("form[data-unsaved]")).to_have_count(0)
    expect(page.locator("#preview-email-fr")).to_contain_text("17h45")


def test_from_a_word_to_a_draft(opens: Opens) -> None:
    page = opens("/")
    page.get_by_role("link", name="New exercise").click()
    expect(page.locator(".banner")).to_contain_text("exercise")
    page.locator("#q").type("fuite")
    results = page.get_by_role("region", name="Search results")
    expect(results.get_by_role("button", name="Gas leak")).to_be_visible()
    expect(results.get_by_role("button", name="Heat")).to_have_count(0)
    begun(page)
    fill_in(page)
    sms = page.locator("#preview-sms-de")
    expect(sms).to_contain_text("ÜBUNG")
    expect(sms).to_contain_text("Martinskirche")
    expect(page.locator("#reach")).to_contain_text("Deutsch")
    expect(page.locator(".examples")).to_have_count(0)
    page.get_by_role("button", name="Create the exercise").click()
    page.wait_for_url("**/alerts/*")
    expect(page.locator("#standing")).to_contain_text("draft")
    expect(page.locator(".place").first).to_contain_text("Eupen")


def test_what_is_searched_for_before_the_scripts_are_there_is_found(opens: Opens) -> None:
    page = opens("/compose?class=test")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/htmx*", hold)
    with page.expect_request("**/static/htmx*"):
        page.reload(wait_until="commit")
    page.locator("#q").fill("gas")
    held[0].continue_()
    results = page.get_by_role("region", name="Search results")
    expect(results.get_by_role("button", name="Gas leak")).to_be_visible()


def test_by_keyboard_alone(opens: Opens) -> None:
    page = opens("/compose?class=test")
    keys = page.keyboard
    expect(page.locator("#q")).to_be_focused()
    keys.type("gas")
    results = page.get_by_role("region", name="Search results")
    results.get_by_role("button", name="Gas leak").focus()
    keys.press("Enter")
    expect(page.locator("#place")).to_be_focused()
    keys.type("Li")
    found = page.locator(".found button").first
    expect(found).to_be_visible()
    keys.press("Control+a")
    keys.type("seraing")
    keys.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator("#place")).to_be_focused()
    expect(page.locator("#place")).to_have_value("")
    page.locator("#remove-62096").focus()
    keys.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#place")).to_be_focused()  # what had the focus is gone
    keys.type("4000")
    keys.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    for _ in range(60):
        if focused(page) == "f-next_update":
            break
        keys.press("Tab")
    keys.type("1630")
    for _ in range(10):
        if focused(page) == "f-location":
            break
        keys.press("Tab")
    keys.type("rue du Pont 12")
    expect(page.locator("#preview-sms-fr")).to_contain_text("rue du Pont 12")
    assert focused(page) == "f-location"
    page.get_by_role("button", name="Create the test").focus()
    keys.press("Enter")
    page.wait_for_url("**/alerts/*")


def test_a_known_name_appears_beside_what_is_typed_and_goes_with_it(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    page.locator("#place").fill("4000, 1000, Eupen")
    page.locator("#place").press("Enter")
    expect(page.locator(".chip")).to_have_count(3)
    french, dutch = page.locator("#f-location-fr"), page.locator("#f-location-nl")
    french.press_sequentially("Liège")
    expect(dutch).to_have_value("Luik")
    expect(page.locator("#f-location-de")).to_have_value("Lüttich")
    expect(page.locator("#f-location-note")).to_contain_text("Nederlands, Deutsch")
    expect(page.locator("#preview-sms-nl")).to_contain_text("Luik.")
    assert focused(page) == "f-location-fr"
    french.press_sequentially(", quai 12")  # goes on where it was
    expect(french).to_have_value("Liège, quai 12")
    expect(dutch).to_have_value("")
    expect(page.locator("#f-location-problem")).to_contain_text("Nederlands, Deutsch")
    expect(page.locator("#preview-sms-nl")).to_contain_text("[NL? Waar het gebeurt]")
    dutch.fill("Luik, kaai 12")
    expect(page.locator("#preview-sms-nl")).to_contain_text("Luik, kaai 12")
    expect(page.locator("#f-location-problem")).not_to_contain_text("Nederlands")
    page.get_by_role("button", name="Use the same name").press("Enter")
    expect(page.locator("#f-location-de")).to_have_value("Liège, quai 12")
    expect(dutch).to_have_value("Luik, kaai 12")


def test_without_a_script(opens: Opens) -> None:
    page = opens("/compose?class=exercise", java_script_enabled=False)
    page.locator("#q").fill("gaz")
    page.locator("#q").press("Enter")
    begun(page)
    fill_in(page)
    page.get_by_role("button", name="Save and refresh").click()
    expect(page.locator("#preview-sms-fr")).to_contain_text("église Saint-Martin")
    page.get_by_role("button", name="Create the exercise").click()
    expect(page.locator("#standing")).to_contain_text("draft")


def test_what_is_missing_takes_the_focus_and_leads_to_its_place(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    page.locator("#place").fill("4000")
    page.locator("#place").press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    page.get_by_role("button", name="Create the exercise").click()
    expect(page.locator("#what-is-missing")).to_be_focused()
    page.locator("#what-is-missing a").first.click()
    expect(page.locator("#f-next_update")).to_be_focused()
    expect(page.locator("#f-next_update-problem")).to_have_text("This field is required")
    page.locator("#f-next_update").fill("17:45")
    expect(page.locator("#f-next_update-problem")).to_have_text("")
    expect(page.locator("#f-next_update")).to_be_focused()


def test_what_was_typed_is_there_after_the_browser_was_closed(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    fill_in(page)
    is_kept(page)
    address = page.url
    page.context.close()
    again = opens("/compose/" + address.rsplit("/", 1)[1], who=JORIS)
    expect(again.locator("#f-location-de")).to_have_value("Brückenstraße 12")
    expect(again.locator("#f-next_update")).to_have_value("17:45")


def test_the_map_and_the_list_stay_in_step(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    expect(page.locator("#map path")).to_have_count(11)
    page.locator("#toggle-10000").click()
    expect(page.locator("#toggle-10000")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#map .outline-all")).to_have_count(1)
    expect(page.locator("#toggle-10000")).to_be_focused()
    page.locator("#map .outline-all").click(force=True)
    expect(page.locator("#toggle-10000")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#map .outline-all")).to_have_count(0)


def test_a_municipality_is_a_disc_on_the_map_and_no_province(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    expect(page.locator("#map path")).to_have_count(11)
    page.locator("#place").fill("Daverdisse")
    page.keyboard.press("Enter")
    expect(page.locator("#map .outline-disc")).to_have_count(1)
    expect(page.locator("#map .outline-all")).to_have_count(0)
    page.locator("#remove-84016").click()
    expect(page.locator("#map .outline-disc")).to_have_count(0)


def test_a_name_of_two_places_is_asked_about_and_chosen_by_keyboard(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    page.locator("#place").fill("Eupen, Limbourg")
    page.keyboard.press("Enter")
    expect(page.locator("#remove-63023")).to_be_visible()
    expect(page.locator("#place")).to_have_value("Limbourg")
    expect(page.locator("#found-h")).to_be_visible()
    page.locator("#add-63046").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#remove-63046")).to_be_visible()
    expect(page.locator("#place")).to_have_value("")
    expect(page.locator("#place")).to_be_focused()


def test_two_people_on_one_composition(opens: Opens) -> None:
    mila = begun(opens("/compose?class=exercise"))
    fill_in(mila)
    is_kept(mila)
    path = "/compose/" + mila.url.rsplit("/", 1)[1]
    joris = opens(path, who=JORIS)
    joris.locator("#f-location-fr").fill("quai de Joris")
    expect(joris.locator("#kept")).to_contain_text("by joris")
    mila.locator("#f-location-fr").fill("quai de Mila")
    conflict = mila.locator("#conflict")
    expect(conflict).to_contain_text("joris changed this in the meantime")
    expect(conflict).to_contain_text("quai de Joris")
    expect(conflict).to_contain_text("quai de Mila")
    expect(mila.locator("#f-location-fr")).to_have_value("quai de Mila")
    expect(mila.locator("#f-location-fr")).to_be_focused()
    conflict.get_by_role("radio").nth(1).check()
    conflict.get_by_role("button", name="Keep what I chose").click()
    expect(conflict).to_be_empty()
    expect(mila.locator("#f-location-fr")).to_have_value("quai de Joris")


def test_typing_fast_is_never_taken_for_somebody_else(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    for text in ("a", "ab", "abc", "abcd"):
        page.locator("[name='value.location.fr']").fill(text)
        page.locator("#channel-press").click()
        page.locator("#toggle-90000").click()
    page.locator("[name='value.location.fr']").fill("abcde")
    expect(page.locator("form[data-unsaved]")).to_have_count(0)
    expect(page.locator("#conflict")).to_be_empty()
    page.reload()
    expect(page.locator("#conflict")).to_be_empty()
    expect(page.locator("[name='value.location.fr']").first).to_have_value("abcde")


SLOW = """(() => {{
  const real = window.fetch;
  const wait = () => new Promise((done) => setTimeout(done, {half}));
  window.fetch = async (...all) => {{
    await wait();
    const answer = await real(...all);
    await wait();
    return answer;
  }};
}})()"""


def slow(page: Page, latency: int) -> Page:
    """The page, opened anew with so many milliseconds more for each answer."""
    page.add_init_script(SLOW.format(half=latency // 2))
    page.reload()
    return page


def presses(page: Page, *acts: Callable[[], None], gap: int = 300) -> None:
    """One act after the other, without waiting for an answer."""
    for act in acts:
        act()
        page.wait_for_timeout(gap)


def types_place(page: Page, name: str) -> Callable[[], None]:
    def types() -> None:
        page.locator("#place").press_sequentially(name)
        page.keyboard.press("Enter")

    return types


@pytest.mark.parametrize("latency", [300, 1000])
def test_no_act_is_lost_or_comes_back_while_an_answer_is_awaited(
    opens: Opens, latency: int
) -> None:
    page = begun(opens("/compose?class=exercise"))
    types_place(page, "Herstal, Eupen")()
    expect(page.locator(".chip")).to_have_count(2)
    slow(page, latency)
    presses(
        page,
        page.locator("#remove-62051").click,
        types_place(page, "Ans"),
        page.locator("#f-next_update-in-120").click,
        types_place(page, "Uccle"),
        lambda: page.locator("#f-location-fr").fill("quai 4"),
        types_place(page, "Seraing"),
        page.locator("#toggle-90000").click,
        lambda: page.locator("#f-safe_direction-fr").fill("église"),
        page.locator("#channel-press").click,
    )
    expect(page.locator("form[data-unsaved]")).to_have_count(0, timeout=90_000)
    towns = {"62003", "21016", "62096", "63023", "90000"}
    for _ in range(2):
        assert {one.get_attribute("value") for one in page.locator("[name=area]").all()} == towns
        expect(page.locator("#f-location-fr")).to_have_value("quai 4")
        expect(page.locator("#f-safe_direction-fr")).to_have_value("église")
        expect(page.locator("#f-next_update")).not_to_have_value("")
        expect(page.locator("#place")).to_have_value("")
        expect(page.locator("#conflict")).to_be_empty()
        expect(page.locator("#preview-sms-fr")).to_contain_text("quai 4")
        page.reload()


def test_nothing_is_made_before_a_place_that_was_asked_about_is_chosen(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    fill_in(page)
    is_kept(page)
    slow(page, 1000)
    make = page.get_by_role("button", name="Create the exercise")
    presses(page, types_place(page, "Ans, Limbourg"), make.click)
    expect(page.locator("form[data-unsaved]")).to_have_count(0)
    expect(page.locator("#remove-62003")).to_be_visible()
    expect(page.locator("#place")).to_have_value("Limbourg")
    assert "/compose/" in page.url


def test_an_act_that_got_no_answer_goes_again(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    page.context.set_offline(True)
    types_place(page, "Eupen")()
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("form[data-unsaved]")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("#remove-63023")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("form[data-unsaved]")).to_have_count(0)


def test_on_a_phone(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise", viewport=PHONE, has_touch=True))
    fill_in(page)
    expect(page.locator("#preview-sms-de")).to_contain_text("Martinskirche")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Create the exercise").tap()
    page.wait_for_url("**/alerts/*")


def test_a_text_is_changed_beside_the_others(opens: Opens, world: World) -> None:
    alert = world.drafts()
    page = opens(f"/alerts/{alert.id}/edit")
    text = page.locator("#text-sms-fr")
    text.fill("BE-Alert Centre de crise: rentrez à Liège, TODO. https://www.be-alert.be/fr")
    looks = page.locator("#looks-sms-fr")
    expect(looks).to_contain_text("must be corrected")
    expect(looks.locator(".bubble")).to_contain_text("rentrez à Liège")
    expect(text).to_be_focused()
    letter = page.locator("#text-email-fr")
    letter.fill("Rentrez tout de suite.\n\n1. Fermez les portes.")
    page.locator("#looks-email-fr summary").first.click()
    page.locator("#html-email-email-fr").scroll_into_view_if_needed()
    frame = page.frame_locator("#html-email-email-fr")
    expect(frame.get_by_text("Fermez les portes.")).to_be_visible()
    page.get_by_role("button", name="Save as a new version").click()
    page.wait_for_url(f"**/alerts/{alert.id}")
    checked = opens(f"/alerts/{alert.id}/approve", who=JORIS)
    expect(checked.locator(".changes ins").first).to_be_visible()


def test_a_lost_connection_is_said_and_made_good(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    expect(page.locator("#map path")).to_have_count(11)
    page.context.set_offline(True)
    page.locator("[name='value.location.fr']").fill("quai 4")
    expect(page.locator("#lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    page.reload()
    expect(page.locator("[name='value.location.fr']").first).to_have_value("quai 4")


GONE = {
    "en-GB": "This draft no longer exists: joris discarded it. What you type is not saved.",
    "fr-BE": "Ce brouillon n’existe plus\u00a0: joris l’a supprimé.",
    "nl-BE": "Dit ontwerp bestaat niet meer: joris heeft het geschrapt.",
    "de-BE": "Dieser Entwurf besteht nicht mehr: joris hat ihn verworfen.",
}


@pytest.mark.parametrize("locale", GONE if WHOLE else ["nl-BE"])
def test_a_draft_that_a_colleague_discarded_is_told_to_who_types_in_it(
    opens: Opens, locale: str
) -> None:
    path = "/compose/" + begun(opens("/compose?class=exercise")).url.rsplit("/", 1)[1]
    page = opens(path, locale=locale)
    opens(path, who=JORIS).locator("button[value=drop]").click()
    page.locator("#f-next_update").fill("18h15")
    expect(page.locator("#lost")).to_contain_text(GONE[locale])
    expect(page.locator(".saving")).to_be_hidden()
    page.locator("button[value=make]").click()
    expect(page.locator("#lost")).to_contain_text(GONE[locale])
    expect(page.locator("form[data-unsaved]")).to_have_count(1)


@pytest.mark.parametrize("refusal", ['{"detail": "Words of the server."}', "<h1>Bad gateway</h1>"])
def test_no_answer_but_a_success_passes_for_saved(opens: Opens, world: World, refusal: str) -> None:
    page = opens(f"/alerts/{world.drafts().id}/edit")
    said = "Words of the server." if refusal.startswith("{") else "the server is not responding"
    answers = iter((403, 409, 413, 422, 429, 500, 502))
    page.route("**/edit", lambda route: route.fulfill(status=next(answers), body=refusal))
    for number in range(7):
        with page.expect_response("**/edit"):
            page.locator("#text-sms-fr").fill(f"BE-Alert: rentrez {number}.")
        expect(page.locator("#lost")).to_contain_text(said)
        expect(page.locator("form[data-unsaved]")).to_have_count(1)


def test_words_typed_in_an_alert_that_was_sent_meanwhile_do_not_pass_for_kept(
    opens: Opens, world: World
) -> None:
    alert = world.drafts()
    page = opens(f"/alerts/{alert.id}/edit")
    world.sends(world.approves(alert))
    page.locator("#text-sms-fr").fill("BE-Alert: rentrez.")
    expect(page.locator("#lost")).to_contain_text("Not saved.")
    expect(page.locator("#kept")).not_to_contain_text("Autosaved")


def test_an_area_by_radius_on_a_phone(opens: Opens) -> None:
    page = opens("/compose?class=exercise", locale="nl-BE", viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="Chemisch lek").first.tap()
    page.get_by_text("Met een straal, of op de kaart getekend").tap()
    page.locator("#circle-centre").fill("50,6412 5,5720")
    page.locator("#circle-radius").fill("1,5")
    page.get_by_role("button", name="Deze cirkel gebruiken").tap()
    chosen = page.locator(".chosen-shape")
    expect(chosen).to_contain_text("Cirkel van 1,5 km rond 50.6412, 5.5720")
    expect(chosen).to_contain_text("Luik 10%")
    expect(page.locator("#map .outline-drawn")).to_have_count(1)
    expect(page.locator("#towns")).to_have_attribute("data-towns", re.compile("62063"))
    perhaps = chosen.get_by_role("button", name="misschien").first
    expect(perhaps).to_have_attribute("aria-pressed", "false")
    perhaps.tap()
    expect(perhaps).to_have_attribute("aria-pressed", "true")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.get_by_role("button", name="Het middelpunt op de kaart kiezen").tap()
    page.locator("#map").tap(position={"x": 150, "y": 120})
    expect(page.locator("#circle-radius")).to_be_focused()
    expect(page.locator("#circle-centre")).not_to_have_value("50,6412 5,5720")
    page.keyboard.press("Enter")
    expect(chosen).not_to_contain_text("50.6412")


def test_an_area_is_drawn_by_keyboard(opens: Opens) -> None:
    page = begun(opens("/compose?class=exercise"))
    keys = page.keyboard
    page.locator("#by-shape > summary").focus()
    keys.press("Enter")
    draw = page.get_by_role("button", name="Draw on the map")
    expect(draw).to_be_visible()
    draw.focus()
    keys.press("Enter")
    expect(page.locator("#map")).to_be_focused()
    status = page.locator("#draw-status")
    expect(status).to_have_text("No corner yet")
    for key in ("+", "+", "Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "Enter"):
        keys.press(key)
    expect(status).to_have_text("Corners: 4")
    keys.press("Backspace")
    expect(status).to_have_text("Corners: 3")
    use = page.locator("[data-tool=done]")
    use.focus()
    keys.press("Enter")
    expect(page.locator(".chosen-shape")).to_contain_text("Polygon with 3 corners")
    expect(page.locator(".shares li").first).to_contain_text("%")
    expect(page.locator("#corners")).to_have_value(re.compile(r"^50\.\d+, 4\.\d+\n"))
    page.get_by_role("button", name="Remove the shape").focus()
    keys.press("Enter")
    expect(page.locator(".chosen-shape")).to_have_count(0)
    draw.focus()
    keys.press("Enter")
    keys.press("Escape")
    expect(draw).to_be_focused()
