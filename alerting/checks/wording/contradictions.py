"""Two orders of one text that contradict each other: who reads one of them does the wrong thing.

An order counts where it holds for everybody: not after a question (“Cannot leave? Go upstairs.”),
not with a condition, and the second not with another time (“Before the storm: …”), nor denied.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

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
    """The same for those an “if” singles out."""


_INSIDE = {
    FR: r"\brest(?:ez|er) (?:bien )?(?:a l'interieur|chez vous|dedans|au chaud|confines?)"
    r"|\bmettez-vous a l'abri|\bne sortez (?:pas|plus)\b|\bconfinez-vous",
    NL: r"\bblijf (?:nu )?(?:binnen|thuis)|\bga (?:nu )?naar binnen|\bga niet naar buiten"
    r"|\bschuil\b|\bkom niet buiten",
    DE: r"\bbleiben sie (?:bitte )?(?:drinnen|im haus|zu hause|im gebäude)|\b(?:im haus|drinnen"
    r"|zu hause) bleiben|\bgehen sie nicht (?:hinaus|nach draußen|ins freie)"
    r"|\bverlassen sie das haus nicht",
    EN: r"\bstay (?:inside|indoors|in|at home)\b|\bdo not go out(?:side|doors)?\b"
    r"|\bremain indoors\b|\bshelter (?:in place|inside|indoors)\b|\bgo inside\b",
}
_OPEN = {
    FR: r"\bouvrez (?:grand |toutes |bien )?(?:les |vos )?(?:portes et )?(?:les )?fenêtres"
    r"|\baérez\b",
    NL: r"\b(?:open|zet) (?:de |uw |alle )?(?:deuren en )?ramen(?: en deuren)?\b|\bverlucht\b",
    DE: r"\böffnen sie (?:die |alle |ihre )?(?:türen und )?fenster|\blüften sie\b|\bfenster (?:auf"
    r"|öffnen)\b",
    EN: r"\bopen (?:the |your |all )?(?:doors and )?windows|\bair (?:the|your) (?:house|rooms?"
    r"|home)\b",
}
_CLOSE = {
    FR: r"\bferm(?:ez|er) (?:bien |toutes )?(?:les |vos )?(?:portes et )?(?:les )?fenêtres",
    NL: r"\b(?:sluit|hou|houd) (?:de |uw |alle )?(?:deuren en )?ramen\b(?! open)"
    r"|\bdoe de ramen dicht",
    DE: r"\bschließen sie (?:die |alle |ihre )?(?:türen und )?fenster"
    r"|\bfenster (?:und türen )?(?:zu|schließen)\b",
    EN: r"\b(?:close|shut) (?:the |your |all )?(?:doors and )?windows",
}

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
        first=_INSIDE,
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
        first={
            FR: r"\blaissez (?:les|vos) enfants à (?:l'école|la crèche)",
            NL: r"\blaat (?:de|uw) kinderen op school",
            DE: r"\blassen sie (?:die|ihre) kinder in der schule",
            EN: r"\bleave (?:the|your) children at school",
        },
        second={
            FR: r"\b(?:allez (?:re)?chercher|récupérez|reprenez|venez chercher) (?:les"
            r"|vos) enfants",
            NL: r"\bhaal (?:de|uw) kinderen",
            DE: r"\bholen sie (?:die|ihre) kinder",
            EN: r"\b(?:fetch|collect|pick up) (?:the|your) children",
        },
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
        first={
            FR: r"\bne (?:la |le )?buvez (?:pas|jamais|plus)\b",
            NL: r"\bdrink (?:(?:het|dit) )?(?:(?:kraan|leiding)?water )?(?:niet|nooit)\b"
            r"|\bdrink (?:geen|nooit) (?:kraan|leiding)?water\b",
            DE: r"\btrinken sie (?:das |dieses |kein |es )?(?:leitungs)?(?:wasser )?nicht\b"
            r"|\btrinken sie kein (?:leitungs)?wasser\b|\bwasser nicht trinken\b",
            EN: r"\b(?:do not|never|don't) drink (?:the |this |any )?(?:tap )?(?:water|it)\b"
            r"|\bdrink no (?:tap )?water\b",
        },
        second={
            FR: r"\bfaites(?:-la| la)?(?: bien)? bouillir\b|\bl'eau (?:doit|peut) être bouillie",
            NL: r"\b(?:laat|kook) (?:het |dit |al het )?(?:kraanwater|leidingwater|water"
            r"|het)[^.!?\n]{0,30}"
            r"\b(?:door|ge)?(?:koken|kook)\w*|\bkook (?:het |al het )?(?:kraan|leiding)?water\b",
            DE: r"\bkochen sie (?:das |dieses |alles )?(?:leitungs)?wasser\b[^.!?\n]{0,40}\bab\b"
            r"|\bwasser abkochen\b|\bkochen sie es [^.!?\n]{0,30}\bab\b",
            EN: r"\bboil (?:the |all |your |this )?(?:tap )?(?:water|it)\b",
        },
    ),
    # Open and close: gas calls for one, smoke for the other.
    Pair(
        remedy=msgid("Say one of the two, or when each holds: by day and at night, until the end."),
        first=_CLOSE,
        second=_OPEN,
    ),
    # “Éloignez-vous” above a text that says stay (review of the attack text).
    Pair(
        remedy=msgid("Say who leaves and who stays: by zone, or by where people are."),
        first=_INSIDE,
        first_denies=True,
        second={
            FR: r"\b(?:quittez|évacuez) (?:maintenant |immédiatement |vite )?(?:la zone|le bâtiment"
            r"|le "
            r"quartier|votre (?:maison|habitation|logement)|les lieux|l'immeuble)"
            r"|\b(?:partez|sortez) (?:maintenant|immédiatement|tout de suite)|\béloignez-vous\b",
            NL: r"\b(?:verlaat|evacueer) (?:nu |onmiddellijk )?(?:de zone|het gebouw|de wijk"
            r"|uw (?:huis|woning)|het gebied)|\bvertrek (?:nu|onmiddellijk|meteen)"
            r"|\bga (?:nu )?naar buiten\b",
            DE: r"\bverlassen sie (?:jetzt |sofort |umgehend )?(?:das gebiet|das gebäude|ihr haus"
            r"|ihre wohnung|die zone|das viertel)(?! nicht)|\bgehen sie (?:jetzt "
            r"|sofort )?(?:hinaus|nach draußen|weg)\b",
            EN: r"\b(?:leave|evacuate) (?:now |immediately )?(?:the (?:area|building|zone)"
            r"|your (?:home|house))|\b(?:leave|get out|go outside) (?:now|immediately|at once)",
        },
    ),
    # Upstairs and ground floor: the first drafts said the one, the National Crisis Centre says
    # the other.
    Pair(
        remedy=msgid("Name one place to go to: upstairs, or a room on the ground floor."),
        first={
            FR: r"\b(?:montez|allez) (?:vite )?(?:à l'étage|aux étages|au premier)",
            NL: r"\bga (?:nu )?naar (?:boven|een hogere verdieping|de (?:hoogste )?verdieping)",
            DE: r"\bgehen sie (?:jetzt )?(?:nach oben|in (?:ein|das) (?:oberes? "
            r"|obere )?(?:obergeschoss|stockwerk))",
            EN: r"\bgo (?:up|upstairs|to (?:an|the) upper floor)\b",
        },
        second={
            FR: r"\b(?:installez-vous|restez|allez|descendez"
            r"|abritez-vous)[^.!?\n]{0,40}\b(?:au rez-de-chaussée|à la cave|dans la cave)",
            NL: r"\b(?:ga|blijf|schuil)\b[^.!?\n]{0,50}\b(?:gelijkvloers|in de kelder"
            r"|naar de kelder)",
            DE: r"\b(?:gehen|bleiben|begeben) sie\b[^.!?\n]{0,50}\b(?:im erdgeschoss"
            r"|ins erdgeschoss|im keller|in den keller)",
            EN: r"\b(?:go|stay|shelter)\b[^.!?\n]{0,50}\b(?:ground floor|cellar|basement)\b",
        },
    ),
    # Take iodine now, and do not take it yet: the two nuclear scenarios in one text.
    Pair(
        remedy=msgid("Say one of the two: take the tablets now, or only keep them ready."),
        first={
            FR: r"\bprenez (?:maintenant |tout de suite |immédiatement )?(?:vos |les |des |l'"
            r"|de l')?(?:comprimés d')?iode\b(?! (?:uniquement|seulement))",
            NL: r"\bneem (?:nu |onmiddellijk )?(?:uw |de )?jodium(?:tabletten)?(?: nu)?(?: in)?\b",
            DE: r"\bnehmen sie (?:jetzt |sofort )?(?:ihre "
            r"|die )?jod(?:tabletten)?(?: jetzt)?(?: ein)?\b",
            EN: r"\btake (?:your |the )?iodine(?: tablets)?(?: now)?\b",
        },
        second={
            FR: r"\bne prenez (?:pas|pas encore|jamais) (?:de |d'|vos "
            r"|les )?(?:comprimés d')?iode(?! une (?:seconde|deuxième))",
            NL: r"\bneem (?:nog |nu )?geen (?:jodium|jodiumtabletten)\b(?! (?:in )?(?:een tweede))"
            r"|\bneem (?:de )?jodium\w* (?:nog )?niet\b",
            DE: r"\bnehmen sie (?:noch |jetzt )?keine jod\w*(?! ein zweites)|\bnoch keine jod\w+",
            EN: r"\bdo not take (?:any |your |the )?iodine(?: tablets)?+(?! (?:a second|twice"
            r"|again))",
        },
        second_denies=True,
    ),
)  # fmt: skip

_COMPILED = [
    (
        pair,
        {language: pattern(source) for language, source in pair.first.items()},
        {language: pattern(source) for language, source in pair.second.items()},
        {language: pattern(source) for language, source in pair.unless.items()},
    )
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
    parts = sentences(text)
    begun = frozenset[int]().union(*(_begun_by(one.text, language) for one in parts))
    for pair, first, second, unless in (_COMPILED[place] for place in sorted(begun)):
        given = [one for one in parts if not (unless and unless[language].search(one.text))]
        one = _order(
            given,
            first[language],
            language,
            denies=pair.first_denies,
            conditional=pair.with_condition,
        )
        if one is None:
            continue
        other = _order(
            parts,
            second[language],
            language,
            denies=pair.second_denies,
            timeless=True,
            asked=pair.after_question,
            conditional=pair.with_condition,
        )
        if other is not None and not (one[0] < other[1] and other[0] < one[1]):
            yield Contradiction(min(one, other), max(one, other), pair.remedy)


@lru_cache(maxsize=8_192)
def _begun_by(sentence: str, language: Language) -> frozenset[int]:
    """The pairs whose first order a sentence holds, by place.

    Remembered: alerts share nearly all their sentences, with each other and between channels.
    """
    return frozenset(
        place
        for place, (_, first, _, _) in enumerate(_COMPILED)
        if first[language].search(sentence)
    )


def _order(
    parts: Sequence[Sentence],
    wanted: re.Pattern[str],
    language: Language,
    *,
    denies: bool,
    timeless: bool = False,
    asked: bool = False,
    conditional: bool = False,
) -> tuple[int, int] | None:
    """Where an order stands that holds for everybody; `timeless`: and now."""
    for one in parts:
        text = f"{one.question} {one.text}" if asked and one.question else one.text
        found = wanted.search(text)
        if found is None:
            continue
        shift = len(text) - len(one.text)
        start, end = max(found.start() - shift, 0), max(found.end() - shift, 1)
        if one.question and not asked:
            continue
        around = f"{one.heading} {one.text}"
        if not conditional and IF[language].search(around):
            continue
        if timeless and not conditional and WHEN[language].search(around):
            continue
        if not denies and NOT[language].search(_clause(text, *found.span())):
            continue
        return one.start + start, one.start + end
    return None


_BREAK = re.compile(r"[,:;.!?\n]|\s-\s|\b(?:mais|maar|aber|sondern|but|et|en|und|and)\b")


def _clause(text: str, start: int, end: int) -> str:
    """The words between two breaks around a stretch."""
    before = max((found.end() for found in _BREAK.finditer(text, 0, start)), default=0)
    after = _BREAK.search(text, end)
    return text[before : after.start() if after else len(text)]
