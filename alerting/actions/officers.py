"""From an account to an officer: the one place that knows what its holder is at first."""

from alerting.domain.account import Account
from alerting.domain.authority import unplaced
from alerting.domain.errors import NoMembership, NotSignedIn
from alerting.domain.officer import Officer


def officer_of(account: Account) -> Officer:
    """Who acts when this account's holder does: under the oldest of their memberships.

    NoMembership where there is none. Where they may act, `authorization.at_work` looks up.
    """
    if not account.memberships:
        raise NoMembership(officer=account.name)
    first = account.memberships[0]
    return Officer(
        account.name,
        first.role,
        authority=unplaced(first.authority),
        training=first.training,
        membership=first.id,
        person=account.person,
    )


def known(account: Account | None) -> Account:
    """The account, if there is one and it has not been closed."""
    if account is None or account.ended_at is not None:
        raise NotSignedIn
    return account
