"""How much work a regular expression makes: Python's own backtracking, walked step by step.

The engine in C cannot be asked how often it tried a letter, so the tree it compiles (`re._parser`)
is matched here in the same order, and every attempt is counted. Counts do not depend on the
machine.
"""

import math
import re
import sys
from collections.abc import Callable, Iterator
from re import _constants as sre
from re import _parser
from typing import Any

Go = Callable[[int], int]
"""From a place in the text to the end of the match; -1: none."""
FAILS = -1
UNBOUNDED = 255
"""A repeat that may go on longer than this counts as one without an end."""


class TooMuchWorkError(Exception):
    """More steps than anything linear takes."""


class Machine:
    """One pattern; `work(text)` is what finding all its matches takes."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._bytes = isinstance(pattern.pattern, bytes)
        self.tree = _parser.parse(pattern.pattern, pattern.flags)
        self._flags = pattern.flags
        self._text = ""
        self._steps = 0
        self._most = math.inf
        self._groups: dict[int, tuple[int, int]] = {}
        self._start = self._sequence(list(self.tree), self._flags, lambda at: at)

    @property
    def is_bounded(self) -> bool:
        """Whether no match is longer than a name: then nothing grows faster than the text."""
        return int(self.tree.getwidth()[1]) <= UNBOUNDED

    def work(self, text: str) -> float:
        """Letters tried while every match is found, as `finditer` does it; infinite past a bound.

        The bound is a multiple of the length that no repeat up to `UNBOUNDED` reaches.
        """
        self._text, self._steps = text, 0
        self._most = 2 * (UNBOUNDED + 1) * (len(text) + 1)
        at = 0
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(200_000)
        try:
            while at <= len(text):
                self._groups = {}
                self._count(1)
                end = self._start(at)
                at = end if end > at else at + 1
        except TooMuchWorkError:
            return math.inf
        finally:
            sys.setrecursionlimit(before)
        return self._steps

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > self._most:
            raise TooMuchWorkError

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it matches: what shows that this engine and that of Python agree."""
        self._text, self._steps, self._most = text, 0, math.inf
        found, at = [], 0
        while at <= len(text):
            self._groups = {}
            end = self._start(at)
            if end != FAILS:
                found.append((at, end))
            at = end if end > at else at + 1
        return found

    def _sequence(self, nodes: list[Any], flags: int, go_on: Go) -> Go:
        for node in reversed(nodes):
            go_on = self._node(node, flags, go_on)
        return go_on

    def _node(self, node: Any, flags: int, go_on: Go) -> Go:  # noqa: PLR0911  a table of kinds
        kind, given = node
        if is_letter(kind):
            fits = self._letter(node, flags)

            def one(at: int) -> int:
                self._count(1)
                return go_on(at + 1) if at < len(self._text) and fits(self._text[at]) else FAILS

            return one
        if kind is sre.AT:
            return lambda at: go_on(at) if self._is_at(given, at, flags) else FAILS
        if kind is sre.BRANCH:
            ways = [self._sequence(list(way), flags, go_on) for way in given[1]]
            return lambda at: next((end for way in ways if (end := way(at)) != FAILS), FAILS)
        if kind is sre.SUBPATTERN:
            group, more, less, inner = given
            return self._group(group, list(inner), (flags | more) & ~less, go_on)
        if kind is sre.ATOMIC_GROUP:
            inside = self._sequence(list(given), flags, lambda at: at)
            return lambda at: go_on(end) if (end := inside(at)) != FAILS else FAILS
        if kind in (sre.ASSERT, sre.ASSERT_NOT):
            return self._assertion(given, flags, go_on, wanted=kind is sre.ASSERT)
        if kind is sre.GROUPREF:
            return self._again(given, go_on)
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeat(kind, given, flags, go_on)
        raise NotImplementedError(kind)

    def _group(self, group: int | None, inner: list[Any], flags: int, go_on: Go) -> Go:
        if group is None:
            return self._sequence(inner, flags, go_on)
        starts: list[int] = []

        def close(at: int) -> int:
            before, start = self._groups.get(group), starts.pop()
            self._groups[group] = (start, at)
            end = go_on(at)
            starts.append(start)
            if end == FAILS:
                if before is None:
                    del self._groups[group]
                else:
                    self._groups[group] = before
            return end

        inside = self._sequence(inner, flags, close)

        def opened(at: int) -> int:
            starts.append(at)
            end = inside(at)
            starts.pop()
            return end

        return opened

    def _assertion(self, given: Any, flags: int, go_on: Go, *, wanted: bool) -> Go:
        direction, inner = given
        inside = self._sequence(list(inner), flags, lambda at: at)
        width = int(inner.getwidth()[0]) if direction < 0 else 0

        def look(at: int) -> int:
            self._count(1)
            holds = at >= width and inside(at - width) != FAILS
            return go_on(at) if holds is wanted else FAILS

        return look

    def _again(self, group: int, go_on: Go) -> Go:
        def same(at: int) -> int:
            if group not in self._groups:
                return FAILS
            start, end = self._groups[group]
            self._count(end - start + 1)
            words = self._text[start:end]
            return go_on(at + len(words)) if self._text.startswith(words, at) else FAILS

        return same

    def _repeat(self, kind: Any, given: Any, flags: int, go_on: Go) -> Go:
        least, most, inner = given
        nodes = list(inner)
        if len(nodes) == 1 and is_letter(nodes[0][0]) and kind is not sre.MIN_REPEAT:
            return self._run(kind, int(least), int(most), self._letter(nodes[0], flags), go_on)
        if kind is sre.POSSESSIVE_REPEAT:
            once = self._sequence(nodes, flags, lambda at: at)

            def whole(at: int) -> int:
                count = 0
                while count < most and (end := once(at)) != FAILS:
                    count += 1
                    if end == at:
                        break
                    at = end
                return go_on(at) if count >= least else FAILS

            return whole
        counts: list[tuple[int, int]] = [(0, FAILS)]

        def after(at: int) -> int:
            count, began = counts[-1]
            if count >= least and at == began:  # an empty turn ends the repeat
                return leave(at)
            counts.append((count + 1, at))
            end = turn(at)
            counts.pop()
            return end

        def leave(at: int) -> int:
            held = counts.pop()
            end = go_on(at)
            counts.append(held)
            return end

        inside = self._sequence(nodes, flags, after)

        def turn(at: int) -> int:
            count = counts[-1][0]
            self._count(1)
            if kind is sre.MIN_REPEAT and count >= least and (end := leave(at)) != FAILS:
                return end
            if count < most and (end := inside(at)) != FAILS:
                return end
            return leave(at) if kind is not sre.MIN_REPEAT and count >= least else FAILS

        def begin(at: int) -> int:
            counts.append((0, FAILS))
            end = turn(at)
            counts.pop()
            return end

        return begin

    def _run(self, kind: Any, least: int, most: int, fits: Callable[[str], bool], go_on: Go) -> Go:
        def letters(at: int) -> int:
            end = at
            while end < len(self._text) and end - at < most and fits(self._text[end]):
                end += 1
            self._count(end - at + 1)
            if kind is sre.POSSESSIVE_REPEAT:
                return go_on(end) if end - at >= least else FAILS
            while end - at >= least:
                self._count(1)
                if (found := go_on(end)) != FAILS:
                    return found
                end -= 1
            return FAILS

        return letters

    def _letter(self, node: Any, flags: int) -> Callable[[str], bool]:
        known: dict[str, bool] = {}
        ascii_only = self._bytes or bool(flags & re.ASCII)

        def fits(letter: str) -> bool:
            if letter not in known:
                forms = {letter}
                if flags & re.IGNORECASE:
                    forms |= {letter.lower(), letter.upper()}
                known[letter] = fits_letter(node, forms, flags, ascii_only=ascii_only)
            return known[letter]

        return fits

    def _is_at(self, where: Any, at: int, flags: int) -> bool:
        text, several = self._text, bool(flags & re.MULTILINE)
        if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            lines = several and where is sre.AT_BEGINNING
            return at == 0 or (lines and text[at - 1] == "\n")
        if where is sre.AT_END:
            return at == len(text) or (text[at] == "\n" and (several or at == len(text) - 1))
        if where is sre.AT_END_STRING:
            return at == len(text)
        ascii_only = self._bytes or bool(flags & re.ASCII)
        sides = [
            0 <= one < len(text) and in_category("WORD", text[one], ascii_only=ascii_only)
            for one in (at - 1, at)
        ]
        return (sides[0] != sides[1]) is (where is sre.AT_BOUNDARY)


