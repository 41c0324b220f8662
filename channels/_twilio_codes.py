"""What Twilio's error codes mean for a delivery, and of whom each speaks.

Source: https://www.twilio.com/docs/api/errors, each code on its own page. Twilio splits codes and
advises against logic on exact ones (changelog of 10 July 2024), so a code that is not here is tried
again: a wrong "later" costs one request, a wrong "never" costs somebody the warning. A code whose
page names the destination among its causes speaks of the recipient, whatever else it names.
"""

from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, Refused, Trouble

Kind = type[Deferred] | type[Refused]
Meaning = tuple[Kind, Trouble]

MEANINGS: Final[Mapping[int, Meaning]] = {
    # of the recipient: the number
    21211: (Refused, Trouble.ADDRESS_INVALID),  # invalid 'To'
    21217: (Refused, Trouble.ADDRESS_INVALID),  # does not appear to be valid
    21265: (Refused, Trouble.ADDRESS_INVALID),  # 'To' is a short code
    21266: (Refused, Trouble.ADDRESS_INVALID),  # 'To' is our own number
    21614: (Refused, Trouble.ADDRESS_INVALID),  # not a mobile number
    30005: (Refused, Trouble.ADDRESS_DEAD),  # unknown handset
    21610: (Refused, Trouble.OPTED_OUT),  # answered STOP to this sender
    21214: (Refused, Trouble.UNREACHABLE),  # 'To' cannot be reached
    21612: (Refused, Trouble.UNREACHABLE),  # no route between 'From' and 'To'
    21635: (Refused, Trouble.UNREACHABLE),  # landline, in a country where Twilio does not try
    30003: (Deferred, Trouble.UNREACHABLE),  # handset off or out of reach
    30004: (Refused, Trouble.UNREACHABLE),  # blocked by the person or the network
    30006: (Refused, Trouble.UNREACHABLE),  # landline or unreachable carrier: a call can help
    # of the recipient: the country or the carrier. An operator can mend these while the alert
    # lasts, and another gateway may have what this one lacks.
    21408: (Deferred, Trouble.NOT_PERMITTED),  # region not enabled
    21606: (Deferred, Trouble.NOT_PERMITTED),  # 'From' not for text messages to this destination
    21608: (Deferred, Trouble.NOT_PERMITTED),  # 'To' not verified, without an approved profile
    21659: (Deferred, Trouble.NOT_PERMITTED),  # short code of another country than 'To'
    30010: (Deferred, Trouble.NOT_PERMITTED),  # the price to there is over our cap
    30018: (Deferred, Trouble.NOT_PERMITTED),  # carrier wants the sender registered
    30024: (Deferred, Trouble.NOT_PERMITTED),  # sender not provisioned with the carrier
    30032: (Deferred, Trouble.NOT_PERMITTED),  # toll-free number not verified: US and Canada
    30034: (Deferred, Trouble.NOT_PERMITTED),  # number not registered: US
    30450: (Deferred, Trouble.NOT_PERMITTED),  # blocked as fraud with this number's range
    30017: (Deferred, Trouble.RECIPIENT_BUSY),  # carrier congested
    30022: (Deferred, Trouble.RECIPIENT_BUSY),  # carrier's rate exceeded: US
    30023: (Deferred, Trouble.RECIPIENT_BUSY),  # carrier's daily limit reached: US
    30410: (Deferred, Trouble.RECIPIENT_BUSY),  # the provider towards this carrier timed out
    30008: (Deferred, Trouble.UNKNOWN),  # unknown error
    30036: (Refused, Trouble.TOO_LATE),  # validity period over
    # of the message
    21602: (Refused, Trouble.CONTENT),  # no body
    21617: (Refused, Trouble.CONTENT),  # body too long
    30007: (Refused, Trouble.CONTENT),  # filtered
    # of the route: our account, our sender, our settings
    20003: (Refused, Trouble.CONFIGURATION),  # not authenticated
    20005: (Refused, Trouble.CONFIGURATION),  # account not active
    20404: (Refused, Trouble.CONFIGURATION),  # no such account
    21212: (Refused, Trouble.CONFIGURATION),  # invalid 'From'
    21603: (Refused, Trouble.CONFIGURATION),  # 'From' missing
    21609: (Refused, Trouble.CONFIGURATION),  # invalid status callback
    21660: (Refused, Trouble.CONFIGURATION),  # 'From' belongs to another account
    21661: (Refused, Trouble.CONFIGURATION),  # 'From' cannot send text messages
    21701: (Refused, Trouble.CONFIGURATION),  # no such messaging service
    21703: (Refused, Trouble.CONFIGURATION),  # no sender in the messaging service
    30002: (Refused, Trouble.CONFIGURATION),  # account suspended
    # of the route: Twilio itself
    20429: (Deferred, Trouble.BUSY),  # too many requests
    21611: (Deferred, Trouble.BUSY),  # the sender's queue is full
    30001: (Deferred, Trouble.BUSY),  # queue overflow
    63017: (Deferred, Trouble.BUSY),  # account's rate exceeded
    20500: (Deferred, Trouble.DOWN),  # internal error
    20503: (Deferred, Trouble.DOWN),  # unavailable
}


def outcome_of(status: int, code: int | None) -> Deferred | Refused:
    """What a refusal means: by its code, and where that says nothing by its HTTP status."""
    detail = f"{status} {code}" if code and code != status else str(status)
    kind, trouble = MEANINGS.get(code or 0) or _by_status(status)
    return kind(trouble, detail)


def outcome_of_created(status: str, code: object) -> Deferred | Refused:
    """The same of a message that was created as one that failed: Twilio will not send it."""
    number = _number(str(code))
    kind, trouble = MEANINGS.get(number, (Deferred, Trouble.UNKNOWN))
    return kind(trouble, f"{status} {number}" if number else status)


def trouble_of(code: str) -> Trouble:
    """Why a message was lost, by the code in its receipt."""
    return MEANINGS.get(_number(code), (Deferred, Trouble.UNKNOWN))[1]


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else 0


def _by_status(status: int) -> Meaning:
    if status == 401:
        return Refused, Trouble.CONFIGURATION
    if status == 403:  # the account may not do this: perhaps only for this number
        return Deferred, Trouble.NOT_PERMITTED
    if status == 429:
        return Deferred, Trouble.BUSY
    return Deferred, Trouble.DOWN if status >= 500 else Trouble.UNKNOWN
