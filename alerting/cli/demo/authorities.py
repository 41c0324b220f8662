"""The demonstration's authorities and their people: national, provincial, municipal, partner.

All of it through the acts that officers use: one administrator requests, another confirms.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import memberships, mobile_numbers
from alerting.actions.accounts.credentials import UNKNOWN_CLIENT
from alerting.actions.accounts.invitations import Invitation, add_account
from alerting.actions.accounts.password_links import invitation_link, set_password_by_link
from alerting.actions.authorities import incidents
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import Incident, Phase
from alerting.domain.change_request import Act
from alerting.domain.channel_profiles import SMS
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.mobile_number import CODE_DIGITS
from alerting.domain.officer import Officer, Role
from alerting.mailer import TextMessageResult
from alerting.services import Services

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
CARLA = Officer("carla", Role.ADMINISTRATOR)
"""Confirms what is for one of the two others."""

AUTHORITIES: Sequence[Mapping[str, Any]] = (
    {
        "code": "province-liege",
        "level": "provincial",
        "names": {
            "fr": "Gouverneur de la province de Liège",
            "nl": "Gouverneur van de provincie Luik",
            "de": "Gouverneur der Provinz Lüttich",
            "en": "Governor of the Province of Liège",
        },
        "territory": ["province de Liège"],
        "languages": ["fr", "de"],
        "senders": {"town": {"fr": "Liège", "nl": "Luik", "de": "Lüttich", "en": "Liège"}},
    },
    {
        "code": "liege",
        "level": "municipal",
        "names": {
            "fr": "Ville de Liège",
            "nl": "Stad Luik",
            "de": "Stadt Lüttich",
            "en": "City of Liège",
        },
        "territory": ["4000 Liège"],
        "languages": ["fr"],
        "senders": {"town": {"fr": "Liège", "nl": "Luik", "de": "Lüttich", "en": "Liège"}},
    },
    {
        "code": "meuse-chimie",
        "level": "partner",
        "names": {
            "fr": "Meuse Chimie (site Seveso)",
            "nl": "Meuse Chimie (Sevesobedrijf)",
            "de": "Meuse Chimie (Seveso-Betrieb)",
            "en": "Meuse Chimie (Seveso site)",
        },
        "territory": ["4000 Liège"],
        "languages": ["fr"],
    },
)
PEOPLE: Sequence[tuple[str, str, Role]] = (
    ("mila", "national", Role.COMMUNICATOR),
    ("joris", "national", Role.APPROVER),
    ("joris", "province-liege", Role.APPROVER),
    ("paula", "national", Role.PRESS_OFFICER),
    ("august", "national", Role.AUDITOR),
    ("dirk", "national", Role.DUTY_OFFICER),
    ("gilles", "province-liege", Role.COMMUNICATOR),
    ("lucie", "liege", Role.COMMUNICATOR),
    ("simon", "liege", Role.APPROVER),
    ("petra", "meuse-chimie", Role.COMMUNICATOR),
    ("ada", "national", Role.ADMINISTRATOR),
    ("bram", "national", Role.ADMINISTRATOR),
)


async def found(services: Services) -> Incident:
    """Set everybody up; an incident is open in Liège, and the partner is invited to it."""
    for authority in AUTHORITIES:
        await _agree(services, Act.KEEP_AUTHORITY, authority, ADA, BRAM)
    for name, place, role in PEOPLE:
        details = {"officer": name, "authority": place, "role": role}
        first, second = [officer for officer in (ADA, BRAM, CARLA) if officer.name != name][:2]
        await _agree(services, Act.GRANT_MEMBERSHIP, details, first, second)
    await _open_accounts(services)
    lucie, simon = await member(services, "lucie"), await member(services, "simon")
    happening = await incidents.open_incident(
        services, "Ammoniac, port de Liège", ["4000 Liège"], Phase.MUNICIPAL, by=lucie
    )
    until = (services.now() + timedelta(days=2)).isoformat()
    invitation = {"authority": "meuse-chimie", "incident": happening.id, "until": until}
    await _agree(services, Act.INVITE_PARTNER, invitation, lucie, simon)
    return happening


async def member(services: Services, name: str) -> Officer:
    """Somebody under the first of their memberships; NotFound where they have none."""
    held = await memberships.memberships_of(services, name)
    async with services.reading() as reading:
        return await authorization.member_named(services, reading, name, held[0].id if held else 0)


async def _open_accounts(services: Services) -> None:
    """An account for everybody, with an address where e-mails arrive in the sandbox.

    Nobody knows the passwords: a spectator comes in by a link. Without accounts nobody could be
    called to approve, or be sent a test copy or a translation. Their mobile numbers are of the
    sandbox, too.
    """
    people = {person[0]: person for person in reversed(PEOPLE)}.values()
    for serial, (name, place, role) in enumerate(people, 1):
        invitation = Invitation(
            name=name,
            email=f"{name}@crisis.example",
            full_name=f"{name.title()} Peeters",
            language=Language.NL if place == "national" else Language.FR,
            role=role,
            authority=place,
        )
        async with services.unit() as unit:
            account = await add_account(services, unit, invitation.checked(), by=SHELL)
            link = await invitation_link(services, unit, account)
        await set_password_by_link(
            services,
            link.rpartition("key=")[2],
            secrets.token_urlsafe(32),
            where=UNKNOWN_CLIENT,
        )
        await _confirm_number(services, name, f"+3247{9_000_000 + serial:07d}")


A_CODE = re.compile(rf"\d{{{CODE_DIGITS}}}")


class _LastText:
    """A gateway that sends nothing and keeps the last text: the code that confirms a number."""

    text = ""

    async def send(self, *, text: str, **_: object) -> TextMessageResult:
        """Keep it."""
        self.text = text
        return TextMessageResult(State.SENT)


async def _confirm_number(services: Services, name: str, number: str) -> None:
    if SMS.name not in services.channels:
        return
    gateway, by = _LastText(), await member(services, name)
    apart = replace(services, texter=gateway)
    await mobile_numbers.send_code(apart, number, by=by)
    found = A_CODE.search(gateway.text)
    await mobile_numbers.confirm_number(apart, found[0] if found else "", by=by)


async def _agree(
    services: Services, act: Act, details: Mapping[str, Any], first: Officer, second: Officer
) -> None:
    change_request = await change_requests.request_change(
        services, KINDS, act, dict(details), by=first
    )
    await change_requests.confirm_change(services, KINDS, change_request.id, by=second)
