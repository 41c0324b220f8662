"""An e-mail can be read by everyone: without images, by ear, and with nothing fetched or hidden."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.compose.formatting import Formatter
from alerting.compose.html import ALL_CLEAR, COLOURS, page
from alerting.compose.jinja import Text
from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests.compose.samples import COMPOSER, DE, EN, FR, LIBRARY, NL, NOW, PLACES, draft, samples

HEADERS = {
    FR: ("COMMUNIQUÉ DE PRESSE", "Diffusion immédiate", "Liège, 23 novembre 2026, 14h05"),
    NL: ("PERSBERICHT", "Voor onmiddellijke publicatie", "Luik, 23 november 2026, 14.05 uur"),
    DE: ("PRESSEMITTEILUNG", "Zur sofortigen Veröffentlichung", "Lüttich, 23. November 2026, "),
    EN: ("PRESS RELEASE", "For immediate release", "Liège, 23 November 2026, 14:05"),
}
SPEECH = Formatter(FR, NOW.date(), PLACES, markdown=True)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def letters(scenario: str, channel: str, language: Language = FR) -> Message:
    chosen = draft(scenario, channels=(channel,), languages=(language,))
    (letter,) = await COMPOSER.compose(chosen)
    return letter.filled(NOW)


@pytest.mark.parametrize("channel", ["email", "press"])
@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_an_email_fetches_nothing_and_follows_nobody(scenario: str, channel: str) -> None:
    letter = await letters(scenario, channel)
    tags = Tags(letter.html).found
    assert not {tag for tag, _ in tags} & {"img", "link", "script", "iframe", "form", "object"}
    assert not any("src" in attributes or "background" in attributes for _, attributes in tags)
    assert not re.search(r"url\(|@import", letter.html)
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert links <= {"https://alerts.example.org"}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("channel", ["email", "press"])
async def test_an_email_says_its_language_and_has_one_heading(
    channel: str, language: Language
) -> None:
    letter = await letters("flood_evacuate", channel, language)
    tags = Tags(letter.html).found
    assert ("html", language.value) in [(tag, at.get("lang")) for tag, at in tags]
    assert [tag for tag, _ in tags].count("h1") == 1
    assert all(at.get("role") == "presentation" for tag, at in tags if tag == "table")
    assert len([tag for tag, _ in tags if tag == "li"]) == 5


async def test_instructions_are_a_numbered_list_styled_where_it_stands() -> None:
    letter = await letters("flood_evacuate", "email")
    assert '<ol style="' in letter.html
    assert "\n1. Prenez vos médicaments" in letter.text


@pytest.mark.parametrize(
    ("scenario", "colour"),
    [
        ("flood_evacuate", COLOURS[LIBRARY.scenario("flood_evacuate").hazard.severity]),
        ("event_disruption", COLOURS[LIBRARY.scenario("event_disruption").hazard.severity]),
        ("all_clear", ALL_CLEAR),
    ],
)
async def test_the_banner_has_the_colour_of_the_severity(scenario: str, colour: str) -> None:
    assert colour in (await letters(scenario, "email")).html


@pytest.mark.parametrize("colour", [*COLOURS.values(), ALL_CLEAR])
def test_white_words_on_a_banner_have_enough_contrast(colour: str) -> None:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize("language", Language)
async def test_a_press_release_has_the_parts_newsrooms_expect(language: Language) -> None:
    release = await letters("chem_shelter", "press", language)
    header, immediate, dateline = HEADERS[language]
    paragraphs = release.text.split("\n\n")
    assert paragraphs[0] == f"{header}\n{immediate}"
    assert paragraphs[1].startswith(dateline)
    assert release.subject.endswith(paragraphs[2])
    assert len(paragraphs[3].split()) >= 35
    assert "04 222 00 00" in paragraphs[-2]
    assert paragraphs[-1] == "###"
    for part in (header, immediate, "04 222 00 00", "###"):
        assert part in release.html


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("<img src=x onerror=alert(1)>", id="an image"),
        pytest.param("[ici](https://evil.example)", id="a Markdown link"),
        pytest.param("![](https://evil.example/pixel.png)", id="a Markdown image"),
        pytest.param("<https://evil.example>", id="an autolink"),
        pytest.param("**gras** _x_ `y`", id="emphasis"),
        pytest.param("# Titre", id="a heading"),
        pytest.param("&lt;b&gt;", id="an entity"),
    ],
)
async def test_a_typed_detail_is_shown_as_it_was_typed(typed: str) -> None:
    values = {**samples("chem_shelter"), "location": typed}
    chosen = draft(values=values, channels=("email", "press", "web"), languages=(FR,))
    for message in await COMPOSER.compose(chosen):
        tags = [tag for tag, _ in Tags(message.html).found]
        assert not {"script", "img", "em", "code", "b"} & set(tags)
        hrefs = [at.get("href") for tag, at in Tags(message.html).found if tag == "a"]
        assert set(hrefs) <= {"https://alerts.example.org"}
        assert typed in message.text


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=60))
def test_no_value_becomes_markup(value: str) -> None:
    words = Text("Lieu : {{ x }} fin", "f", 1).render(SPEECH, {"x": value})
    assert {tag for tag, _ in Tags(page(words)).found} <= {"p"}


def test_html_in_a_template_is_shown_and_not_obeyed() -> None:
    assert "&lt;b&gt;" in page("<b>gras</b> [x](javascript:alert)")
    assert {tag for tag, _ in Tags(page("<b>gras</b> **gras**")).found} == {"p", "strong"}


async def test_a_marked_email_shows_its_mark_above_and_below() -> None:
    chosen = draft(channels=("email",), languages=(DE,), alert_class=AlertClass.EXERCISE)
    (letter,) = await COMPOSER.compose(chosen)
    body = letter.html.partition("<body")[2]
    assert body.count("ÜBUNG") >= 3
    assert letter.subject == f"ÜBUNG: {letter.subject[7:-6]} ÜBUNG"
