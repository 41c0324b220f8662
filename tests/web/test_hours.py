"""What pages and programs show of hours: that of sending, and those that do not fit."""

from datetime import UTC, datetime

from alerting.domain.alert import AlertState
from alerting.domain.officer import Officer, Role
from alerting.web.api.alerts.schemas import CHEM_SHELTER
from tests import having_read
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock
from tests.web.console import Browsers
from tests.web.test_api import As

FRENCH = {"Accept-Language": "fr-BE"}


async def test_pages_name_the_hour_of_sending_until_there_is_one(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    joris = await browsers(JORIS)
    for path in ("/texts", "/approve", ""):
        page = (await joris.get(f"/alerts/{alert.id}{path}", headers=FRENCH)).text
        assert '<span class="late" lang="fr">heure d’envoi</span>' in page, path
        assert "{{ time }}" not in page
    letter = f"/alerts/{alert.id}/texts/press.fr.html"
    assert "‹heure d’envoi›" in (await joris.get(letter, headers=FRENCH)).text
    edited = (await (await browsers(MILA)).get(f"/alerts/{alert.id}/edit")).text
    assert "{{ time }} is replaced by the hour of sending." in edited
    await desk.sends(await desk.approves(alert))
    await desk.works()
    page = (await joris.get(f"/alerts/{alert.id}/texts", headers=FRENCH)).text
    assert "13h00: fuite chimique" in page
    assert 'class="late"' not in page
    assert "15 janvier 2030, 13h00" in (await joris.get(letter, headers=FRENCH)).text


async def test_programs_read_the_mark_and_then_the_hour(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    mila, joris = as_role(Role.COMMUNICATOR), as_role(Role.APPROVER)
    made = (await mila.post("/api/alerts", CHEM_SHELTER)).json()
    number = made["id"]
    assert made["filled_at"] is None
    assert any("{{ time }}" in one["text"] for one in made["texts"])
    await having_read.post(joris, f"/api/alerts/{number}/approve")
    await having_read.post(mila, f"/api/alerts/{number}/send", {"confirm": "ALERT"})
    await desk.works()
    sent = (await mila.get(f"/api/alerts/{number}")).json()
    assert sent["fingerprint"] == made["fingerprint"]
    assert sent["filled_at"] == "2030-01-15T12:00:00Z"
    assert not any("{{" in one["text"] + one["html"] for one in sent["texts"])


async def test_the_page_asks_before_hours_that_passed_leave(
    desk: Desk, clock: Clock, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(values={**DETAILS, "next_update": "13:30"}))
    mila = await browsers(MILA)
    form = {"seen": alert.fingerprint(), "word": "ALERT", "why": "agreed"}
    at = {"at": "2030-01-15T14:00"}
    asked = await mila.post(f"/alerts/{alert.id}/schedule", data={**form, **at})
    assert asked.status_code == 409
    assert "would mention times that do not fit" in asked.text
    assert 'name="accept_times"' in asked.text
    assert 'value="2030-01-15T14:00"' in asked.text
    clock.now = datetime(2030, 1, 15, 12, 45, tzinfo=UTC)
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/send")).text
    assert page.count("will have passed when the alert is sent") == 1  # on two channels, said once
    assert 'name="accept_times"' in page
    assert (await mila.post(f"/alerts/{alert.id}/send", data=form)).status_code == 409
    done = await mila.post(f"/alerts/{alert.id}/send", data={**form, "accept_times": "true"})
    assert done.status_code == 303
    assert (await desk.reads(alert)).state is AlertState.SENDING
    assert "although these times did not fit: 13h30" in (await mila.get(f"/alerts/{alert.id}")).text


async def test_programs_are_refused_the_same_and_may_accept(
    as_role: As, desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    mila, joris = as_role(Role.COMMUNICATOR), as_role(Role.APPROVER)
    values = {**CHEM_SHELTER["values"], "next_update": "13:30"}
    number = (await mila.post("/api/alerts", {**CHEM_SHELTER, "values": values})).json()["id"]
    await having_read.post(joris, f"/api/alerts/{number}/approve")
    clock.forward(minutes=45)
    send = f"/api/alerts/{number}/send"
    refused = await having_read.post(mila, send, {"confirm": "ALERT"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:alerting:times-passed")
    taken = await having_read.post(mila, send, {"confirm": "ALERT", "accept_times": True})
    assert taken.json()["state"] == "sending"


async def test_the_same_alert_under_way_is_named_with_a_link_to_its_update(
    as_role: As, desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    paula = Officer("leen", Role.COMMUNICATOR)
    second = await desk.drafts(by=paula)
    update = f'href="/alerts/{first.id}#follow"'
    for officer, path in ((MILA, ""), (JORIS, "/approve")):
        page = (await (await browsers(officer)).get(f"/alerts/{second.id}{path}")).text
        assert "recipients would be alerted twice" in page, path
    assert update in (await (await browsers(MILA)).get(f"/alerts/{second.id}")).text
    await desk.approves(second)
    assert update in (await (await browsers(MILA)).get(f"/alerts/{second.id}/send")).text
    mila = as_role(Role.COMMUNICATOR)
    preview = (await mila.get(f"/api/alerts/{second.id}/preview")).json()
    assert preview["same_under_way"] == [first.id]
    third = (await mila.post("/api/alerts", CHEM_SHELTER)).json()
    assert third["same_under_way"] == [first.id]


async def test_the_desk_asks_which_of_two_hours_is_meant(desk: Desk, browsers: Browsers) -> None:
    mila = await browsers(MILA)
    begun = await mila.post("/compose", data={"scenario": "chem_shelter"})
    address = begun.headers["location"]
    form = {
        "act": "", "version": "1", "area": "62063", "channel": "email",
        "value.next_update": "2h30", "day.next_update": "2030-10-27",
    }  # fmt: skip
    asked = (await mila.post(address, data=form)).text
    assert "02:30 occurs twice in Belgium that night" in asked
    assert 'name="which.next_update"' in asked
    form |= {"version": "2", "which.next_update": "later"}
    taken = (await mila.post(address, data=form, headers=FRENCH)).text
    assert "2h30 (heure d&#39;hiver, 27 octobre)" in taken
    form |= {"version": "3", "day.next_update": "2030-03-31", "which.next_update": ""}
    gone = (await mila.post(address, data=form)).text
    assert "02:30 does not exist in Belgium" in gone
