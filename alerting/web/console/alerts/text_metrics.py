"""How long a text is, as its channel counts, and whether that is too much."""

from dataclasses import dataclass
from functools import lru_cache

from alerting.domain.channel_profiles import LengthUnit, profile_of
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import Measure, Rewrite, measure, rewrite
from alerting.domain.text.length import pages, spoken_seconds


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
    channel = profile_of(message.channel)
    match channel.unit:
        case LengthUnit.SEGMENTS:
            size, offer = measure(text), rewrite(text)
            saved = size.segments - measure(offer.text).segments
            return Shown(size=size, rewritten=offer if offer.changes else None, shorter=saved)
        case LengthUnit.CHARACTERS:
            fits = channel.excess(text) is None
            return Shown(length=channel.count(text), most=channel.limit, fits=fits)
        case LengthUnit.PAGES:
            used = pages(text)
            return Shown(pages=used.pages, fits=used.fits)
        case LengthUnit.SECONDS:
            return Shown(seconds=spoken_seconds(text, message.language))
    return Shown()
