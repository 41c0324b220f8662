"""Two orders of one text that contradict each other: who reads one of them does the wrong thing.

An order counts where it holds for everybody: not after a question (“Cannot leave? Go upstairs.”),
not with a condition, and the second not with another time (“Before the storm: …”), nor denied.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from alerting.checks.wording.measures import (
    BOIL_WATER,
    CLOSE_WINDOWS,
    DO_NOT_DRINK,
    FETCH_CHILDREN,
    GO_DOWNSTAIRS,
    GO_UPSTAIRS,
    LEAVE_AREA,
    LEAVE_AT_SCHOOL,
    MEASURES,
    NO_IODINE_YET,
    OPEN_WINDOWS,
    STAY_INSIDE,
    TAKE_IODINE,
    MeasureWords,
)
from alerting.checks.wording.sentences import (
    DE,
    EN,
    FR,
    IF,
    NL,
    NOT,
    WHEN,
    Sentence,
    pattern,
    sentences,
)
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two orders that exclude each other, by language, and what to write instead."""

    remedy: str
    first: Mapping[Language, str]
    second: Mapping[Language, str]
    first_denies: bool = False
    """Whether the first is itself a “do not”."""
    second_denies: bool = False
    unless: Mapping[Language, str] = field(default_factory=dict)
    """What the sentence of the first may have that makes the two agree."""
    after_question: bool = False
    """Whether the second contradicts the first for those a question singles out, too."""
    with_condition: bool = False
    """Whether the second contradicts the first for those an “if” singles out, too."""


