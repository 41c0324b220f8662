"""No text makes the checks run longer than in proportion to its length.

Counted are lines of Python: with the patterns, which `test_linear_patterns.py` looks at, they are
all a check does. Functions are found by what they take, so that a new one is looked at too.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any

import pytest

import alerting.checks
import alerting.checks.wording
import alerting.domain.text
from alerting.checks.check_input import CheckInput
from alerting.checks.run import run_checks
from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from alerting.domain.message import Message, max_chars
from alerting.domain.text.hidden import made_visible
from alerting.geo.gazetteer import Gazetteer
from alerting.services import place_names
from tests.checks.samples import NOW

KINDS = (
    "7", ".", "-", " ", "a", "A ", "@", "a.", "a-", "a@b.c ", "http://x.be ", "0 ", "12:30 ",
    "e\u0301", "\U0001f1e7\U0001f1ea", "⚠\ufe0f", "é", "\n- a", "Brussel ", "{a}", "[A]", "'", ": ",
    "+32 2 ", "1/2 ", "maandag ", "bel 1 ", "Aa1.-@ é\n",
)  # fmt: skip
MOST_GROWTH = 2.5
FEW = 400
"""Lines that say nothing about growth."""
Takes = Callable[[str], object]


def functions() -> Iterator[tuple[str, Takes]]:
    """Public ones that take a text, or a text and its language."""
    for package in (alerting.checks, alerting.checks.wording, alerting.domain.text):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, one in vars(module).items():
                if name.startswith("_") or getattr(one, "__module__", "") != found.name:
                    continue
                if not callable(one) or inspect.isclass(one):
                    continue
                match [it.annotation for it in inspect.signature(one).parameters.values()]:
                    case [first] if first is str:
                        yield f"{found.name}.{name}", one
                    case [first, second] if first is str and second is Language:
                        yield f"{found.name}.{name}", partial(_in_dutch, one)


def _in_dutch(act: Callable[[str, Language], object], text: str) -> object:
    return act(text, Language.NL)


PLACE_NAMES = place_names(Gazetteer())
FUNCTIONS = dict(functions())


def lines(act: Takes, text: str) -> int:
    """Lines of ours that are run."""
    count = 0

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        done = act(text)
        if isinstance(done, Iterator):
            for _ in done:
                pass
    finally:
        sys.settrace(before)
    return count


def of_length(kind: str, length: int) -> str:
    return (kind * length)[:length]


def reviewed(text: str) -> object:
    """All checks, of a short and of a long text, in two languages."""
    messages = tuple(
        Message(
            channel=channel,
            language=language,
            text=made_visible(f"{channel} {text}")[: max_chars(channel)],
            subject=made_visible(text)[:100].replace("\n", " "),
        )
        for channel in ("sms", "email", "bluesky")
        for language in (Language.FR, Language.NL)
    )
    place = dict.fromkeys(Language, ("Brussel", "aaa", "a a"))
    return run_checks(
        CheckInput(
            messages=messages,
            required=(Language.FR, Language.NL),
            alert_class=AlertClass.ALERT,
            now=NOW,
            expires_at=NOW + timedelta(hours=1),
            sources=place,
            hazards=place,
            places=(place, place),
            allowed_hosts=frozenset({"be-alert.be"}),
            known_places=PLACE_NAMES,
        )
    )


def test_no_function_that_reads_a_text_goes_unlooked_at() -> None:
    assert len(FUNCTIONS) > 15
    assert {"alerting.domain.text.links.links_in", "alerting.checks.facts.facts_in"} <= {*FUNCTIONS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_works_in_proportion_to_the_text(name: str) -> None:
    for kind in KINDS:
        short, long = (lines(FUNCTIONS[name], of_length(kind, n)) for n in (600, 1200))
        assert long < FEW or long <= MOST_GROWTH * short, (kind, short, long)


@pytest.mark.parametrize("kind", KINDS)
def test_all_checks_together_work_in_proportion_to_the_text(kind: str) -> None:
    short, long = (lines(reviewed, of_length(kind, n)) for n in (1000, 2000))
    assert long <= MOST_GROWTH * short, (short, long)


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_text_there_can_be_is_read(kind: str) -> None:
    text = of_length(kind, 20_000)
    for act in (*FUNCTIONS.values(), reviewed):
        done = act(text)
        assert not isinstance(done, Iterator) or list(done) is not None


def test_what_grows_with_the_square_is_found() -> None:
    def square(text: str) -> object:
        return [one for n in range(len(text)) for one in range(n)]

    assert lines(square, "a" * 200) > 0
    short, long = (lines(lambda text: [names_in(text) for _ in text], "a" * n) for n in (50, 100))
    assert long > MOST_GROWTH * short


def names_in(text: str) -> int:
    count = 0
    for _ in text:
        count += 1
    return count
