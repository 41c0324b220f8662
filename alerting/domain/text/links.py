"""What a reader's device, or a reader, would take for a link, and whose host it leads to.

No list of endings decides: an ending may be bought any day. Whatever has the shape word.word, a
scheme, user@host or an IP address is a link, unless it is a number or on the short list of
abbreviations. Every pass is linear in the length of the text.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

_NUMERALS = (
    "twee drie vier vijf zes zeven acht negen tien twintig dertig veertig vijftig zestig honderd "
    "deux trois quatre cinq sept huit neuf dix vingt trente quarante cinquante soixante cent "
    "zwei drei sechs sieben neun zehn zwanzig dreißig vierzig hundert"
)
ABBREVIATIONS = frozenset(
    {"p.ex", "st.vith", "st.-vith", "m.u.v", "a.d.h.v", "l.i.v.b", "d.d", "cf.infra"}
    | {f"{one}.{tax}" for one in ("incl", "excl") for tax in ("btw", "tva")}
    | {f"{one}.{many}" for one in ("max", "min") for many in _NUMERALS.split()}
)
"""Words with a dot inside whose last part is longer than a letter, and that are no host.

Only endings that exist nowhere: "tel.nr" is a site of Nauru, so it takes a space, "tel. nr".
"""
_INCLUSIVE = re.compile(
    r"(?<![^\W\d_])(?<!-)[^\W\d_]{2,}+(?:-[^\W\d_]++)*+"
    r"(?:\u00b7(?:e|ne|le|te|re|ve|se|sse|esse|ère|ière|rice|trice|euse)(?=\u00b7))*+"
    r"\u00b7(?:e|s|x|nes|rices?|trices?|euses?)",
    re.IGNORECASE,
)
"""A word and its endings behind middle dots, as French writes them: agent·e·s, acteur·rices.

The last of them is no ending of hosts; "agent·es" has one of Spain: write "agent·e·s".
"""
_RATES = frozenset({
    "h", "u", "m", "s", "l", "ha", "kg", "km", "min", "sec", "uur", "dag", "week",
    "jaar", "jour", "mois", "an", "tag", "jahr", "stunde", "day", "hour", "year",
    "personne", "personnes", "persoon", "person", "pers",
})  # fmt: skip
_COLON_WORDS = frozenset({
    "info", "infos", "tel", "tél", "telefoon", "telefon", "gsm", "fax", "attention",
    "opgelet", "achtung", "let", "warning", "nb", "ps", "note", "nota", "bron",
    "source", "quelle", "contact", "datum", "date", "heure", "uur", "uhr", "time",
    "zone", "update",
})  # fmt: skip
"""Before a colon without a space, no scheme of any app."""

_DOTS = (
    "\u3002\uff0e\uff61\u2024\ufe52\u06d4\u0701\u0702\ua60e\ua4f8\u00b7\u30fb\uff65"
    "\u2027\u2219\u22c5\u2e31\u0387\u16eb"
)
"""Read as a full stop, by IDNA (RFC 3490 3.1) or by the eye."""


class _Fold(dict[int, int | str]):
    """Letter by letter, so that every place in a text stays where it is."""

    def __missing__(self, code: int) -> int | str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        if character in _DOTS:
            plain = "."
        elif unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}:
            plain = "_"  # part of the word it stands in
        elif character in "\u2215\u2044\u29f8":
            plain = "/"
        if len(plain) != 1:
            plain = character
        if len(self) < 4096:
            self[code] = plain
        return plain


_FOLD = _Fold()
_TOKEN = re.compile(r"[^\s<>\"«»“”„(){}\[\]]+")
_RUN = re.compile(r"(?:[\w-]|\.(?!\.))+")
_OPAQUE = re.compile(
    r"(?<!\w)(?:mailto|javascript|whatsapp|viber|skype|callto|sip|tg|intent|market|geo"
    r"|facetime|sms|smsto|data):\S"
    r"|(?<![\w.+-])([a-z][a-z0-9+-]{1,30}):[a-z+/]",
    re.IGNORECASE,
)
_SHORT_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,8}){1,2}")  # 127.1
_BRACKETED = re.compile(r"[\[({]\.[\])}]")
_QUERY_HOST = re.compile(r"[\w-]\.[a-z]{2}|%2e|%2f|%3a|%40|[:@]", re.ASCII)
_ADDRESS_6 = re.compile(r"(?<![\w:])[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_ASCII_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_PLAIN_PATH = re.compile(r"[\w/?#&=%+~:.-]*", re.ASCII)
_TRAILING = ".,;:!?'’‘…*|\\^`´"


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a text: where it stands, and how it is written there."""

    start: int
    end: int
    shown: str
    schemed: bool
    """Whether a scheme stands before it."""


