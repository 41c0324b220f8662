"""What stands on an alert's page is written, read and approved with its other texts; and these may
lead to that page, by a number that is right whoever made the alert, and however."""

from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerting.actions.alerts import (
    approval,
    changing,
    compositions,
    drafting,
    follow_ups,
    previews,
    queries,
    readings,
    text_checks,
)
from alerting.actions.alerts.alone import why_not_break_glass
from alerting.actions.alerts.changing import WantedChanges
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.library_texts import composed_again
from alerting.domain.alert import Alert, AlertClass, FollowUp
from alerting.domain.composition import Composition
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.page_address import NUMBER, PageAddress, has_mark, with_number
from alerting.domain.text.gsm7 import measure
from alerting.i18n import translator_for
from alerting.publisher import Folder
from alerting.services import PublicFolder, Services
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, LEEN, MILA, Desk

SITE = "https://pages.example.be/public"
FR = Language.FR
LINKED = ("sms", "email", "x")


def with_pages(services: Services, folder: Path, *, links: bool = True) -> Services:
    composer = copy(services.composer)
    composer.sender = replace(
        composer.sender, more_hosts=composer.sender.more_hosts | {"pages.example.be"}
    )
    public = PublicFolder(
        folder=Folder(folder, shared=("a",)), url=SITE, authority=composer.sender.authority
    )
    return replace(services, composer=composer, public=public, pages_url=SITE, page_links=links)


@pytest.fixture
async def desk(desk: Desk, tmp_path: Path) -> Desk:
    """One that has public pages, and leads to them."""
    desk.services = with_pages(desk.services, tmp_path)
    await desk.registers_a_few()
    return desk


Make = Callable[[Desk], Awaitable[Alert]]
CONTENT = CompositionContent(
    scenario="chem_shelter", area=("62063",), values=DETAILS, channels=("sms", "email", "x")
)


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts(channels=LINKED)


async def saved(desk: Desk, made: Composition, content: CompositionContent) -> Composition:
    return await compositions.save_composition(
        desk.services, made.id, content, seen=made.version, by=MILA
    )


async def composed(desk: Desk) -> Alert:
    made = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    return await compositions.create_draft(desk.services, await saved(desk, made, CONTENT), by=MILA)


async def copied(desk: Desk) -> Alert:
    first = await drafted(desk)
    made = await compositions.create_composition_from_alert(desk.services, first.id, by=MILA)
    content = replace(CompositionContent.of(made.content), values=DETAILS)
    return await compositions.create_draft(desk.services, await saved(desk, made, content), by=MILA)


async def followed(desk: Desk) -> Alert:
    return await desk.follows_up(await desk.issues(channels=LINKED), FollowUp.ALL_CLEAR)


async def composed_follow_up(desk: Desk) -> Alert:
    first = await desk.issues(channels=LINKED)
    made = await follow_ups.begin_follow_up(desk.services, first.id, FollowUp.FALSE_ALERT, by=MILA)
    return await follow_ups.create_composed_follow_up(desk.services, made, by=MILA)


async def revised(desk: Desk) -> Alert:
    first = await drafted(desk)
    (sms,) = [one for one in first.messages if one.channel == "sms"]
    text = replace(sms, text=sms.text.replace("Liege", "Liège"))
    return await having_read.revise(desk.services, first.id, [text], by=LEEN)


async def changed(desk: Desk) -> Alert:
    first = await drafted(desk)
    return await changing.change_choices(
        desk.services,
        first.id,
        WantedChanges(valid_for=timedelta(hours=3), channels=(*LINKED, "press")),
        {},
        by=MILA,
        seen=first.fingerprint(),
    )


async def changed_on_the_page(desk: Desk) -> Alert:
    first = await drafted(desk)
    begun = await changing.begin_change(desk.services, first.id, by=MILA)
    content = replace(CompositionContent.of(begun.content), channels=("sms", "press"))
    kept = await saved(desk, begun, content)
    return await changing.change_alert(desk.services, kept, {}, by=MILA, seen=first.fingerprint())


