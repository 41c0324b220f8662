"""How long X takes a text to be: twitter-text's configuration v3.

https://docs.x.com/fundamentals/counting-characters. Only addresses with http:// or https:// are
taken for links here; X also shortens bare domain names.
"""

import re
import unicodedata
from typing import Final

MAX_POST_WEIGHT: Final = 280
LINK: Final = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]']", re.IGNORECASE)
LINK_LENGTH: Final = 23
LIGHT: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count once; all others count twice."""
PICTURE: Final = "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2b05-\u2b55"
PICTURE_END: Final = "\U0001f000-\U0001faff]"
ONE: Final = PICTURE + PICTURE_END + "(?:\ufe0f|[\U0001f3fb-\U0001f3ff])*"
EMOJI: Final = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{ONE}(?:\u200d{ONE})*"
)
EMOJI_LENGTH: Final = 2


def length(text: str) -> int:
    """The weighted length, at most 280 for a post."""
    normal = unicodedata.normalize("NFC", text)
    rest, links = LINK.subn("", normal)
    rest, emoji = EMOJI.subn("", rest)
    return links * LINK_LENGTH + emoji * EMOJI_LENGTH + sum(map(weight, rest))


def weight(char: str) -> int:
    """Once or twice."""
    point = ord(char)
    return 1 if any(first <= point <= last for first, last in LIGHT) else 2
