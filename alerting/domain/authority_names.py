"""Names a reader takes for the government's or another authority's, and how they are compared."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from alerting.domain.belgian_time import MONTHS
from alerting.domain.exercise_marks import ALL_MARKS
from alerting.domain.text.alphabet import other_alphabets
from alerting.domain.text.look_alikes import skeleton

SERVICE = "BE-Alert"
"""The name of the service: every text begins with it, and nobody is called so."""
GOVERNMENT = (
    "premier ministre", "première ministre", "1er ministre", "eerste minister",
    "Premierminister", "prime minister", "centre de crise national", "centre national de crise",
    "nationaal crisiscentrum", "nationales Krisenzentrum", "nationalen Krisenzentrum",
    "national crisis centre", "national crisis center", "centre de crise fédéral",
    "federaal crisiscentrum", "föderales Krisenzentrum", "föderalen Krisenzentrum",
    "federal crisis centre", "gouvernement fédéral", "federale regering", "Föderalregierung",
    "federal government", "gouvernement belge", "belgische regering", "belgische Regierung",
    "ministre de l'intérieur", "minister van binnenlandse zaken", "Innenminister",
    "service public fédéral", "federale overheidsdienst",
)  # fmt: skip
SHORT_NAMES = (
    "centre de crise", "crisiscentrum", "Krisenzentrum", "crisis centre", "crisis center", "NCCN",
    "gouvernement", "regering", "Regierung", "government", "ministre", "minister",
)  # fmt: skip
"""Nobody else's alone; with more words they are a province's, or tell what somebody does."""
AGENCIES = (
    # federal: nuclear control, weather, food, health, police, defence, fire and first aid, cyber
    "AFCN", "FANC", "FANK", "agence fédérale de contrôle nucléaire",
    "federaal agentschap voor nucleaire controle", "Föderalagentur für Nuklearkontrolle",
    "federal agency for nuclear control", "IRM", "KMI", "institut royal météorologique",
    "koninklijk meteorologisch instituut", "Königliches Meteorologisches Institut",
    "royal meteorological institute", "AFSCA", "FAVV", "FASNK",
    "agence fédérale pour la sécurité de la chaîne alimentaire",
    "federaal agentschap voor de veiligheid van de voedselketen", "Sciensano", "SPF santé publique",
    "SPF intérieur", "FOD volksgezondheid", "FOD binnenlandse zaken", "FÖD Inneres",
    "police fédérale", "federale politie", "föderale polizei", "federal police",
    "défense", "défense belge", "défense nationale", "defensie", "Belgische defensie",
    "landesverteidigung", "Belgische Landesverteidigung", "Belgian defence", "ministry of defence",
    "armée belge", "armée", "Belgisch leger", "leger", "Belgische Armee", "Belgian army",
    "protection civile", "civiele bescherming", "Zivilschutz", "civil protection",
    "sûreté de l'état", "staatsveiligheid", "Staatssicherheit", "OCAM", "OCAD",
    "CCN", "CNS", "NVR", "IBZ",
    "centre pour la cybersécurité Belgique", "centrum voor cybersecurity België",
    # governments, regions and communities
    "gouvernement", "regering", "Regierung", "government", "gouvernement wallon",
    "Waalse regering", "wallonische Regierung", "Walloon government", "gouvernement flamand",
    "Vlaamse regering", "flämische Regierung", "Flemish government", "gouvernement bruxellois",
    "gouvernement de la région de Bruxelles-Capitale", "Brusselse regering",
    "Brusselse Hoofdstedelijke regering", "Brüsseler Regierung", "Brussels government",
    "gouvernement de la communauté germanophone", "Regierung der Deutschsprachigen Gemeinschaft",
    "service public de Wallonie",
    "SPW", "Vlaamse overheid",
    "autorités flamandes",
    "Fédération Wallonie-Bruxelles",
    "communauté française", "communauté flamande", "Vlaamse gemeenschap", "Franse gemeenschap",
        "état belge", "état fédéral", "Belgische staat", "Belgischer Staat",
    "Royaume de Belgique", "Koninkrijk België", "Königreich Belgien",
)  # fmt: skip
"""Who speaks for the country, a region or a community, beside the federal government."""
REGIONS = (
    "région wallonne", "Wallonie", "Waals gewest", "Wallonische Region", "région flamande",
    "Vlaams gewest", "Flämische Region", "région de Bruxelles-Capitale", "région bruxelloise",
    "Brussels hoofdstedelijk gewest", "Region Brüssel-Hauptstadt", "communauté germanophone",
    "Duitstalige gemeenschap", "Deutschsprachige Gemeinschaft", "Ostbelgien",
)  # fmt: skip
"""They are places, too: “Wallonie : vent fort” speaks as nobody, but at the head of a text."""
TITLES = (
    "ministre", "minister", "ministers", "vice-premier ministre", "vice-première ministre",
    "vicepremier", "vice-eersteminister", "premier", "ministre-président", "ministre-présidente",
    "minister-president", "Ministerpräsident", "Ministerpräsidentin", "Ministerin",
    "secrétaire d'état", "staatssecretaris", "Staatssekretär", "Staatssekretärin",
    "secretary of state", "deputy prime minister", "chancelier",
)  # fmt: skip
"""Whose holder's name, or matter, stands behind it: “le ministre Dupont”, “… de la Santé”."""
CROWN = (
    "roi", "reine", "roi des Belges", "koning", "koningin", "koning der Belgen", "König", "Königs",
    "Königin", "König der Belgier", "king", "king of the Belgians", "palais royal",
    "koninklijk paleis", "Königspalast", "royal palace",
)  # fmt: skip
"""Nothing stands behind it: streets are called after kings."""
LONGEST_NAME = 12
"""Words of a name that are compared."""