def is_letter(kind: Any) -> bool:
    """Whether a node takes exactly one letter."""
    return kind in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)


def fits_letter(node: Any, forms: set[str], flags: int, *, ascii_only: bool) -> bool:
    """Whether a letter, in one of its forms, is what a node takes."""
    kind, given = node
    if kind is sre.ANY:
        return bool(flags & re.DOTALL) or "\n" not in forms
    if kind is sre.LITERAL:
        return chr(given) in forms
    if kind is sre.NOT_LITERAL:
        return chr(given) not in forms
    negated = given[0][0] is sre.NEGATE
    held = any(
        (part is sre.LITERAL and chr(value) in forms)
        or (part is sre.RANGE and any(value[0] <= ord(one) <= value[1] for one in forms))
        or (
            part is sre.CATEGORY
            and any(
                in_category(str(value).removeprefix("CATEGORY_"), one, ascii_only=ascii_only)
                for one in forms
            )
        )
        for part, value in given
    )
    return held is not negated


def in_category(name: str, letter: str, *, ascii_only: bool) -> bool:
    """`\\w`, `\\d`, `\\s` and their opposites."""
    name = name.removeprefix("UNI_")
    if name.startswith("NOT_"):
        return not in_category(name.removeprefix("NOT_"), letter, ascii_only=ascii_only)
    sign = {"WORD": r"\w", "DIGIT": r"\d", "SPACE": r"\s"}[name]
    return re.match(sign, letter, re.ASCII if ascii_only else 0) is not None


