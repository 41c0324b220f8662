"""What officers are told in the console, by e-mail and by text message."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, TypedDict

from alerting.domain.delivery import State
from alerting.domain.text.numbers import whole_number

MOST_TEXTS = 3
"""Text messages by which one alert calls one officer, as often as they are reminded and once; more
after a colleague rejected it."""
_KEY = re.compile(r"staff-([0-9]{1,18})(?:-[0-9a-f]+)?")


class MomentFact(TypedDict):
    """A moment, told on Belgian clocks in the reader's language; ISO 8601."""

    at: str


class NamesFact(TypedDict):
    """A name that each language has its own of: language -> name."""

    names: dict[str, str]


class ErrorFact(TypedDict):
    """An error, told in the reader's language: its message id and its facts."""

    says: str
    facts: "dict[str, Fact]"


Fact = str | int | float | MomentFact | NamesFact | ErrorFact | None
"""As JSON holds it; a text or a number is told as it is."""


class Gravity(IntEnum):
    """In which order messages to users are written, the gravest first."""

    ALONE = 1
    """It has left, and one person answers for it."""
    STOPPED = 2
    """It does not leave, or not on time."""
    UNDONE = 3
    """Somebody undid, answered or judged what another did."""
    CALL = 4
    """It waits for an approval. All that wait for one officer stand in one e-mail."""
    ACCESS = 5
    """Somebody’s access was changed or used."""
    TRANSLATION = 6
    """Somebody is asked for words, or answered."""
    INCIDENT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """What a kind of notice says and asks, as message ids."""

    gravity: Gravity
    says: str
    asks: str
    """What its reader is to do, or what happened: the end of a mail's subject. No fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffNotification:
    """One notice: `says` and `asks` as in NoticeText, `facts` fill the fields of `says`."""

    id: int
    at: datetime
    alert_id: int | None = None
    """The alert it is about; None where it is about something else."""
    incident_id: int | None = None
    translation_id: int | None = None
    """The translation that was asked for, if it is about one."""
    officer: str
    permission: str
    says: str
    asks: str
    facts: Mapping[str, Fact]
    gravity: int
    due_at: datetime
    """No e-mail is written about it before."""
    posted_at: datetime | None = None


class CallMessage(NamedTuple):
    """An e-mail or a text message that called an officer for alerts, and what became of it."""

    channel: str
    state: State
    about: tuple[int, ...]
    """Numbers of the alerts."""
    at: datetime


def message_key(number: int, *, more: str = "") -> str:
    """What a text message to a user is called at its provider; 0: one that is not followed."""
    return f"staff-{number}{'-' if more else ''}{more}"


def message_number(key: str) -> int | None:
    """The number of the message to a user that a provider reports on; None: it is no such key."""
    match = _KEY.fullmatch(key)
    return whole_number(match[1]) if match else None
