"""The 528 texts of the library, filled with plausible values, as messages of a draft.

They lie beside this checkout; the tests that need them skip when they do not.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from alerting.domain.language import Language
from alerting.domain.message import Message

FILE = Path("../shared/data/templates.json")
FR, NL, DE, EN = Language


def _each(fr: str, nl: str, de: str, en: str) -> Mapping[Language, str]:
    return {FR: fr, NL: nl, DE: de, EN: en}


def _time(hour: int, minute: int) -> Mapping[Language, str]:
    return _each(
        f"{hour:02}h{minute:02}",
        f"{hour:02}.{minute:02} uur",
        f"{hour:02}:{minute:02} Uhr",
        f"{hour:02}:{minute:02}",
    )


def _same(text: str) -> Mapping[Language, str]:
    return dict.fromkeys(Language, text)


VALUES: Mapping[str, Mapping[Language, str]] = {
    "aftercare": _each("Aérez", "Verlucht alle kamers", "Lüften Sie alle Räume", "Air all rooms"),
    "allowed_use": _each("chasse d'eau", "toilet", "Toilettenspülung", "toilet flushing"),
    "alt_number": _same("02 555 00 00"),
    "area": _each(
        "Liège et Herstal", "Luik en Herstal",
        "Lüttich und Herstal", "Liège and Herstal",
    ),
    "authority": _each(
        "Bourgmestre de Liège", "Burgemeester van Luik", "Bürgermeister von Lüttich",
        "Mayor of Liège",
    ),
    "boil_minutes": _same("3"),
    "care_phone": _same("0800 12 345"),
    "cause": _each("erreur humaine", "menselijke fout", "menschlicher Fehler", "human error"),
    "change": _each("la fumée diminue", "er is minder rook", "weniger Rauch", "less smoke"),
    "closed_roads": _each("N61 et E42", "N61 en E42", "N61 und E42", "N61 and E42"),
    "clothing": _each("Manteau rouge", "Rode jas", "Roter Mantel", "Red coat"),
    "color": _each("orange", "oranje", "orange", "orange"),
    "contaminant": _each("pesticide", "pesticide", "Pestizid", "pesticide"),
    "date": _each("23 novembre 2026", "23 november 2026", "23. November 2026", "23 November 2026"),
    "deadline": _time(18, 15),
    "depth": _each("1,5 m", "1,5 m", "1,5 m", "1.5 m"),
    "disease": _each("grippe", "griep", "Grippe", "influenza"),
    "distribution_point": _each(
        "hall, Herstal", "zaal, Herstal",
        "Halle, Herstal", "hall, Herstal",
    ),
    "doing": _each(
        "les pompiers éteignent le feu", "de brandweer blust de brand",
        "die Feuerwehr löscht den Brand", "the fire service is putting out the fire",
    ),
    "event": _each("Course cycliste", "Wielerwedstrijd", "Radrennen", "Cycle race"),
    "evidence": _each("air normal", "lucht normaal", "Luft normal", "air normal"),
    "expires": _time(22, 45),
    "hazard": _each("fuite chimique", "chemisch lek", "Chemieunfall", "chemical leak"),
    "hygiene_rule": _each(
        "vous pouvez vous doucher", "u mag douchen", "Duschen ist möglich", "you may shower",
    ),
    "info_phone": _same("04 222 00 00"),
    "instruction": _each(
        "restez à l'intérieur", "blijf binnen", "bleiben Sie drinnen", "stay inside",
    ),
    "iodine_info": _each("une prise par jour", "één keer per dag", "einmal täglich", "once a day"),
    "known": _each("3 blessés", "3 gewonden", "3 Verletzte", "3 injured"),
    "last_seen": _time(9, 20),
    "litres": _same("6"),
    "location": _each(
        "quai des Vennes, Liège", "Quai des Vennes, Luik", "Quai des Vennes, Lüttich",
        "Quai des Vennes, Liège",
    ),
    "measure_1": _each(
        "portez un masque en magasin", "draag een masker in winkels",
        "tragen Sie in Geschäften eine Maske", "wear a mask in shops",
    ),
    "measure_2": _each(
        "gardez 1,5 m de distance", "hou 1,5 m afstand", "halten Sie 1,5 m Abstand",
        "keep a distance of 1.5 m",
    ),
    "n": _same("2"),
    "next_update": _time(16, 30),
    "numbers": _same("112, 101"),
    "onset": _time(15, 10),
    "outage_type": _each(
        "est coupée", "is de stroom uitgevallen", "ist der Strom ausgefallen", "the power is off",
    ),
    "permitted": _each("sortir", "buitenkomen", "hinausgehen", "go outside"),
    "person_short": _each(
        "Garçon de 8 ans, 1 m 30", "Jongen van 8 jaar, 1 m 30", "Junge, 8 Jahre, 1 m 30",
        "Boy, 8 years old, 1 m 30",
    ),
    "phenomenon": _each("vent, 110 km/h", "wind, 110 km/u", "Wind, 110 km/h", "wind, 110 km/h"),
    "pickup": _each("gare de Spa", "station Spa", "Bahnhof Spa", "Spa station"),
    "police_phone": _same("0800 30 300"),
    "prev_time": _time(13, 10),
    "radio": _same("VivaCité"),
    "relay_point": _each(
        "caserne, Herstal", "kazerne, Herstal",
        "Feuerwache, Herstal", "fire station, Herstal",
    ),
    "release_status": _each(
        "rejet possible", "lozing mogelijk",
        "Freisetzung möglich", "release possible",
    ),
    "remaining": _each("rue fermée", "straat afgesloten", "Straße gesperrt", "street closed"),
    "report_date": _each(
        "1er décembre 2026", "1 december 2026",
        "1. Dezember 2026", "1 December 2026",
    ),
    "right": _each(
        "faire bouillir l'eau", "het water koken",
        "das Wasser abkochen", "boil the water",
    ),
    "river": _each("la Vesdre", "de Vesder", "die Weser", "the Vesdre"),
    "route": _each(
        "N61 vers Eupen", "N61 richting Eupen",
        "N61 Richtung Eupen", "N61 towards Eupen",
    ),
    "safe_direction": _each("gare", "station", "Bahnhof", "station"),
    "scenario": _each("incendie industriel", "industriebrand", "Industriebrand", "industrial fire"),
    "shelter": _each("hall, Spa", "hal, Spa", "Halle, Spa", "hall, Spa"),
    "site": _same("Tihange"),
    "substance": _each("chlore", "chloor", "Chlor", "chlorine"),
    "time": _time(14, 5),
    "tmax": _same("38"),
    "transport_alt": _each("train", "trein", "Zug", "train"),
    "unknown": _each("la cause", "de oorzaak", "die Ursache", "the cause"),
    "url": _same("https://be-alert.be/x"),
    "utility": _same("SWDE"),
    "vehicle": _each("vélo bleu", "blauwe fiets", "blaues Fahrrad", "blue bicycle"),
    "wrong": _each("eau potable", "drinkbaar water", "Trinkwasser", "drinking water"),
}  # fmt: skip

CHANNELS: Mapping[str, tuple[str, str]] = {
    "sms": ("", "sms"),
    "x": ("", "social"),
    "voice": ("", "voice"),
    "email": ("subject", "long"),
    "web": ("headline", "long"),
}
"""Which texts a channel takes: its subject and its words."""


def library() -> Mapping[str, Any]:
    """The scenarios, or a reason to skip."""
    if not FILE.exists():
        pytest.skip("the library of texts is not beside this checkout (../shared/data)")
    templates: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["templates"]
    return templates


def filled(text: str, language: Language) -> str:
    """A text with its placeholders filled."""
    return text.format_map({name: words[language] for name, words in VALUES.items()})


def texts() -> list[tuple[str, str, Language, str]]:
    """Every text there is: scenario, kind, language, words."""
    return [
        (scenario, kind, language, filled(texts[language], language))
        for scenario, kinds in library().items()
        for kind, texts in kinds.items()
        if isinstance(texts, dict)
        for language in Language
    ]


def messages(scenario: str) -> tuple[Message, ...]:
    """The messages of one scenario, on every channel and in every language."""
    kinds = library()[scenario]
    return tuple(
        Message(
            channel=channel,
            language=language,
            text=filled(kinds[words][language], language),
            subject=filled(kinds[subject][language], language) if subject else "",
        )
        for channel, (subject, words) in CHANNELS.items()
        for language in Language
    )
