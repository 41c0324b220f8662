"""Where alerts stand in public, for whom it shows, and how a page is withdrawn."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerting.actions.public import administration
from alerting.actions.public.units import Makers
from alerting.cap.message import MessageType
from alerting.cap.reader import parse, to_message
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.errors import BadRequest, NotAllowed
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.publication import Stage
from tests.actions.public.standins import MAKERS, publisher, publishes_all, served, with_folder
from tests.desk import CLOSED, JORIS, MILA, Desk
from tests.make import person

ADA = Officer("ada", Role.ADMINISTRATOR)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "public"


async def sent(desk: Desk, **more: Any) -> Alert:
    await desk.registers(person(1))
    return await desk.issues(channels=["email"], **{"values": CLOSED, **more})


async def ended(desk: Desk) -> Alert:
    alert = await sent(desk)
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    return await desk.reads(alert)


async def test_it_shows_what_waits_and_when_the_rest_was_published(desk: Desk, path: Path) -> None:
    alert = await sent(desk)
    found = await administration.overview(desk.services, by=MILA)
    assert [(one.alert, one.stage) for one in found.waiting] == [(alert.id, Stage.FIRST)]
    await publishes_all(await publisher(desk, path))
    found = await administration.overview(desk.services, by=MILA)
    (page,) = found.pages
    assert (found.waiting, page.publication and page.publication.published_at) == ([], desk.clock())
    assert page.address == f"{desk.services.pages_url}/a/2030/{alert.id}/"
    assert (path / "www" / f"a/2030/{alert.id}" / "index.html").exists()


async def test_what_was_not_sent_has_no_page(desk: Desk) -> None:
    await desk.registers(person(1))
    draft = await desk.drafts(channels=["email"], values=CLOSED)
    assert administration.address_of(desk.services, draft) is None
    assert await administration.page_of(desk.services, draft, by=MILA) is None
    with pytest.raises(BadRequest):
        await administration.withdraw(desk.services, draft.id, reason="private", by=ADA)


async def test_of_a_withdrawn_page_no_word_stays_and_its_address_does(
    desk: Desk, path: Path
) -> None:
    alert = await ended(desk)
    made = await publisher(desk, path)
    await publishes_all(made)
    assert len([one for one in served(path) if f"/{alert.id}/" in one]) > 1
    await administration.withdraw(desk.services, alert.id, reason="a private number", by=ADA)
    await publishes_all(made)
    found = served(path)
    mine = {name for name in found if f"/{alert.id}/" in name}
    assert mine == {f"a/2030/{alert.id}/index.html", f"a/2030/{alert.id}/cap.xml"}
    listed = [address for address, *_ in json.loads(found["feed/fr.xml"])]
    assert listed
    assert [2030, alert.id] not in listed
    assert "alert.page-withdrawn" in await desk.ledger()
    rebuilt = await publisher(desk, path.with_name("again"), "again")
    await rebuilt.rebuild()
    again = served(path.with_name("again"))
    assert {name: again[name] for name in found} == found


async def test_a_page_stays_while_its_alert_holds(desk: Desk) -> None:
    alert = await sent(desk)
    with pytest.raises(BadRequest, match="still active"):
        await administration.withdraw(desk.services, alert.id, reason="wrong", by=ADA)


async def test_a_page_is_withdrawn_once_with_a_reason_by_an_administrator(desk: Desk) -> None:
    alert = await ended(desk)
    for reason in ("", " ", "x" * 501):
        with pytest.raises(BadRequest):
            await administration.withdraw(desk.services, alert.id, reason=reason, by=ADA)
    for officer in (MILA, JORIS):
        with pytest.raises(NotAllowed):
            await administration.withdraw(desk.services, alert.id, reason="wrong", by=officer)
    await administration.withdraw(desk.services, alert.id, reason="wrong", by=ADA)
    with pytest.raises(BadRequest, match="was withdrawn"):
        await administration.withdraw(desk.services, alert.id, reason="wrong", by=ADA)
    page = await administration.page_of(desk.services, await desk.reads(alert), by=MILA)
    assert page is not None
    assert page.withdrawal is not None
    assert (page.withdrawal.officer, page.may_be_withdrawn) == ("ada", False)


async def test_everything_is_made_anew_once_however_often_it_is_asked_for(desk: Desk) -> None:
    for _ in range(3):
        await administration.request_rebuild(desk.services, by=ADA)
    found = await administration.overview(desk.services, by=ADA)
    assert [one.alert for one in found.waiting] == [None]
    assert (await desk.ledger()).count("public.rebuilt") == 1


async def test_an_all_clear_may_be_withdrawn_while_it_is_new(desk: Desk, path: Path) -> None:
    alert = await sent(desk)
    end = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    page = await administration.page_of(desk.services, await desk.reads(end), by=ADA)
    assert page is not None
    assert page.may_be_withdrawn
    assert await administration.withdraw(desk.services, end.id, reason="a name in it", by=ADA)


async def test_a_withdrawn_end_still_cancels_its_warning_for_who_reads_cap(
    desk: Desk, path: Path
) -> None:
    """Without a word of it, or of the warning."""
    alert = await sent(desk)
    end = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    made = await publisher(desk, path, makers=Makers(all_towns=MAKERS.all_towns))
    await publishes_all(made)
    before = served(path)[f"a/2030/{end.id}/cap.xml"]
    for one in (end, alert):
        await administration.withdraw(desk.services, one.id, reason="a name in it", by=ADA)
    await publishes_all(made)
    found = served(path)
    cancel = to_message(parse(found[f"a/2030/{end.id}/cap.xml"]))
    assert (cancel.message_type, len(cancel.references)) == (MessageType.CANCEL, 1)
    assert cancel.identifier == to_message(parse(before)).identifier
    for one in (end, alert):
        text = found[f"a/2030/{one.id}/cap.xml"].decode()
        assert "n’est plus public" in text
        assert "ammonia" not in text.lower()
        object_of = json.loads(found[f"a/2030/{one.id}/alert.json"])
        assert object_of["cap"].endswith(f"a/2030/{one.id}/cap.xml")


async def test_who_looks_after_the_pages_is_told_that_nobody_answers_the_public(
    desk: Desk, path: Path
) -> None:
    services = with_folder(desk.services, path)
    assert services.public is not None
    half = replace(services.public, contact={Language.FR: "Rue 1", Language.NL: "Straat 1"})
    found = await administration.overview(replace(services, public=half), by=MILA)
    ((_, facts),) = found.notices
    assert facts["languages"] == "Deutsch, English"
    assert facts["settings"] == "ALERTING_PUBLIC_CONTACT_DE, ALERTING_PUBLIC_CONTACT_EN"
    full = replace(half, contact=dict.fromkeys(Language, "x"))
    found = await administration.overview(replace(services, public=full), by=MILA)
    assert found.notices == []
