"""Synthetic people and newsrooms as CSV files, the same on every run.

Names are common ones put together by a seeded generator, every mail address is under
`example.org` (RFC 2606), and the numbers count up from an unused block: nobody real is in here.
"""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from itertools import accumulate

from alerting.domain.language import Language, languages_of
from alerting.geo.gazetteer import Gazetteer

SEED = 1789
ELSEWHERE = 0.1
"""The share of people outside the alert's area, who must not be reached."""
SECOND_LANGUAGE = 0.15
"""The share of people who chose the second language of a municipality that has two."""
NEWSROOMS = 50

FIRST: Mapping[Language, Sequence[str]] = {
    Language.FR: (
        "Amélie", "Antoine", "Aurore", "Benoît", "Camille", "Céline", "Damien", "Élise", "Fabrice",
        "Françoise", "Gaëlle", "Hugo", "Inès", "Jérôme", "Julie", "Laurent", "Léa", "Marc",
        "Noémie", "Olivier", "Pauline", "Rachid", "Sophie", "Thomas", "Yasmine",
    ),
    Language.NL: (
        "An", "Bart", "Bram", "Daan", "Ellen", "Emma", "Filip", "Greet", "Hanne", "Jan", "Joke",
        "Karel", "Katrien", "Lien", "Lotte", "Maarten", "Mieke", "Nele", "Pieter", "Ruben", "Sara",
        "Sofie", "Stijn", "Tine", "Wout",
    ),
    Language.DE: (
        "Anja", "Bernd", "Christa", "Dieter", "Elke", "Ferdinand", "Gerd", "Heike", "Ingrid",
        "Jürgen", "Karin", "Lena", "Manfred", "Nadja", "Oliver", "Petra", "Ralf", "Sabine",
        "Stefan", "Ulrike",
    ),
}  # fmt: skip
LAST: Mapping[Language, Sequence[str]] = {
    Language.FR: (
        "Bastin", "Collard", "Denis", "Dubois", "Fontaine", "Gérard", "Hubert", "Lambert",
        "Lejeune", "Leroy", "Marchal", "Mathieu", "Noël", "Piron", "Renard", "Servais", "Thiry",
    ),
    Language.NL: (
        "Claes", "De Smet", "Goossens", "Hermans", "Jacobs", "Janssens", "Maes", "Mertens",
        "Peeters", "Smets", "Van Damme", "Vandenberghe", "Verhoeven", "Wouters",
    ),
    Language.DE: (
        "Bauer", "Brüll", "Fank", "Heinen", "Kohnen", "Laschet", "Mertes", "Pauels", "Reuter",
        "Schmitz", "Thelen", "Wiesen",
    ),
}  # fmt: skip
MEDIA: Mapping[Language, Sequence[str]] = {
    Language.FR: ("Agence", "Radio", "Télé", "Quotidien", "Gazette", "Info"),
    Language.NL: ("Agentschap", "Radio", "Televisie", "Dagblad", "Krant", "Nieuws"),
    Language.DE: ("Rundfunk", "Zeitung"),
    Language.EN: ("Bulletin",),
}


def recipients_csv(gazetteer: Gazetteer, area: Sequence[str], number: int) -> bytes:
    """People spread over real municipalities by population, speaking what is spoken there."""
    dice = random.Random(SEED)  # noqa: S311  a repeatable spread, no secret
    here = _Crowd(gazetteer, sorted(set(area)))
    others = [code for code in gazetteer.resolve("Belgique") if code not in set(area)]
    existing_crowd = _Crowd(gazetteer, others) if others else here
    rows = []
    for serial in range(1, number + 1):
        nis_code = (existing_crowd if dice.random() < ELSEWHERE else here).draw(dice)
        spoken = languages_of(gazetteer.inhabited(nis_code))
        second = len(spoken) > 1 and dice.random() < SECOND_LANGUAGE
        language = spoken[1] if second else spoken[0]
        rows.append(_person(dice, serial, nis_code, language))
    return _csv(("reference", "name", "language", "municipality", "phone", "email"), rows)


def one_in(gazetteer: Gazetteer, number: int) -> int:
    """How many inhabitants of the country each of so many recipients stands for."""
    return max(gazetteer.inhabitants(gazetteer.resolve("Belgique")) // number, 1)


def press_csv() -> bytes:
    """Some fifty invented newsrooms."""
    dice = random.Random(SEED)  # noqa: S311
    languages = [Language.FR] * 22 + [Language.NL] * 22 + [Language.DE] * 5 + [Language.EN]
    rows = []
    for serial, language in enumerate(languages[:NEWSROOMS], start=1):
        outlet = f"{dice.choice(MEDIA[language])} {serial}"
        address = f"newsroom-{serial}@example.org"
        rows.append((f"press-{serial}", outlet, "", language.value, address, ""))
    return _csv(("reference", "outlet", "name", "language", "email", "phone"), rows)


def _person(
    dice: random.Random, serial: int, nis_code: str, language: Language
) -> tuple[str, str, str, str, str, str]:
    name = f"{dice.choice(FIRST[language])} {dice.choice(LAST[language])}"
    reached_by = dice.random()
    phone = f"+3247{1_000_000 + serial:07d}" if reached_by < 0.9 else ""
    email = f"person-{serial}@example.org" if reached_by >= 0.1 else ""
    return (f"demo-{serial}", name, language.value, nis_code, phone, email)


class _Crowd:
    """Municipalities to draw from, each as often as people live there."""

    def __init__(self, gazetteer: Gazetteer, codes: Sequence[str]) -> None:
        self._codes = codes
        self._weights = list(accumulate(gazetteer.inhabited(code).inhabitants for code in codes))

    def draw(self, dice: random.Random) -> str:
        return dice.choices(self._codes, cum_weights=self._weights)[0]


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")
