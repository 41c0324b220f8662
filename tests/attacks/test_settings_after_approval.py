"""Whom an approved alert reaches is what was approved, whatever is set up for its authority since.

Accounts, newsrooms, languages, territory and level each widen it: whoever gave any of them, the
alert leaves, goes on and is tried again only after a new yes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.alerts import retry, scheduling, stopping
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.domain.alert import Alert, AlertState, StepReason
from alerting.domain.channel import FailureReason, Refused
from alerting.domain.channel_accounts import ChannelAccount
from alerting.domain.errors import AudienceChanged
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.authorities import accounts as authority_account_rows
from tests import having_read
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import LIEGE, newsroom, person
from tests.territory import CITY, Country

PROVINCE_OF_LIEGE = "60000"
BEFORE: Mapping[str, Any] = {
    "code": CITY,
    "level": "municipal",
    "names": {"fr": "Ville de Liège", "nl": "Stad Luik", "de": "Stadt Lüttich"},
    "territory": ["62063"],
    "senders": {"town": {"fr": "Liège", "nl": "Luik"}},
    "languages": ["fr"],
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "another language": {"languages": ["fr", "nl"]},
    "a larger territory": {"territory": [PROVINCE_OF_LIEGE]},
    "a higher level": {"level": "federal", "territory": ["Belgique"]},
}
ROWS: Mapping[str, tuple[str, str]] = {
    "an account": ("x", "be-alert"),
    "all newsrooms": ("press", "all"),
    "one newsroom": ("press", newsroom(3).reference),
}


async def widens(services: Services, what: str) -> None:
    """Whoever agreed on it."""
    async with services.unit() as unit:
        if what in ROWS:
            channel, account = ROWS[what]
            row = ChannelAccount(authority=CITY, channel=channel, account=account)
            await authority_account_rows.add(unit.connection, row, now=services.now())
        else:
            wanted = AuthorityDetails.model_validate({**BEFORE, **SETTINGS[what]})
            await save_authority(services, unit, wanted, by=SHELL)


async def people(services: Services, desk: Desk) -> tuple[Officer, Officer]:
    """Liège, who work there, and newsrooms: its own, of another language, of the province."""
    country = await Country(services).founded()
    async with services.unit() as unit:
        await save_authority(services, unit, AuthorityDetails.model_validate(BEFORE), by=SHELL)
    await desk.registers(
        person(1),
        replace(newsroom(1, language=Language.FR), nis_code=LIEGE),
        replace(newsroom(2, language=Language.NL), nis_code=LIEGE),
        replace(newsroom(3, language=Language.FR), nis_code=PROVINCE_OF_LIEGE),
    )
    lucie = await country.officer(Role.COMMUNICATOR, CITY, name="lucie")
    return lucie, await country.officer(Role.APPROVER, CITY, name="luc")


async def approved(desk: Desk, lucie: Officer, luc: Officer) -> Alert:
    wanted = {"channels": ("sms", "x", "press"), "also_in": (Language.NL,)}
    return await desk.approves(await desk.drafts(by=lucie, **wanted), by=luc)


@pytest.mark.parametrize("what", [*SETTINGS, *ROWS])
async def test_nothing_that_was_given_since_is_used_without_a_new_yes(
    desk: Desk, services: Services, what: str
) -> None:
    lucie, luc = await people(services, desk)
    alert = await approved(desk, lucie, luc)
    await widens(services, what)
    with pytest.raises(AudienceChanged):
        await desk.sends(alert, by=lucie)
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    alert = await having_read.approve(services, alert.id, by=luc, accept_lists=True)
    await desk.sends(alert, by=lucie)
    await desk.works()
    assert len(await desk.deliveries(alert)) > 2


async def test_what_is_taken_away_needs_no_new_yes_and_is_not_used(
    desk: Desk, services: Services
) -> None:
    lucie, luc = await people(services, desk)
    await widens(services, "an account")
    alert = await approved(desk, lucie, luc)
    async with services.unit() as unit:
        row = ChannelAccount(authority=CITY, channel="x", account="be-alert")
        await authority_account_rows.end(unit.connection, row, now=services.now())
    sent = await desk.sends(alert, by=lucie)
    await desk.works()
    assert {one.channel for one in await desk.deliveries(sent)} == {"sms", "press"}


async def test_what_is_given_while_it_leaves_is_not_used(desk: Desk, services: Services) -> None:
    lucie, luc = await people(services, desk)
    sent = await desk.sends(await approved(desk, lucie, luc), by=lucie)
    await widens(services, "all newsrooms")
    await widens(services, "an account")
    await desk.works()
    assert len(await desk.deliveries(sent)) == 2


async def test_a_scheduled_alert_waits_for_a_new_yes(
    desk: Desk, services: Services, clock: Clock
) -> None:
    lucie, luc = await people(services, desk)
    alert = await approved(desk, lucie, luc)
    at = clock.now + timedelta(minutes=30)
    await having_read.schedule(services, alert.id, at, by=lucie, accept_times=True)
    await widens(services, "another language")
    clock.now = at
    await scheduling.send_due(services)
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    assert await desk.deliveries(alert) == []


async def test_neither_resuming_nor_trying_again_uses_what_was_given_since(
    desk: Desk, services: Services
) -> None:
    lucie, luc = await people(services, desk)
    vars(desk.channel("sms"))["_answers"] = iter([Refused(FailureReason.ADDRESS_DEAD, "x")])
    sent = await desk.sends(await approved(desk, lucie, luc), by=lucie)
    await stopping.stop(services, sent.id, by=lucie)
    await widens(services, "all newsrooms")
    with pytest.raises(AudienceChanged):
        await stopping.resume(services, sent.id, by=lucie, reason=StepReason.MENDED)
    await having_read.approve(services, sent.id, by=luc, accept_lists=True)
    await stopping.resume(services, sent.id, by=lucie, reason=StepReason.MENDED)
    await desk.works()
    await desk.sweeps()
    await widens(services, "an account")
    with pytest.raises(AudienceChanged):
        await retry.retry_failed(services, sent.id, by=lucie, reason=StepReason.MENDED)
