"""Which of our accounts and which newsrooms an authority may use: one rule, for every channel.

Accounts speak to everybody, and newsrooms to the country. So by default the national account and
all newsrooms are the federal level's; everybody else has the newsrooms inside its territory, in its
languages, and no account. Rows that two administrators of the whole country agreed on add more.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from alerting.domain.authority import Authority, Level, Territory
from alerting.domain.channel_profiles import Reach
from alerting.domain.language import Language

NATIONAL_ACCOUNT = "national"
"""The account that the settings of a channel describe first."""
ALL_NEWSROOMS = "all"
WITH_ACCOUNTS = frozenset({Reach.ACCOUNT, Reach.NEWSROOM})
"""Channels on which it matters whose accounts or newsrooms are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAccount:
    """One row: this authority may use this account, or these newsrooms, on this channel."""

    authority: str
    channel: str
    account: str
    """The name of an account in the channel's settings; of newsrooms their reference, or
    ALL_NEWSROOMS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """What an authority may use on one channel; of both kinds nothing, where it is not said."""

    accounts: tuple[str, ...] = ()
    """Names of accounts, sorted."""
    all_newsrooms: bool = False
    territory: frozenset[str] = frozenset()
    """NIS codes: the newsrooms there, in one of the languages."""
    languages: tuple[Language, ...] = ()
    newsrooms: tuple[str, ...] = ()
    """References of newsrooms beside those, sorted."""

    def as_json(self) -> dict[str, Any]:
        """The fields by name in JSON values, as an approval keeps them."""
        return {**asdict(self), "territory": sorted(self.territory)}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Usable":
        """What `as_json` gave. KeyError where a field is missing."""
        return cls(
            accounts=tuple(kept["accounts"]),
            all_newsrooms=kept["all_newsrooms"],
            territory=frozenset(kept["territory"]),
            languages=tuple(Language(language) for language in kept["languages"]),
            newsrooms=tuple(kept["newsrooms"]),
        )


NOTHING_USABLE = Usable()


def usable(authority: Authority, reach: Reach, rows: Collection[str]) -> Usable:
    """What `authority` may use on a channel of this reach; `rows` are its accounts there.

    People are nobody's account: whom SMS and mail reach is the area's matter alone.
    """
    federal = authority.level is Level.FEDERAL and authority.territory.everywhere
    match reach:
        case Reach.ACCOUNT:
            default = {NATIONAL_ACCOUNT} if federal else set()
            return Usable(accounts=tuple(sorted(rows or default)))
        case Reach.NEWSROOM:
            return Usable(
                all_newsrooms=federal or ALL_NEWSROOMS in rows,
                territory=_inside(authority.territory),
                languages=authority.languages,
                newsrooms=tuple(sorted(set(rows) - {ALL_NEWSROOMS})),
            )
        case _:
            return NOTHING_USABLE


def _inside(territory: Territory) -> frozenset[str]:
    return frozenset() if territory.everywhere else territory.codes
