"""The library of scenarios: `<scenario>/scenario.toml` and one file per kind of channel.

All languages of a text stand side by side in one file, so that they are read and approved together.
Files are read at the first use of a scenario and kept. What is wrong in them is a BadTemplate with
file and line.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from alerting.compose.jinja import Text
from alerting.compose.values import AUTOMATIC, Declaration, Holds, ValueKind
from alerting.domain.alert import (
    AlertClass,
    Category,
    Certainty,
    Hazard,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.authority import RANK, Authority, Level
from alerting.domain.authority_list import AuthorityList, ListEntry
from alerting.domain.belgian_time import Tense
from alerting.domain.channel_profiles import ChannelProfile, text_files
from alerting.domain.errors import BadTemplate, UnknownScenario
from alerting.domain.language import Language

MAX_FILE_BYTES = 400_000
"""Of one file of the library; those that ship have 6,000 at most."""
MOST_SHIPPED = 64
"""Scenarios kept of the files on disk; 23 ship."""
LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){16}""")
"""A dotted key of more parts than any file of the library has."""

ONE_LINE = frozenset({"subject", "title"})
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
KNOWN_KEYS = frozenset(
    {"event", "category", "urgency", "severity", "certainty", "response", "channels", "validity",
     "title", "keywords", "values", "only", "follows", "pre_approved", "alone_from",
     "needs_expert", "personal"}
)  # fmt: skip

DECLARED = frozenset(
    {"type", "required", "help", "sample", "choices", "after", "default", "list", "tense", "holds"}
)
CHOSEN_FROM = tuple(
    authority_list
    for authority_list in AuthorityList
    if authority_list is not AuthorityList.TELEPHONE
)
"""Lists whose entries stand in a text as they are."""

