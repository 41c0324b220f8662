"""Our schema says what the standard's own does: of every message, right or wrong.

The official file is not ours to ship: where the data for tests is not beside the project, what
compares both is skipped, and what each element must be is held against the standard's tables.
"""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from alerting.cap.reader import parse
from alerting.cap.schema import schema_errors
from alerting.cap.writer import NAMESPACE, to_tree
from alerting.domain.errors import BadRequest
from tests.cap.made import full_message

OFFICIAL = next(
    (one for up in ("..", "../..") if (one := Path(up, "shared/data/cap/CAP-v1.2.xsd")).is_file()),
    None,
)
beside_official = pytest.mark.skipif(
    OFFICIAL is None, reason="the official schema and samples are not beside the project"
)
SAMPLES = sorted(OFFICIAL.parent.glob("samples/*")) if OFFICIAL else []
STRANGE = ("", "Strange", "2026-11-23T14:05:00Z", "2026-11-23T14:05:00.5+01:00", "1 2", "-3.5")


def changed(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The message with one thing changed, each thing in turn."""
    for n, element in enumerate(root.iter()):
        name = etree.QName(element).localname
        for change in ("removed", "twice", "moved up", "renamed", *map(repr, STRANGE)):
            copy = deepcopy(root)
            one = list(copy.iter())[n]
            parent = one.getparent()
            if change == "renamed":
                one.tag = f"{{{NAMESPACE}}}{name}x"
            elif change in map(repr, STRANGE):
                if len(one):
                    continue
                one.text = next(text for text in STRANGE if repr(text) == change)
            elif parent is None:
                continue
            elif change == "removed":
                parent.remove(one)
            elif change == "twice":
                parent.insert(parent.index(one), deepcopy(one))
            elif change == "moved up":
                at = parent.index(one)
                if at == 0:
                    continue
                parent.insert(at - 1, one)
            yield f"{n} {name} {change}", copy


def test_a_message_with_every_element_is_right() -> None:
    assert schema_errors(to_tree(full_message())) == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("identifier", id="which message"),
        pytest.param("sender", id="who sends"),
        pytest.param("sent", id="when"),
        pytest.param("status", id="what for"),
        pytest.param("msgType", id="what it does"),
        pytest.param("scope", id="for whom"),
        pytest.param("info/category", id="category"),
        pytest.param("info/event", id="event"),
        pytest.param("info/urgency", id="urgency"),
        pytest.param("info/severity", id="severity"),
        pytest.param("info/certainty", id="certainty"),
        pytest.param("info/area/areaDesc", id="name of the area"),
        pytest.param("info/resource/mimeType", id="kind of file"),
        pytest.param("info/parameter/value", id="value of a parameter"),
    ],
)
def test_what_the_standard_requires_must_be_there(name: str) -> None:
    root = to_tree(full_message())
    for one in root.findall("/".join(f"{{{NAMESPACE}}}{part}" for part in name.split("/"))):
        one.getparent().remove(one)
    assert schema_errors(root) != []


def test_an_error_says_the_line_and_what_is_wrong() -> None:
    text = etree.tostring(to_tree(full_message())).replace(b"Immediate", b"Soon")
    (error, *_) = schema_errors(parse(text))
    assert error.line == 1
    assert "Soon" in error.says


@beside_official
def test_both_schemas_judge_every_change_alike() -> None:
    official = etree.XMLSchema(etree.parse(OFFICIAL))
    seen = {True: 0, False: 0}
    for change, root in changed(to_tree(full_message())):
        right = official.validate(root)
        assert (schema_errors(root) == []) is right, change
        seen[right] += 1
    assert min(seen.values()) > 100  # right and wrong ones


@beside_official
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_both_schemas_judge_messages_of_others_alike(sample: Path) -> None:
    official = etree.XMLSchema(etree.parse(OFFICIAL))
    try:
        root = parse(sample.read_bytes())
    except BadRequest:
        with pytest.raises((etree.XMLSyntaxError, etree.DocumentInvalid)):
            official.assertValid(etree.parse(sample))
        return
    assert (schema_errors(root) == []) is official.validate(root)
