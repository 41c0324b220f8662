"""What the core must know of each channel to compose, check, price and show it: one row a channel.

How a channel reaches its provider stands in `channels/`; what its messages are is said here alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from alerting.domain.text.gsm7 import IN_SEVERAL, Encoding
from alerting.domain.text.i18n import msgid
from alerting.domain.text.length import (
    BLUESKY_BYTES,
    BLUESKY_GRAPHEMES,
    MASTODON_LIMIT,
    MAX_PAGES,
    PAGE,
    X_LIMIT,
    graphemes,
    mastodon,
    utf8_bytes,
    weighted,
)


class Reach(StrEnum):
    """Whom a channel speaks to, and so which recipients it plans for."""

    PHONE = "phone"
    EMAIL = "email"
    NEWSROOM = "newsroom"
    ACCOUNT = "account"
    """One account of ours per language, read by everyone: nobody's address is needed."""
    USER = "user"
    """Users of the service at the addresses of their own accounts: what no channel is for, and
    test copies go to, whatever channel carries them."""


class MessageForm(StrEnum):
    """What a message is made of, and so how it is laid out and previewed."""

    PLAIN = "plain"
    """Words only."""
    TEXT_MESSAGE = "text-message"
    """Words on the screen of a telephone, read at a glance."""
    POST = "post"
    """Words in a public place, read at a glance."""
    BROADCAST = "broadcast"
    """Words on every telephone of an area, with a siren; in GSM-7 from the start."""
    SPEECH = "speech"
    """Words read aloud."""
    EMAIL = "email"
    """A subject, words, and the same in the layout of e-mails."""
    RELEASE = "release"
    """A subject, words and layout as newsrooms expect them: dateline, title, lead, contact."""
    PAGE = "page"
    """A title, words, and the same as a fragment of HTML."""


WITH_HTML: Final = frozenset({MessageForm.EMAIL, MessageForm.RELEASE, MessageForm.PAGE})


class LengthUnit(StrEnum):
    """What the limit of a text is counted in."""

    SEGMENTS = "segments"
    """Of text messages (3GPP TS 23.040)."""
    CHARACTERS = "characters"
    """As the channel's own counter finds them."""
    PAGES = "pages"
    """Of a cell broadcast (3GPP TS 23.041)."""
    SECONDS = "seconds"
    """Of speech."""


