"""Incidents, authorities, their lists and the accounts they use."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from alerting.actions import change_requests
from alerting.actions.accounts.memberships import MembershipDetails, grant
from alerting.actions.authorities import accounts as authority_accounts
from alerting.actions.authorities import incidents
from alerting.actions.authorities import lists as authority_lists
from alerting.actions.authorities import manage as authorities
from alerting.actions.authorities import on_call as authority_on_call
from alerting.actions.authorities import translators as authority_translators
from alerting.actions.authorities.on_call import OnCallRequest
from alerting.actions.authorities.translators import TranslatorRequest
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import Phase
from alerting.domain.change_request import Act
from alerting.domain.channel_accounts import ChannelAccount
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.domain.on_call import OnCall
from alerting.domain.translation import ListedTranslator
from alerting.store.accounts import repository as account_rows
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.authorities import on_call as on_call_rows
from alerting.store.authorities import translators as translator_rows
from tests.permissions.trial import Call, Row, Trial, looked_at, plain
from tests.territory import PARTNER


async def invited_partner(one: Trial) -> Call:
    incident = await one.happening()
    leader, other = await one.second(Role.COMMUNICATOR), await one.second(Role.APPROVER)
    await one.country.invites(incident, by=leader, second=other, until=one.until())
    return Call(incident.id, PARTNER)


async def requested_partner(one: Trial) -> Call:
    incident = await one.happening()
    details = {"authority": PARTNER, "incident": incident.id, "until": one.until()}
    return Call(KINDS, Act.INVITE_PARTNER, details)


async def requested_authority(one: Trial) -> Call:
    details = {
        "code": one.new("new"),
        "level": "municipal",
        "names": {"fr": "Nouvelle"},
        "territory": [one.place],
    }
    return Call(KINDS, Act.KEEP_AUTHORITY, details)


async def requested_entry(one: Trial) -> Call:
    texts = dict.fromkeys(("fr", "nl", "de"), one.new("chlore"))
    details = {
        "authority": one.authority,
        "list": "substance",
        "key": one.new("chlorine"),
        "change": "add",
        "texts": texts,
    }
    return Call(KINDS, Act.KEEP_LIST_ENTRY, details)


async def requested_account(one: Trial) -> Call:
    """To end one is the authority's own; to add one is the whole country's."""
    row = ChannelAccount(authority=one.authority, channel="press", account=one.new("account"))
    async with one.services.unit() as unit:
        await authority_account_rows.add(unit.connection, row, now=one.services.now())
    details = {
        "authority": row.authority,
        "channel": row.channel,
        "account": row.account,
        "change": "end",
    }
    return Call(KINDS, Act.KEEP_ACCOUNT, details)


async def exempted(one: Trial) -> Call:
    incident, alert = await one.happening(), await one.drafted(incident=None)
    return Call(incident.id, alert.id, seen=alert.fingerprint(), reason="It concerns the water")


async def its_incident(one: Trial) -> Call:
    number = one.incident if one.here else (await one.happening()).id
    return Call(number).showing(bool)


async def an_incident(one: Trial, *more: Any) -> Call:
    return Call((await one.happening()).id, *more)


def on_call_request(one: Trial, officer: str = "") -> OnCallRequest:
    now = one.services.now()
    return OnCallRequest(
        officer=officer or one.by.name, place=1, starts_at=now, ends_at=now + timedelta(hours=8)
    )


async def put_on_call(one: Trial) -> Call:
    """Somebody who may approve there, and has an account."""
    name = "anna"
    held = MembershipDetails(officer=name, authority=one.authority, role=Role.APPROVER)
    async with one.services.unit() as unit:
        number = await account_rows.add(
            unit.connection,
            unit.database,
            name=name,
            email="anna@example.org",
            full_name="",
            language=Language.FR,
            now=one.services.now(),
        )
        if number is not None:
            await account_rows.update_account(unit.connection, number, password_hash="x")
        await grant(one.services, unit, held, granted_by="test", confirmed_by=SHELL)
    return Call(one.authority, on_call_request(one, name))


async def taken_off_call(one: Trial) -> Call:
    wanted = on_call_request(one)
    entry = OnCall(authority=one.authority, **wanted.model_dump())
    async with one.services.unit() as unit:
        number = await on_call_rows.add(unit.connection, entry)
    return Call(one.authority, number)


async def put_on_translators(one: Trial) -> Call:
    somebody = await one.second(Role.COMMUNICATOR)
    return Call(one.authority, TranslatorRequest(officer=somebody.name, language=Language.NL))


async def taken_off_translators(one: Trial) -> Call:
    entry = ListedTranslator(
        authority=one.authority, officer=one.new("translator"), language=Language.NL
    )
    async with one.services.unit() as unit:
        number = await translator_rows.add(unit.connection, unit.database, entry)
    return Call(one.authority, number)


ROWS: Mapping[str, Row] = {
    "find incidents": Row(incidents.list_incidents, lambda _: plain()),
    "read an incident": Row(
        incidents.get_incident,
        lambda one: plain(one.incident) if one.here else an_incident(one),
    ),
    "see the incident of an alert": Row(incidents.incident_of_alert, its_incident),
    "see which incidents bind an alert": Row(incidents.binding_incidents, looked_at),
    "declare an alert not part of it": Row(incidents.exempt_alert, exempted),
    "open an incident": Row(
        incidents.open_incident, lambda one: plain("Fire", [one.place], Phase.MUNICIPAL)
    ),
    "change its phase": Row(incidents.change_phase, lambda one: an_incident(one, Phase.MUNICIPAL)),
    "close it": Row(incidents.close_incident, an_incident),
    "request to invite a partner": Row(change_requests.request_change, requested_partner),
    "end a partner's invitation": Row(incidents.end_invitation, invited_partner),
    "request an authority": Row(change_requests.request_change, requested_authority),
    "see authorities": Row(authorities.list_authorities, lambda _: plain()),
    "read an authority": Row(authorities.get_authority, lambda one: plain(one.authority)),
    "request an entry of its lists": Row(change_requests.request_change, requested_entry),
    "read its lists": Row(authority_lists.list_entries, lambda one: plain(one.authority)),
    "see who is on call for it": Row(
        authority_on_call.list_on_call, lambda one: plain(one.authority)
    ),
    "put somebody on call": Row(authority_on_call.add_on_call, put_on_call),
    "take somebody off call": Row(authority_on_call.remove_on_call, taken_off_call),
    "see who translates for it": Row(
        authority_translators.list_translators, lambda one: plain(one.authority)
    ),
    "add a translator": Row(authority_translators.add_translator, put_on_translators),
    "remove a translator": Row(authority_translators.remove_translator, taken_off_translators),
    "request an account it uses": Row(change_requests.request_change, requested_account),
    "read what accounts it may use": Row(
        authority_accounts.usable_accounts, lambda one: plain(one.authority)
    ),
    "read what accounts it was given": Row(
        authority_accounts.rows, lambda one: plain(one.authority)
    ),
}
