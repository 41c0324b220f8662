"""Words in headers of mails, by RFC 2047.

Python's email package folds such headers so that spaces get lost between encoded words, some words
are empty, and some lines too long. Here, words that are ASCII stand as they are, and others are
encoded as a whole, each encoded word on a line of its own.
"""

import re
from email.utils import formataddr
from textwrap import wrap
from typing import Final

LONGEST_LINE: Final = 76
"""RFC 2047 2: of a line that contains an encoded word, its end not counted."""
LONGEST_WORD: Final = 75
"""RFC 2047 2: of an encoded word, delimiters included."""
BEGIN, END, FOLD = "=?utf-8?q?", "?=", "\r\n "
PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What stands for itself wherever encoded words may stand (RFC 2047 5)."""
LINE_ENDS: Final = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029 ]+")
"""Ends of lines, tabs and ordinary spaces; not the spaces of typesetting, as U+00A0."""


def one_line(text: str) -> str:
    """`text` without ends of lines, its ordinary spaces single and none at its ends."""
    return LINE_ENDS.sub(" ", text).strip(" ")


def subject_header(subject: str) -> bytes:
    """The header, folded and ended by CRLF, that decodes to exactly `one_line(subject)`."""
    return _header("Subject", one_line(subject))


def from_header(name: str, address: str) -> bytes:
    """The From header, ended by CRLF: a name, which may be empty, and an ASCII address."""
    name = one_line(name)
    if not name:
        return f"From: {address}\r\n".encode("ascii")
    if _is_plain(name):
        return f"From: {formataddr((name, ''))[:-3]}\r\n <{address}>\r\n".encode("ascii")
    return _header("From", name).removesuffix(b"\r\n") + f"\r\n <{address}>\r\n".encode("ascii")


def _header(name: str, text: str) -> bytes:
    begin = f"{name}: "
    # RFC 5322 2.2.3 and 3.2.2: no line of a header may be white space alone, nor its first empty,
    # so the first word stands behind the name; a folded line begins with a space.
    room = LONGEST_LINE - len(FOLD.lstrip("\r\n"))
    first, *others = text.split(" ")
    if _is_plain(text) and len(begin + first) <= room and all(len(word) <= room for word in others):
        lines = wrap(begin + text, room, break_long_words=False, break_on_hyphens=False)
        return f"{FOLD.join(lines)}\r\n".encode("ascii")
    words = encoded_words(text, first=LONGEST_LINE - len(begin))
    return f"{begin}{FOLD.join(words)}\r\n".encode("ascii")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text


def encoded_words(text: str, *, first: int) -> list[str]:
    """`text` in encoded words, each of whole letters; the first has at most `first` characters.

    Put one after the other, with white space between, they decode to `text`.
    """
    words: list[str] = []
    content, room = "", first - len(BEGIN + END)
    for character in text:
        octets = "".join(f"={octet:02X}" for octet in character.encode("utf-8", "replace"))
        coded = "_" if character == " " else character if character in PLAIN else octets
        if len(content) + len(coded) > room:
            words.append(f"{BEGIN}{content}{END}")
            content, room = "", LONGEST_WORD - len(BEGIN + END)
        content += coded
    return [*words, f"{BEGIN}{content}{END}"] if content else words
