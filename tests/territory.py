"""A country with several authorities: who they are, where, and the people who work there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerting.actions import authorization, change_requests
from alerting.actions.accounts.memberships import MembershipDetails, grant
from alerting.actions.authorities import incidents
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority import Incident, Phase
from alerting.domain.change_request import Act
from alerting.domain.credential import CredentialKind
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.unit_of_work import UnitOfWork

PROVINCE, CITY, TOWN, PARTNER = "province-liege", "liege", "gent", "usine-meuse"

AUTHORITIES: tuple[Mapping[str, object], ...] = (
    {
        "code": PROVINCE,
        "level": "provincial",
        "names": {"fr": "Gouverneur de Liège", "nl": "Gouverneur van Luik"},
        "territory": ["60000"],
        "languages": ["fr", "de"],
    },
    {
        "code": CITY,
        "level": "municipal",
        "names": {"fr": "Ville de Liège", "nl": "Stad Luik", "de": "Stadt Lüttich"},
        "territory": ["62063"],
        "senders": {"town": {"fr": "Liège", "nl": "Luik"}},
    },
    {
        "code": TOWN,
        "level": "municipal",
        "names": {"nl": "Stad Gent"},
        "territory": ["44021"],
        "languages": ["nl"],
    },
    {
        "code": PARTNER,
        "level": "partner",
        "names": {"fr": "Usine de la Meuse"},
        "territory": ["62063"],
    },
)


async def gives_token(services: Services, unit: UnitOfWork, officer: Officer) -> None:
    """A token by which a member gets in."""
    await credential_rows.add(
        unit.connection,
        kind=CredentialKind.TOKEN,
        secret_hash=f"of membership {officer.membership}",
        officer=officer,
        created_at=services.now(),
        expires_at=services.now() + timedelta(days=366),
    )


@dataclass
class Country:
    """Authorities that are set up, and officers of any of them."""

    services: Services

    async def founded(self) -> "Country":
        """Set the authorities up."""
        async with self.services.unit() as unit:
            for one in AUTHORITIES:
                wanted = AuthorityDetails.model_validate(one)
                await save_authority(self.services, unit, wanted, by=SHELL)
        return self

    async def officer(
        self,
        role: Role,
        authority: str = CITY,
        *,
        name: str = "",
        training: bool = False,
        token: bool = True,
    ) -> Officer:
        """A member of an authority, who gets in by a token."""
        who = name or f"{role.value}.{authority}"
        wanted = MembershipDetails(officer=who, authority=authority, role=role, training=training)
        async with self.services.unit() as unit:
            number = await grant(self.services, unit, wanted, granted_by="test", confirmed_by=SHELL)
            assert number is not None
            made = await authorization.member_named(self.services, unit, who, number)
            if token:
                await gives_token(self.services, unit, made)
            return made

    async def incident(
        self, *, by: Officer, phase: Phase = Phase.MUNICIPAL, area: str = "4000 Liège"
    ) -> Incident:
        """Something happens."""
        return await incidents.open_incident(self.services, "Fire", [area], phase, by=by)

    async def invites(
        self,
        incident: Incident,
        *,
        by: Officer,
        second: Officer,
        until: str,
        partner: str = PARTNER,
    ) -> None:
        """Two people let a partner in."""
        details = {"authority": PARTNER, "incident": incident.id, "until": until}
        made = await change_requests.request_change(
            self.services, KINDS, Act.INVITE_PARTNER, details, by=by
        )
        await change_requests.confirm_change(self.services, KINDS, made.id, by=second)
