"""What a mail server's reply means for a delivery, and of whom it speaks.

Sources: RFC 5321 4.2.1 and 4.2.3 (reply codes), RFC 3463 and the IANA registry of enhanced status
codes, RFC 4954 (AUTH), RFC 7504 (521, 556). The enhanced code is looked at first, since it names
the cause; where a table says nothing, a 4xx is busy and anything else is tried again.

What is said to MAIL speaks of us, and so of the route. Each message has one recipient, so what is
said to RCPT, to DATA or after the body is said of that recipient, whatever its words: "relaying
denied" of one domain, "try later" of one mailbox. A relay that checks addresses late (Exchange,
after the body), or that hands on what the recipient's own server says (a proxy), uses the codes of
RCPT there. Only where many domains are answered alike, and hardly any message is taken, it speaks
of the relay or the text: `said_to_everybody`.

An address is dead where the code can mean nothing else. A 550 or 551 alone may be "relaying
denied", and 5.1.2 the relay's own look-up: another relay may well take it.
"""

import re
from collections.abc import Mapping
from typing import Final

from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Refused
from channels._smtp_pipeline import SmtpCommand, SmtpReply

ENHANCED: Final = re.compile(rb"\d{3}[ -]([245])\.(\d{1,3})\.(\d{1,3})\b")
AT_THE_END: Final = re.compile(rb"\(#([245])\.(\d{1,3})\.(\d{1,3})\)\s*$")
"""As qmail writes it: https://cr.yp.to/proto/hcmssc.txt."""

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

MIXED_DOMAINS: Final = 10
"""So many domains that are answered alike have nothing in common but the relay and the text."""

BY_DETAIL: Final[Mapping[str, Meaning]] = {
    "1.1": DEAD,  # no such mailbox
    "1.6": DEAD,  # moved, and no forwarding address
    "1.10": DEAD,  # the domain takes no mail (RFC 7505); no such mailbox (Exchange)
    "1.3": INVALID,  # bad destination mailbox address syntax
    "1.7": BARRED,  # bad sender's mailbox address syntax, for this recipient
    "1.8": BARRED,  # bad sender's system address, for this recipient
    "2.0": BEYOND,  # mailbox trouble without a name: no ground to strike the address off
    "2.1": DEAD,  # mailbox disabled
    "2.2": FULL,  # mailbox full: people empty it, also during an alert
    "2.3": BEYOND,  # longer than this mailbox takes (RFC 3463 3.3: a per-mailbox limit)
    "2.4": BEYOND,  # mailing list expansion problem
    "3.4": CONTENT,  # message too big for system
    "6.7": INVALID,  # non-ASCII addresses not permitted (RFC 6531)
    "6.9": INVALID,  # the same, towards a further server
    "7.17": DEAD,  # mailbox owner has changed (RFC 7293)
    "7.18": DEAD,  # domain owner has changed
}
BY_SUBJECT: Final[Mapping[str, Meaning]] = {
    "1": BEYOND,  # addressing: a system that this relay cannot find, an ambiguous name
    "2": BEYOND,  # mailbox
    "3": UNKNOWN,  # a system's own trouble: at RCPT, that of the recipient's
    "4": BEYOND,  # routing
    "5": UNKNOWN,  # protocol: a misunderstanding, not a cause
    "6": CONTENT,  # conversion and media
    "7": BARRED,  # security and policy: 7.1 may be per-host or per-recipient filtering (RFC 3463)
}
BY_CODE: Final[Mapping[int, Meaning]] = {
    530: BARRED,  # encryption or a sign-in is wanted (RFC 4954, RFC 3207): for this recipient
    534: BARRED,
    535: BARRED,
    538: BARRED,
    552: FULL,  # exceeded storage allocation
}
BY_CODE_TO_RCPT: Final[Mapping[int, Meaning]] = {
    501: INVALID,  # syntax error in parameters: here, the address
    550: BEYOND,  # no such mailbox, no access, or policy (RFC 5321 4.2.3)
    551: BEYOND,  # not local, or no relaying
    553: INVALID,  # mailbox name not allowed, e.g. for its syntax
    554: BARRED,  # most often policy
    556: DEAD,  # domain accepts no mail
}
BY_CODE_LATER: Final[Mapping[int, Meaning]] = {
    550: BARRED,  # policy (RFC 5321 4.3.2): no ground to strike the address off
}
OF_THE_MESSAGE: Final[Mapping[str, Meaning]] = {"2.3": CONTENT, "3.4": CONTENT, "6.7": INVALID}
"""What MAIL may be refused for besides who writes: by SIZE (RFC 1870), by SMTPUTF8 (RFC 6531)."""
SIGN_IN: Final = frozenset({530, 534, 535, 538})
"""AUTH is wanted, or was refused (RFC 4954 6): to MAIL, this is about us."""
EVERYBODYS: Final[Mapping[FailureReason, FailureReason]] = {
    FailureReason.RECIPIENT_BUSY: FailureReason.BUSY,
    FailureReason.UNKNOWN: FailureReason.DOWN,
    FailureReason.NOT_PERMITTED: FailureReason.CONFIGURATION,
    FailureReason.ADDRESS_DEAD: FailureReason.CONFIGURATION,
    FailureReason.ADDRESS_INVALID: FailureReason.CONFIGURATION,
    FailureReason.UNREACHABLE: FailureReason.CONFIGURATION,
}


