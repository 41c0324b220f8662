"""On a phone, in Dutch: look at an alert in one's own mailbox before it is sent."""

from playwright.sync_api import Browser, expect

from alerting.domain.officer import Role
from tests.browser.world import World
from tests.desk import MILA
from tests.staff import member

PHONE = {"width": 390, "height": 844}


def test_a_test_copy_goes_to_a_colleague_and_the_page_says_that_it_arrived(
    chromium: Browser, world: World
) -> None:
    for name, role in (("mila", Role.COMMUNICATOR), ("joris", Role.APPROVER)):
        world.does(member(world.desk.services, world.desk.clock, name, role))
    alert = world.drafts()
    context = chromium.new_context(
        locale="nl-BE",
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        reduced_motion="reduce",
    )
    context.add_cookies([world.session(MILA)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{world.url}/alerts/{alert.id}")
    page.get_by_role("link", name="Een testkopie naar uzelf of naar collega’s sturen").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Testkopie")
    expect(page.get_by_label("mila (u)")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_label("joris").check()
    for channel in ("Sms", "Bericht op X", "Persbericht"):
        page.get_by_label(channel).uncheck()
    page.get_by_role("button", name="De testkopie verzenden").tap()
    page.wait_for_url("**/test-copy#sent")
    world.works()
    page.get_by_role("link", name="Opnieuw laden").tap()
    sent = page.get_by_role("region", name="Verzonden testkopieën")
    for user in ("joris", "mila"):
        expect(sent.get_by_text(f"{user}, Nederlands: aanvaard door de mailserver")).to_be_visible()
    email = world.desk.channel("email").sent
    marked = {to for to, _, text in email if text.startswith("TEST: testkopie, dit is geen")}
    assert marked == {"mila@crisis.example", "joris@crisis.example"}
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()
