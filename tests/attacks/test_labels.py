"""What people type about an act or a person is one visible line, wherever it is typed."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from alerting import actions
from alerting.actions.accounts.invitations import Invitation
from alerting.actions.change_requests import Details
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.reason import label_of, label_shown, reason_of
from alerting.domain.text.look_alikes import skeleton

for _module in pkgutil.walk_packages(actions.__path__, "alerting.actions."):
    importlib.import_module(_module.name)

HIDDEN = ["a\u202eb", "a\u200bb", "a\x00b", "a\u2066b", "a\u3164b", "a\ufeffb"]
FREE = {"reason", "note", "title", "label", "full_name"}
RULES = {"reason_of", "reason_of_approval", "label_of", "label_shown"}
HELPERS = {"record_override", "require_unblocked", "save_draft", "feed"}
"""Their callers have looked at what they are given."""


def takes_free_words() -> Iterator[tuple[str, bool]]:
    """Every public act that takes free words, and whether it brings them under the rule."""
    for path in sorted(Path(actions.__path__[0]).rglob("*.py")):
        for one in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(one, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            given = (*one.args.args, *one.args.kwonlyargs)
            free = any(
                arg.arg in FREE and arg.annotation and ast.unparse(arg.annotation) == "str"
                for arg in given
            )
            if free and not one.name.startswith("_"):
                called = {
                    call.func.id
                    for call in ast.walk(one)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                yield f"{path.stem}.{one.name}", bool(called & RULES)


def test_every_act_that_takes_free_words_brings_them_under_the_rule() -> None:
    found = dict(takes_free_words())
    assert len(found) > 10
    loose = {name for name, ruled in found.items() if not ruled}
    assert {name.partition(".")[2] for name in loose} <= HELPERS | {
        "require_ready",
        "reason_of_approval",
    }


@pytest.mark.parametrize("model", Details.__subclasses__(), ids=lambda one: one.__name__)
@pytest.mark.parametrize("text", HIDDEN)
def test_no_request_for_two_people_hides_a_character(model: type[Details], text: str) -> None:
    for name in model.model_fields:
        for value in (text, [text], {"fr": text}, {"town": {"fr": text}}, {text: "x"}):
            with pytest.raises(ValidationError, match="invisible characters"):
                model.model_validate({name: value})


@pytest.mark.parametrize("text", HIDDEN)
def test_a_reason_hides_nothing(text: str) -> None:
    with pytest.raises(BadRequest):
        reason_of(text)
    assert "\ufffd" in label_shown(text)


def test_a_reason_is_one_line() -> None:
    assert label_of(" one\r\ntwo\u2028three\u00a0! ") == "one two three\u00a0!"


@pytest.mark.parametrize(
    "full_name",
    [*HIDDEN, "Jo https://evil.example", "evil.example", "Call 0470 12 34 56", "J0ris", "x" * 81],
)
def test_the_name_of_a_person_holds_no_link_and_no_number(full_name: str) -> None:
    with pytest.raises(BadRequest):
        invited(full_name).checked()


@pytest.mark.parametrize("full_name", ["", "Anne-Sophie D’Hondt", "Ján  de  Vries"])
def test_ordinary_names_of_people_pass(full_name: str) -> None:
    assert invited(full_name).checked().full_name == " ".join(full_name.split())


def invited(full_name: str) -> Invitation:
    return Invitation(
        name="jo",
        email="jo@example.be",
        full_name=full_name,
        language=Language.FR,
        role=Role.AUDITOR,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("claire", "daire"), ("c1aire", "daire"), ("marnix", "mamix"), ("vvim", "wim"),
     ("j0ris", "joris"), ("a1ix", "alix"), ("5am", "sam"), ("8ob", "bob"), ("2oe", "zoe")],
)  # fmt: skip
def test_names_that_read_alike_are_one(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
