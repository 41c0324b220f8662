"""A place in another language than its text: “haven: port de Liège” in Dutch, “Luik” in French."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from alerting.checks.wording.sentences import DE, EN, FR, NL, flat
from alerting.domain.language import Language
from alerting.domain.text.links import links_in

RIVERS: tuple[Mapping[Language, str], ...] = (
    {FR: "Meuse", NL: "Maas", DE: "Maas", EN: "Meuse"},
    {FR: "Vesdre", NL: "Vesder", DE: "Weser", EN: "Vesdre"},
    {FR: "Escaut", NL: "Schelde", DE: "Schelde", EN: "Scheldt"},
    {FR: "Sambre", NL: "Samber", DE: "Sambre", EN: "Sambre"},
    {FR: "Lys", NL: "Leie", DE: "Leie", EN: "Lys"},
    {FR: "Dyle", NL: "Dijle", DE: "Dyle", EN: "Dyle"},
    {FR: "Dendre", NL: "Dender", DE: "Dender", EN: "Dender"},
    {FR: "Senne", NL: "Zenne", DE: "Senne", EN: "Senne"},
    {FR: "Yser", NL: "IJzer", DE: "Yser", EN: "Yser"},
    {FR: "Nèthe", NL: "Nete", DE: "Nete", EN: "Nete"},
    {FR: "Gueule", NL: "Geul", DE: "Göhl", EN: "Gueule"},
    {FR: "Geer", NL: "Jeker", DE: "Jeker", EN: "Geer"},
)
"""Rivers with several names."""

NOT_A_PLACE: Mapping[Language, str] = {
    # Words of the language (Namen, Bergen), parts of names that are never translated (Brussels
    # Airport), what is also the name of something larger (the province of Limburg), and English
    # names the gazetteer does not give.
    FR: "Halle Brussels Bever",
    NL: "Hal Brussels Silly Tamise Gueule Amblève",
    DE: "Namen Bergen Lessen Graven Hal Limburg Brussels Silly Lys",
    EN: "Graven Bergen Lessen Waver Hal Limburg Itter Bever Amblève Ypres Menin Louvain",
}

NOUNS: Mapping[Language, str] = {
    FR: r"(?<!de la )(?<!du )(?<!place de )(?<!rue de )(?:port d(?:e |u |')|gare d(?:e |u |')"
    r"|maison communale|hôtel de ville|salle communale|salle des fêtes|hall (?:des sports"
    r"|omnisports)|école communale|piscine communale|centre sportif|zone d'activités?|caserne)",
    NL: r"haven van|station van|station (?=Brussel|Namen|Luik|Gent)|gemeentehuis|stadhuis|sporthal"
    r"|sportzaal|gemeenteschool|zwembad|bedrijventerrein|industrieterrein|brandweerkazerne",
    DE: r"hafen von|bahnhof|rathaus|gemeindehaus|sporthalle|mehrzweckhalle|gemeindeschule"
    r"|schwimmbad|gewerbegebiet|industriegebiet|feuerwache",
    EN: r"port of(?! Antwerp)|railway station|station of|town hall|sports hall|village hall"
    r"|industrial estate|swimming pool|fire station|market square",
}
"""What places are called that people type without a capital; capitals may be the name itself."""

_STREET = re.compile(
    flat(
        r"(?i:\b(?:rue|avenue|av\.|chaussée|chée|boulevard|bld|bd|place|quai|route|pont|porte"
        r"|square|allée|chemin|drève|impasse|cité|parc|rond-point|sentier|venelle|clos|esplanade"
        r"|passage|galerie|steenweg|laan|straat|plein|kaai|poort|dreef|université|hôpital|clinique"
        r"|chu|chr|chc|uz|az|ulb|athénée|institut|collège|hôtel|café|brasserie|restaurant|taverne"
        r"|kaa|krc|rfc|royal|standard|stade|radio|tv|rtl|foire|fort|citadelle|camping|domaine"
        r"|château|abbaye|forem|actiris|zone de police|zone de secours|politiezone"
        r"|hulpverleningszone))(?: (?:de|du|des|d'|la|le|les|l'|van|der|den|à|de la|saint \w+"
        r"|het))*(?:[ ']|d'|l')$"
    )
)
"""Before a name: a street or a house whose name nobody translates."""


@dataclass(frozen=True, slots=True)
class WrongName:
    """A stretch of a text: a place in another language, and what it is called there if known."""

    start: int
    end: int
    right: str


class PlaceNames:
    """All places that are called differently in different languages, ready to be looked for."""

    def __init__(self, places: Iterable[Mapping[Language, str]]) -> None:
        rows = [*RIVERS, *places]
        own = {language: {flat(row[language]) for row in rows} for language in Language}
        self._right: dict[Language, dict[str, str]] = {language: {} for language in Language}
        for row in rows:
            for here in Language:
                for existing_language in Language:
                    name = flat(row[existing_language])
                    if (
                        name not in own[here]
                        and row[existing_language] not in NOT_A_PLACE[here].split()
                    ):
                        self._right[here].setdefault(name, row[here])
        self._wanted = {
            here: re.compile(
                r"(?<![\w@.-])(?:"
                + "|".join(map(re.escape, sorted(right, key=len, reverse=True)))
                + r")(?![\w@-])(?!\.\w)"
            )
            for here, right in self._right.items()
        }

    def wrong_names(self, text: str, language: Language) -> Iterator[WrongName]:
        """In reading order; not in links, streets, names of houses, nor beside the right name."""
        plain, right = flat(text), self._right[language]
        for match in _outside_links(text, self._wanted[language].finditer(plain)):
            meant = right[match[0]]
            before = plain[max(0, match.start() - 60) : match.start()]
            after = plain[match.end() : match.end() + 60]
            if _STREET.search(before) or _beside(before, after, flat(meant)):
                continue
            if language is not DE and re.match(r" [A-Z][a-z]", after):
                continue  # Forest National, Brussels Airport
            yield WrongName(*match.span(), meant)


def foreign_nouns(text: str, language: Language) -> Iterator[tuple[int, int, Language]]:
    """What places are called in another language: “gare de” in Dutch."""
    plain = flat(text)
    for there, pattern in _NOUNS.items():
        if there is not language:
            for match in _outside_links(text, pattern.finditer(plain)):
                yield *match.span(), there


_NOUNS = {
    # A capital may make a name of it, but not in German, nor right after a label.
    language: re.compile(
        rf"(?<![\w'-])(?:{flat(source)}|(?<=: )(?i:{flat(source)}))(?:(?<=[ '])|(?![\w-]))"
        if language is not DE
        else rf"(?i:(?<![\w'-])(?:{flat(source)})(?![\w-]))"
    )
    for language, source in NOUNS.items()
}


def _outside_links(text: str, matches: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those of `matches` that are no part of an address."""
    found = list(matches)
    links = links_in(text) if found else ()
    for one in found:
        if not any(link.start < one.end() and one.start() < link.end for link in links):
            yield one


def _beside(before: str, after: str, name: str) -> bool:
    """Whether the right name stands just beside, as in “Luik (Liège)” and “Liège/Luik”."""
    before, after = before.rstrip(" (/-–"), after.lstrip(" (/-–")
    return before.endswith(name) or after.startswith(name)
