"""Who speaks: names a reader takes for the government's, or for another authority's.

A text names who speaks at its head, in its subject, before a colon, behind a word as “Source:”, and
in a line of its own. There nobody is named but the authority whose text it is. In its sentences a
text may tell of anybody: “the National Crisis Centre follows the situation”.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from alerting.domain.belgian_time import MONTHS
from alerting.domain.exercise_marks import ALL_MARKS
from alerting.domain.late_values import without_marks
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
_ANNOUNCING_WORDS = (
    "message messages avis communiqué communication annonce appel ordre consigne consignes "
    "instruction instructions déclaration allocution part nom officiel officielle urgent urgente "
    "important importante dernier dernière du des d au aux à par bericht berichten mededeling "
    "boodschap oproep bevel instructie instructies verklaring namens vanwege uit naam door "
    "officieel officiële dringend dringende belangrijk belangrijke mitteilung nachricht meldung "
    "aufruf anordnung anweisung anweisungen erklärung auftrag namen im vom durch amtliche "
    "amtlicher offizielle dringende wichtige notice statement order orders on behalf of from by "
    "official et en und and avec met mit van von"
)
_ANNOUNCING = frozenset(_ANNOUNCING_WORDS.split())
"""Before the name of who speaks: “message du …”, “namens de …”."""
_MATTERS_WORDS = (
    "santé publique intérieur défense énergie mobilité justice environnement climat économie "
    "wallon wallonne flamand flamande bruxellois bruxelloise fédéral fédérale belge germanophone "
    "binnenlandse zaken volksgezondheid defensie energie mobiliteit justitie leefmilieu klimaat "
    "waals waalse vlaams vlaamse brussels brusselse federaal federale belgisch belgische inneres "
    "innern gesundheit verteidigung umwelt klima wallonisch flämisch föderal health interior "
    "defence energy mobility environment"
)
_MATTERS = frozenset(_MATTERS_WORDS.split())
"""Behind a title, what its holder minds."""
_SOURCE_LABELS = frozenset({"source", "bron", "quelle"})
"""What they name need not be who speaks: “Source : IRM” tells where a figure comes from."""
_STREET = re.compile(
    r"(?:laan|straat|plein|brug|dreef|weg|steenweg|lei|kaai|park|stra(?:ß|ss)e|platz|allee|brücke"
    r"|ring|kazerne|gebouw)$"
)
_LABELS = (
    "expéditeur émetteur source organisateur afzender bron organisator absender quelle veranstalter"
    " behörde"
    " sender organiser organizer from de van von door par"
)
SENDER_LABELS = frozenset(_LABELS.split())
"""Words behind whose colon the name of the speaker stands."""
HEAD = 600
"""Characters in which the head of a text ends."""
LONGEST_NAME = 12
"""Words of a name that are compared."""

_SMALL_WORDS = "be alert bealert le la les l het de der die das the een un une uur uhr"
_ASIDE = frozenset(
    {
        *(word for one in ALL_MARKS for word in one.casefold().split()),
        *(month.casefold() for months in MONTHS.values() for month in months),
        *_SMALL_WORDS.split(),
    }
)
"""Words that stand beside a name and belong to none."""
_WORD = re.compile(r"[^\W_]+")
_ENDS = re.compile(r"\n|(?<![.!?…])[.!?…]++(?=\s|$)|[:;|•]|\s[–—-]++(?=\s)")
_SENTENCE_ENDS = re.compile(r"(?<![.!?…:])[.!?…:]++(?=\s|$)")


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return skeleton("".join(letter for letter in plain if letter.isalnum()))


_GOVERNMENT = frozenset(map(_folded, GOVERNMENT))
_SERVICE = _folded(SERVICE)
_SHORT = frozenset(map(_folded, SHORT_NAMES))
_AGENCIES = frozenset(map(_folded, AGENCIES))
_TITLES = frozenset(map(_folded, TITLES)) | _GOVERNMENT
_CROWN = frozenset(map(_folded, CROWN))
_REGIONS = frozenset(map(_folded, REGIONS))
_ABOVE = _GOVERNMENT | _SHORT | _AGENCIES | _TITLES | _CROWN


def folded_names(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared: without capitals, accents, blanks, and look-alikes."""
    return frozenset(found for one in names if (found := _core(one)))


def alike(name: str, other: str) -> bool:
    """Whether a reader takes one name for the other."""
    return _folded(name) == _folded(other)


def is_latin(name: str) -> bool:
    """Whether all its letters are Latin ones: others look alike."""
    return all(
        unicodedata.name(letter, "").startswith("LATIN")
        for letter in unicodedata.normalize("NFKC", name)
        if letter.isalpha()
    )


def governments(names: Iterable[str]) -> bool:
    """Whether one of the names holds, or looks as if it held, one of the government's."""
    return any(
        not is_latin(name) or _SERVICE in _folded(name) or _holds_government(name) for name in names
    )


