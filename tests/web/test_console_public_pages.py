"""Users see where each alert stands in public; administrators withdraw a page, or make all anew."""

from dataclasses import replace
from pathlib import Path

from alerting.actions.public.origin import Origin, write_origin
from alerting.domain.alert import FollowUp
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import publications
from tests.actions.public.standins import with_folder
from tests.desk import CLOSED, MILA, Desk
from tests.make import person
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
AUGUST = Officer("august", Role.AUDITOR)


async def test_an_administrator_withdraws_the_page_of_what_is_over(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    ada = await browsers(ADA)
    page = (await ada.get("/public-pages")).text
    assert f"/a/2030/{alert.id}/" in page
    assert "not published yet" in page
    assert f"/public-pages/{alert.id}/withdraw" not in page, "it still holds"
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    assert f"/public-pages/{alert.id}/withdraw" in (await ada.get("/public-pages")).text
    address = f"/public-pages/{alert.id}/withdraw"
    refused = await ada.post(address, data={"reason": ""})
    assert (refused.status_code, "give a reason" in refused.text) == (422, True)
    done = await ada.post(address, data={"reason": "<b>private</b>"})
    assert done.status_code == 303
    page = (await ada.get("/public-pages")).text
    assert "withdrawn on" in page
    assert "&lt;b&gt;private&lt;/b&gt;" in page


async def test_whoever_may_not_is_shown_no_form_and_refused(desk: Desk, browsers: Browsers) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    for officer in (MILA, AUGUST):
        browser = await browsers(officer)
        page = (await browser.get("/public-pages")).text
        assert f"/a/2030/{alert.id}/" in page
        assert "/withdraw" not in page
        assert "/public-pages/rebuild" not in page
        answer = await browser.post(
            f"/public-pages/{alert.id}/withdraw", data={"reason": "private"}
        )
        assert answer.status_code == 403


async def test_everything_is_made_anew_by_whoever_has_the_folder(
    services: Services, browsers: Browsers
) -> None:
    ada = await browsers(ADA)
    assert (await ada.post("/public-pages/rebuild")).status_code == 303
    page = (await ada.get("/public-pages")).text
    assert "all pages" in page
    assert "ALERTING_PUBLIC_FOLDER" in page, "this process has none"
    async with services.reading() as reading:
        assert await publications.is_rebuild_waiting(reading.connection)


async def test_what_failed_is_told_by_the_name_of_its_error(desk: Desk, browsers: Browsers) -> None:
    await desk.registers(person(1))
    await desk.issues(channels=["email"], values=CLOSED)
    async with desk.services.unit() as unit:
        (row,) = await publications.waiting(unit.connection, limit=1)
        await publications.fail(unit.connection, [row.id], "ENOSPC")
    assert "ENOSPC" in (await (await browsers(AUGUST)).get("/public-pages")).text


async def test_what_another_made_the_folder_of_is_said(
    services: Services, browsers: Browsers, tmp_path: Path
) -> None:
    having = with_folder(services, tmp_path / "public")
    assert having.public is not None
    write_origin(having.public.folder, Origin(installation="another"))
    ada = await browsers(ADA)
    assert "made of another database" not in (await ada.get("/public-pages")).text
    state = browsers.app.state
    state.alerting = replace(state.alerting, services=having)
    assert "made of another database" in (await ada.get("/public-pages")).text
