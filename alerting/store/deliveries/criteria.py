"""Whom one channel of what is sent reaches, as conditions of a query."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from alerting.domain.channel_accounts import NOTHING_USABLE, Usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.copies import UserAddress
from alerting.domain.language import Language
from alerting.domain.recipient import RecipientKind
from alerting.store.tables import (
    recipient,
)

ON_NO_LIST = frozenset({Reach.ACCOUNT, Reach.USER})
"""Whoever these reach stands on no list: the entries are made when a sending is planned."""
ADDRESS: Mapping[Reach, sa.ColumnElement[str]] = {
    Reach.PHONE: recipient.c.phone,
    Reach.EMAIL: recipient.c.email,
    Reach.NEWSROOM: recipient.c.email,
    Reach.ACCOUNT: recipient.c.reference,
}


NOTHING: sa.ColumnElement[str] = sa.literal_column("''")
"""Written out and not bound, or no database could tell that a partial index has the answer."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom one channel of a sending reaches. What is approved is these criteria, not a list."""

    channel: str
    reach: Reach
    area: tuple[str, ...]
    """NIS codes of municipalities; of newsrooms also of the larger places that have one of them."""
    languages: tuple[Language, ...]
    """Those the channel has a text in, in order; nobody is planned for where there is none."""
    may_use: Usable = NOTHING_USABLE
    """Which accounts and newsrooms whoever speaks may use; by default none."""
    users: tuple[UserAddress, ...] = ()
    """Of a test copy, for whom it is."""


def account_references(criteria: Criteria) -> dict[str, Language]:
    """Addresses of the accounts that are posted on, each with the language posted there.

    The channel finds the account by its address, so that nothing is posted on another one.
    """
    return {
        f"{criteria.channel}:{account}:{language}": language
        for account in criteria.may_use.accounts
        for language in criteria.languages
    }


def user_references(criteria: Criteria) -> dict[str, tuple[Language, str]]:
    """By its reference, each entry of a user of a test copy: its language, and their address."""
    return {
        f"{user.person}:{language}": (language, user.email)
        for user in criteria.users
        for language in criteria.languages
    }


def entries_needed(criteria: Criteria) -> list[dict[str, str]]:
    """Columns `kind`, `reference`, `language` and `name` of the entries of those on no list."""
    if criteria.reach is Reach.USER:
        return [
            {"kind": RecipientKind.USER, "reference": reference, "language": language, "name": ""}
            for reference, (language, _) in user_references(criteria).items()
        ]
    return [
        {
            "kind": RecipientKind.ACCOUNT,
            "reference": reference,
            "language": language,
            "name": criteria.channel,
        }
        for reference, language in account_references(criteria).items()
    ]


def address_for(criteria: Criteria) -> sa.ColumnElement[str]:
    """Where a message goes: of a user to the address given, of others to that of their entry."""
    if criteria.reach is not Reach.USER:
        return ADDRESS[criteria.reach]
    found = user_references(criteria).items()
    given = [(recipient.c.reference == reference, email) for reference, (_, email) in found]
    return sa.case(*given, else_="") if given else sa.literal("")


def eligible(criteria: Criteria, entry: sa.FromClause = recipient) -> list[sa.ColumnElement[bool]]:
    """Entries that the criteria fit, each by itself."""
    if not criteria.languages:
        return [sa.false()]  # nothing to say on this channel
    match criteria.reach:
        case Reach.PHONE | Reach.EMAIL:
            return [
                entry.c.kind == RecipientKind.PERSON,
                entry.c.nis_code.in_(criteria.area),
                address_of(criteria.reach, entry) != NOTHING,
            ]
        case Reach.NEWSROOM:
            # A newsroom gets the release in its own language, where it covers some of the area.
            return [
                entry.c.kind == RecipientKind.PRESS,
                entry.c.email != NOTHING,
                entry.c.language.in_(criteria.languages),
                covers(criteria.area, entry.c.nis_code),
                *newsrooms(criteria.may_use, entry.c.nis_code, entry.c.language, entry.c.reference),
            ]
        case Reach.ACCOUNT:
            references = sorted(account_references(criteria))
            return [entry.c.kind == RecipientKind.ACCOUNT, entry.c.reference.in_(references)]
        case Reach.USER:
            references = sorted(user_references(criteria))
            return [entry.c.kind == RecipientKind.USER, entry.c.reference.in_(references)]


def address_of(reach: Reach, entry: sa.FromClause) -> sa.ColumnElement[str]:
    """Where a message of this kind goes: a column of an entry of the list."""
    return entry.c.phone if reach is Reach.PHONE else entry.c.email


def earlier_in(reach: Reach) -> sa.ColumnElement[str]:
    """The municipalities in which an entry that came before has the same address of this kind."""
    return recipient.c.phone_earlier_in if reach is Reach.PHONE else recipient.c.email_earlier_in


def folded(reach: Reach, address: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """As addresses are compared: numbers in E.164 letter by letter, mail addresses without case."""
    return address if reach is Reach.PHONE else sa.func.lower(address)


def same_address(reach: Reach, one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    """That two entries have the same address of this kind."""
    return folded(reach, address_of(reach, one)) == folded(reach, address_of(reach, other))


def newsrooms(
    may_use: Usable,
    nis_code: sa.ColumnElement[str],
    language: sa.ColumnElement[str],
    reference: sa.ColumnElement[str],
) -> list[sa.ColumnElement[bool]]:
    """Those an authority may use; one without a place covers the country."""
    if may_use.all_newsrooms:
        return []
    inside = sa.and_(nis_code.in_(sorted(may_use.territory)), language.in_(may_use.languages))
    return [sa.or_(inside, reference.in_(may_use.newsrooms))]


def covers(area: Collection[str], nis_code: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """That a newsroom covers some of an area: its place is in it; without one it is the country."""
    return nis_code.in_(["", *area])


def language_for(criteria: Criteria, entry: sa.FromClause = recipient) -> sa.ColumnElement[str]:
    """People read the language they chose; the first one where it does not speak theirs."""
    return sa.case(
        (entry.c.language.in_(criteria.languages), entry.c.language),
        else_=criteria.languages[0].value if criteria.languages else "",
    )
