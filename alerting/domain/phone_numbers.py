"""Which telephone numbers reach a person and cost what a call costs."""

import phonenumbers
from phonenumbers import PhoneNumberType

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
ORDINARY = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
"""Kinds of numbers that reach a person and cost what a call costs."""
MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
FREE = frozenset({PhoneNumberType.TOLL_FREE})


def is_ordinary(number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number belongs to a country, and is of an ordinary kind."""
    country = phonenumbers.region_code_for_number(number)
    return country in COUNTRIES and phonenumbers.number_type(number) in ORDINARY


def is_mobile(number: str) -> bool:
    """Whether text messages reach a number in E.164; not where it is none."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number)) in MOBILE
    except phonenumbers.NumberParseException:
        return False


def may_be_told(number: str) -> bool:
    """Whether people may be told to call a number in E.164: ordinary, or free to call."""
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(read):
        return False
    free = phonenumbers.number_type(read) in FREE
    country = phonenumbers.region_code_for_number(read) in COUNTRIES
    return is_ordinary(read) or (free and country)
