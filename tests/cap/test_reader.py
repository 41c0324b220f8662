"""Whatever anybody sends is read as a message or refused; nothing in it is fetched or expanded."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from alerting.cap.reader import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse, to_message
from alerting.cap.writer import NAMESPACE, to_bytes, to_tree, written_moment
from alerting.domain.errors import BadRequest
from tests.cap.made import full_message
from tests.compose.samples import NOW

HEAD = f'<alert xmlns="{NAMESPACE}">'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(9))


def test_what_was_written_is_read_again() -> None:
    message = full_message()
    assert to_message(parse(to_bytes(to_tree(message)))) == message


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_any_words_come_through(words: str) -> None:
    (info, *_) = full_message().infos
    message = replace(full_message(), infos=(replace(info, description=words),))
    read = to_message(parse(to_bytes(to_tree(message))))
    assert read.infos[0].description == words.strip()


def test_times_have_whole_seconds_and_a_numeric_offset() -> None:
    assert written_moment(NOW.replace(microsecond=999_999)) == "2026-11-23T13:05:00-00:00"
    assert NOW.tzinfo is UTC


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(f"<!DOCTYPE alert>{HEAD}</alert>", id="a document type"),
        pytest.param(
            f'<!DOCTYPE alert [<!ENTITY e SYSTEM "file:///etc/passwd">]>{HEAD}&e;</alert>',
            id="a file of the machine",
        ),
        pytest.param(
            f'<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">{HEAD}</alert>',
            id="something from the network",
        ),
        pytest.param(f"<!DOCTYPE alert [{LAUGHS}]>{HEAD}&l8;</alert>", id="an entity that grows"),
        pytest.param(f"{HEAD}&nbsp;</alert>", id="an entity of nobody"),
        pytest.param(HEAD, id="half a document"),
        pytest.param("", id="nothing"),
        pytest.param("{}", id="no XML"),
        pytest.param("<alert/>", id="no namespace"),
        pytest.param('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1"/>', id="CAP 1.1"),
        pytest.param(f"{HEAD}{'<a>' * MAX_DEPTH}{'</a>' * MAX_DEPTH}</alert>", id="too deep"),
        pytest.param(f"{HEAD}{'<a/>' * MAX_ELEMENTS}</alert>", id="too many elements"),
        pytest.param(f"{HEAD}{' ' * MAX_BYTES}</alert>", id="too large"),
    ],
)
def test_what_is_hostile_or_no_message_is_refused(data: str) -> None:
    with pytest.raises(BadRequest):
        parse(data.encode())


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    for one in (data, HEAD.encode() + data + b"</alert>"):
        try:
            parse(one)
        except BadRequest:
            continue


def test_references_that_name_nothing_are_told() -> None:
    text = to_bytes(to_tree(full_message())).decode()
    wrong = text.replace("<references>", "<references>one two,three,yesterday ")
    read = to_message(parse(wrong.encode()))
    assert read.unreadable_references == ("one", "two,three,yesterday")
    assert read.references == full_message().references


def test_a_comment_ends_no_text() -> None:
    text = to_bytes(to_tree(full_message())).replace(b"description un", b"description<!-- x --> un")
    assert to_message(parse(text)).infos[0].description == "description un"
    assert isinstance(parse(text), etree._Element)
