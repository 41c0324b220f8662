"""Nothing leaves with a character in it that its reader cannot see.

What was rendered is looked at, however it came together: typed, quoted in a template, decoded from
an entity, put in by a name or a list. A subject is one line, so that it ends no header.
"""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.compose.jinja import Text
from alerting.domain.errors import BadTemplate, HiddenCharacter
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.hidden import hidden, made_visible
from tests.compose.samples import COMPOSER, draft
from tests.compose.test_refused_templates import SPEECH
from tests.make import everywhere

HIDDEN = (
    "\u202e", "\u202d", "\u2066", "\u200e", "\u061c",  # another direction
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e",  # no width
    "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u17b4", "\ufffc",  # drawn as nothing
    "\x00", "\x07", "\x1b", "\x7f", "\x85", "\r", "\t", "\x0b", "\u2028", "\u2029",  # controls
    "\ue000", "\U000f0000", "\ufdd0", "\u0378", "\ud83d",  # private, unassigned, half
    "\U000e0041", "\U000e0100", "\U0001d159",  # tags and more selectors
    "\u0336", "\u20dd", "\u0338", "\u20e0", "e\u0301\u0301\u0301\u0301",  # over letters
    "a\ufe0f", "a\ufe0e", "\ufe01", "1\ufe0f",  # selectors of nothing
)  # fmt: skip
SEEN = (
    "Liège, 14 h 05\u00a0: «\u202ffermez\u202f»", "ça, Ärger, Μ, да, 中", "e\u0301",
    "1\ufe0f\u20e3", "⚠\ufe0f", "❤\ufe0f", "☎\ufe0e", "\U0001f1e7\U0001f1ea", "a\nb", "\u3000",
    "½ ² € ‰ …", "=\u0338", "e\u0302\u0301", "\u05e9\u05c1\u05b8", "o\u031b\u0323",
)  # fmt: skip


def saying(text: str = "x", **more: str) -> Message:
    return Message(channel="email", language=Language.FR, text=text, **more)


@pytest.mark.parametrize("letter", HIDDEN, ids=ascii)
def test_no_part_of_a_message_holds_it(letter: str) -> None:
    for parts in (
        {"text": f"a{letter}b"},
        {"text": letter},
        {"subject": f"a{letter}b"},
        {"html": f"<p>a{letter}b</p>"},
    ):
        with pytest.raises(HiddenCharacter):
            saying(**parts)


@pytest.mark.parametrize("entity", ["&#8238;", "&#x202e;", "&#X200B;", "&rlm;", "&zwj;", "&shy;"])
def test_no_entity_of_a_letter_stands_for_it(entity: str) -> None:
    with pytest.raises(HiddenCharacter):
        saying(html=f"<p>a{entity}b</p>")


@pytest.mark.parametrize("text", SEEN)
def test_nothing_that_can_be_seen_is_refused(text: str) -> None:
    assert saying(text, html=f"<p>{html.escape(text)}</p>").text == text
    assert made_visible(text) == text


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_no_subject_ends_a_header(ending: str) -> None:
    with pytest.raises(HiddenCharacter):
        saying(subject=f"Alerte{ending}Bcc: everyone@example.org")


@pytest.mark.parametrize(
    "source",
    [
        r'{{ "\u202e" }}',
        r'{{ "\x00" }}',
        r'{{ "\r\nBcc: x" }}',
        r"{{ '\N{ZERO WIDTH SPACE}' }}",
        r'{% if area == "\n" %}x{% endif %}',
        r'{{ area|plural(one="\u200b", other="x") }}',
        r'{{ "a" if area else "\x07" }}',
    ],
)
def test_no_template_quotes_an_escape(source: str) -> None:
    with pytest.raises(BadTemplate, match="backslash"):
        Text(source, "f", 1).render(SPEECH, {"area": "Liège", "n": 1})


@given(st.text(max_size=30))
def test_whatever_a_text_quotes_is_seen_or_refused(words: str) -> None:
    source = "{{ " + repr(words) + " }}"
    try:
        rendered = Text(source, "f", 1).render(SPEECH, {})
    except BadTemplate:
        return
    assert not list(hidden(rendered))


@given(st.text(max_size=60))
def test_a_message_is_refused_exactly_where_something_is_hidden(words: str) -> None:
    try:
        saying(words)
    except HiddenCharacter:
        assert list(hidden(words))
        assert not list(hidden(made_visible(words)))
    else:
        assert made_visible(words) == words


@pytest.mark.parametrize("letter", ["\u202e", "\u200b", "\u3164"])
async def test_a_value_that_came_past_its_own_check_is_found_in_what_was_rendered(
    letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerting.compose.values.hidden", lambda _: iter(()))
    typed = {**draft("chem_shelter").values, "substance": everywhere(f"chl{letter}ore")}
    order = draft("chem_shelter", values=typed, channels=("sms", "email"))
    with pytest.raises(HiddenCharacter):
        await COMPOSER.compose(order)
