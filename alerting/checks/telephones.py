"""The telephone numbers of a text, as they would be dialled.

Digits that follow each other, whatever joins them, are one row. A row of nothing but dates, times
and amounts is no number; one that holds any other digits may be, with all its digits, those of its
dates among them. What can be dialled in Belgium begins with 0 and has nine digits or more (BIPT
numbering plan: further ones are not listened to), or begins with + or 00 abroad; a short number
counts where the words beside it ask to call it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from alerting.checks.lexicon import KNOWN_TELEPHONES
from alerting.domain.text.links import links_in

LONGEST_NUMBER = 64
"""Characters, gaps and all, in which a number that can be dialled shows itself."""

_ROW = re.compile(r"(?<!\d)(?:\+[\W_]{0,2})?\d(?:[\W_]{0,6}+\d)*+")
"""Digits, whatever joins them: only letters, or a long gap, keep two rows apart."""
_LETTER_O = re.compile(r"(?<!\w)(?=[Oo]*+\d)[\dOo]{2,}(?!\w)")
_ROUND = re.compile(r"[○◯⭕⚪](?=[\W_]?\d)|(?<=\d)[○◯⭕⚪]")
_LIKE_DIGITS = re.compile(
    r"(?:(?<=\d[\W_])|(?<=\d[\W_]{2})|(?<=\d[\W_]{3}))"
    r"(?=[OoIil|ZzSsBb]{0,3}\d)[\dOoIil|ZzSsBb]{2,}(?!\w)"
)
"""A group of digits behind another one: 09OO I2 345."""
_LIKE_A_GROUP = re.compile(
    r"(?:(?<=[\dOoIl|ZSB][\W_])|(?<=[\dOoIl|ZSB][\W_]{2})|(?<=[\dOoIl|ZSB][\W_]{3}))"
    r"(?:[OoIl|]|[OoIl|ZSB]{2,4})(?![\w|])"
)
"""A group without a digit, behind another one: 0900 IZ 345."""
_AS_DIGITS = str.maketrans("OoIil|ZzSsBb", "001111225588")
_TIMES_SIGN = re.compile(r"(?<=\d[ \u00a0])[xX×*](?=[ \u00a0]\d)")
_ENTERPRISE = re.compile(
    r"\b(?:KBO|BCE|ZDU|CBE|BTW|TVA|MwSt|VAT|BE|ondernemingsnummer)[^\w\n]{1,3}(?:BE ?)?"
    r"(0[1-8]\d\d)\.(\d{3})\.(\d{3})(?![\W_]?\d)",
    re.IGNORECASE,
)
HARMLESS = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d-\d\d-\d\d(?!\d)"  # 2026-11-29
    r"|(?<!\d[./-])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)(?!\d)"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d(?::[0-5]\d)?(?!\d)(?!\.\d)"
    r"|(?<!\d/)(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?!/?\d)"  # a day of this year
    r"|(?<!\d[\W_])[1-9]\d{0,2}(?:([ .\u00a0\u202f])000)(?:(?:\2)000){1,4}(?![\W_]?\d)"
    r"|(?<!\d[\W_])0,\d{1,2}(?![\W_]?\d))"
)
"""Dates, times, amounts: what digits are if no others stand beside them."""
_BEGINS = re.compile(r"(?<![\d+])(?:\+|0(?=\d))|(?<=[^\d+]{2})\d|(?<=\n)\d")
_COUNTED = re.compile(
    # An address, people counted, an hour: each behind a word that announces it. Behind the verb
    # itself ("bel 4500 mensen") the digits could be dialled, and stay a number.
    r"(?<=\s)(?:(?i:in|te|à|at)[ \u00a0][1-9]\d{3}(?=[ \u00a0][A-ZÉ][a-zé])"
    r"|(?i:naar|van|aan|bij|à|de|to|of|from|an|von)[ \u00a0]\d{3,6}"
    r"(?=[ \u00a0](?i:mensen|personen|gezinnen|inwoners|huishoudens|abonnees"
    r"|personnes|habitants|familles|ménages|abonnés|people|persons"
    r"|families|households|residents|Menschen|Familien|Haushalte|Einwohner|Haushalten|Einwohnern)\b)"
    r"|(?i:vor|nach|ab|bis|voor|na|vanaf|tot|avant|après|dès|before|after|until)[ \u00a0]"
    r"(?:[01]\d|2[0-3])[0-5]\d(?!\d))"
)
_DIGIT = re.compile(r"\d")
_NO_DIGIT = "ACDEFGHJKMNPQRTUVWXYacdefghjkmnpqrtuvwxy"
"""Letters that are read as no digit."""
_SIGN = r"[.,:;!?)»”]"
_CUT = re.compile(
    rf"(?:(?<=[{_NO_DIGIT}])|(?<=[{_NO_DIGIT}]{_SIGN})|(?<=[{_NO_DIGIT}]{_SIGN}{{2}}))\n"
    rf"|\n(?=\n*[ («“–-]{{0,3}}[{_NO_DIGIT}])"
)
"""A line's end with such a letter right before or right behind it."""
_GAP = r"[^\w\n]{1,6}"
"""Between words: blanks, a French colon, quotation marks."""
_NO_MEASURE = r"(?![\d.,:/]?\d| ?(?:min|h\b|u\b|uur|Uhr|k?m\b|mg\b|%|€|eur))"
_SHORT = re.compile(
    r"\b(?:appele[zr]|appelle|appel|compose[zr]|formez|téléphone[zr]?|contacte[zr]?|contact"
    r"|contacteer|contacteert|joignez|joindre|numéro|numero|nummer|number|infolijn|infoline"
    r"|hotline|helpline|hulplijn|info|infos|ligne|bel|belt|bellen|opbellen|telefoneer|vorm"
    r"|rufen|ruft|anrufen|anruf|wählen|wählt|kontaktieren|rufnummer|infotelefon|infolinie"
    r"|call|dial|phone|ring|text|tél|tel|telefoon|telefoonnummer|telefon|telefonnummer|gsm|sms"
    r"|whatsapp|envoye[zr]|stuur|stuurt|sturen|verstuur|send|sende|senden|sendet"
    r"|tapez|taper|composer|toets|toetst|intoetsen|tippen)\b"
    rf"{_GAP}(?:[^\W\d]{{1,12}}{_GAP}){{0,4}}(\d{{3,8}}){_NO_MEASURE}",
    re.IGNORECASE,
)
_SHORT_BEHIND_A_VERB = re.compile(
    # What such a verb asks for may be anything else that is counted: “faites 500 mètres”. So the
    # number stands behind one more word, “faites le 9850”, or no word stands behind the number.
    r"\b(?:faites|mettez|écrivez|tape|tik|tikt|typ|typt|draai|schrijf|tippe|drücken|schreiben"
    r"|schreib|enter|type|press|write)\b"
    rf"{_GAP}(?:[^\W\d]{{1,12}}{_GAP}){{0,3}}?"
    rf"(?:(?:le|au|het|naar|aan|die|den|the|to){_GAP}(\d{{3,8}}){_NO_MEASURE}"
    r"(?![ \u00a0](?!Par|Pour|Si|Et|Ou)[A-ZÉ][a-zé])"
    rf"|(?<=[^\w\n])(\d{{4,8}})(?![^\w\n]{{1,3}}[^\W\d]){_NO_MEASURE})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Telephone:
    """One of them: `number` is E.164 with its plus, or a short number as it is dialled."""

    start: int
    end: int
    shown: str
    number: str


KNOWN_LETTERS = 4_000
"""Letters whose reading is kept: more than alerts are written with, however odd a text is."""


class _Digits(dict[int, int]):
    """Every script's digits and the wide plus as those of ASCII; each letter keeps its place.

    Letters that are read as digits lose their marks: Ö9ÖÖ.
    """

    def __missing__(self, code: int) -> int:
        read = self._read(code)
        if len(self) < KNOWN_LETTERS:
            self[code] = read
        return read

    @staticmethod
    def _read(code: int) -> int:
        character = chr(code)
        value = unicodedata.digit(character, None)
        if value is not None:
            return ord(str(value))
        bare = "O" if character in "Øø" else unicodedata.normalize("NFD", character)[0]
        if ord(bare) in _AS_DIGITS:
            return ord(bare)
        return ord("+") if character in "＋﹢" else code


_DIGITS = _Digits()


def telephones(text: str) -> tuple[Telephone, ...]:
    """Every number a reader would dial, in reading order."""
    return tuple(
        replace(telephone, start=start + telephone.start, end=start + telephone.end)
        if start
        else telephone
        for start, end in _apart(text)
        for telephone in _telephones(text[start:end])
    )


def _apart(text: str) -> Iterator[tuple[int, int]]:
    """The text cut before line ends that no number goes over.

    Only signs join two digits, so a letter that is read as none, on either side, parts them.
    """
    start = 0
    for cut in _CUT.finditer(text):
        if cut.start() > start:
            yield start, cut.start()
            start = cut.start()
    yield start, len(text)


@lru_cache(maxsize=2_048)
def _telephones(text: str) -> tuple[Telephone, ...]:
    """Those of one part; remembered, since alerts and channels share most of theirs."""
    left = text if text.isascii() else text.translate(_DIGITS)
    pieces: list[str] = []
    done = 0
    for link in links_in(text):
        pieces += (left[done : link.start], "x" * (link.end - link.start))
        done = link.end
    left = "".join((*pieces, left[done:]))
    left = _ROUND.sub("0", _LETTER_O.sub(_read_as_digits, left))
    left = _ENTERPRISE.sub(_unless_checked, left)
    read = _TIMES_SIGN.sub("~", _LIKE_DIGITS.sub(_read_as_digits, left))
    found: dict[int, Telephone] = {}
    inside: set[int] = set()
    # Numbers in digits first: behind one of them such letters are a word, "0800 30 300 IBZ".
    for row in (read, _LIKE_A_GROUP.sub(_read_as_digits, read)):
        for telephone in _long(text, left, row):
            if inside.isdisjoint((telephone.start, telephone.end - 1)):
                found[telephone.start] = telephone
                inside.update(range(telephone.start, telephone.end))
    short = (
        telephone
        for telephone in _short(text, HARMLESS.sub(_wiped, left))
        if telephone.start not in inside
    )
    return tuple(sorted((*found.values(), *short), key=lambda telephone: telephone.start))


def _read_as_digits(match: re.Match[str]) -> str:
    return match[0].translate(_AS_DIGITS)


def _wiped(match: re.Match[str]) -> str:
    """Letters in its place: they join no digits, and words around them still belong together."""
    return "x" * len(match[0])


def _unless_checked(match: re.Match[str]) -> str:
    """An enterprise number is none to call, if its last two digits prove the rest (97)."""
    digits = match[1] + match[2] + match[3]
    return _wiped(match) if 97 - int(digits[:8]) % 97 == int(digits[8:]) else match[0]


def _long(text: str, left: str, read: str) -> Iterator[Telephone]:
    """Numbers of their own accord; `read` is `left` with look-alikes as the digits they are for."""
    for row in _ROW.finditer(read):
        # Digits that no date, time or amount claims; for parting the row, what is claimed.
        claimed = HARMLESS.sub(_wiped, left[row.start() : row.end()])
        for start, end in _parts(row[0], claimed):
            number = dialled(row[0][start:end])
            if number and _DIGIT.search(claimed, start, end) and not _counts_up(row[0][start:end]):
                a, b = row.start() + start, row.start() + end
                yield Telephone(a, b, text[a:b], number)


def _counts_up(text: str) -> bool:
    """Lines 01 02 03 04 05. What begins with 04 could be a mobile telephone, and stays one."""
    rows = text.split()
    return (
        all(len(row) == 2 and row.isdigit() for row in rows)
        and rows[0] != "04"
        and all(int(b) == int(a) + 1 for a, b in pairwise(rows))
    )


def _parts(text: str, claimed: str) -> Iterator[tuple[int, int]]:
    """The row whole, or cut where a number follows another row: 112 0900 12 345.

    A number that could be dialled ends at a line's end, or at any wider gap. A date or a time ends
    where a paragraph does, and where what follows is a number by itself: 02.11.2026 070 245 245.
    """
    start, other = 0, _first_digit(claimed, 0)
    for begin in _BEGINS.finditer(text):
        at = begin.start()
        head = text[start : min(at, start + LONGEST_NUMBER)].strip(" (")
        wide = at > 1 and not (text[at - 1].isdigit() or text[at - 2].isdigit())
        line = at > 0 and text[at - 1] == "\n"
        ended = (line or (wide and text[at - 2] != ")")) and dialled(head) is not None
        if not ended and head and other >= at:
            rest = text[at : at + LONGEST_NUMBER]
            paragraph = "\n\n" in text[max(start, at - 6) : at]
            ended = paragraph or dialled(rest) is not None or (wide and rest in KNOWN_TELEPHONES)
        if ended or begin[0] == "+" or (head and not head.startswith(("+", "0"))):
            yield start, at
            start = at
            other = _first_digit(claimed, at) if other < at else other
    yield start, len(text)


def _first_digit(text: str, start: int) -> int:
    match = _DIGIT.search(text, start)
    return match.start() if match else len(text)


def dialled(text: str) -> str | None:
    """A row of digits as E.164; None where nobody could dial it."""
    abroad = text.lstrip(" (").startswith("+")
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", text))
    if abroad:
        digits = digits.removeprefix("00")
        return f"+{_country(digits)}" if len(digits) >= 7 else None
    if digits.startswith("00"):
        return f"+{_country(digits[2:])}" if len(digits) >= 9 else None
    if digits.startswith("0") and len(digits) >= 9:
        return f"+32{digits[1:]}"
    if digits.startswith("32") and len(digits) in {10, 11}:
        return f"+{_country(digits)}"  # the plus left out
    if len(digits) >= 9 and digits.isdigit() and text.strip().isdigit():
        return f"+{digits}"  # so long a row is no amount: someone would dial it
    return None


def _country(digits: str) -> str:
    """Belgium's own zero is not dialled after its code."""
    return f"32{digits[2:].lstrip('0')}" if digits.startswith("32") else digits


def _short(text: str, left: str) -> Iterator[Telephone]:
    left = _COUNTED.sub(_wiped, left)
    seen = set()
    for pattern in (_SHORT, _SHORT_BEHIND_A_VERB):
        for match in pattern.finditer(left):
            start, end = match.span(match.lastindex or 0)
            if start not in seen:
                seen.add(start)
                yield Telephone(start, end, text[start:end], left[start:end])
