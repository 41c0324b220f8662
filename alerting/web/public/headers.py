"""The headers of public pages, read from the file that nginx includes: both say the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HEADERS_FILE = Path(__file__).resolve().parents[3] / "deploy" / "public-headers.conf"
PATH = "path"
"""The variable that is no header: where else in the folder an address stands."""

_TOKEN = re.compile(r"""\s+ | \#[^\n]* | (?P<brace>[{};]) | (?P<bare>[^\s{};"]+)""", re.VERBOSE)
_PREFIX = "$public_"


class UnreadableHeaders(ValueError):
    """The file says something that is not a `map` block of ours."""


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """One `map` block: what a variable is, by the first regular expression that is found."""

    source: str
    """What is looked at: `$uri`, or `$status $uri`."""
    name: str
    """The variable, without its prefix."""
    default: str
    rules: tuple[tuple[re.Pattern[str], str], ...]

    def value(self, uri: str, status: int) -> str:
        """What it says of an answer; empty: nothing."""
        looked_at = self.source.replace("$status", str(status)).replace("$uri", uri)
        for pattern, value in self.rules:
            if found := pattern.search(looked_at):
                return re.sub(r"\$(\d)", lambda number: found[int(number[1])] or "", value)
        return self.default


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """All of the file."""

    maps: tuple[HeaderMap, ...]

    def path(self, uri: str) -> str:
        """Where an address stands in the folder, itself in most cases."""
        (rule,) = (header_map for header_map in self.maps if header_map.name == PATH)
        return rule.value(uri, 200) or uri

    def headers(self, uri: str, status: int) -> Mapping[str, str]:
        """The headers of an answer, by their names in small letters."""
        values = {
            header_map.name.replace("_", "-"): header_map.value(uri, status)
            for header_map in self.maps
            if header_map.name != PATH
        }
        return {name: value for name, value in values.items() if value}


@cache
def header_rules() -> HeaderRules:
    """The rules of this installation."""
    return read_rules(HEADERS_FILE.read_text("utf-8"))


def read_rules(text: str) -> HeaderRules:
    """The rules a file says; UnreadableHeaders where nginx would read something else."""
    tokens = _tokens(text)
    maps, at = [], 0
    while at < len(tokens):
        if tokens[at] != "map" or tokens[at + 3 : at + 4] != ["{"]:
            raise UnreadableHeaders(f"no map block: {tokens[at]}")
        source, variable = tokens[at + 1 : at + 3]
        end = tokens.index("}", at)
        maps.append(_map(source, variable, tokens[at + 4 : end]))
        at = end + 1
    return HeaderRules(tuple(maps))


def _map(source: str, variable: str, tokens: list[str]) -> HeaderMap:
    if not variable.startswith(_PREFIX):
        raise UnreadableHeaders(f"a variable of somebody else's: {variable}")
    default, rules = "", []
    for at in range(0, len(tokens), 3):
        if len(tokens) < at + 3 or tokens[at + 2] != ";":
            raise UnreadableHeaders(f"{variable}: no value and semicolon after {tokens[at]}")
        key, value = tokens[at : at + 2]
        if key == "default":
            default = value
        elif key.startswith("~") and not key.startswith("~*"):
            rules.append((re.compile(key[1:]), value))
        else:
            raise UnreadableHeaders(f"{variable}: neither default nor a pattern: {key}")
    return HeaderMap(source, variable.removeprefix(_PREFIX), default, tuple(rules))


def _end_of_string(text: str, at: int) -> int:
    """Where the string that begins at `at` has its second quotation mark."""
    end = at + 1
    while end < len(text) and text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise UnreadableHeaders(f"a string without an end: {text[at : at + 20]!r}")
    return end


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        if text[at] == '"':
            end = _end_of_string(text, at)
            # nginx takes the sign after a backslash only of quotes and backslashes themselves.
            found.append(re.sub(r'\\(["\\])', r"\1", text[at + 1 : end]))
            at = end + 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnreadableHeaders(f"no word: {text[at : at + 20]!r}")
        if word := match["brace"] or match["bare"]:
            found.append(word)
        at = match.end()
    return found
