"""A missing language: its author asks, a colleague answers on a phone, and cannot approve it."""

from playwright.sync_api import expect

from alerting.domain.officer import Role
from tests.browser.conftest import Opens
from tests.browser.world import World
from tests.desk import JORIS, MILA
from tests.territory import Country

PHONE = {"width": 390, "height": 844}
SOON = 25_000
"""The page looks for an answer every ten seconds."""


def test_an_author_asks_and_a_colleague_answers_on_a_phone(opens: Opens, world: World) -> None:
    country = Country(world.desk.services)
    for name, role in (("mila", Role.COMMUNICATOR), ("joris", Role.APPROVER)):
        world.does(country.officer(role, "national", name=name))
    mila = opens(MILA, "/compose?class=exercise", locale="fr-BE")
    mila.locator("button[value='gas_leak']").first.click()
    mila.locator("#place").fill("1000 Bruxelles-ville, Eupen")
    mila.locator("#place").press("Enter")
    expect(mila.locator(".chip")).to_have_count(2)
    mila.locator("#f-location-fr").fill("rue du Pont 12")
    mila.locator("#f-location-nl").fill("Brugstraat 12")
    mila.locator("#f-location-de").fill("Brückenstraße 12")
    mila.locator("#f-next_update").fill("17h45")
    direction = mila.locator("#f-safe_direction-nl-ask")
    expect(direction).to_be_empty()
    mila.locator("#f-safe_direction-fr").fill("vers le kiosque du parc")
    direction.get_by_role("button", name="Demander à un collègue").click()
    mila.get_by_label("À qui le demandez-vous").select_option("joris")
    mila.get_by_role("button", name="Demander", exact=True).click()
    expect(direction).to_contain_text("Demandé à joris")
    form = mila.url

    joris = opens(JORIS, "/", locale="nl-BE", viewport=PHONE, has_touch=True)
    joris.get_by_role("link", name="De vertaling openen").tap()
    expect(joris.locator("main")).to_contain_text("vers le kiosque du parc")
    assert joris.locator("main input:visible, main textarea, main select").count() == 1
    assert joris.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    joris.get_by_label("In deze taal").fill("naar de kiosk in het park")
    joris.get_by_role("button", name="De vertaling versturen").tap()
    expect(joris.locator("main")).to_contain_text("Bedankt")

    expect(mila.locator("#f-safe_direction-nl")).to_have_value(
        "naar de kiosk in het park", timeout=SOON
    )
    expect(direction).to_contain_text("Traduit par joris")
    expect(mila.locator("#conflict")).to_be_empty()
    mila.locator("#f-safe_direction-de").fill("zum Pavillon im Park")
    expect(mila.locator("form[data-unsaved]")).to_have_count(0)
    assert mila.url == form
    mila.get_by_role("button", name="Créer l’exercice").click()
    mila.wait_for_url("**/alerts/*")
    address = mila.url
    mila.locator("#act-submit").click()
    mila.locator("main form button.primary").click()
    expect(mila.locator("#standing")).to_be_visible()

    joris.goto(address)
    expect(joris.locator("#act-approve")).to_have_count(0)
    joris.goto(f"{address}/approve")
    expect(joris.locator("main")).to_contain_text("joris")
    expect(joris.get_by_role("button", name="Goedkeuren")).to_have_count(0)