async def proposed(desk: Desk) -> Alert:
    first = await desk.submits(await drafted(desk))
    (sms,) = [one for one in first.messages if one.channel == "sms"]
    typed = replace(sms, text=f"{sms.text} {SITE}/a/2030/{NUMBER}/fr/")
    await approval.return_to_author(
        desk.services, first.id, by=JORIS, reason="a word to whoever reads", proposed=[typed]
    )
    seen = await having_read.fingerprint(desk.services, first.id, by=MILA)
    return await drafting.accept_proposal(desk.services, first.id, by=MILA, seen=seen)


async def exercised(desk: Desk) -> Alert:
    return await desk.drafts(channels=LINKED, alert_class=AlertClass.EXERCISE)


EVERY_WAY: Mapping[str, Make] = {
    "drafted": drafted,
    "composed on the page": composed,
    "begun from another": copied,
    "following another": followed,
    "following, composed on the page": composed_follow_up,
    "words edited": revised,
    "choices changed by a program": changed,
    "choices changed on the page": changed_on_the_page,
    "words proposed by an approver": proposed,
    "an exercise": exercised,
}


def parts(one: Message) -> tuple[str, ...]:
    return one.subject, one.text, one.html


@pytest.mark.parametrize("way", EVERY_WAY)
async def test_the_address_has_the_number_of_the_alert(desk: Desk, way: str) -> None:
    alert = await EVERY_WAY[way](desk)
    assert not [one for one in alert.messages if any(NUMBER in part for part in parts(one))]
    assert not any(NUMBER in part for one in alert.proposed for part in parts(one))
    for one in alert.messages:
        address = f"{SITE}/a/2030/{alert.id}/{one.language}/"
        assert (address in one.text) is (one.channel in LINKED), one.channel
        if one.channel == "email":
            assert address in one.html
        assert one.text.count("/a/2030/") == one.text.count(f"/a/2030/{alert.id}/")


@pytest.mark.parametrize("way", ["drafted", "composed on the page", "following another"])
async def test_the_words_are_still_the_librarys_own(desk: Desk, way: str) -> None:
    alert = await EVERY_WAY[way](desk)
    assert await drafting.as_composed(desk.services, alert)
    again = await composed_again(desk.services, alert)
    assert again is not None
    assert {one.html for one in alert.messages} == {one.html for one in again.values()}


async def test_one_person_may_still_send_what_was_prepared(desk: Desk) -> None:
    alert = await desk.drafts(by=DIRK, values=CLOSED, channels=LINKED)
    assert await why_not_break_glass(desk.services, alert, by=DIRK) is None


async def test_the_checks_find_nothing_more(desk: Desk, tmp_path: Path) -> None:
    """The address is a link to us, and its digits are no telephone, hour or amount."""

    async def rules(services: Services) -> set[tuple[str, str]]:
        one = await Desk(services, desk.clock).drafts(channels=LINKED, by=LEEN)
        found = await text_checks.findings(services, one, by=LEEN, now=services.now())
        return {(finding.rule, finding.channel or "") for finding in found}

    without = replace(desk.services, public=None, page_links=False)
    more = await rules(desk.services) - await rules(without)
    assert {rule for rule, channel in more if channel != "web"} == set()


async def test_whoever_composes_reads_that_a_number_will_stand_there(desk: Desk) -> None:
    look = await previews.preview_composition(desk.services, CONTENT, AlertClass.ALERT, by=MILA)
    assert look.preview is not None
    (sms,) = [one for one in look.preview.alert.messages if one.channel == "sms"]
    assert has_mark(sms.text)
    assert f"/a/2030/{NUMBER}/fr/" in sms.text
    assert "/a/2030/‹numéro›/fr/" in translator_for(FR).late(sms.text)
    assert measure(sms.text).segments == measure(sms.text.replace(NUMBER, "9999999")).segments


