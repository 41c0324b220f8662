"""How long a text is, as its channel counts, and whether that is too much."""

from dataclasses import dataclass
from functools import lru_cache

from alerting.domain.message import Message
from alerting.domain.text.gsm7 import Measure, Rewrite, measure, rewrite
from alerting.domain.text.length import (
    BLUESKY_GRAPHEMES,
    MASTODON_LIMIT,
    X_LIMIT,
    bluesky,
    mastodon,
    pages,
    spoken_seconds,
    weighted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a preview tells beside the words. Only what fits the channel is set."""

    size: Measure | None = None
    rewritten: Rewrite | None = None
    shorter: int = 0
    """Segments the rewrite in GSM-7 would save."""
    length: int = 0
    most: int = 0
    fits: bool = True
    pages: int = 0
    seconds: int = 0


@lru_cache(maxsize=512)
def shown(message: Message) -> Shown:
    """The figures of one text, as long as it can become."""
    text = message.widest().text
    match message.channel:
        case "sms":
            size, offer = measure(text), rewrite(text)
            saved = size.segments - measure(offer.text).segments
            return Shown(size=size, rewritten=offer if offer.changes else None, shorter=saved)
        case "x":
            return _counted(weighted(text), X_LIMIT)
        case "mastodon":
            return _counted(mastodon(text), MASTODON_LIMIT)
        case "bluesky":
            found = bluesky(text)
            figures = _counted(found.graphemes, BLUESKY_GRAPHEMES, fits=found.fits)
        case "cellbroadcast":
            used = pages(text)
            figures = Shown(pages=used.pages, fits=used.fits)
        case "voice":
            figures = Shown(seconds=spoken_seconds(text, message.language))
        case _:
            figures = Shown()
    return figures


def _counted(n: int, most: int, *, fits: bool = True) -> Shown:
    return Shown(length=n, most=most, fits=fits and n <= most)
