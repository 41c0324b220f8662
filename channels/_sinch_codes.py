"""What Sinch's codes mean for a delivery, and of whom each speaks.

Sources: https://developers.sinch.com/docs/sms/api-reference/status-codes for answers,
https://developers.sinch.com/docs/sms/api-reference/sms/delivery-reports for reports. A code that
is not here is tried again: a wrong "later" costs one request, a wrong "never" the warning. A code
that may be about the number speaks of the recipient, whatever else it may be about.
"""

from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, FailureReason, Refused

Kind = type[Deferred] | type[Refused]
Meaning = tuple[Kind, FailureReason]

BY_CODE: Final[Mapping[str, Meaning]] = {
    # 400: the sender's form is checked when the service starts, and all else but the number is
    # written by us, so that what has the wrong form is the number.
    "syntax_invalid_parameter_format": (Refused, FailureReason.ADDRESS_INVALID),
    # 400: some value is not allowed; only the number differs from one message to the next.
    "syntax_constraint_violation": (Deferred, FailureReason.UNKNOWN),
    # 400: the request as we make it is not what this interface takes; another route may serve.
    "syntax_invalid_json": (Refused, FailureReason.CONFIGURATION),
    # 403: the account
    "unknown_group": (Refused, FailureReason.CONFIGURATION),
    "unknown_campaign": (Refused, FailureReason.CONFIGURATION),  # does not match the sender
    "missing_callback_url": (Refused, FailureReason.CONFIGURATION),
}
BY_STATUS: Final[Mapping[int, Meaning]] = {
    401: (Refused, FailureReason.CONFIGURATION),  # no or a wrong token
    403: (Deferred, FailureReason.NOT_PERMITTED),  # may not do this: perhaps only for this number
    404: (Refused, FailureReason.CONFIGURATION),  # no such service plan
    429: (Deferred, FailureReason.BUSY),  # the service plan's rate exceeded
}

LOST_BY_CODE: Final[Mapping[int, FailureReason]] = {
    402: FailureReason.UNREACHABLE,  # no route to the number
    403: FailureReason.DOWN,  # internal error: Sinch's own
    404: FailureReason.UNREACHABLE,  # temporary failure, until the validity ended
    405: FailureReason.CONTENT,  # a parameter (${...}) in the text that stands for nothing
    406: FailureReason.TOO_LATE,  # expired before it left Sinch
    410: FailureReason.NOT_PERMITTED,  # no sender for this number
    411: FailureReason.CONTENT,  # too many parts
    412: FailureReason.NOT_PERMITTED,  # the account may not send to this region
    413: FailureReason.CONFIGURATION,  # the account is blocked, perhaps out of credit
}
LOST_BY_STATUS: Final[Mapping[str, FailureReason]] = {
    "Aborted": FailureReason.UNKNOWN,  # before it reached the network
    "Cancelled": FailureReason.UNKNOWN,  # by somebody with access to the account
    "Rejected": FailureReason.UNKNOWN,  # by the network
    "Deleted": FailureReason.UNREACHABLE,  # by the network: a dead number, or one that opted out
    "Failed": FailureReason.UNREACHABLE,
    "Expired": FailureReason.UNREACHABLE,  # the phone was off, or out of reach, to the end
}
"""Where the code says nothing: networks add codes of their own (SMPP)."""


def outcome_of(status: int, code: str) -> Deferred | Refused:
    """What a refusal means: by its code, and where that says nothing by its HTTP status."""
    provider_code = f"{status} {code}" if code in BY_CODE else str(status)
    kind, failure_reason = BY_CODE.get(code) or BY_STATUS.get(status) or _by_hundred(status)
    return kind(failure_reason, provider_code)


def _by_hundred(status: int) -> Meaning:
    if status < 300:  # no refusal: perhaps it was taken
        return Deferred, FailureReason.UNCLEAR
    return Deferred, FailureReason.DOWN if status >= 500 else FailureReason.UNKNOWN


def failure_reason_of(status: str, code: int) -> FailureReason:
    """Why a message was lost, by its report."""
    return LOST_BY_CODE.get(code) or LOST_BY_STATUS.get(status, FailureReason.UNKNOWN)