_SMALLWORDS = "be alert bealert le la les l het de der die das the een un une uur uhr"
_ASIDE = frozenset(
    {
        *(word for mark in ALL_MARKS for word in mark.casefold().split()),
        *(month.casefold() for months in MONTHS.values() for month in months),
        *_SMALLWORDS.split(),
    }
)
"""Words that stand beside a name and belong to none."""
WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """One name without capitals, accents, blanks and look-alikes."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return skeleton("".join(character for character in plain if character.isalnum()))


_GOVERNMENT = frozenset(map(folded, GOVERNMENT))
_SERVICE = folded(SERVICE)
_SHORT = frozenset(map(folded, SHORT_NAMES))
_AGENCIES = frozenset(map(folded, AGENCIES))
FOLDED_TITLES = frozenset(map(folded, TITLES)) | _GOVERNMENT
FOLDED_CROWN = frozenset(map(folded, CROWN))
FOLDED_REGIONS = frozenset(map(folded, REGIONS))
ABOVE = _GOVERNMENT | _SHORT | _AGENCIES | FOLDED_TITLES | FOLDED_CROWN


def folded_names(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: without capitals, accents, blanks, and look-alikes."""
    return frozenset(found for name in names if (found := _core(name)))


def alike(name: str, other: str) -> bool:
    """Whether a reader takes one name for the other."""
    return folded(name) == folded(other)


def governments(names: Iterable[str]) -> bool:
    """Whether one of the names holds, or looks as if it held, one of the government's."""
    return any(
        next(other_alphabets(name), None) or _SERVICE in folded(name) or holds_government(name)
        for name in names
    )


def _core(name: str) -> str:
    return core_of(WORD.findall(name))


def core_of(words: list[str]) -> str:
    """A name without articles, hours and marks beside it, folded; empty where it is too long."""
    kept = [word for word in words if not word[0].isdigit()] if len(words) > 1 else words
    start, end = 0, len(kept)
    while start < end and is_aside(kept[start]):
        start += 1
    while end > start and is_aside(kept[end - 1]):
        end -= 1
    return folded("".join(kept[start:end])) if end - start <= LONGEST_NAME else ""


def is_aside(word: str) -> bool:
    """Whether a word stands beside a name and belongs to none."""
    return word[0].isdigit() or word.casefold() in _ASIDE


def is_governments(named: str) -> bool:
    """Whether a folded name is the federal government's."""
    return named in _GOVERNMENT or named in _SHORT


def holds_government(text: str) -> bool:
    """Whether a text holds one of its names, however it is spaced."""
    plain = folded(text)
    return any(one in plain for one in _GOVERNMENT)
