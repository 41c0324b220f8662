"""What a mail server's reply means for a delivery.

Sources: RFC 5321 4.2.1 and 4.2.3 (reply codes), RFC 3463 and the IANA registry of enhanced status
codes, RFC 4954 (AUTH), RFC 7504 (521, 556). The enhanced code is looked at first, since it names
the cause; where a table says nothing, a 4xx is busy and anything else is tried again.
"""

import re
from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, Outcome, Refused, Trouble
from channels._smtp_pipeline import Answer, Step

ENHANCED: Final = re.compile(rb"\d{3}[ -]([245])\.(\d{1,3})\.(\d{1,3})\b")

Kind = type[Deferred] | type[Refused]
Meaning = tuple[Kind, Trouble]

DEAD: Final[Meaning] = (Refused, Trouble.ADDRESS_DEAD)
BEYOND: Final[Meaning] = (Refused, Trouble.UNREACHABLE)
INVALID: Final[Meaning] = (Refused, Trouble.ADDRESS_INVALID)
CONTENT: Final[Meaning] = (Refused, Trouble.CONTENT)
SETTINGS: Final[Meaning] = (Refused, Trouble.CONFIGURATION)
FULL: Final[Meaning] = (Deferred, Trouble.UNREACHABLE)
BUSY: Final[Meaning] = (Deferred, Trouble.BUSY)
DOWN: Final[Meaning] = (Deferred, Trouble.DOWN)
UNKNOWN: Final[Meaning] = (Deferred, Trouble.UNCLEAR)

BY_DETAIL: Final[Mapping[str, Meaning]] = {
    "1.3": INVALID,  # bad destination mailbox address syntax
    "1.7": SETTINGS,  # bad sender's mailbox address syntax
    "1.8": SETTINGS,  # bad sender's system address
    "2.0": BEYOND,  # mailbox trouble without a name: no ground to strike the address off
    "2.1": DEAD,  # mailbox disabled
    "2.2": FULL,  # mailbox full: people empty it, also during an alert
    "2.3": CONTENT,  # message length exceeds administrative limit
    "2.4": BEYOND,  # mailing list expansion problem
    "3.4": CONTENT,  # message too big for system
    "5.1": UNKNOWN,  # command out of sequence: a misunderstanding, not a cause
    "6.7": INVALID,  # non-ASCII addresses not permitted (RFC 6531)
    "6.9": INVALID,  # the same, towards a further server
    "7.17": DEAD,  # mailbox owner has changed (RFC 7293)
    "7.18": DEAD,  # domain owner has changed
}
BY_SUBJECT: Final[Mapping[str, Meaning]] = {
    "1": DEAD,  # addressing
    "2": DEAD,  # mailbox
    "3": DOWN,  # the server's own trouble; it can be repaired while the alert still matters
    "4": BEYOND,  # routing
    "5": SETTINGS,  # protocol
    "6": CONTENT,  # conversion and media
    "7": SETTINGS,  # security and policy; see below for the body
}
BY_CODE: Final[Mapping[tuple[Step, int], Meaning]] = (
    {
        (Step.RCPT, 501): INVALID,  # syntax error in parameters: here, the address
        (Step.RCPT, 550): DEAD,
        (Step.RCPT, 551): DEAD,
        (Step.RCPT, 552): FULL,
        (Step.RCPT, 553): INVALID,  # mailbox name not allowed, e.g. for its syntax
        (Step.RCPT, 554): SETTINGS,  # most often policy about us
        (Step.RCPT, 556): DEAD,  # domain accepts no mail
        (Step.MAIL, 501): SETTINGS,  # here, our own address
        (Step.MAIL, 552): CONTENT,  # too big, by SIZE
        (Step.DATA, 550): CONTENT,
        (Step.DATA, 554): CONTENT,
        (Step.BODY, 550): CONTENT,
        (Step.BODY, 552): CONTENT,
        (Step.BODY, 554): CONTENT,
    }
    | {
        (step, code): SETTINGS
        for step in Step
        for code in (500, 502, 504, 530, 534, 535, 538, 555)  # commands, AUTH, parameters
    }
    | {(step, 521): DOWN for step in Step}
)  # this server takes no mail at all
OF_THE_SENDER: Final = frozenset({550, 551, 553, 554})
"""In answer to MAIL these speak of our own address."""


def meaning_of(answer: Answer) -> Outcome | None:
    """The outcome a reply stands for; None when it says the letter was taken."""
    step, line = answer
    if step is Step.BODY and line[:1] == b"2":
        return None
    code = int(line[:3])
    enhanced = ENHANCED.match(line)
    kind, trouble = _meaning(step, code, enhanced)
    return kind(trouble, detail_of(line))


def detail_of(line: bytes) -> str:
    """The codes of a reply and nothing else: its text may name the person."""
    enhanced = ENHANCED.match(line)
    code = line[:3].decode("ascii", "replace")
    return f"{code} {b'.'.join(enhanced.groups()).decode()}" if enhanced else code


def _meaning(step: Step, code: int, enhanced: re.Match[bytes] | None) -> Meaning:
    subject, detail = ("", "") if enhanced is None else _subject_and_detail(enhanced)
    if 400 <= code < 500:
        return FULL if (subject, detail) == ("2", "2") else BUSY
    if not 500 <= code < 600:
        return UNKNOWN
    if (subject, detail) == ("7", "1") and step in {Step.DATA, Step.BODY}:
        return CONTENT  # not authorised, after reading the text: filtered
    if step is Step.MAIL and (subject in {"1", "2"} or (not subject and code in OF_THE_SENDER)):
        return SETTINGS
    return (
        BY_DETAIL.get(f"{subject}.{detail}")
        or BY_SUBJECT.get(subject)
        or BY_CODE.get((step, code), UNKNOWN)
    )


def _subject_and_detail(enhanced: re.Match[bytes]) -> tuple[str, str]:
    return enhanced.group(2).decode(), enhanced.group(3).decode()