PAIRS: tuple[Pair, ...] = (
    # “Halten Sie die 112 für Menschen in Lebensgefahr frei. Bei Unwohlsein rufen Sie die 112 an”:
    # feeling unwell is no danger to life (review of the chemical and fire texts).
    Pair(
        remedy=msgid(
            "Name the signs for which people call 112: trouble breathing, loss of consciousness."
        ),
        after_question=True,
        with_condition=True,
        first={
            FR: r"\b112[^.!?\n]{0,20}\b(?:libre|réservé)|\blibre[^.!?\n]{0,15}\b112\b",
            NL: r"\b112[^.!?\n]{0,40}\bvrij\b|\bvrij[^.!?\n]{0,15}\b112\b"
            r"|\b112 is (?:alleen )?voor",
            DE: r"\b112[^.!?\n]{0,40}\bfrei\b|\bfrei[^.!?\n]{0,15}\b112\b",
            EN: r"\bkeep[^.!?\n]{0,20}\b112[^.!?\n]{0,20}\b(?:free|clear)\b"
            r"|\b112 is (?:only )?for\b",
        },
        second={
            FR: r"\b(?:malaise(?! (?:cardiaque|grave))|vous sentez mal|sentez pas bien"
            r"|mal à l'aise|nausées?|mal de tête|toux|toussez(?! du sang)|inquiets?|inquiétude"
            r"|questions?|le moindre doute|en cas de doute)\b[^.!\n]{0,60}\b112\b",
            NL: r"\b(?:onwel|zich niet goed|niet lekker|misselijk|hoofdpijn|hoest|ongerust|vragen?"
            r"|twijfelt?)\b[^.!\n]{0,60}\b112\b",
            DE: r"\b(?:unwohl\w*|nicht wohl|übelkeit|ist ihnen schlecht|ihnen ist schlecht"
            r"|kopfschmerzen|husten|sorgen|fragen|zweifel)\b[^.!\n]{0,60}\b112\b",
            EN: r"\b(?:unwell|feel(?:ing)? (?:sick|ill)|nausea|headache"
            r"|cough(?:ing)?(?! (?:up )?blood)|worried|questions?"
            r"|in doubt)\b[^.!\n]{0,60}\b112\b",
        },
    ),
    # “Ne sortez pas. Pas d'iode? Pharmacie ou commune”: two orders in one line, people go through
    # the cloud; in a storm, to fetch the garden chairs (reviews of the nuclear and storm texts).
    Pair(
        remedy=msgid(
            "Whoever must stay inside cannot fetch anything: say what to do without it, or what to "
            "do before the danger comes."
        ),
        first=STAY_INSIDE,
        first_denies=True,
        after_question=True,
        second={
            FR: r"\bpharmacie (?:ou|et) (?:\w+ )?(?:commune|mairie)|\b(?:allez|rendez-vous"
            r"|passez)(?: \w+)? (?:en|à|au|aux|chez|dans) (?:la |le |les |l'|une? |votre "
            r"|vos )?(?:pharmac\w+|commune|maison communale|magasins?|point de (?:distribution"
            r"|collecte)|supermarché)|\brentrez (?:tous |toutes |vite )?(?:les |vos |le |la "
            r"|l')?(?:objets|meubles|chaises|parasols?|voitures?|poubelles|plantes|linge)"
            r"|\ballez (?:vite )?(?:re)?chercher\b|\brécupérez (?:vos|les|votre|des)\b",
            NL: r"\bapotheek (?:of|en) (?:de )?gemeente"
            r"|\bga (?:nu |vlug |snel )?naar (?:de |een |uw |het )?(?:apotheek|apotheker|gemeente"
            r"|gemeentehuis|winkels?|supermarkt|verdeelpunt)|\bhaal (?:nu |vlug )?(?:de |het |uw "
            r"|alle "
            r"|er )?(?:tuinmeubelen|meubels|tuinstoelen|stoelen|parasols?|auto|planten|was|kinderen"
            r"|jodium\w*|tabletten|water|vuilnisbakken|losse)"
            r"|\bzet (?:de |uw )?(?:tuinmeubelen|tuinstoelen|auto) binnen",
            DE: r"\bapotheke oder (?:der )?gemeinde"
            r"|\bgehen sie (?:jetzt |schnell )?(?:in |zu |zur |zum )(?:die |der |den |das |eine "
            r"|ihrer )?"
            r"(?:apotheke|gemeinde\w*|geschäft\w*|supermarkt|ausgabestelle)"
            r"|\bholen sie (?:jetzt |schnell )?(?:die |ihre |ihren |den |das "
            r"|alle )?(?:gartenmöbel|stühle"
            r"|auto|wäsche|pflanzen|kinder|jod\w*|tabletten|wasser|sonnenschirme?|mülltonnen)"
            r"|\bgartenmöbel (?:hereinholen|hereinnehmen)",
            EN: r"\bpharmacy or (?:your |the )?(?:municipality|town hall)"
            r"|\bgo (?:now |quickly )?to (?:the |a |your )?(?:pharmacy|chemist\w*|municipality"
            r"|town hall"
            r"|shops?|supermarket|distribution point)|\bbring (?:in |your |the "
            r"|all )?(?:in )?(?:garden "
            r"\w+|chairs|parasols?|furniture|plants|laundry|bins)(?: indoors| inside| in)?"
            r"|\b(?:fetch|collect|pick up) (?:your |the |some )?(?:children|tablets|iodine|water"
            r"|car)",
        },
    ),
    # “Leave your children at school” beside “Fetch your children”.
    Pair(
        remedy=msgid("Say one of the two: children stay at school, or are fetched and when."),
        first=LEAVE_AT_SCHOOL,
        second=FETCH_CHILDREN,
    ),
    # A notice to boil is not the answer to what boiling does not remove: in 2021 water that was
    # no drinking water was not to be used “même bouillie” (reviews of the water texts).
    Pair(
        remedy=msgid(
            "Say one of the two: boil it before drinking, or do not drink it, not even boiled."
        ),
        first_denies=True,
        unless={
            FR: r"\bsans\b|\bavant\b|\bnon bouillie|\bqui n|\bsi elle\b|\bpas encore bouilli",
            NL: r"\bzonder\b|\bvoor(?:dat|aleer)?\b|\bongekookt|\b(?:dat|die) niet\b",
            DE: r"\bohne\b|\bbevor\b|\bunabgekocht|\b(?:das|es) nicht\b",
            EN: r"\bwithout\b|\bbefore\b|\bunless\b|\bunboiled|\bnot been\b|\bis not\b",
        },
        first=DO_NOT_DRINK,
        second=BOIL_WATER,
    ),
    # Open and close: gas calls for one, smoke for the other.
    Pair(
        remedy=msgid("Say one of the two, or when each holds: by day and at night, until the end."),
        first=CLOSE_WINDOWS,
        second=OPEN_WINDOWS,
    ),
    # “Éloignez-vous” above a text that says stay (review of the attack text).
    Pair(
        remedy=msgid("Say who leaves and who stays: by zone, or by where people are."),
        first=STAY_INSIDE,
        first_denies=True,
        second=LEAVE_AREA,
    ),
    # Upstairs and ground floor: the first drafts said the one, the National Crisis Centre says
    # the other.
    Pair(
        remedy=msgid("Name one place to go to: upstairs, or a room on the ground floor."),
        first=GO_UPSTAIRS,
        second=GO_DOWNSTAIRS,
    ),
    # Take iodine now, and do not take it yet: the two nuclear scenarios in one text.
    Pair(
        remedy=msgid("Say one of the two: take the tablets now, or only keep them ready."),
        first=TAKE_IODINE,
        second=NO_IODINE_YET,
        second_denies=True,
    ),
)  # fmt: skip


Patterns = Mapping[Language, re.Pattern[str]]
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _CompiledPair:
    """A pair, ready to be looked for."""

    pair: Pair
    first: Patterns
    second: Patterns
    unless: Patterns

    def first_in(self, text: str, language: Language) -> Stretch | None:
        """Where a text gives the first order to everybody."""
        unless = self.unless.get(language)
        return _order(
            [
                sentence
                for sentence in sentences(text)
                if not (unless and unless.search(sentence.text))
            ],
            self.first[language],
            language,
            denies=self.pair.first_denies,
            conditional=self.pair.with_condition,
        )

    def second_in(self, text: str, language: Language) -> Stretch | None:
        """Where it gives the second to everybody, at any time."""
        return _order(
            sentences(text),
            self.second[language],
            language,
            denies=self.pair.second_denies,
            timeless=True,
            asked=self.pair.after_question,
            conditional=self.pair.with_condition,
        )