def meaning_of(answer: SmtpReply, *, utf8: bool = False) -> Outcome | None:
    """The outcome a reply stands for; None when it says the message was taken.

    `utf8` says whether the message needs SMTPUTF8, which its MAIL command then asks for.
    """
    step, line = answer
    if step is SmtpCommand.BODY and line[:1] == b"2":
        return None
    code = int(line[:3])
    enhanced = _enhanced(line)
    kind, failure_reason = _meaning(step, code, enhanced, utf8=utf8)
    return kind(failure_reason, provider_code_of(line))


def provider_code_of(line: bytes) -> str:
    """The codes of a reply and nothing else: its text may name the person."""
    enhanced = _enhanced(line)
    code = line[:3].decode("ascii", "replace")
    return f"{code} {b'.'.join(enhanced.groups()).decode()}" if enhanced else code


def said_to_everybody(step: SmtpCommand, outcome: Outcome) -> Outcome:
    """The outcome where messages to many domains were answered so, and none was taken.

    What was said after the body may be said of the text. All can be mended while the alert lasts.
    """
    if isinstance(outcome, Accepted) or outcome.failure_reason not in EVERYBODYS:
        return outcome
    if isinstance(outcome, Deferred) and outcome.failure_reason is FailureReason.UNREACHABLE:
        return outcome  # their mailboxes are full
    failure_reason = EVERYBODYS[outcome.failure_reason]
    if step is SmtpCommand.BODY and failure_reason is FailureReason.CONFIGURATION:
        failure_reason = FailureReason.CONTENT
    return Deferred(failure_reason, outcome.provider_code)


def may_be_of_the_relay(step: SmtpCommand, outcome: Outcome) -> bool:
    """Whether what some domains are told may speak of the relay although another one was taken.

    "Relaying denied", in whatever code: a relay takes messages to its own domains all the same. Not
    a 4xx, and not what is unmistakably said of a mailbox.
    """
    return (
        step is not SmtpCommand.BODY
        and isinstance(outcome, Deferred | Refused)
        and outcome.failure_reason
        in {
            FailureReason.NOT_PERMITTED,
            FailureReason.ADDRESS_INVALID,
            FailureReason.UNREACHABLE,
        }
    )


def _meaning(
    step: SmtpCommand, code: int, enhanced: re.Match[bytes] | None, *, utf8: bool
) -> Meaning:
    subject, detail = ("", "") if enhanced is None else _subject_and_detail(enhanced)
    status = f"{subject}.{detail}"
    if step is SmtpCommand.MAIL:
        return _of_the_sender(code, subject, status, utf8=utf8)
    if 400 <= code < 500:
        return FULL if status == "2.2" else LATER
    if not 500 <= code < 600:  # a code that no reply to such a step can have
        return IN_DOUBT if step is SmtpCommand.BODY else UNKNOWN
    by_step = BY_CODE_TO_RCPT if step is SmtpCommand.RCPT else BY_CODE_LATER
    by_code = by_step.get(code) or BY_CODE.get(code) or UNKNOWN
    found = BY_DETAIL.get(status) or BY_SUBJECT.get(subject) or by_code
    return UNKNOWN if found is CONTENT and step is not SmtpCommand.BODY else found


def _of_the_sender(code: int, subject: str, status: str, *, utf8: bool) -> Meaning:
    """To MAIL: we ourselves, save where this message asks for more than others."""
    if not 500 <= code < 600:
        return BUSY if 400 <= code < 500 else DOWN
    if code in SIGN_IN:
        return SETTINGS
    if utf8:
        return INVALID
    other = DOWN if subject == "3" or code == 521 else CONTENT if code == 552 else SETTINGS
    return OF_THE_MESSAGE.get(status, other)


def _enhanced(line: bytes) -> re.Match[bytes] | None:
    return ENHANCED.match(line) or AT_THE_END.search(line)


def _subject_and_detail(enhanced: re.Match[bytes]) -> tuple[str, str]:
    return enhanced.group(2).decode(), enhanced.group(3).decode()
