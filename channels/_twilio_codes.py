"""What Twilio's error codes mean for a delivery.

Source: https://www.twilio.com/docs/api/errors, each code on its own page. Twilio splits codes and
advises against logic on exact ones (changelog of 10 July 2024), so a code that is not here is tried
again: a wrong "later" costs one request, a wrong "never" costs somebody the warning.
"""

from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, Refused, Trouble

FINAL: Final[Mapping[int, Trouble]] = {
    # the person
    21211: Trouble.ADDRESS_INVALID,  # invalid 'To'
    21217: Trouble.ADDRESS_INVALID,  # does not appear to be valid
    21614: Trouble.ADDRESS_INVALID,  # not a mobile number
    21214: Trouble.UNREACHABLE,  # 'To' cannot be reached
    21612: Trouble.UNREACHABLE,  # no route between 'From' and 'To'
    21635: Trouble.UNREACHABLE,  # landline, in a country where Twilio does not try
    21610: Trouble.OPTED_OUT,  # answered STOP to this sender
    30004: Trouble.UNREACHABLE,  # blocked by the person or the network
    30005: Trouble.ADDRESS_DEAD,  # unknown handset
    30006: Trouble.UNREACHABLE,  # landline or unreachable carrier: a voice call can help
    30036: Trouble.TOO_LATE,  # validity period over
    # the text
    21602: Trouble.CONTENT,  # no body
    21617: Trouble.CONTENT,  # body too long
    30007: Trouble.CONTENT,  # filtered
    # us
    20003: Trouble.CONFIGURATION,  # not authenticated
    20005: Trouble.CONFIGURATION,  # account not active
    21212: Trouble.CONFIGURATION,  # invalid 'From'
    21408: Trouble.CONFIGURATION,  # region not enabled
    21603: Trouble.CONFIGURATION,  # 'From' missing
    21606: Trouble.CONFIGURATION,  # 'From' not ours, or not for text messages
    21608: Trouble.CONFIGURATION,  # trial account, or one without an approved profile
    21609: Trouble.CONFIGURATION,  # invalid status callback
    21659: Trouble.CONFIGURATION,  # 'From' is not a number of Twilio
    21660: Trouble.CONFIGURATION,  # 'From' belongs to another account
    21661: Trouble.CONFIGURATION,  # 'From' cannot send text messages
    30002: Trouble.CONFIGURATION,  # account suspended
    30010: Trouble.CONFIGURATION,  # over our price cap
    30024: Trouble.CONFIGURATION,  # sender not provisioned with the carrier
    30032: Trouble.CONFIGURATION,  # toll-free number not verified
    30034: Trouble.CONFIGURATION,  # number not registered
}
PASSING: Final[Mapping[int, Trouble]] = {
    20429: Trouble.BUSY,  # too many requests
    20500: Trouble.DOWN,  # internal error
    20503: Trouble.DOWN,  # unavailable
    21611: Trouble.BUSY,  # the sender's queue is full
    30001: Trouble.BUSY,  # queue overflow
    30003: Trouble.UNREACHABLE,  # handset off or out of reach
    30008: Trouble.UNCLEAR,  # unknown error
    30017: Trouble.BUSY,  # carrier congested
    30022: Trouble.BUSY,  # rate exceeded
    30023: Trouble.BUSY,  # daily limit reached
    30410: Trouble.DOWN,  # Twilio's own provider timed out
    63017: Trouble.BUSY,  # account's rate exceeded
}


def outcome_of(status: int, code: int | None) -> Deferred | Refused:
    """What a refusal means: by its code, and where that says nothing by its HTTP status."""
    detail = f"{status} {code}" if code and code != status else str(status)
    if final := FINAL.get(code or 0):
        return Refused(final, detail)
    if passing := PASSING.get(code or 0):
        return Deferred(passing, detail)
    if status in {401, 403}:
        return Refused(Trouble.CONFIGURATION, detail)
    if status == 429:
        return Deferred(Trouble.BUSY, detail)
    return Deferred(Trouble.DOWN if status >= 500 else Trouble.UNCLEAR, detail)


def trouble_of(code: str) -> Trouble:
    """Why a message was lost, by the code in its receipt."""
    number = int(code) if code.isascii() and code.isdigit() else 0
    return FINAL.get(number) or PASSING.get(number) or Trouble.UNCLEAR
