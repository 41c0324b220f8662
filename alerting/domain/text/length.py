"""How long a text is where it will be read: every place counts in its own way.

X counts weights (its published configuration, version 3): 280 in all, 1 for the letters of
Latin, Greek, Cyrillic and their neighbours and for most punctuation, 2 for everything else, 2 for
an emoji however it is built, 23 for a link, after Unicode normalisation C. Mastodon counts
grapheme clusters, and a link as 23. Bluesky allows 300 grapheme clusters and 3000 bytes. A page of
a cell broadcast (3GPP TS 23.041) has 82 octets: 93 GSM-7 letters or 41 UTF-16 units, 15 pages.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from alerting.domain.language import Language
from alerting.domain.text.gsm7 import GSM7, Encoding, filled, units_of
from alerting.domain.text.links import Link, links_in

X_LIMIT = 280
MASTODON_LIMIT = 500
BLUESKY_GRAPHEMES = 300
BLUESKY_BYTES = 3000
LINK_COUNTS = 23

PAGE: Mapping[Encoding, int] = {Encoding.GSM7: 93, Encoding.UCS2: 41}
MAX_PAGES = 15

WORDS_PER_MINUTE: Mapping[Language, int] = {
    Language.FR: 150,
    Language.NL: 140,
    Language.DE: 120,
    Language.EN: 150,
}
"""A calm pace, to be understood once over a bad line: news is read at 160 to 180 words in English
and French. Dutch and above all German say as much with fewer and longer words."""

PAUSE = 0.4
"""Seconds between two sentences."""


def weighted(text: str) -> int:
    """Length as X counts it; 280 is the limit."""
    text = unicodedata.normalize("NFC", text)
    count, end = 0, 0
    counted = [(link.start, link.end) for link in links_in(text) if _counted_as_link(text, link)]
    for start, stop in (*counted, (len(text), len(text))):
        words, emoji = _EMOJI.subn("", text[end:start])
        count += 2 * emoji + len(words) + len(_HEAVY.findall(words))
        count += LINK_COUNTS if stop > start else 0
        end = stop
    return count


def mastodon(text: str) -> int:
    """Length as Mastodon counts it; 500 unless the server allows more."""
    pieces: list[str] = []
    end = 0
    for link in links_in(text):
        if link.schemed and _counted_as_link(text, link):
            pieces += (text[end : link.start], "x" * LINK_COUNTS)
            end = link.end
    return graphemes(_FAR_ACCOUNT.sub(r"\1", "".join((*pieces, text[end:]))))


def utf8_bytes(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What a cell broadcast takes."""

    encoding: Encoding
    units: int
    pages: int
    per_page: int

    @property
    def fits(self) -> bool:
        """Whether one message can hold it."""
        return self.pages <= MAX_PAGES


def pages(text: str) -> Pages:
    """Pages of a cell broadcast in the one encoding its letters allow."""
    encoding = Encoding.GSM7 if set(text) <= GSM7 else Encoding.UCS2
    taken, _ = filled(text, encoding, PAGE[encoding])
    return Pages(
        encoding=encoding,
        units=units_of(text, encoding),
        pages=taken,
        per_page=PAGE[encoding],
    )


def spoken_seconds(text: str, language: Language) -> int:
    """About how long a voice needs: an estimate, good for a warning and not for an invoice.

    Digits are spoken in twos, and every part of an address of a page is a word.
    """
    words = sum(math.ceil(len(word) / 2) if word.isdigit() else 1 for word in _SPOKEN.findall(text))
    sentences = len(_FULL_STOP.findall(text.strip()))
    return math.ceil(words * 60 / WORDS_PER_MINUTE[language] + sentences * PAUSE)


def graphemes(text: str) -> int:
    """What a reader takes for one character each: extended grapheme clusters (UAX 29).

    All its rules but three, which European texts do not meet: conjoining Hangul, signs written
    before a letter, and Indic conjuncts. Pictographs are taken by block.
    """
    if not _MAY_JOIN.search(text):
        return len(text)
    clusters, last = 0, "\n"
    flag_open = picture = joiner = False
    for character in text:
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        is_picture = _PICTURE.match(character) is not None
        extends = _extends(character)
        if extends:
            joins = unicodedata.category(last) not in _APART
        else:
            joins = (
                (is_flag and flag_open)
                or (is_picture and picture and joiner)
                or (last == "\r" and character == "\n")
            )
        clusters += not joins
        flag_open = is_flag and not flag_open
        picture = is_picture or (picture and extends and joins)
        joiner = character == "\u200d"
        last = "x" if extends else character
    return clusters


_APART = frozenset({"Cc", "Zl", "Zp", "Cf", "Cs"})
"""Nothing joins these: controls, line ends, and most signs that format."""


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in "\u200c\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


_MAY_JOIN = re.compile("\r\n|[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff]")
_PICTURES = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605"
    "\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733"
    "\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0"
    "\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f"
    "\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f23a\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d"
    "\U0001f546-\U0001f64f\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff"
    "\U0001f80c-\U0001f80f\U0001f848-\U0001f84f\U0001f85a-\U0001f85f\U0001f888-\U0001f88f"
    "\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001faff"
    "\U0001fc00-\U0001fffd"
)
"""Extended_Pictographic of Unicode 15."""
_PICTURE = re.compile(f"[{_PICTURES}]")

_TINTED = "[\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|(?:[\u00a9\u00ae]\ufe0f|[{_PICTURES[2:]}]){_TINTED}(?:\u200d[{_PICTURES}]{_TINTED})*"
)
_HEAVY = re.compile("[^\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")

_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs "
    "bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
    "eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk "
    "hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la "
    "lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my "
    "mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro "
    "rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj "
    "tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERIC = (
    "com org net edu gov int mil info biz name pro mobi tel jobs museum aero coop cat asia "
    "brussels vlaanderen gent amsterdam paris berlin koeln app dev blog shop site online store "
    "tech cloud news live page link club world today city media social email network center "
    "support care health energy community foundation ngo ong press radio events tv fm xyz top"
)
"""The endings an alert may carry; X knows some 1500."""
_ENDINGS = frozenset(f"{_COUNTRIES} {_GENERIC}".split())
_FAR_ACCOUNT = re.compile(r"(?<![\w/])(@\w++)@[\w.-]*\w")
_SPOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FULL_STOP = re.compile(r"[.!?:](?:\s|$)")


def _counted_as_link(text: str, link: Link) -> bool:
    """Whether X shortens it: a host of Latin letters with an ending; no mail or IP address."""
    scheme, mark, rest = link.shown.rpartition("://")
    if scheme.casefold() not in {"", "http", "https"}:
        return False
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0]
    ending = host.rpartition(".")[2].casefold()
    if "." not in host or "@" in host or not host.isascii() or not ending.isalpha():
        return False
    if mark:
        return True
    return ending in _ENDINGS and text[link.start - 1 : link.start] not in {*"-./@#$_"}