@lru_cache(maxsize=256)
def links_in(text: str) -> tuple[Link, ...]:
    """Every link of a text, in reading order, none within another."""
    folded = _BRACKETED.sub("_._", text.translate(_FOLD))  # evil[.]com
    return tuple(
        replace(link, start=link.start + token.start(), end=link.end + token.start())
        for token in _TOKEN.finditer(folded)
        if "." in token[0] or ":" in token[0]
        for link in _in_token(text[token.start() : token.end()], token[0])
    )


@lru_cache(maxsize=8_192)
def _in_token(text: str, token: str) -> tuple[Link, ...]:
    """Those of one token, as written and folded; remembered: texts share nearly all of them."""
    return tuple(_links(text, token))


def _links(text: str, token: str) -> Iterator[Link]:
    schemed = token.find("://")
    opaque = next(
        (
            match
            for match in _OPAQUE.finditer(token)
            if not match[1] or match[1].casefold() not in _COLON_WORDS
        ),
        None,
    )
    if schemed >= 0 or opaque:
        start = schemed if schemed >= 0 or opaque is None else opaque.start()
        while schemed >= 0 and start and (token[start - 1].isalnum() or token[start - 1] in "+-."):
            start -= 1
        # What stands before the scheme may be a link too: evil.com,https://be-alert.be
        yield from _hosts(text, token[:start])
        yield _link(text, start, _end(token), schemed=True)
        return
    yield from _hosts(text, token)


def _hosts(text: str, token: str) -> Iterator[Link]:
    """Links without a scheme."""
    if token.count(":") > 1:
        for match in _ADDRESS_6.finditer(token):
            if _is_address_6(match[0].rstrip(".")):
                yield _link(text, match.start(), _end(token))
                return
    if "." not in token:
        return
    done, last = 0, _end(token)
    waiting: list[re.Match[str]] = []
    for run in _RUN.finditer(token):
        if run.start() < done:
            continue
        words = run[0]
        start = run.start() + len(words) - len(words.lstrip("._-"))
        host = words.strip("._-")
        after = token[run.end() : run.end() + 1]
        mail = start == run.start() and token[start - 1 : start] == "@"
        goes_on = not words.endswith((".", "-")) and (
            after in {"/", "?", "#", "\\", "@"}
            or (after == ":" and token[run.end() + 1 : run.end() + 2].isdigit())
        )
        pictured = words.startswith(".") and bool(
            run.start() and unicodedata.category(token[run.start() - 1]) == "So"
        )
        if after == "@" and len(token) > run.end() + 1:
            waiting.append(run)  # the local part of an address, if a host follows
            continue
        written = text[start : start + len(host)]
        if (not goes_on or after == "/") and not mail and _INCLUSIVE.fullmatch(written):
            continue
        rate = after == "/" and _SHORT_ADDRESS.fullmatch(host)
        short = rate and token[run.end() + 1 : run.end() + 2].isalpha()
        if short and token[run.end() + 1 :].strip(_TRAILING).casefold() in _RATES:
            continue
        if not (short or _is_host(host, mail or goes_on) or (pictured and len(host) > 1)):
            continue
        if mail:
            while start > done and token[start - 1] not in ",;|'’":
                start -= 1
        end = last if goes_on else run.start() + len(words.rstrip("._-"))
        yield from _without_address(text, waiting, until=start)
        waiting = []
        yield _link(text, start, end)
        done = end
    yield from _without_address(text, waiting, until=last)