def speakers_in(
    text: str,
    others: Collection[str],
    *,
    own: Collection[str] = frozenset(),
    government: bool,
    label: bool = False,
) -> Iterator[tuple[int, int]]:
    """Where a text speaks as somebody else: stretches of it.

    `others` are other authorities' names and `own` those of who may speak, folded; with
    `government` the government's count too. `label`: a subject or a title, all of it a head.
    """
    text = without_marks(text)
    end = len(text) if label else _end_of_head(text)
    if government and _holds_government(text[:end]):
        yield 0, end
        return
    before, last = "", ""
    for start, stop, behind in _segments(text):
        words = _WORD.findall(text[start:stop])
        named = _core_of(words)
        shown = before != ":" or last in SENDER_LABELS
        as_other = named in others or (government and _is_governments(named))
        sourced = before == ":" and last in _SOURCE_LABELS
        as_above = government and (
            (shown and not sourced and named in (_ABOVE | _REGIONS if start < end else _ABOVE))
            or (
                (behind == ":" or (shown and before == ":" and not sourced))
                and _announces_above(words, own, head=start < end)
            )
        )
        if (
            (shown and as_other and named not in own)
            or (start < end and _begins(words, others) > _begins(words, own))
            or (as_above and named not in own)
        ):
            yield start, stop
        before, last = behind, words[-1].casefold() if words else last


def _segments(text: str) -> Iterator[tuple[int, int, str]]:
    """What stands between the signs that set a name apart, and the sign behind it."""
    start = 0
    for found in _ENDS.finditer(text):
        if text[start : found.start()].strip():
            yield start, found.start(), found[0].strip()
        start = found.end()
    if text[start:].strip():
        yield start, len(text), ""


def _end_of_head(text: str) -> int:
    """Where the first sentence ends, and with it all lines before it that hold none."""
    found = next(
        (
            one
            for one in _SENTENCE_ENDS.finditer(text, 0, HEAD)
            if not all(map(_aside, _WORD.findall(text[: one.start()])))
        ),
        None,
    )
    return found.end() if found else min(len(text), HEAD)


def _begins(words: list[str], names: Collection[str]) -> int:
    """How many words of a name stand at the beginning; 0: it begins with none."""
    while words and _aside(words[0]):
        words = words[1:]
    longest = min(len(words), LONGEST_NAME)
    return next((n for n in range(longest, 0, -1) if _folded("".join(words[:n])) in names), 0)


def _announces_above(words: list[str], own: Collection[str], *, head: bool) -> bool:
    """Whether what stands before a colon is a name from above, with words that announce it.

    “Message du Roi”, “12h00 AFCN”, “le ministre Dupont”. Any other word makes it a sentence, which
    may tell of anybody: “la police fédérale est sur place: suivez ses consignes”.
    """
    words = words[_begins_after_aside(words, own) :]
    first = next((n for n, one in enumerate(words) if not _announces(one)), len(words))
    rest = words[first : first + LONGEST_NAME + 1]
    if len(words) - first > LONGEST_NAME:
        return False
    parts = [_folded(one) for one in rest]
    announced = any(one.casefold() in _ANNOUNCING for one in words[:first])
    above = _ABOVE | _REGIONS if head or announced else _ABOVE
    for start in range(len(rest)):
        if start and not rest[start - 1][0].isupper():
            break  # only a person stands before their title: “Anne Dupont, première ministre”
        for end in range(len(rest), start, -1):
            name = "".join(parts[start:end])
            if name not in (_TITLES if start else above) or name in own:
                continue
            behind = rest[end:]
            if name in _CROWN:
                return all(map(_aside, behind))
            return all(_stands_behind(one, title=name in _TITLES) for one in behind)
    return False


def _begins_after_aside(words: list[str], own: Collection[str]) -> int:
    """Where what follows the own name, and the words beside it, begins."""
    first = next((n for n, one in enumerate(words) if not _aside(one)), len(words))
    return first + _begins(words[first:], own)


def _announces(word: str) -> bool:
    return _aside(word) or word.casefold() in _ANNOUNCING


def _stands_behind(word: str, *, title: bool) -> bool:
    plain = word.casefold()
    named = word[0].isupper() and not _STREET.search(plain)
    return named or _announces(word) or (title and plain in _MATTERS)


def _core(name: str) -> str:
    return _core_of(_WORD.findall(name))


def _core_of(words: list[str]) -> str:
    """A name without articles, hours and marks beside it, folded; empty where it is too long."""
    kept = [one for one in words if not one[0].isdigit()] if len(words) > 1 else words
    while kept and _aside(kept[0]):
        kept = kept[1:]
    while kept and _aside(kept[-1]):
        kept = kept[:-1]
    return _folded("".join(kept)) if len(kept) <= LONGEST_NAME else ""


def _aside(word: str) -> bool:
    return word[0].isdigit() or word.casefold() in _ASIDE


def _is_governments(named: str) -> bool:
    return named in _GOVERNMENT or named in _SHORT


def _holds_government(text: str) -> bool:
    plain = _folded(text)
    return any(one in plain for one in _GOVERNMENT)
