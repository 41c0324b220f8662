"""The form of a release: its fields in each language, read from what was typed and written back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerting.actions.press.writing import UNCHANGED, ReleaseChanges
from alerting.domain.belgian_time import Which, instant, local
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.press.release import (
    MAX_CHARS,
    MAX_KEY_FIGURES,
    MAX_PART_CHARS,
    MAX_QUOTES,
    KeyFigure,
    Quote,
    Release,
    ReleaseText,
)
from alerting.domain.text.i18n import msgid

BAD_TIME = msgid("“{time}” is not a date and time: use the form 2027-01-12T11:00")
PLAIN = tuple(MAX_CHARS)
PARTS = {"quote": "quotes", "fact": "facts"}
"""How names of fields call what a text has several of."""
FIELDS_AT_MOST = 400
"""Four languages with every quote and figure are fewer."""
Typed = Mapping[str, str]


def typed_in(form: Mapping[str, Any]) -> dict[str, str]:
    """The words of a form, with the line ends of ours; files are none."""
    return {
        name: value.replace("\r\n", "\n")[: MAX_CHARS["body"] + 1]
        for name, value in form.items()
        if isinstance(value, str)
    }


def form_of(release: Release) -> dict[str, str]:
    """The fields of the form as a release fills them."""
    found = {
        "revision": str(release.revision),
        "topics": ", ".join(release.topics),
        "embargo": f"{local(release.embargo_until):%Y-%m-%dT%H:%M}"
        if release.embargo_until
        else "",
        "which": "",
    }
    for language in release.languages:
        text = release.text(language)
        found |= {f"{language}.{name}": getattr(text, name) for name in PLAIN}
        for index, quote in enumerate(text.quotes):
            found |= {
                f"{language}.quote.{index}.text": quote.text,
                f"{language}.quote.{index}.speaker": quote.speaker,
                f"{language}.quote.{index}.function": quote.function,
            }
        for index, figure in enumerate(text.facts):
            found |= {
                f"{language}.fact.{index}.label": figure.label,
                f"{language}.fact.{index}.value": figure.value,
            }
        found[f"{language}.changed"] = release.changed.get(language, "")
    return found


def rows(typed: Typed, release: Release) -> tuple[int, int]:
    """How many rows of quotes and of figures the form shows: those filled, and an empty one."""
    return (
        min(_filled(typed, release, "quote", MAX_QUOTES) + 1, MAX_QUOTES),
        min(_filled(typed, release, "fact", MAX_KEY_FIGURES) + 1, MAX_KEY_FIGURES),
    )


def _filled(typed: Typed, release: Release, part: str, most: int) -> int:
    """Up to the last row in which some language has a word."""
    return max(
        (
            index + 1
            for index in range(most)
            for language in release.languages
            if any(
                value.strip()
                for name, value in typed.items()
                if name.startswith(f"{language}.{part}.{index}.")
            )
        ),
        default=0,
    )


def changes_of(typed: Typed, release: Release) -> ReleaseChanges:
    """What was typed, where it is not what the form showed when it was opened.

    `was.<field>` is what it showed. BadRequest for a time that cannot be.
    """
    until: Any = UNCHANGED
    if (typed.get("embargo"), typed.get("which")) != (typed.get("was.embargo"), ""):
        until = _moment(typed.get("embargo", ""), typed.get("which", ""))
    return ReleaseChanges(
        revision=int(typed["revision"]) if typed.get("revision", "").isdecimal() else 0,
        texts={
            language: found
            for language in release.languages
            if (found := _differences(typed, language))
        },
        topics=UNCHANGED
        if typed.get("topics") == typed.get("was.topics")
        else [part for part in typed.get("topics", "").split(",") if part.strip()],
        embargo_until=until,
        changed={
            language: typed[name]
            for language in release.languages
            if (name := f"{language}.changed") in typed and typed[name] != typed.get(f"was.{name}")
        },
    )


def _was(typed: Typed) -> Typed:
    return {
        name.removeprefix("was."): value for name, value in typed.items() if name.startswith("was.")
    }


def _differences(typed: Typed, language: Language) -> dict[str, Any]:
    """Fields of one language that are not what the form showed; those it did not have are not."""
    now, before = _text(typed, language), _text(_was(typed), language)
    there = {name.split(".")[1] for name in typed if name.startswith(f"{language}.")}
    names = (*PLAIN, *(field for part, field in PARTS.items() if part in there))
    return {
        name: getattr(now, name)
        for name in names
        if (name in there or name in PARTS.values()) and getattr(now, name) != getattr(before, name)
    }


def _text(typed: Typed, language: Language) -> ReleaseText:
    quotes = []
    for index in range(MAX_QUOTES):
        text, speaker, function = (
            _part(typed, f"{language}.quote.{index}.{name}")
            for name in ("text", "speaker", "function")
        )
        if text or speaker:
            quotes.append(Quote(text=text, speaker=speaker, function=function))
    figures = []
    for index in range(MAX_KEY_FIGURES):
        label, value = (
            _part(typed, f"{language}.fact.{index}.{name}") for name in ("label", "value")
        )
        if label or value:
            figures.append(KeyFigure(label=label, value=value))
    return ReleaseText(
        **{name: typed.get(f"{language}.{name}", "").strip() for name in PLAIN},
        quotes=tuple(quotes),
        facts=tuple(figures),
    )


def _part(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()[: MAX_PART_CHARS + 1]


def _moment(text: str, which: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRequest(BAD_TIME, time=text[:40]) from None
    return instant(typed, Which(which) if which in set(Which) else None)
