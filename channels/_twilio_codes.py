"""What Twilio's error codes mean for a delivery, and of whom each speaks.

Source: https://www.twilio.com/docs/api/errors, each code on its own page. Twilio splits codes and
advises against logic on exact ones (changelog of 10 July 2024), so a code that is not here is tried
again: a wrong "later" costs one request, a wrong "never" costs somebody the warning. A code whose
page names the destination among its causes speaks of the recipient, whatever else it names.
"""

from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, FailureReason, Refused

Kind = type[Deferred] | type[Refused]
Meaning = tuple[Kind, FailureReason]

MEANINGS: Final[Mapping[int, Meaning]] = {
    # of the recipient: the number
    21211: (Refused, FailureReason.ADDRESS_INVALID),  # invalid 'To'
    21217: (Refused, FailureReason.ADDRESS_INVALID),  # does not appear to be valid
    21265: (Refused, FailureReason.ADDRESS_INVALID),  # 'To' is a short code
    21266: (Refused, FailureReason.ADDRESS_INVALID),  # 'To' is our own number
    21614: (Refused, FailureReason.ADDRESS_INVALID),  # not a mobile number
    30005: (Refused, FailureReason.ADDRESS_DEAD),  # unknown handset
    21610: (Refused, FailureReason.OPTED_OUT),  # answered STOP to this sender
    21214: (Refused, FailureReason.UNREACHABLE),  # 'To' cannot be reached
    21612: (Refused, FailureReason.UNREACHABLE),  # no route between 'From' and 'To'
    21635: (Refused, FailureReason.UNREACHABLE),  # landline, in a country where Twilio does not try
    30003: (Deferred, FailureReason.UNREACHABLE),  # handset off or out of reach
    30004: (Refused, FailureReason.UNREACHABLE),  # blocked by the person or the network
    30006: (Refused, FailureReason.UNREACHABLE),  # landline or unreachable carrier: a call can help
    # of the recipient: the country or the carrier. An operator can mend these while the alert
    # lasts, and another gateway may have what this one lacks.
    21408: (Deferred, FailureReason.NOT_PERMITTED),  # region not enabled
    21606: (
        Deferred,
        FailureReason.NOT_PERMITTED,
    ),  # 'From' not for text messages to this destination
    21608: (
        Deferred,
        FailureReason.NOT_PERMITTED,
    ),  # 'To' not verified, without an approved profile
    21659: (Deferred, FailureReason.NOT_PERMITTED),  # short code of another country than 'To'
    30010: (Deferred, FailureReason.NOT_PERMITTED),  # the price to there is over our cap
    30018: (Deferred, FailureReason.NOT_PERMITTED),  # carrier wants the sender registered
    30024: (Deferred, FailureReason.NOT_PERMITTED),  # sender not provisioned with the carrier
    30032: (Deferred, FailureReason.NOT_PERMITTED),  # toll-free number not verified: US and Canada
    30034: (Deferred, FailureReason.NOT_PERMITTED),  # number not registered: US
    30450: (Deferred, FailureReason.NOT_PERMITTED),  # blocked as fraud with this number's range
    30017: (Deferred, FailureReason.RECIPIENT_BUSY),  # carrier congested
    30022: (Deferred, FailureReason.RECIPIENT_BUSY),  # carrier's rate exceeded: US
    30023: (Deferred, FailureReason.RECIPIENT_BUSY),  # carrier's daily limit reached: US
    30410: (Deferred, FailureReason.RECIPIENT_BUSY),  # the provider towards this carrier timed out
    30008: (Deferred, FailureReason.UNKNOWN),  # unknown error
    30036: (Refused, FailureReason.TOO_LATE),  # validity period over
    # of the message
    21602: (Refused, FailureReason.CONTENT),  # no body
    21617: (Refused, FailureReason.CONTENT),  # body too long
    30007: (Refused, FailureReason.CONTENT),  # filtered
    # of the route: our account, our sender, our settings
    20003: (Refused, FailureReason.CONFIGURATION),  # not authenticated
    20005: (Refused, FailureReason.CONFIGURATION),  # account not active
    20404: (Refused, FailureReason.CONFIGURATION),  # no such account
    21212: (Refused, FailureReason.CONFIGURATION),  # invalid 'From'
    21603: (Refused, FailureReason.CONFIGURATION),  # 'From' missing
    21609: (Refused, FailureReason.CONFIGURATION),  # invalid status callback
    21660: (Refused, FailureReason.CONFIGURATION),  # 'From' belongs to another account
    21661: (Refused, FailureReason.CONFIGURATION),  # 'From' cannot send text messages
    21701: (Refused, FailureReason.CONFIGURATION),  # no such messaging service
    21703: (Refused, FailureReason.CONFIGURATION),  # no sender in the messaging service
    30002: (Refused, FailureReason.CONFIGURATION),  # account suspended
    # of the route: Twilio itself
    20429: (Deferred, FailureReason.BUSY),  # too many requests
    21611: (Deferred, FailureReason.BUSY),  # the sender's queue is full
    30001: (Deferred, FailureReason.BUSY),  # queue overflow
    63017: (Deferred, FailureReason.BUSY),  # account's rate exceeded
    20500: (Deferred, FailureReason.DOWN),  # internal error
    20503: (Deferred, FailureReason.DOWN),  # unavailable
}


def outcome_of(status: int, code: object) -> Deferred | Refused:
    """What a refusal means: by its code, and where that says nothing by its HTTP status."""
    number = _number(str(code))
    provider_code = f"{status} {number}" if number and number != status else str(status)
    kind, failure_reason = MEANINGS.get(number) or _by_status(status)
    return kind(failure_reason, provider_code)


def outcome_of_created(status: str, code: object) -> Deferred | Refused:
    """What a message means that was created as one that failed: Twilio will not send it."""
    number = _number(str(code))
    kind, failure_reason = MEANINGS.get(number, (Deferred, FailureReason.UNKNOWN))
    return kind(failure_reason, f"{status} {number}" if number else status)


def failure_reason_of(code: str) -> FailureReason:
    """Why a message was lost, by the code in its receipt."""
    return MEANINGS.get(_number(code), (Deferred, FailureReason.UNKNOWN))[1]


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else 0


def _by_status(status: int) -> Meaning:
    if status == 401:
        return Refused, FailureReason.CONFIGURATION
    if status == 403:  # the account may not do this: perhaps only for this number
        return Deferred, FailureReason.NOT_PERMITTED
    if status == 429:
        return Deferred, FailureReason.BUSY
    return Deferred, FailureReason.DOWN if status >= 500 else FailureReason.UNKNOWN
