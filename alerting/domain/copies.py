"""Test copies: of a text, for users of the service to look at, in their own mailboxes.

Whoever reads one must never take it for an alert: it says so in its subject, its first line and its
last word, in the language of the text, and the engine lets nothing leave that does not.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from alerting.domain.alert import AlertClass
from alerting.domain.channel import FailureReason
from alerting.domain.channel_profiles import EMAIL, profile_of
from alerting.domain.delivery import State
from alerting.domain.exercise_marks import mark
from alerting.domain.language import Language
from alerting.domain.message import Message

MAX_USERS: Final = 20
"""Users that one test copy goes to."""
LASTS: Final = timedelta(hours=1)
"""What has not left by then is of no use any more."""
COUNTED_WITHIN: Final = timedelta(hours=1)
MAX_BY_ONE: Final = 400
"""Messages that one user has sent within that time, as copies."""
MAX_TO_ONE: Final = 60
"""Of these, to one user."""

COPY_MARKS: Final[Mapping[Language, str]] = {
    Language.FR: "copie d’essai, ceci n’est pas une alerte",
    Language.NL: "testkopie, dit is geen alarmering",
    Language.DE: "Testkopie, dies ist keine Alarmierung",
    Language.EN: "test copy, this is not an alert",
}
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UserAddress:
    """A user of the service, and the address of their own account, which they came in by."""

    person: int
    name: str
    email: str
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDelivery:
    """What became of one message of a test copy."""

    user: str
    language: Language
    state: State
    failure_reason: FailureReason | None
    provider_code: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCopy:
    """A test copy that was asked for. `id` is 0 until it is stored."""

    id: int = 0
    alert: int | None
    """The alert whose text it is; None of a message that tries a route."""
    author: str
    channel: str
    """Whose text it is."""
    carrier: str
    """The channel that brings it to the mailboxes."""
    route: str = ""
    """The only route it takes; empty: whichever is well."""
    messages: tuple[Message, ...]
    """As they leave, one in each language."""
    users: tuple[str, ...]
    made_at: datetime
    deliveries: tuple[CopyDelivery, ...] = ()
    """None until it is planned."""

    @property
    def languages(self) -> tuple[Language, ...]:
        """Those it is in."""
        return tuple(message.language for message in self.messages)


def carrier_of(channel: str) -> str:
    """The channel by which a copy of this one's text gets to a mailbox.

    What is a mail leaves as it would. Any other text leaves in a mail: a user's own number is for
    calls to real alerts alone, and an account of ours is read by everybody.
    """
    return channel if profile_of(channel).goes_by_mail else EMAIL.name


def as_copy(message: Message, *, called: str, at: datetime) -> Message:
    """The words of `message` as they would leave `at` that moment, marked, on its carrier.

    `called` is its subject where it has none. TextTooLong where the mark makes it so.
    """
    said = message.filled(at)
    stamp = mark(AlertClass.TEST, said.language)
    text = f"{stamp}: {COPY_MARKS[said.language]}"
    mail = profile_of(said.channel).has_html
    return replace(
        said,
        channel=carrier_of(said.channel),
        subject=f"{text} – {said.subject or called} {stamp}",
        text=f"{text}\n\n{said.text}\n\n{stamp}" if mail else f"{text} – {said.text} {stamp}",
        html=_marked_page(said.html, text, stamp) if said.html else "",
    )


def is_marked_copy(message: Message) -> bool:
    """Whether whoever reads it sees at once that it is a copy."""
    text = f"{mark(AlertClass.TEST, message.language)}: {COPY_MARKS[message.language]}"
    page = not message.html or html.escape(text) in message.html
    return page and message.subject.startswith(text) and message.text.startswith(text)


def _marked_page(page: str, first: str, last: str) -> str:
    """HTML between the marks, each in a paragraph of its own: inside its body, if it has one."""
    style = "margin:0;padding:12px;background:#fff;color:#000;font:bold 16px sans-serif"
    above, below = (f'<p style="{style}">{html.escape(text)}</p>' for text in (first, last))
    begins, ends = _BODY.search(page), _BODY_END.search(page)
    start = begins.end() if begins else 0
    end = ends.start() if ends else len(page)
    return f"{page[:start]}{above}{page[start:end]}{below}{page[end:]}"
