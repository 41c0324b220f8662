"""Who speaks in a text, where that is not whose text it is.

A text names who speaks at its head, in its subject, before a colon, behind a word as “Source:”,
where it is announced, and in a line of its own. There nobody is named but the authority whose text
it is. In its sentences a text may tell of anybody: “the National Crisis Centre follows the
situation”.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

from alerting.domain.authority import RANK, Level
from alerting.domain.authority_names import (
    ABOVE,
    FOLDED_CROWN,
    FOLDED_REGIONS,
    FOLDED_TITLES,
    LONGEST_NAME,
    WORD,
    core_of,
    folded,
    holds_government,
    is_aside,
    is_governments,
)
from alerting.domain.bodies import CONNECTING, OFFICES, PLACES, STREET, level_of_body, place_of
from alerting.domain.late_values import without_marks

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
_SIGNING_WORDS = (
    "votre notre uw je ons onze ihr ihre ihren unser unsere unserem your our pour für for ceci est "
    "voici ici parle nous sommes un une vient provient dit is wij zijn hier spreekt een komt "
    "hiermee hierbij dies das ist wir sind spricht ein eine kommt this it we are here speaking a "
    "comes signé signée ondertekend getekend get gezeichnet gez unterzeichnet signed cordialement "
    "salutations sincères vriendelijke groet groeten hoogachtend freundlichen freundliche grüssen "
    "grüsse hochachtungsvoll regards sincerely voor"
)
_SIGNING = frozenset(_SIGNING_WORDS.split())
"""Before who signs, or says who is speaking: “Uw Nationaal Crisiscentrum”, “Ici le gouverneur”."""
_ANNOUNCING = frozenset(_ANNOUNCING_WORDS.split()) | _SIGNING
"""Before the name of who speaks: “message du …”, “namens de …”."""
_SAYING = frozenset(
    [
        "message",
        "messages",
        "communiqué",
        "communication",
        "annonce",
        "part",
        "nom",
        "déclaration",
        "allocution",
        "avis",
        "ordre",
        "bericht",
        "berichten",
        "mededeling",
        "boodschap",
        "oproep",
        "bevel",
        "verklaring",
        "namens",
        "vanwege",
        "naam",
        "opdracht",
        "last",
        "mitteilung",
        "nachricht",
        "meldung",
        "aufruf",
        "anordnung",
        "anweisung",
        "erklärung",
        "auftrag",
        "namen",
        "notice",
        "statement",
        "order",
        "orders",
        "behalf",
    ]
)
"""Of these, those that say that somebody speaks, whose name follows."""
_IN_ORDER = frozenset(["opdracht", "last", "bevel", "naam", "ordre", "auftrag", "behalf", "nom"])
"""Behind “in”, “op”, “sur”: on the order of, in the name of."""
_ORDERS = frozenset(
    [
        "avis",
        "ordre",
        "oproep",
        "bevel",
        "opdracht",
        "last",
        "anordnung",
        "anweisung",
        "auftrag",
        "order",
        "orders",
        "aufruf",
    ]
)
"""Of things, too: “avis de tempête”."""
_SPOKEN_FOR = frozenset(["namens", "vanwege", "naam", "nom", "part", "namen", "behalf"])
"""Who speaks stands behind them, whatever sign follows: “Namens de gouverneur, evacueer”."""
_OF = frozenset(
    ["van", "du", "de", "d", "l", "la", "of", "from", "by", "namens", "vanwege", "door", "par"]
)
"""Between these and a name; German writes every noun with a capital."""
_AND = frozenset({"en", "et", "und", "and"})
_OWN_SERVICES = frozenset(
    {
        *("police", "politie", "polizei", "pompiers", "brandweer", "feuerwehr"),
        *("hulpverleningszone", "presse", "pers"),
    }
)
"""What a town speaks with, beside itself; and “Communiqué de Presse”."""
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
_LABELS = (
    "expéditeur émetteur source organisateur afzender bron organisator absender quelle veranstalter"
    " behörde"
    " sender organiser organizer from de van von door par"
    " signé signature ondertekend getekend handtekening gezeichnet unterschrift signed"
)
SENDER_LABELS = frozenset(_LABELS.split())
"""Words behind whose colon the name of the speaker stands."""
HEAD = 600
"""Characters in which the head of a text ends."""

_ENDS = re.compile(r"\n|(?<![.!?…])[.!?…]++(?=\s|$)|[:;|•]|\s[–—-]++(?=\s)")
_SENTENCE_ENDS = re.compile(r"(?<![.!?…:])[.!?…:]++(?=\s|$)")


def speakers_in(
    text: str,
    others: Collection[str],
    *,
    own: Collection[str] = frozenset(),
    level: Level,
    label: bool = False,
) -> Iterator[tuple[int, int]]:
    """Where a text speaks as somebody else: stretches of it.

    `others` are other authorities' names and `own` those of who may speak, folded; `level` is
    theirs: what stands above it, or beside it elsewhere, is somebody else. `label`: a subject or a
    title, all of it a head.
    """
    text, others, own = without_marks(text), frozenset(others), frozenset(own)
    government = level is not Level.FEDERAL
    end = len(text) if label else _end_of_head(text)
    if government and holds_government(text[:end]):
        yield 0, end
        return
    before, last = "", ""
    for start, stop, behind in _segments(text):
        words = WORD.findall(text[start:stop])
        named = core_of(words)
        shown = before != ":" or last in SENDER_LABELS
        as_other = named in others or (government and is_governments(named))
        sourced = before == ":" and last in _SOURCE_LABELS
        as_above = government and (
            (shown and not sourced and named in (ABOVE | FOLDED_REGIONS if start < end else ABOVE))
            or (
                (behind == ":" or (shown and before == ":" and not sourced))
                and _announces_above(words, own, head=start < end)
            )
        )
        if (
            (shown and as_other and named not in own)
            or (start < end and _begins(words, others) > _begins(words, own))
            or (as_above and named not in own)
            or (
                not sourced
                and _announced(text[start:stop], others, own, level, alone=shown or behind == ":")
            )
        ):
            yield start, stop
        before, last = behind, words[-1].casefold() if words else last


def _segments(text: str) -> Iterator[tuple[int, int, str]]:
    """What stands between the signs that set a name apart, and the sign behind it."""
    start = 0
    for match in _ENDS.finditer(text):
        if text[start : match.start()].strip():
            yield start, match.start(), match[0].strip()
        start = match.end()
    if text[start:].strip():
        yield start, len(text), ""


def _end_of_head(text: str) -> int:
    """Where the first sentence ends, and with it all lines before it that hold none."""
    found = next(
        (
            one
            for one in _SENTENCE_ENDS.finditer(text, 0, HEAD)
            if not all(map(is_aside, WORD.findall(text[: one.start()])))
        ),
        None,
    )
    return found.end() if found else min(len(text), HEAD)


def _begins(words: list[str], names: Collection[str]) -> int:
    """How many words of a name stand behind those beside it; 0: it begins with none."""
    start = _first(words, lambda one: not is_aside(one))
    longest = min(len(words) - start, LONGEST_NAME)
    ends = range(start + longest, start, -1)
    return next((end - start for end in ends if folded("".join(words[start:end])) in names), 0)


def _first(words: Sequence[str], is_it: Callable[[str], bool]) -> int:
    """Where the first such word stands; behind the last, if none does."""
    return next((n for n, one in enumerate(words) if is_it(one)), len(words))


def _announces_above(words: list[str], own: Collection[str], *, head: bool) -> bool:
    """Whether what stands before a colon is a name from above, with words that announce it.

    “Message du Roi”, “12h00 AFCN”, “le ministre Dupont”. Any other word makes it a sentence, which
    may tell of anybody: “la police fédérale est sur place: suivez ses consignes”.
    """
    words = words[_begins_after_aside(words, own) :]
    first = _first(words, lambda one: not _announces(one))
    rest = words[first : first + LONGEST_NAME + 1]
    if len(words) - first > LONGEST_NAME:
        return False
    parts = [folded(one) for one in rest]
    announced = any(word.casefold() in _ANNOUNCING for word in words[:first])
    above = ABOVE | FOLDED_REGIONS if head or announced else ABOVE
    for start in range(len(rest)):
        if start and not rest[start - 1][0].isupper():
            break  # only a person stands before their title: “Anne Dupont, première ministre”
        for end in range(len(rest), start, -1):
            name = "".join(parts[start:end])
            if name not in (FOLDED_TITLES if start else above) or name in own:
                continue
            behind = rest[end:]
            if name in FOLDED_CROWN:
                return all(map(is_aside, behind))
            return all(_stands_behind(one, title=name in FOLDED_TITLES) for one in behind)
    return False


@lru_cache(maxsize=8_192)
def _announced(
    text: str, others: frozenset[str], own: frozenset[str], level: Level, *, alone: bool
) -> bool:
    """Whether a stretch is nothing but a name of somebody else, with words that announce it.

    “Bericht van de Stad Luik”, “Namens de gouverneur”, “Conseil national de sécurité”. `alone`: it
    stands where a speaker does even with no such words. Remembered: alerts share their sentences.
    """
    words = WORD.findall(text)
    if _is_announced(words, others, own, level, alone=alone):
        return True
    if "," not in text:
        return False
    part = WORD.findall(text.partition(",")[0])
    spoken_for = len(part) < len(words) and any(one.casefold() in _SPOKEN_FOR for one in part)
    return spoken_for and _is_announced(part, others, own, level, alone=False)


def _is_announced(
    words: list[str], others: Collection[str], own: Collection[str], level: Level, *, alone: bool
) -> bool:
    begin = _begins_after_aside(words, own)
    if words[begin + 1 : begin + 2] and words[begin + 1].casefold() in _IN_ORDER:
        begin += 1  # “in opdracht van”
    first = begin + _first(words[begin:], _names)
    lead = {word.casefold() for word in words[begin:first]}
    if ours := _begins(words[first : first + LONGEST_NAME], own):  # “van de Stad Gent en de …”
        first += ours
        first += _first(words[first:], _names)
    end = len(words)
    while end > first and is_aside(words[end - 1]):
        end -= 1
    if not 0 < end - first <= LONGEST_NAME:
        return False
    name = words[first:end]
    called = folded("".join(name))
    saying = not lead.isdisjoint(_SAYING)
    if called in own or level is Level.FEDERAL:
        return saying and called in others
    signing = saying or not lead.isdisjoint(_SIGNING)
    if signing and (called in others or called in ABOVE or called in FOLDED_REGIONS):
        return True
    of = level_of_body(name) or _level_of_place(name)
    if of is not None:
        person_or_body = _level_of_place(name) is None
        higher = person_or_body and RANK[of] > RANK[level]
        return (higher and (alone or saying)) or (
            saying and (of != level or _elsewhere(name, own, others))
        )
    # Anybody else whose name is announced: “Bericht van Kind en Gezin”, no “avis de tempête”.
    named = _is_name(name) and first and words[first - 1].casefold() in _OF
    named = named and not all(map(str.isupper, words[:first]))  # “COMMUNIQUÉ DE PRESSE”
    own_service = name[0].casefold() in _OWN_SERVICES or _is_own_place(folded(name[-1]), own)
    return bool(named) and not own_service and not lead.isdisjoint(_SAYING - _ORDERS)


def _names(word: str) -> bool:
    """Whether a word may begin the name of who is announced."""
    return not (_announces(word) or word.casefold() in _SAYING)


def _level_of_place(name: list[str]) -> Level | None:
    """The level of an authority that is called as what it governs: “Stad Luik”."""
    return PLACES.get(name[0].casefold()) if _is_name(name[1:]) else None


def _is_name(words: Sequence[str]) -> bool:
    """Whether these are capitalised words and what joins them."""
    return all(word[0].isupper() or word in CONNECTING or word in _AND for word in words)


def _elsewhere(name: list[str], own: Collection[str], others: Collection[str]) -> bool:
    """Whether an office or authority of one's own level is that of another place."""
    place = place_of(name)
    if not place and name[0].casefold() in PLACES:
        place = folded("".join(name[1:]))  # “stad Luik”
    if not place or _is_own_place(place, own):
        return False
    # Behind the name of a person, “van” may belong to it: “burgemeester Jan van den Bossche”.
    person = len(name) > 1 and name[1].istitle() and name[0].casefold() in OFFICES
    return not person or any(one.endswith(place) for one in others)


def _is_own_place(place: str, own: Collection[str]) -> bool:
    return any(one.endswith(place) for one in own)


def _begins_after_aside(words: list[str], own: Collection[str]) -> int:
    """Where what follows the own name, and the words beside it, begins."""
    return _first(words, lambda one: not is_aside(one)) + _begins(words, own)


def _announces(word: str) -> bool:
    return is_aside(word) or word.casefold() in _ANNOUNCING


def _stands_behind(word: str, *, title: bool) -> bool:
    plain = word.casefold()
    named = word[0].isupper() and not STREET.search(plain)
    return named or _announces(word) or (title and plain in _MATTERS)