class PricedBy(StrEnum):
    """What one message is billed by."""

    NOTHING = "nothing"
    SEGMENT = "segment"
    MINUTE = "minute"
    """Every minute begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelProfile:
    """One row. `name` stands in settings, tables and addresses; `label` is a message id."""

    name: str
    label: str
    reach: Reach
    form: MessageForm = MessageForm.PLAIN
    icon: str = ""
    """Its drawing in templates/console/_macros.html; its name where none is given."""
    file: str = ""
    """The file of a scenario that its texts stand in, without `.toml`; its name, as above."""
    file_label: str = ""
    """What that file is called, a message id, where it is not only this channel's."""
    parts: tuple[str, ...] = ("text",)
    """The tables of that file that make a message."""
    borrows: "ChannelProfile | None" = None
    """Whose texts stand in where a scenario has none for this channel."""
    area_room: int = 0
    """Characters there are for the name of the area; 0: as many as it takes."""
    unit: LengthUnit | None = None
    """None: a text may be of any length."""
    limit: int = 0
    """In `unit`. What is longer blocks, but where it only costs money: then it warns."""
    count: Callable[[str], int] = graphemes
    """Characters of a text as they are counted there."""
    counted_as: str = ""
    """A message id for a count that nobody could repeat by hand."""
    request_chars: int = 0
    """Characters a provider takes in one request; 0: no bound of its own."""
    request_bytes: int = 0
    """Bytes in UTF-8 a provider takes in one request; 0: no bound of its own."""
    gsm7: bool = False
    """Whether its length depends on the alphabet of a text (3GPP TS 23.038, 23.041)."""
    priced_by: PricedBy = PricedBy.NOTHING
    words: tuple[str, ...] = ()
    """What else lists of recipients call it, in lower case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "icon", self.icon or self.name)
        object.__setattr__(self, "file", self.file or self.name)

    @property
    def has_html(self) -> bool:
        """Whether its messages have a subject and HTML."""
        return self.form in WITH_HTML

    @property
    def is_short(self) -> bool:
        """Whether people take it in at a glance: what to do must come first."""
        return self.form in {MessageForm.TEXT_MESSAGE, MessageForm.POST}

    @property
    def carries_links(self) -> bool:
        """Whether a link in it is of use: not aloud, and not on the page it would lead to."""
        return self.form not in {MessageForm.PLAIN, MessageForm.SPEECH, MessageForm.PAGE}

    @property
    def may_be_preferred(self) -> bool:
        """Whether people of a list may ask to be reached by it."""
        return self.reach in {Reach.PHONE, Reach.EMAIL}

    @property
    def goes_by_mail(self) -> bool:
        """Whether its messages are mails."""
        return self.reach in {Reach.EMAIL, Reach.NEWSROOM}

    @property
    def limit_in_letters(self) -> int:
        """`limit` in `count`, or in GSM-7 septets where that is what fills it; 0: there is none."""
        match self.unit:
            case LengthUnit.SEGMENTS:
                return self.limit * IN_SEVERAL[Encoding.GSM7]
            case LengthUnit.PAGES:
                return self.limit * PAGE[Encoding.GSM7]
            case LengthUnit.CHARACTERS:
                return self.limit
        return 0

    def excess(self, text: str) -> tuple[int, int] | None:
        """What a text counts, and the limit that is less; None where it is taken as it is."""
        bounds = (
            (self.limit if self.unit is LengthUnit.CHARACTERS else 0, self.count),
            (self.request_chars, len),
            (self.request_bytes, utf8_bytes),
        )
        for limit, count in bounds:
            if limit and (found := count(text)) > limit:
                return found, limit
        return None


SMS: Final = ChannelProfile(
    name="sms",
    label=msgid("Text message"),
    reach=Reach.PHONE,
    form=MessageForm.TEXT_MESSAGE,
    area_room=35,
    unit=LengthUnit.SEGMENTS,
    limit=2,
    request_chars=1600,
    gsm7=True,
    priced_by=PricedBy.SEGMENT,
    words=("gsm",),
)
EMAIL: Final = ChannelProfile(
    name="email",
    label=msgid("E-mail"),
    reach=Reach.EMAIL,
    form=MessageForm.EMAIL,
    parts=("subject", "body"),
    words=("e-mail", "mail", "courriel"),
)
X: Final = ChannelProfile(
    name="x",
    label=msgid("Post on X"),
    reach=Reach.ACCOUNT,
    form=MessageForm.POST,
    icon="post",
    file="social",
    file_label=msgid("Posts"),
    parts=("x",),
    area_room=35,
    unit=LengthUnit.CHARACTERS,
    limit=X_LIMIT,
    count=weighted,
    counted_as=msgid("{n} of {most} characters, as X counts them"),
)
MASTODON: Final = replace(
    X,
    name="mastodon",
    label=msgid("Post on Mastodon"),
    parts=("mastodon",),
    borrows=X,
    area_room=60,
    limit=MASTODON_LIMIT,
    count=mastodon,
    counted_as="",
)
BLUESKY: Final = replace(
    X,
    name="bluesky",
    label=msgid("Post on Bluesky"),
    parts=("bluesky",),
    borrows=X,
    limit=BLUESKY_GRAPHEMES,
    count=graphemes,
    counted_as="",
    request_bytes=BLUESKY_BYTES,
)
PRESS: Final = ChannelProfile(
    name="press",
    label=msgid("Press release"),
    reach=Reach.NEWSROOM,
    form=MessageForm.RELEASE,
    parts=("title", "lead", "body"),
)
VOICE: Final = ChannelProfile(
    name="voice",
    label=msgid("Voice call"),
    reach=Reach.PHONE,
    form=MessageForm.SPEECH,
    unit=LengthUnit.SECONDS,
    limit=60,
    priced_by=PricedBy.MINUTE,
    words=("appel", "oproep", "anruf"),
)
CELL_BROADCAST: Final = ChannelProfile(
    name="cellbroadcast",
    label=msgid("Cell broadcast"),
    reach=Reach.ACCOUNT,
    form=MessageForm.BROADCAST,
    unit=LengthUnit.PAGES,
    limit=MAX_PAGES,
    gsm7=True,
)
WEB: Final = ChannelProfile(
    name="web",
    label=msgid("Web page"),
    reach=Reach.ACCOUNT,
    form=MessageForm.PAGE,
    parts=("title", "body"),
)

PROFILES: Final[Mapping[str, ChannelProfile]] = {
    profile.name: profile
    for profile in (SMS, EMAIL, X, MASTODON, BLUESKY, PRESS, VOICE, CELL_BROADCAST, WEB)
}
"""Every channel there are texts for, by name, in the order pages list them."""


def profile_of(channel: str) -> ChannelProfile:
    """The row of a channel; of one that is no longer there, and old alerts name, its name alone."""
    return PROFILES.get(channel) or ChannelProfile(name=channel, label=channel, reach=Reach.ACCOUNT)


def reach_of(channel: str) -> Reach:
    """Whom a channel speaks to."""
    return profile_of(channel).reach


def preferable() -> tuple[ChannelProfile, ...]:
    """The channels people may choose among, those by telephone first; newsrooms get mail."""
    rows = [row for row in PROFILES.values() if row.may_be_preferred]
    return tuple(sorted(rows, key=lambda row: row.reach is not Reach.PHONE))


def text_files() -> Mapping[str, Mapping[str, ChannelProfile]]:
    """Every file a scenario may have beside scenario.toml -> its tables, and whose they are."""
    files: dict[str, dict[str, ChannelProfile]] = {}
    for row in PROFILES.values():
        tables = files.setdefault(row.file, {})
        for part in row.parts:
            tables.setdefault(part, row)
    return files


def channels_of(file: str) -> tuple[str, ...]:
    """The channels whose texts stand in this file of a scenario."""
    return tuple(name for name, row in PROFILES.items() if row.file == file)
