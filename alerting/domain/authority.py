"""Who may alert whom: authorities, their territory, and the incident that moves the right upward.

A mayor alerts the municipality, a governor the province, the minister the country (Royal Decree of
22 May 2019 on emergency planning). When an incident is handled at a higher level, the word to the
population goes up with it: whoever is below keeps reading and proposing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from alerting.domain.errors import PartnerNeedsIncident, SpeaksHigher
from alerting.domain.language import Language
from alerting.domain.text.i18n import ByLanguage, msgid


class Level(StrEnum):
    """The level of an authority. A partner advises and drafts, and decides nothing."""

    PARTNER = "partner"
    MUNICIPAL = "municipal"
    PROVINCIAL = "provincial"
    FEDERAL = "federal"


class Phase(StrEnum):
    """Who leads an incident: the mayor, the governor or the minister."""

    MUNICIPAL = "municipal"
    PROVINCIAL = "provincial"
    FEDERAL = "federal"


RANK: Mapping[str, int] = MappingProxyType(
    {level.value: rank for rank, level in enumerate(Level)}  # in the order they stand above
)
"""Levels and phases share their words, so that a phase can be compared with who speaks."""
LEVEL_NAMES: Mapping[Level, str] = {
    Level.PARTNER: msgid("partner service"),
    Level.MUNICIPAL: msgid("municipal authority"),
    Level.PROVINCIAL: msgid("provincial authority"),
    Level.FEDERAL: msgid("federal authority"),
}
PHASE_NAMES: Mapping[Phase, str] = {
    Phase.MUNICIPAL: msgid("municipal phase"),
    Phase.PROVINCIAL: msgid("provincial phase"),
    Phase.FEDERAL: msgid("federal phase"),
}

Named = Callable[[Sequence[str]], Mapping[Language, str]]
"""What these NIS codes are called together, in every language."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Municipalities by NIS code; or the whole country, whatever its municipalities are."""

    codes: frozenset[str] = frozenset()
    everywhere: bool = False

    def outside(self, area: Collection[str]) -> tuple[str, ...]:
        """What of `area` lies outside, sorted."""
        return () if self.everywhere else tuple(sorted(set(area) - self.codes))

    def holds(self, area: Collection[str]) -> bool:
        """Whether `area` lies wholly inside; nothing at all does not."""
        return bool(area) and not self.outside(area)

    def meets(self, area: Collection[str]) -> bool:
        """Whether at least one municipality of `area` lies inside."""
        return bool(area) and (self.everywhere or not self.codes.isdisjoint(area))


EVERYWHERE = Territory(everywhere=True)
NOWHERE = Territory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A service that speaks to the public, or advises those who do.

    `senders` holds, for each of the names in SENDER_NAMES, the words by language; where one is
    missing, the installation's own stand in; for the press contact its name, for newsrooms do not
    call the installation's press desk about it.
    """

    code: str
    level: Level
    territory: Territory
    names: Mapping[Language, str] = field(hash=False)
    languages: tuple[Language, ...] = ()
    """The languages it works in."""
    senders: Mapping[str, Mapping[Language, str]] = field(
        default_factory=dict, hash=False, repr=False
    )
    settings: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)

    @property
    def called(self) -> ByLanguage:
        """Its name, in whatever language the reader wants."""
        return ByLanguage(self.names or dict.fromkeys(Language, self.code))

    @property
    def partner(self) -> bool:
        """Whether it only takes part by invitation."""
        return self.level is Level.PARTNER


TELEPHONE = "telephone"
"""The setting of an authority that says where colleagues reach whoever decides for it."""
SENDER_NAMES = ("authority", "town", "press_contact", "url")
"""What an authority may be called by in texts: itself, its town, its press desk, its page."""

NATIONAL = Authority(
    code="national",
    level=Level.FEDERAL,
    territory=EVERYWHERE,
    names=MappingProxyType(
        {
            Language.FR: "Centre de crise national",
            Language.NL: "Nationaal Crisiscentrum",
            Language.DE: "Nationales Krisenzentrum",
            Language.EN: "National Crisis Centre",
        }
    ),
    languages=(Language.FR, Language.NL, Language.DE),
)
"""The one authority of an installation that has set up no other; it speaks by the settings."""


def unplaced(code: str) -> Authority:
    """An authority known by its code only: it may nothing, nowhere, until it is looked up."""
    return Authority(code=code, level=Level.PARTNER, territory=NOWHERE, names={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What happens somewhere, who leads, and since when. `id` is 0 until it is stored."""

    id: int = 0
    title: str
    phase: Phase
    area: tuple[str, ...]
    """NIS codes, sorted."""
    lead_authority: str
    """The code of the authority that leads."""
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None

    def must_hear(self, authority: Authority, *, call: ByLanguage | None = None) -> None:
        """Refuse an authority below the phase: it may propose, and no longer decide.

        `call` says whom to call: authority, telephone, officers; the leading one where it is None.
        """
        if RANK[authority.level] < RANK[self.phase]:
            raise SpeaksHigher(
                incident=self.id,
                phase=PHASE_NAMES[self.phase],
                authority=authority.called,
                lead_authority=self.lead_authority,
                call=call or self.lead_authority,
            )


def may_lead(authority: Authority, phase: Phase, area: Collection[str]) -> bool:
    """Whether an authority is high and wide enough to lead an incident in this phase."""
    return RANK[authority.level] >= RANK[phase] and authority.territory.holds(area)


def stands_above(higher: Authority, lower: Authority) -> bool:
    """Whether one has a higher level than another, and a territory that holds the other's.

    Whoever decides everywhere stands above all who do not, those of its own level among them; the
    national centre above all others.
    """
    if decides_everywhere(higher):
        national = higher.code == NATIONAL.code != lower.code
        return national or not decides_everywhere(lower)
    if RANK[higher.level] <= RANK[lower.level]:
        return False
    if lower.territory.everywhere:
        return higher.territory.everywhere
    return higher.territory.holds(lower.territory.codes)


def manages(authority: Authority, other: Authority) -> bool:
    """Whether an authority manages another: itself, and what stands below it; never an equal."""
    return authority.code == other.code or stands_above(authority, other)


def decides_everywhere(authority: Authority) -> bool:
    """Whether an authority is of the highest level and has the whole country."""
    return authority.territory.everywhere and RANK[authority.level] == max(RANK.values())


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the alerts and incidents an authority may look at.

    Reading needs an overlap only: a mayor has to know what the minister tells the town's people.
    A partner reads what it was invited to, and what it wrote.
    """

    authority: str
    territory: Territory
    by_invitation: bool


def scope_of(authority: Authority) -> Scope:
    """What this authority may look at."""
    return Scope(authority.code, authority.territory, authority.partner)


def drafts_within(authority: Authority, incident: Incident | None) -> Territory:
    """Where an authority may draft: on its territory; a partner in the incident it is invited to.

    That the invitation is alive is for the caller to look up.
    """
    if not authority.partner:
        return authority.territory
    if incident is None:
        raise PartnerNeedsIncident(authority=authority.called)
    return Territory(frozenset(incident.area))
