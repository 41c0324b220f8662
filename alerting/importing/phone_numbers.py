"""Which telephone numbers a list takes: those of allowed countries, at the price of a call.

A number that costs more than a call (premium, shared cost, a personal number that is forwarded) or
that belongs to no country (satellites, international networks, +870 to +883) takes public money to
whoever rents it. No setting allows those.
"""

from collections.abc import Collection

import phonenumbers

from alerting.domain.phone_numbers import COUNTRIES, ORDINARY, is_ordinary
from alerting.domain.text.i18n import msgid

HOME = "BE"
DEFAULT_COUNTRIES = frozenset({"BE", "DE", "FR", "LU", "NL"})
"""Belgium and its neighbours, as ISO 3166-1."""

__all__ = ["COUNTRIES", "DEFAULT_COUNTRIES", "ORDINARY", "RefusedNumber", "read_number"]

BAD_PHONE = msgid("not a valid phone number: use 0470 12 34 56 or +32470123456")
NOT_ORDINARY = msgid(
    "a premium, shared-cost, satellite or service number: nothing is ever sent to those"
)
FOREIGN = msgid("a number of {country}: messages go to {allowed} only")


class RefusedNumber(Exception):
    """`reason` is a message id, `facts` fill its fields."""

    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def read_number(typed: str, allowed: Collection[str]) -> str:
    """A number in E.164, typed as in Belgium or with its country; RefusedNumber says why not.

    `allowed` are countries as ISO 3166-1.
    """
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        raise RefusedNumber(BAD_PHONE) from None
    if not phonenumbers.is_valid_number(number):
        raise RefusedNumber(BAD_PHONE)
    country = phonenumbers.region_code_for_number(number)
    if country is None or not is_ordinary(number):
        raise RefusedNumber(NOT_ORDINARY)
    if country not in allowed:
        raise RefusedNumber(FOREIGN, country=country, allowed=", ".join(sorted(allowed)))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
