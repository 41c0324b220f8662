"""An article left before what is filled in: “the {{ site }}”, “River: the Vesdre”, “(die Weser)”.

A detail is put in as it was typed and cannot be inflected: an article before it is wrong for the
next one (“le Vesdre”, “de le Roeulx”), and an article typed with it is wrong after a label.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from alerting.checks.check_input import CheckInput, fields
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import DE, EN, FR, NL, flat, pattern
from alerting.domain.language import Language
from alerting.domain.message import Message

ARTICLES: Mapping[Language, str] = {
    # “de” and “à” merge with the article of a name (du Roeulx) or lose a letter (d'Eupen).
    FR: r"le |la |les |l'|une? |du |de la |de l'|de |des |d'|au |à la |à l'|aux |à ",
    NL: r"de |het |een |'t ",
    DE: r"der |die |das |den |dem |des |eine?[mnrs]? |im |am |zum |zur |vom |beim |ins ",
    EN: r"the |an? ",
}
NOUN_ARTICLES: Mapping[Language, str] = {
    FR: r"le |la |les |l'|une? ",
    NL: r"de |het |een |'t ",
    DE: r"der |die |das |den |dem |des |eine?[mnrs]? ",
    EN: r"the |an? ",
}
"""Articles without prepositions, as one is typed before a name."""
LABELS: Mapping[Language, str] = {
    FR: r"rivière|cours d'eau|fleuve|lieu|site|zone|commune|produit|substance|maladie|événement",
    NL: r"rivier|waterloop|plaats|site|zone|gemeente|stof|product|ziekte|evenement",
    DE: r"gewässer|fluss|ort|gelände|gebiet|gemeinde|stoff|produkt|krankheit|ereignis"
    r"|veranstaltung",
    EN: r"river|watercourse|place|site|area|municipality|product|substance|disease|event",
}
"""Labels that a bare name follows; others may be followed by a sentence (“New: the area is …”)."""

_NOUN_FOLLOWS = (
    r"(?! (?!(?:is|are|was|were|has|have|will|may|can|must|at|in|near|and|or|to|on|for|from|of"
    r"|until|by|with|now|before|after)\b)[a-z])"
)
"""In “the {{ app }} app” the English article is the noun's."""
_BEFORE_PLACEHOLDER = {
    language: pattern(
        rf"(?<![\w'])(?:{source})\{{\{{-? ?(?P<name>\w+) ?-?\}}\}}"
        + (_NOUN_FOLLOWS if language is EN else "")
    )
    for language, source in ARTICLES.items()
}
_AFTER_LABEL = {
    language: re.compile(
        # “La Louvière” and “De Panne” are names; in German and English no name of a place has one.
        rf"(?i:(?<![\w'-])(?:{flat(LABELS[language])})) ?: ?"
        rf"(?P<words>(?{'i' if language in {DE, EN} else ''}:{flat(source)}))(?P<next>\w+)"
    )
    for language, source in NOUN_ARTICLES.items()
}
_TYPED = {
    # “(la Vesdre)”, “(die Weser)”: an article and a name, no sentence.
    language: re.compile(
        rf"(?i:{flat(source)})"
        + (r"[A-Z][\w-]+" if language is DE else r"[A-Z]\w+(?:[ -]\w+){0,2}")
    )
    for language, source in NOUN_ARTICLES.items()
}
NAMES_WITH = frozenset({"Hague"})
"""English names that have their article."""


def before_placeholders(
    source: str, language: Language, names: Collection[str]
) -> Iterator[tuple[int, int]]:
    """In the source of a template: articles before one of `names`, details that are words."""
    for match in _BEFORE_PLACEHOLDER[language].finditer(flat(source)):
        if match["name"] in names:
            yield match.span()


def leftover_articles(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """After a label of a name, and in brackets around what was typed."""
    language = message.language
    typed = {
        words
        for by_language in subject.typed.values()
        if _TYPED[language].fullmatch(words := flat(by_language.get(language, "")).strip(" ."))
    }
    for field, text in fields(message):
        plain = flat(text)
        for match in _AFTER_LABEL[language].finditer(plain):
            if match["next"] not in NAMES_WITH:
                yield Hit(field, *match.span("words"), {"words": text[slice(*match.span())]})
        for words in typed:
            at = plain.find(f"({words})")
            if at >= 0:
                end = at + len(words) + 2
                yield Hit(field, at, end, {"words": text[at:end]})
