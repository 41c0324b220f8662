"""From an account to an officer: the one place that knows where a role comes from."""

from alerting.domain.account import Account
from alerting.domain.authority import unplaced
from alerting.domain.errors import NotSignedIn
from alerting.domain.officer import Officer


def officer_of(account: Account) -> Officer:
    """Who acts when this account's holder does; where they may, `standing.at_work` looks up."""
    return Officer(
        account.name,
        account.granted,
        authority=unplaced(account.authority),
        training=account.training,
        person=account.person,
    )


def known(account: Account | None) -> Account:
    """The account, if there is one and it has not been closed."""
    if account is None or account.ended_at is not None:
        raise NotSignedIn
    return account