async def test_changing_an_alert_shows_the_number_it_has(desk: Desk) -> None:
    alert = await drafted(desk)
    look = await previews.preview_composition(
        desk.services, CONTENT, AlertClass.ALERT, by=MILA, changes=alert
    )
    assert look.preview is not None
    texts = [one.text for one in look.preview.alert.messages if one.channel in LINKED]
    assert texts
    assert all(f"/a/2030/{alert.id}/" in one for one in texts)


async def test_the_page_has_a_text_that_no_delivery_is_planned_for(desk: Desk) -> None:
    alert = await desk.issues(channels=("sms",))
    assert alert.channels == ("sms",)
    assert alert.text_channels == ("sms", "web")
    page = alert.message("web", FR)
    assert page is not None
    assert page.subject
    assert page.html
    await desk.works()
    assert {one.channel for one in await desk.deliveries(alert)} == {"sms"}
    assert "sms" in (await desk.states(alert))


async def test_its_text_is_read_and_bound_like_any_other(desk: Desk) -> None:
    alert = await desk.submits(await desk.drafts(channels=("sms",)))
    known = await readings.what_was_read(desk.services, alert.id, by=JORIS)
    assert ("web", FR) in known.unread
    preview = await queries.preview(desk.services, alert.id, by=JORIS)
    assert {one.channel for one in preview.alert.messages} == {"sms", "web"}
    other = replace(
        alert,
        messages=tuple(
            replace(one, text=f"{one.text} more") if one.channel == "web" else one
            for one in alert.messages
        ),
    )
    assert other.fingerprint() != alert.fingerprint()


async def test_its_text_is_checked_and_may_be_edited(desk: Desk) -> None:
    alert = await desk.drafts(channels=("sms",))
    page = alert.message("web", FR)
    assert page is not None
    typed = replace(page, text=f"{page.text}\n\nhttps://elsewhere.example.com", html="")
    edited = await having_read.revise(desk.services, alert.id, [typed], by=LEEN)
    found = await text_checks.findings(desk.services, edited, by=LEEN, now=desk.services.now())
    assert "web" in {one.channel for one in found if "link" in one.rule}
    assert not await drafting.as_composed(desk.services, edited)


async def test_a_link_to_the_pages_may_be_typed(desk: Desk) -> None:
    alert = await desk.drafts(channels=("sms",))
    (sms,) = [one for one in alert.messages if one.channel == "sms"]
    typed = replace(sms, text=f"{sms.text} {SITE}/verify/")
    edited = await having_read.revise(desk.services, alert.id, [typed], by=LEEN)
    found = await text_checks.findings(desk.services, edited, by=LEEN, now=desk.services.now())
    assert not [one for one in found if "link" in one.rule and one.channel == "sms"]


async def test_a_test_has_neither_page_nor_address(desk: Desk) -> None:
    alert = await desk.drafts(
        channels=LINKED, scenario="test", alert_class=AlertClass.TEST, values={}
    )
    assert alert.text_channels == LINKED
    assert not [one for one in alert.messages if SITE in one.text]


async def test_pages_without_links_leave_the_official_site(desk: Desk, tmp_path: Path) -> None:
    desk.services = with_pages(desk.services, tmp_path, links=False)
    alert = await drafted(desk)
    assert alert.message("web", FR) is not None
    assert not [one for one in alert.messages if SITE in one.text]


def test_a_number_stands_in_addresses_only() -> None:
    address = PageAddress(site=SITE, year=2030).url(FR)
    message = Message(
        channel="email",
        language=FR,
        subject=NUMBER,
        text=f"{NUMBER} {address}",
        html=f'<a href="{address}">{address}</a>',
    )
    found = with_number(message, 71)
    assert found.subject == NUMBER
    assert found.text == f"{NUMBER} {SITE}/a/2030/71/fr/"
    assert found.html.count("/a/2030/71/fr/") == 2
    assert with_number(found, 72) == found


async def test_services_without_pages_are_as_before(services: Services, clock: Any) -> None:
    plain = Desk(replace(services, public=None, page_links=False), clock)
    alert = await plain.drafts(channels=LINKED)
    assert alert.text_channels == LINKED
    assert not [one for one in alert.messages if "/a/2030/" in one.text]
