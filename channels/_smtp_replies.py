"""What a mail server's reply means for a delivery, and of whom it speaks.

Sources: RFC 5321 4.2.1 and 4.2.3 (reply codes), RFC 3463 and the IANA registry of enhanced status
codes, RFC 4954 (AUTH), RFC 7504 (521, 556). The enhanced code is looked at first, since it names
the cause; where a table says nothing, a 4xx is busy and anything else is tried again.

What is said to MAIL speaks of us, and so of the route. What is said to RCPT speaks of the
recipient, whatever its words: "relaying denied" is said of one domain, "try later" of one mailbox.
After that it is the code that tells: a relay may hand on what the recipient's own server says.
"""

import re
from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused
from channels._smtp_pipeline import SmtpCommand, SmtpReply

ENHANCED: Final = re.compile(rb"\d{3}[ -]([245])\.(\d{1,3})\.(\d{1,3})\b")

Kind = type[Deferred] | type[Refused]
Meaning = tuple[Kind, FailureReason]

DEAD: Final[Meaning] = (Refused, FailureReason.ADDRESS_DEAD)
BEYOND: Final[Meaning] = (Refused, FailureReason.UNREACHABLE)
INVALID: Final[Meaning] = (Refused, FailureReason.ADDRESS_INVALID)
FULL: Final[Meaning] = (Deferred, FailureReason.UNREACHABLE)
LATER: Final[Meaning] = (Deferred, FailureReason.RECIPIENT_BUSY)
BARRED: Final[Meaning] = (Deferred, FailureReason.NOT_PERMITTED)
UNKNOWN: Final[Meaning] = (Deferred, FailureReason.UNKNOWN)
CONTENT: Final[Meaning] = (Refused, FailureReason.CONTENT)
SETTINGS: Final[Meaning] = (Refused, FailureReason.CONFIGURATION)
BUSY: Final[Meaning] = (Deferred, FailureReason.BUSY)
DOWN: Final[Meaning] = (Deferred, FailureReason.DOWN)
IN_DOUBT: Final[Meaning] = (Deferred, FailureReason.UNCLEAR)

BY_DETAIL: Final[Mapping[str, Meaning]] = {
    "1.3": INVALID,  # bad destination mailbox address syntax
    "1.7": BARRED,  # bad sender's mailbox address syntax, for this recipient
    "1.8": BARRED,  # bad sender's system address, for this recipient
    "2.0": BEYOND,  # mailbox trouble without a name: no ground to strike the address off
    "2.1": DEAD,  # mailbox disabled
    "2.2": FULL,  # mailbox full: people empty it, also during an alert
    "2.3": CONTENT,  # message length exceeds administrative limit
    "2.4": BEYOND,  # mailing list expansion problem
    "3.4": CONTENT,  # message too big for system
    "6.7": INVALID,  # non-ASCII addresses not permitted (RFC 6531)
    "6.9": INVALID,  # the same, towards a further server
    "7.17": DEAD,  # mailbox owner has changed (RFC 7293)
    "7.18": DEAD,  # domain owner has changed
}
BY_SUBJECT: Final[Mapping[str, Meaning]] = {
    "1": DEAD,  # addressing
    "2": DEAD,  # mailbox
    "3": UNKNOWN,  # a system's own trouble: at RCPT, that of the recipient's
    "4": BEYOND,  # routing
    "5": UNKNOWN,  # protocol: a misunderstanding, not a cause
    "6": CONTENT,  # conversion and media
    "7": BARRED,  # security and policy; see below for the text
}
BY_CODE: Final[Mapping[tuple[SmtpCommand, int], Meaning]] = {
    (SmtpCommand.RCPT, 501): INVALID,  # syntax error in parameters: here, the address
    (SmtpCommand.RCPT, 550): DEAD,
    (SmtpCommand.RCPT, 551): DEAD,
    (SmtpCommand.RCPT, 552): FULL,
    (SmtpCommand.RCPT, 553): INVALID,  # mailbox name not allowed, e.g. for its syntax
    (SmtpCommand.RCPT, 554): BARRED,  # most often policy
    (SmtpCommand.RCPT, 556): DEAD,  # domain accepts no mail
    (SmtpCommand.DATA, 550): CONTENT,
    (SmtpCommand.DATA, 554): CONTENT,
    (SmtpCommand.BODY, 550): CONTENT,
    (SmtpCommand.BODY, 552): CONTENT,
    (SmtpCommand.BODY, 554): CONTENT,
}
OF_THE_LETTER: Final[Mapping[str, Meaning]] = {"2.3": CONTENT, "3.4": CONTENT, "6.7": INVALID}
"""What MAIL may be refused for besides who writes: by SIZE (RFC 1870), by SMTPUTF8 (RFC 6531)."""
SIGN_IN: Final = frozenset({530, 534, 535, 538})
"""AUTH is wanted, or was refused (RFC 4954 6): to whatever command, this is about us."""