def letters_of(tree: Any) -> Iterator[str]:
    """One letter, or a few, of every kind that a pattern tells apart."""
    for kind, given in tree:
        if kind in (sre.LITERAL, sre.NOT_LITERAL):
            yield chr(given)
        elif kind is sre.IN:
            yield from _members(given)
        elif kind is sre.BRANCH:
            for way in given[1]:
                yield from letters_of(way)
        elif kind is sre.SUBPATTERN:
            yield from letters_of(given[3])
        elif kind is sre.ATOMIC_GROUP:
            yield from letters_of(given)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            yield from letters_of(given[1])
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            yield from letters_of(given[2])


def _members(given: Any) -> Iterator[str]:
    signs = {"WORD": "k", "DIGIT": "7", "SPACE": " "}
    for part, value in given:
        if part is sre.LITERAL:
            yield chr(value)
        elif part is sre.RANGE:
            yield chr(value[0])
        elif part is sre.CATEGORY:
            name = str(value).removeprefix("CATEGORY_").removeprefix("UNI_")
            yield signs.get(name.removeprefix("NOT_"), "k")


def shortest(tree: Any) -> str:
    """A text the pattern may begin with: every part as rarely as it may stand, yet once."""
    words = ""
    for kind, given in tree:
        if kind is sre.LITERAL:
            words += chr(given)
        elif is_letter(kind):
            words += _some_letter((kind, given))
        elif kind is sre.BRANCH:
            words += shortest(given[1][0])
        elif kind is sre.SUBPATTERN:
            words += shortest(given[3])
        elif kind is sre.ATOMIC_GROUP:
            words += shortest(given)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            words += shortest(given[2]) * max(1, int(given[0]))
    return words


def _some_letter(node: Any) -> str:
    for letter in "ak7A- .@:/,'\n{[é⚠":
        if fits_letter(node, {letter}, 0, ascii_only=False):
            return letter
    return next(iter(_members(node[1])), "a") if node[0] is sre.IN else "a"
