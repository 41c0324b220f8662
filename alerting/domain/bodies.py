"""Offices and bodies of the state, told by how they are called, and the level they speak at.

“Gouverneur van Luik”, “Conseil national de sécurité”, “Crisiscel van de regering”: a body is a word
such as council or cell, with a word that says whose it is. No list of them is whole; new ones are
called in the same way.
"""

import re
from collections.abc import Mapping, Sequence

from alerting.domain.authority import RANK, Level
from alerting.domain.authority_names import ABOVE, folded, is_aside

_BY_LEVEL: Mapping[Level, str] = {
    Level.PROVINCIAL: (
        "gouverneur gouverneure gouverneurin gouverneurs provinciegouverneur provinzgouverneur"
        " governor"
    ),
    Level.MUNICIPAL: (
        "bourgmestre burgemeester bürgermeister bürgermeisters bürgermeisterin mayor échevin"
        " échevine schepen schöffe schöffin"
    ),
}
OFFICES: Mapping[str, Level] = {
    word: level for level, text in _BY_LEVEL.items() for word in text.split()
}
"""People who speak for an authority, by the level of it."""
_PLACES_BY_LEVEL: Mapping[Level, str] = {
    Level.PROVINCIAL: (
        "province provincie provinz provinces provincies provinciebestuur provinzverwaltung"
    ),
    Level.MUNICIPAL: (
        "ville stad stadt city town commune gemeente gemeinde municipality municipalité"
        " stadsbestuur gemeentebestuur stadtverwaltung gemeindeverwaltung"
    ),
}
PLACES: Mapping[str, Level] = {
    word: level for level, text in _PLACES_BY_LEVEL.items() for word in text.split()
}
"""Authorities called as what they govern: “Ville de Liège : …” may tell of the place."""
_BODY = re.compile(
    r"^(?:conseil|council|cellule|cell|cel|zelle|stab|comité|comite|committee|commission"
    r"|commissariat|cabinet|ministère|ministry|parlement|parliament|sénat|senaat|senat|senate"
    r"|agence|agency|autorités?|authority|authorities|police|armée|army|gouvernement|government"
    r"|spf|fod|föd|spp|pod|crisiscel|krisenzelle|krisenstab|crisiscentrum|krisenzentrum)$"
    r"|(?:(?<!voor)raad|(?:^|s|n|ster)rat|commissie|kommission|kommissariat|commissariaat"
    r"|komitee|kabinett?|kanselarij|chancellerie|chancellery|ministerie|ministerium|parlament"
    r"|agentschap|agentur|overheid|behörden?|politie|polizei|leger|armee|regering|regierung)$"
)
"""The last words are the ends of compounds, too: Veiligheidsraad, Bundespolizei; no voorraad."""
_OFFICE_OF = frozenset({"service", "services", "dienst", "diensten", "dienste", "bureau", "office"})
"""Somebody's office, if it is said whose: “services du gouverneur”."""
_NATIONAL_ALONE = re.compile(
    r"^(?:chancellerie|kanselarij|chancellery|ministère|ministerie|ministerium|ministry|parlement"
    r"|parlament|parliament|sénat|senaat|senat|senate|spf|fod|föd|spp|pod|veiligheidsraad"
    r"|sicherheitsrat)$"
)
"""There is no other than the country's."""
_WHOSE: tuple[tuple[re.Pattern[str], Level], ...] = (
    (
        re.compile(
            r"^(?:national|nationa(?:al|le|ux)|fédér|feder|föder|belg|royal|koninklijk|königlich"
            r"|europ|interminist|wallon|waals|flamand|vlaams|vlaamse|flämisch|flemish|walloon"
            r"|germanophone|hoge$|hoher$|supérieur|minist(?:res|ern?)$|gewestelijk|régional|regional|deutschsprachig|duitstalig)"
        ),
        Level.FEDERAL,
    ),
    (re.compile(r"^provin[cz]"), Level.PROVINCIAL),
    (
        re.compile(r"^(?:communal|gemeentelijk|stedelijk|kommunal|municipal|städtisch)"),
        Level.MUNICIPAL,
    ),
)
CONNECTING = frozenset(
    [
        "de",
        "du",
        "des",
        "d",
        "l",
        "la",
        "le",
        "les",
        "van",
        "het",
        "der",
        "den",
        "des",
        "dem",
        "von",
        "vom",
        "voor",
        "pour",
        "für",
        "of",
        "for",
        "the",
        "au",
        "aux",
    ]
)
"""Between the words of a name, or before it."""
_MATTERS = frozenset(
    [
        "santé",
        "publique",
        "intérieur",
        "défense",
        "sécurité",
        "énergie",
        "mobilité",
        "justice",
        "crise",
        "nucléaire",
        "nucleaire",
        "nukleare",
        "nuklear",
        "orientale",
        "occidentale",
    ]
)
STREET = re.compile(
    r"(?:laan|straat|plein|brug|dreef|weg|steenweg|lei|kaai|park|stra(?:ß|ss)e|platz|allee|brücke"
    r"|ring|singel|markt|hof|kazerne|gebouw)$"
)
"""Streets are called after people in office: “Gouverneur Verwilghensingel”."""
LONGEST_BODY = 12
"""Words of a name of a body."""


def level_of_body(words: Sequence[str]) -> Level | None:
    """The level of the office or body these words name; None where they say anything else.

    Not a word may be left over: “conseil national de sécurité” is one, and “le conseil national
    décide” a sentence.
    """
    if not 0 < len(words) <= LONGEST_BODY:
        return None
    levels: list[Level] = []
    office: Level | None = None
    named, free = False, False
    for index, word in enumerate(words):
        plain = word.casefold()
        body = _BODY.search(plain) is not None
        level = _whose(plain)
        if index == 0 and not (body or level or plain in _OFFICE_OF):
            return None
        ends = index + 1 == len(words) or words[index + 1].casefold() in CONNECTING
        if body or level or plain in OFFICES:
            named = named or body or plain in OFFICES
            levels += [level] if level else []
            office = office or OFFICES.get(plain)
        elif not (
            plain in CONNECTING
            or plain in _OFFICE_OF
            or is_aside(word)
            or plain in _MATTERS
            or (word[0].isupper() and not STREET.search(plain))
            or free
            or (ends and index and _BODY.search(words[index - 1].casefold()))
        ):
            return None
        free = plain in CONNECTING  # what a body is for: “van binnenlandse zaken”
    if not named:
        return None
    return office or max(levels, key=RANK.__getitem__, default=None)


def _whose(plain: str) -> Level | None:
    """The level a word gives to the body it stands beside."""
    if plain in OFFICES:
        return OFFICES[plain]
    if plain in PLACES:
        return PLACES[plain]
    if _NATIONAL_ALONE.search(plain) or folded(plain) in ABOVE:
        return Level.FEDERAL
    return next((level for pattern, level in _WHOSE if pattern.search(plain)), None)


def place_of(words: Sequence[str]) -> str:
    """The place an office is of, folded: “burgemeester van Luik”; empty where none is named."""
    last = next((n for n in range(len(words) - 1, -1, -1) if _connects(words[n])), len(words))
    return folded("".join(words[last + 1 :]))


def _connects(word: str) -> bool:
    """Whether it joins the words of a name; “De Clercq” is the name of somebody."""
    return word.casefold() in CONNECTING and not word.istitle()