def meaning_of(answer: SmtpReply, *, utf8: bool = False) -> Outcome | None:
    """The outcome a reply stands for; None when it says the letter was taken.

    `utf8` says whether the letter needs SMTPUTF8, which its MAIL command then asks for.
    """
    step, line = answer
    if step is SmtpCommand.BODY and line[:1] == b"2":
        return None
    code = int(line[:3])
    enhanced = ENHANCED.match(line)
    kind, failure_reason = _meaning(step, code, enhanced, utf8=utf8)
    return kind(failure_reason, provider_code_of(line))


def provider_code_of(line: bytes) -> str:
    """The codes of a reply and nothing else: its text may name the person."""
    enhanced = ENHANCED.match(line)
    code = line[:3].decode("ascii", "replace")
    return f"{code} {b'.'.join(enhanced.groups()).decode()}" if enhanced else code


def _meaning(
    step: SmtpCommand, code: int, enhanced: re.Match[bytes] | None, *, utf8: bool
) -> Meaning:
    subject, detail = ("", "") if enhanced is None else _subject_and_detail(enhanced)
    status = f"{subject}.{detail}"
    if code == 421 or code in SIGN_IN:
        return BUSY if code == 421 else SETTINGS
    if 400 <= code < 500:
        return _not_now(step, subject, status)
    if not 500 <= code < 600:
        return _no_reply_of_smtp(step)
    if step is SmtpCommand.MAIL:
        return _of_the_sender(code, subject, status, utf8=utf8)
    found = None if step is SmtpCommand.RCPT else _after_recipient(step, code, subject, status)
    by_code = BY_CODE.get((step, code), UNKNOWN)
    return found or BY_DETAIL.get(status) or BY_SUBJECT.get(subject) or by_code


def _after_recipient(step: SmtpCommand, code: int, subject: str, status: str) -> Meaning | None:
    """5xx to DATA or the body, where it is not about the recipient."""
    if status == "7.1":
        return CONTENT  # not authorised, after reading the text: filtered
    if code == 521 or (subject == "3" and status != "3.4"):
        return DOWN  # it can be repaired while the alert still matters
    if step is SmtpCommand.DATA and (code in {500, 502, 503, 504} or subject == "5"):
        return SETTINGS  # a command that every letter needs
    return None


def _no_reply_of_smtp(step: SmtpCommand) -> Meaning:
    """A code that no reply to such a step can have."""
    if step is SmtpCommand.BODY:
        return IN_DOUBT
    return UNKNOWN if step is SmtpCommand.RCPT else DOWN


def _not_now(step: SmtpCommand, subject: str, status: str) -> Meaning:
    """4xx: a mailbox, or the network towards it, where the recipient is what was asked about."""
    if step is SmtpCommand.MAIL:
        return BUSY
    if status == "2.2":
        return FULL
    if step is SmtpCommand.RCPT or subject in {"1", "2", "4", "7"}:
        return LATER
    return BUSY


def _of_the_sender(code: int, subject: str, status: str, *, utf8: bool) -> Meaning:
    """5xx to MAIL: we ourselves, save where this letter asks for more than others."""
    if utf8:
        return INVALID
    if found := OF_THE_LETTER.get(status):
        return found
    if subject == "3" or code == 521:
        return DOWN
    return CONTENT if code == 552 else SETTINGS


def _subject_and_detail(enhanced: re.Match[bytes]) -> tuple[str, str]:
    return enhanced.group(2).decode(), enhanced.group(3).decode()