Enum = TypeVar("Enum", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One kind of emergency: what it is in CAP's terms, its details and its texts."""

    name: str
    titles: Mapping[Language, str]
    hazard: Hazard
    channels: tuple[str, ...]
    validity: timedelta
    values: tuple[Declaration, ...]
    only: AlertClass | None = None
    """Set where it can never be a real alert: the exercise and the test."""
    is_follow_up: bool = False
    """It speaks about an alert sent earlier: an update, an all-clear, a correction."""
    pre_approved: bool = False
    """One duty officer may send it alone, in the library's own words; it is reviewed afterwards."""
    alone_from: Level = Level.MUNICIPAL
    """The lowest level of the authority that speaks in what is sent alone."""
    needs_expert: str = ""
    """What an expert has not decided yet about its texts, in English; never with `pre_approved`."""
    personal: bool = False
    """It is about a person: once an alert and what follows it are over, their words leave the
    public pages."""
    keywords: Mapping[Language, str] = field(default_factory=dict)
    """Words people look for it by, beside its title, between commas."""
    texts: Mapping[tuple[str, str], Mapping[Language, Text]] = field(repr=False)
    """(file, table) -> the text in each language."""

    def alone_for(self, authority: Authority) -> bool:
        """Whether one duty officer may send it alone in the name of an authority."""
        return self.pre_approved and RANK[authority.level] >= RANK[self.alone_from]

    def with_lists(self, entries: Iterable[ListEntry]) -> "Scenario":
        """The scenario with the entries of an authority's lists among the choices of its details.

        An entry comes before a choice of the library with its key. Where it has no words in a
        language, those of another stand in only for what is a name everywhere (`Holds.NAME`).
        """
        by_list: dict[AuthorityList, list[ListEntry]] = {}
        for entry in entries:
            by_list.setdefault(entry.list, []).append(entry)
        if not any(declaration.list in by_list for declaration in self.values):
            return self
        return replace(
            self,
            values=tuple(
                replace(
                    declaration,
                    choices={
                        **declaration.choices,
                        **_choices(declaration, by_list[declaration.list]),
                    },
                )
                if declaration.list in by_list
                else declaration
                for declaration in self.values
            ),
        )

    def text(self, channel: ChannelProfile, part: int, language: Language) -> Text | None:
        """One of the channel's parts, by its place among them; or what stands in for it."""
        found = self.texts.get((channel.file, channel.parts[part]), {}).get(language)
        if found is None and channel.borrows:
            return self.text(channel.borrows, part, language)
        return found

    def has_texts_for(self, channel: ChannelProfile) -> bool:
        """Whether anything can be said on this channel, be it with the texts of another."""
        own = any((channel.file, part) in self.texts for part in channel.parts)
        return own or (channel.borrows is not None and self.has_texts_for(channel.borrows))


def _choices(
    declaration: Declaration, entries: Iterable[ListEntry]
) -> Mapping[str, Mapping[Language, str]]:
    """Entries of a list as choices of a detail."""
    if declaration.by_language:
        return {entry.key: entry.texts for entry in entries}
    return {
        entry.key: {language: entry.called.told(language) for language in Language}
        for entry in entries
    }


class Library:
    """The scenarios under one directory."""

    def __init__(self, root: Path, changed: Mapping[str, str] | None = None) -> None:
        self.root = root
        self._changed: Mapping[str, str] = changed or {}
        self._read: dict[str, Scenario] = {}

    def change(self, changed: Mapping[str, str]) -> None:
        """Use an authority's own wording: `scenario/file.toml` -> content, in place of the files.

        Whoever asks for a scenario from now on gets it; the files on disk stay the baseline.
        """
        if changed != self._changed:
            self._changed, self._read = dict(changed), {}

    def source(self, name: str, file: str) -> str:
        """The text of one file in force; UnknownScenario or BadTemplate where there is none."""
        self.scenario(name)
        path = self.root / name / f"{file}.toml"
        changed = self._changed.get(f"{name}/{file}.toml")
        if changed is None and not path.exists():
            raise BadTemplate(file=f"{name}/{file}.toml", line=1, reason="there is no such file")
        return path.read_text(encoding="utf-8") if changed is None else changed

    def as_shipped(self, name: str) -> Scenario | None:
        """A scenario without anybody's own wording; None where there is none of that name."""
        return read_scenario(self.root / name) if name in self.names() else None

    def baseline(self, path: str) -> str:
        """The content of `scenario/file.toml` as it ships."""
        scenario, _, file = path.partition("/")
        if scenario not in self.names() or file.removesuffix(".toml") not in self.files(scenario):
            raise BadTemplate(file=path, line=1, reason="there is no such file")
        return (self.root / scenario / file).read_text(encoding="utf-8")

    def files(self, name: str) -> tuple[str, ...]:
        """The files of a scenario."""
        self.scenario(name)
        return tuple(sorted(path.stem for path in (self.root / name).glob("*.toml")))

    def names(self) -> tuple[str, ...]:
        """Every scenario, by name."""
        return tuple(sorted(path.parent.name for path in self.root.glob("*/scenario.toml")))

    def scenario(self, name: str) -> Scenario:
        """The scenario, read once."""
        if name not in self._read:
            if name not in (known := self.names()):
                raise UnknownScenario(scenario=name, known=", ".join(known))
            self._read[name] = read_scenario(self.root / name, self._changed)
        return self._read[name]

    def __iter__(self) -> Iterator[Scenario]:
        return (self.scenario(name) for name in self.names())


@dataclass(frozen=True)
class _File:
    """One TOML file with the line of every key."""

    name: str
    content: Mapping[str, Any]
    lines: Mapping[str, int]

    def refuse(self, path: str, reason: str) -> NoReturn:
        raise BadTemplate(file=self.name, line=self.line(path), reason=reason)

    def line(self, path: str) -> int:
        """Where `path` stands, or else the nearest thing around it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition(".")[0]
        return 1

    def languages(self, path: str, table: object) -> dict[Language, str]:
        """A table of language -> string."""
        if not isinstance(table, dict):
            self.refuse(path, f"“{path}” needs a text for each language")
        for key, text in table.items():
            if key not in set(Language):
                self.refuse(f"{path}.{key}", f"no language “{key}”")
            if not isinstance(text, str):
                self.refuse(f"{path}.{key}", f"“{key}” is not a text")
        return {Language(key): text for key, text in table.items()}


def read_scenario(folder: Path, changed: Mapping[str, str] = MappingProxyType({})) -> Scenario:
    """Read one scenario with all its texts; `changed` files instead of those on disk."""
    sources = {"scenario": _source(folder / "scenario.toml", changed)}
    for file in text_files():
        if (path := folder / f"{file}.toml").exists():
            sources[file] = _source(path, changed)
    read = (
        _scenario if any(f"{folder.name}/{file}.toml" in changed for file in sources) else _shipped
    )
    return read(folder.name, tuple(sources.items()))


def _scenario(name: str, sources: tuple[tuple[str, str], ...]) -> Scenario:
    """A scenario by the text of each of its files."""
    files = {file: _parse(f"{name}/{file}.toml", source) for file, source in sources}
    head = files["scenario"]
    for key in head.content:
        if key not in KNOWN_KEYS:
            head.refuse(
                key, f"“{key}” means nothing here; there are {', '.join(sorted(KNOWN_KEYS))}"
            )
    texts: dict[tuple[str, str], Mapping[Language, Text]] = {}
    for file, tables in text_files().items():
        if file in files:
            texts.update(_texts(file, tables, files[file]))
    only = head.content.get("only")
    return Scenario(
        name=name,
        titles=head.languages("title", head.content.get("title")),
        hazard=_hazard(head),
        channels=tuple(head.content.get("channels", ())),
        validity=_validity(head),
        values=tuple(_declarations(head)),
        only=_enum(head, "only", AlertClass) if only else None,
        is_follow_up=bool(head.content.get("follows", False)),
        pre_approved=_flag(head, "pre_approved"),
        alone_from=_alone_from(head),
        needs_expert=_needs_expert(head),
        personal=_flag(head, "personal"),
        keywords=head.languages("keywords", head.content.get("keywords", {})),
        texts=texts,
    )


_shipped = lru_cache(maxsize=MOST_SHIPPED)(_scenario)
"""Scenarios of the files on disk, which every trial of one changed file reads beside it."""


def _texts(
    kind: str, tables: Collection[str], file: _File
) -> Iterator[tuple[tuple[str, str], Mapping[Language, Text]]]:
    for table, content in file.content.items():
        if table not in tables:
            file.refuse(table, f"no part “{table}”; there are {', '.join(tables)}")
        yield (
            (kind, table),
            {
                language: Text(text, file.name, file.line(f"{table}.{language}"), table in ONE_LINE)
                for language, text in file.languages(table, content).items()
            },
        )


def _hazard(head: _File) -> Hazard:
    return Hazard(
        event=str(head.content.get("event") or head.refuse("event", "“event” is missing")),
        category=_enum(head, "category", Category),
        urgency=_enum(head, "urgency", Urgency),
        severity=_enum(head, "severity", Severity),
        certainty=_enum(head, "certainty", Certainty),
        response=_enum(head, "response", ResponseType),
    )


def _enum(file: _File, key: str, kind: type[Enum]) -> Enum:
    try:
        return kind(str(file.content.get(key)))
    except ValueError:
        file.refuse(key, f"“{key}” must be one of {', '.join(kind)}")


def _flag(head: _File, key: str) -> bool:
    found = head.content.get(key, False)
    return found if isinstance(found, bool) else head.refuse(key, f"“{key}” is true or false")


def _alone_from(head: _File) -> Level:
    if "alone_from" not in head.content:
        return Level.MUNICIPAL
    if not _flag(head, "pre_approved"):
        head.refuse("alone_from", "“alone_from” is for what is “pre_approved”")
    return _enum(head, "alone_from", Level)


def _needs_expert(head: _File) -> str:
    if "needs_expert" not in head.content:
        return ""
    found = head.content["needs_expert"]
    if not isinstance(found, str) or not found.strip():
        head.refuse("needs_expert", "“needs_expert” says what an expert must decide")
    if _flag(head, "pre_approved"):
        head.refuse("needs_expert", "what “needs_expert” is never “pre_approved”")
    return found.strip()


def _validity(head: _File) -> timedelta:
    written = re.fullmatch(r"(\d{1,3})([mhd])", str(head.content.get("validity")))
    if not written:
        head.refuse("validity", "“validity” must be like 90m, 4h or 2d")
    return timedelta(**{UNITS[written[2]]: int(written[1])})


def _declarations(head: _File) -> Iterator[Declaration]:
    """In one piece: each key of a declaration, with what is wrong with it."""
    for name, entry in head.content.get("values", {}).items():
        path = f"values.{name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            head.refuse(path, f"“{name}”: a placeholder is written in small letters, digits and _")
        if name in AUTOMATIC:
            head.refuse(path, f"“{name}” is filled in automatically and cannot be declared")
        if not isinstance(entry, dict) or entry.get("type") not in set(ValueKind):
            head.refuse(path, f"“{name}” needs a type: one of {', '.join(ValueKind)}")
        if surplus := set(entry) - DECLARED:
            head.refuse(path, f"“{', '.join(sorted(surplus))}” means nothing here")
        of_list = entry.get("list")
        if of_list is not None and (of_list not in CHOSEN_FROM or entry["type"] != ValueKind.TEXT):
            known = ", ".join(CHOSEN_FROM)
            head.refuse(path, f"“{name}”: “list” is for the type text, and one of {known}")
        tense = entry.get("tense")
        if tense is not None and (
            tense not in set(Tense) or entry["type"] not in (ValueKind.TIME, ValueKind.DATE)
        ):
            known = ", ".join(Tense)
            head.refuse(path, f"“{name}”: “tense” is for times and dates, and one of {known}")
        holds = entry.get("holds", Holds.WORDS)
        if holds not in set(Holds) or ("holds" in entry and entry["type"] != ValueKind.TEXT):
            known = ", ".join(Holds)
            head.refuse(path, f"“{name}”: “holds” is for the type text, and one of {known}")
        choices = entry.get("choices", {})
        if (entry["type"] == ValueKind.CHOICE and not choices) or (
            choices and entry["type"] not in (ValueKind.CHOICE, ValueKind.TEXT)
        ):
            head.refuse(path, f"“{name}”: choices belong to the types choice and text, only there")
        after = entry.get("after", {})
        if not isinstance(after, dict) or not all(
            key in choices and isinstance(events, list) and all(isinstance(e, str) for e in events)
            for key, events in after.items()
        ):
            head.refuse(path, f"“{name}”: “after” names events for keys of its choices")
        yield Declaration(
            name=name,
            kind=ValueKind(entry["type"]),
            required=bool(entry.get("required", True)) and not entry.get("default"),
            help=head.languages(f"{path}.help", entry.get("help", {})),
            sample=entry.get("sample", ""),
            tense=Tense(tense) if tense else None,
            list=AuthorityList(of_list) if of_list else None,
            holds=Holds(holds),
            default=entry.get("default", ""),
            after={key: frozenset(events) for key, events in after.items()},
            choices={
                key: head.languages(f"{path}.choices.{key}", words)
                for key, words in choices.items()
            },
        )


def _source(path: Path, changed: Mapping[str, str]) -> str:
    """The text of one file."""
    name = f"{path.parent.name}/{path.name}"
    own = changed.get(name)
    if (len(own.encode()) if own is not None else path.stat().st_size) > MAX_FILE_BYTES:
        raise BadTemplate(file=name, line=1, reason="the file is larger than 400 kB")
    try:
        return path.read_text(encoding="utf-8") if own is None else own
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadTemplate(file=name, line=line, reason="it is not UTF-8") from None


def _parse(name: str, source: str) -> _File:
    try:
        if LONG_KEY.search(source):  # the parser takes time with the square of the dots
            raise BadTemplate(file=name, line=1, reason="it is nested too deeply")
        content = tomllib.loads(source)
    except RecursionError:
        raise BadTemplate(file=name, line=1, reason="it is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+)", str(error))
        line = int(match[1]) if match else source.rstrip().count("\n") + 1
        raise BadTemplate(file=name, line=line, reason=str(error).partition(" (at")[0]) from None
    return _File(name, content, _lines(source))


def _lines(source: str) -> dict[str, int]:
    """Dotted path -> line, for every header and key; of a long text, its first line."""
    lines: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(source.split("\n"), start=1):
        if inside:
            inside = "" if inside in line else inside
        elif header := re.match(r"\A\s*\[([^\]]+)\]", line):
            table = header[1].strip()
            lines[table] = number
        elif entry := re.match(r"\A\s*([\w.\-]+)\s*=\s*('''|\"\"\")?(.*)", line):
            path = f"{table}.{entry[1]}" if table else entry[1]
            lines[path] = number + 1 if entry[2] and not entry[3].strip() else number
            inside = entry[2] if entry[2] and entry[2] not in entry[3] else ""
    return lines
