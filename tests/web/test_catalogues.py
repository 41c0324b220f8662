"""Every word of the interface is in the catalogues, in every language, with its fields intact."""

import ast
import re
import string
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid_in
from alerting.i18n import LOCALES, translator_for

ROOT = LOCALES.parent
HOW = "see locales/README.md for the command that collects words"
TRANSLATED = [language for language in Language if language is not Language.EN]
Id = str | tuple[str, ...]
FRENCH_SPACE = re.compile(r"[^\s\u00a0\u202f?!:;][:;?!](?=\s|$)|« | »")


@cache
def marked() -> frozenset[Id]:
    """What the code and the templates mark, as `pybabel extract` finds it."""
    folder = LOCALES / "babel.toml"
    with folder.open("rb") as source:
        mappings = tomllib.load(source)["mappings"]
    methods, options = [], {}
    for mapping in mappings:
        method = mapping.pop("method")
        patterns = mapping.pop("pattern")
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            methods.append((pattern, method))
            options[pattern] = mapping
    found = extract_from_dir(
        ROOT,
        method_map=methods,
        options_map=options,
        keywords={**DEFAULT_KEYWORDS, "msgid": None, "msgid_in": ((1, "c"), 2)},
        directory_filter=lambda path: Path(path).name in wanted(methods, Path(path)),
    )
    return frozenset(_id(message, context) for _, _, message, _, context in found if message)


def wanted(methods: list[tuple[str, str]], folder: Path) -> set[str]:
    """Only the folders that a mapping names: not the tests, not an environment."""
    tops = {pattern.partition("/")[0] for pattern, _ in methods}
    inside = folder.relative_to(ROOT).parts[0] if folder != ROOT else ""
    return {folder.name} if inside in tops else set()


def _id(message: Id | list[str], context: str | None = None) -> Id:
    if not isinstance(message, str):
        return tuple(message)
    return msgid_in(context, message) if context else message


@cache
def catalogue(language: Language) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "alerting.po").open("rb") as source:
        return read_po(source, locale=language.value)


def entries(language: Language) -> dict[Id, Message]:
    return {_id(one.id, one.context): one for one in catalogue(language) if one.id}


def texts(entry: Message) -> tuple[str, ...]:
    """Every form of a translation."""
    found = entry.string or ""
    return (found,) if isinstance(found, str) else tuple(found)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_words_to_look_at() -> None:
    assert "Alerts" in marked()
    assert "provider not reachable" in marked()
    assert ("{n} segment", "{n} segments") in marked()


def test_the_columns_of_a_commands_table_are_marked() -> None:
    """`Table` is given what is translated, or nothing: its words are no argument of its own."""
    tables = [
        (path.name, node)
        for path in (ROOT / "alerting" / "cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Table", "table_of"}
    ]
    bare = {
        (file, one.value)
        for file, node in tables
        for one in node.args
        if isinstance(one, ast.Constant) and one.value
    }
    assert len(tables) > 10
    assert bare == set()


def test_the_template_holds_exactly_the_words_that_are_marked() -> None:
    with (LOCALES / "alerting.pot").open("rb") as source:
        collected = {_id(one.id, one.context) for one in read_po(source) if one.id}
    assert collected == marked(), HOW


@pytest.mark.parametrize("language", list(Language))
def test_a_catalogue_holds_exactly_the_words_that_are_marked(language: Language) -> None:
    assert entries(language).keys() == marked(), HOW


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_untranslated_or_doubtful(language: Language) -> None:
    open_ones = [
        identity
        for identity, entry in entries(language).items()
        if entry.fuzzy or not all(texts(entry))
    ]
    assert not open_ones, f"translate these into {language}"


@pytest.mark.parametrize("language", list(Language))
def test_a_translation_keeps_the_fields_of_its_message(language: Language) -> None:
    for identity, entry in entries(language).items():
        needed = fields(identity if isinstance(identity, str) else identity[-1])
        for text in texts(entry):
            assert not text or fields(text) == needed, f"{identity!r} in {language}"


@pytest.mark.parametrize("language", list(Language))
def test_a_plural_has_the_forms_its_language_needs(language: Language) -> None:
    for identity, entry in entries(language).items():
        if isinstance(identity, tuple):
            assert len(texts(entry)) == catalogue(language).num_plurals, identity


@pytest.mark.parametrize(
    ("language", "none", "one", "two"),
    [
        pytest.param(Language.FR, "commune", "commune", "communes", id="fr: none is one"),
        pytest.param(Language.NL, "gemeenten", "gemeente", "gemeenten", id="nl: none is many"),
        pytest.param(Language.DE, "Gemeinden", "Gemeinde", "Gemeinden", id="de: none is many"),
        pytest.param(Language.EN, "municipalities", "municipality", "municipalities", id="en"),
    ],
)
def test_numbers_choose_their_form(language: Language, none: str, one: str, two: str) -> None:
    form = translator_for(language).ngettext
    for n, noun in ((0, none), (1, one), (2, two), (1_000_000, two)):
        assert form("{n} municipality", "{n} municipalities", n) == f"{{n}} {noun}"


def test_french_keeps_its_signs_from_breaking_away() -> None:
    for identity, entry in entries(Language.FR).items():
        for text in texts(entry):
            assert not FRENCH_SPACE.search(text), f"{identity!r}: a no-break space is missing"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_message_does(language: Language) -> None:
    for identity, entry in entries(language).items():
        english = identity if isinstance(identity, str) else identity[-1]
        for text in texts(entry):
            for sign in ".?…:":
                assert not text or text.endswith(sign) == english.endswith(sign), identity


@pytest.mark.parametrize(
    ("language", "before"), [(Language.FR, "\u00a0"), (Language.NL, ""), (Language.DE, "\u00a0")]
)
def test_per_cent_stands_where_its_language_wants_it(language: Language, before: str) -> None:
    """Dutch closes it up (taaladvies.net); French and German keep it on the line of its number."""
    shares = [text for one in entries(language).values() for text in texts(one) if " %" in text]
    assert shares == []
    found = [
        re.findall(r"[\d}]([^\d}]?)%", text)
        for one in entries(language).values()
        for text in texts(one)
    ]
    assert {sign for signs in found for sign in signs} == {before}


def test_french_apostrophes_are_typographic() -> None:
    for identity, entry in entries(Language.FR).items():
        for text in texts(entry):
            assert not re.search(r"\w'\w", text), identity