def _patterns(texts: Mapping[Language, str]) -> Patterns:
    return {language: pattern(source) for language, source in texts.items()}


_COMPILED = [
    _CompiledPair(pair, _patterns(pair.first), _patterns(pair.second), _patterns(pair.unless))
    for pair in PAIRS
]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two stretches of a text, in their order, and what to do about them."""

    first: tuple[int, int]
    second: tuple[int, int]
    remedy: str


def contradictions(text: str, language: Language) -> Iterator[Contradiction]:
    """The first of each kind in `text`."""
    for pair in (_COMPILED[index] for index in _begun_in(text, language).pairs):
        first = pair.first_in(text, language)
        second = first and pair.second_in(text, language)
        if first and second and not (first[0] < second[1] and second[0] < first[1]):
            yield Contradiction(min(first, second), max(first, second), pair.pair.remedy)


def _order(
    parts: Sequence[Sentence],
    wanted_pattern: re.Pattern[str],
    language: Language,
    *,
    denies: bool,
    timeless: bool = False,
    asked: bool = False,
    conditional: bool = False,
) -> tuple[int, int] | None:
    """Where an order stands that holds for everybody; `timeless`: and now."""
    for sentence in parts:
        text = (
            f"{sentence.question} {sentence.text}" if asked and sentence.question else sentence.text
        )
        match = wanted_pattern.search(text)
        if match is None:
            continue
        shift = len(text) - len(sentence.text)
        start, end = max(match.start() - shift, 0), max(match.end() - shift, 1)
        if sentence.question and not asked:
            continue
        around = f"{sentence.heading} {sentence.text}"
        if not conditional and IF[language].search(around):
            continue
        if timeless and not conditional and WHEN[language].search(around):
            continue
        if not denies and NOT[language].search(_clause(text, *match.span())):
            continue
        return sentence.start + start, sentence.start + end
    return None


_MEASURES = [(measure_words, _patterns(measure_words.words)) for measure_words in MEASURES]


def measures_in(text: str, language: Language) -> dict[str, Stretch]:
    """What a text tells everybody to do: name of the measure -> where it stands first."""
    parts = sentences(text)
    return {
        measure_words.name: found
        for measure_words, words in _begun_in(text, language).measures
        if (found := _order(parts, words[language], language, denies=measure_words.denies))
    }


class _Begun(NamedTuple):
    """What words of a text may give: measures, and pairs of which it may give the first order."""

    measures: Sequence[tuple[MeasureWords, Patterns]]
    pairs: Collection[int]
    """By place in the table."""


@lru_cache(maxsize=256)
def _begun_in(text: str, language: Language) -> _Begun:
    parts = [_begun_by(sentence.text, language) for sentence in sentences(text)]
    measures = {index for found, _ in parts for index in found}
    pairs = {index for _, found in parts for index in found}
    return _Begun(
        [_MEASURES[index] for index in sorted(measures)],
        sorted(pairs),
    )


@lru_cache(maxsize=8_192)
def _begun_by(sentence: str, language: Language) -> tuple[Sequence[int], Sequence[int]]:
    """What a sentence begins, by place in the tables.

    Remembered: alerts share nearly all their sentences, with each other and between channels.
    """
    return (
        [n for n, (_, words) in enumerate(_MEASURES) if words[language].search(sentence)],
        [n for n, pair in enumerate(_COMPILED) if pair.first[language].search(sentence)],
    )


@dataclass(frozen=True, slots=True)
class OpposedOrders:
    """Two orders that exclude each other: which of several texts give either, and where."""

    first: Mapping[str, Stretch]
    second: Mapping[str, Stretch]


def opposed_orders(texts: Mapping[str, str], language: Language) -> Iterator[OpposedOrders]:
    """Each pair of orders of which some of several texts give one, and others the other.

    `texts` are given by name. What one text says both ways is left to `contradictions`.
    """
    for index, pair in enumerate(_COMPILED):
        firsts = {
            name: at
            for name, text in texts.items()
            if index in _begun_in(text, language).pairs and (at := pair.first_in(text, language))
        }
        if not firsts:
            continue
        seconds = {name: at for name in texts if (at := pair.second_in(texts[name], language))}
        both = firsts.keys() & seconds.keys()
        first = {name: at for name, at in firsts.items() if name not in both}
        second = {name: at for name, at in seconds.items() if name not in both}
        if first and second:
            yield OpposedOrders(first, second)


_BREAK = re.compile(r"[,:;.!?\n]|\s-\s|\b(?:mais|maar|aber|sondern|but|et|en|und|and)\b")


def _clause(text: str, start: int, end: int) -> str:
    """The words between two breaks around a stretch."""
    before = max((match.end() for match in _BREAK.finditer(text, 0, start)), default=0)
    after = _BREAK.search(text, end)
    return text[before : after.start() if after else len(text)]