def _without_address(text: str, waiting: list[re.Match[str]], *, until: int) -> Iterator[Link]:
    """Hosts before an @ that no address claimed as its local part: evil.com@x."""
    for run in waiting:
        if run.start() < until and _is_host(run[0].strip("._-"), certain=True):
            yield _link(text, run.start(), until)
            return


def _end(token: str) -> int:
    return len(token.rstrip(_TRAILING)) or len(token)


def _link(text: str, start: int, end: int, *, schemed: bool = False) -> Link:
    return Link(start, max(end, start + 1), text[start : max(end, start + 1)], schemed)


def _is_host(run: str, certain: bool) -> bool:
    """Whether a run of letters, digits, hyphens and dots has the shape of a host.

    `certain`: a path, a port or the @ of an address stands beside it.
    """
    labels = [label for label in run.split(".") if label.strip("_-")]
    if len(labels) < 2:
        return False
    if all(label.isdecimal() for label in labels):
        return len(labels) == 4 and all(len(label) < 4 and int(label) < 256 for label in labels)
    if not certain and run.casefold() in ABBREVIATIONS:
        return False
    return any(map(_is_ending, labels[1:]))  # whatever stands behind it: evil.com.s


def _is_ending(label: str) -> bool:
    """Whether a host may end in it, as far as its shape tells."""
    label = label.lstrip("_-").casefold()
    if label.startswith("xn--"):
        return True
    if not label[:1].isalpha():  # no ending begins with a digit: 16.30uur, art.12, 3.500
        return False
    letters = next((n for n, character in enumerate(label) if character == "-"), len(label))
    return letters > 1  # a.u.b., z.B., B.V.: no ending is one letter


def _is_address_6(text: str) -> bool:
    if len(text) < 4 or not any(character.isdigit() for character in text):
        return False
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv6Address)
    except ValueError:
        return False


def host_of(link: str) -> str | None:
    """The host a link leads to, in the form registries compare (RFC 5891); None: none, or a trick.

    A host is letters, digits, hyphens and dots. Whoever writes anything else there, a user before
    it or a port after it hides where the link leads. A mail address has the host of its mailbox.
    """
    plain = unicodedata.normalize("NFKC", link).casefold()
    scheme, mark, rest = plain.partition("://")
    if not mark:
        rest = plain
    elif scheme not in {"http", "https"}:
        return None
    cut = next((n for n, character in enumerate(rest) if character in "/?#"), len(rest))
    host, path = rest[:cut], rest[cut:]
    if not mark and not path and host.count("@") == 1:
        host = host.rpartition("@")[2]
    if not _PLAIN_PATH.fullmatch(path) or "//" in path:
        return None
    asked = next((n for n, character in enumerate(path) if character in "?#"), len(path))
    if _QUERY_HOST.search(path, asked):  # where a page may lead on: ?u=evil.com
        return None
    labels = [_label(one) for one in host.removesuffix(".").split(".")]
    if any(label is None for label in labels):
        return None
    return ".".join(label for label in labels if label)


def _label(label: str) -> str | None:
    label = unicodedata.normalize("NFC", label)
    if label.isascii():
        return label if _ASCII_LABEL.fullmatch(label) else None
    if not all(
        character.isalnum() or character == "-" or unicodedata.category(character) in {"Mn", "Mc"}
        for character in label
    ):
        return None
    return f"xn--{label.encode('punycode').decode()}"


def leads_to(link: str, hosts: Collection[str]) -> bool:
    """Whether a link leads to one of `hosts` or below it."""
    host = host_of(link)
    if host is None:
        return False
    ours = {known for one in hosts if (known := host_of(one))}
    return any(host == one or host.endswith(f".{one}") for one in ours)
