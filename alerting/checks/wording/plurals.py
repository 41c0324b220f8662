"""One of a thing, in the plural: “1 minutes”, “1 uren”, and in English “1 time” for “once”."""

from collections.abc import Iterator, Mapping

from alerting.checks.check_input import CheckInput, fields
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import DE, EN, FR, NL, flat, pattern
from alerting.domain.language import Language
from alerting.domain.message import Message

PLURALS: Mapping[Language, str] = {
    # “fois” has one form.
    FR: r"minutes|heures|jours|semaines|secondes|années|personnes|habitants|blessés|communes"
    r"|degrés|litres|mètres|kilomètres|kilos|comprimés|enfants|adultes|rues|routes|maisons"
    r"|victimes|véhicules|numéros|messages|disparus|morts|pompiers|écoles|autres communes",
    # “uur”, “keer”, “liter”, “meter”, “euro” have one form after a number.
    NL: r"minuten|uren|dagen|weken|seconden|jaren|maanden|personen|mensen|inwoners|gewonden"
    r"|gemeenten|graden|liters|meters|kilometers|tabletten|kinderen|volwassenen|straten|wegen"
    r"|huizen|slachtoffers|bussen|voertuigen|nummers|berichten|vermisten|doden|scholen|keren"
    r"|andere gemeenten",
    # “1 Mal” and “1-mal” are right; “Liter”, “Meter”, “Einwohner” have one form.
    DE: r"minuten|stunden|tage|wochen|sekunden|jahre|monate|personen|menschen|verletzte|gemeinden"
    r"|male|tabletten|kinder|straßen|häuser|busse|fahrzeuge|nummern|nachrichten|vermisste|tote"
    r"|schulen|weitere gemeinden|orte",
    # “1 time” is no English for “once” (review of the iodine text).
    EN: r"minutes|hours|days|weeks|seconds|years|months|persons|people|inhabitants|municipalities"
    r"|degrees|litres|metres|kilometres|tablets|children|adults|streets|roads|houses|victims|buses"
    r"|vehicles|numbers|messages|schools|times?|other municipalities",
}
_NUMBERED = (
    r"phase|code|zone|étape|niveau|radio|ligne|point|mesure|lijn|fase|stap|kanaal|maatregel|stufe"
    r"|linie|punkt|schritt|maßnahme|step|level|line|route|point|measure|nr\.?|n°|no\.?|studio|brf"
    r"|chapter|article|artikel|art\.?|annexe|page"
)
"""After these a number is a name: “Phase 1 municipalities”."""
_ONE = {
    language: pattern(rf"(?<![\w.,:/+–-])(?<!\d )1 (?P<noun>{text})\b(?!-)")
    for language, text in PLURALS.items()
}
_NAME_BEFORE = pattern(rf"\b(?:{_NUMBERED}) $")


def plurals_of_one(message: Message, _: CheckInput) -> Iterator[Hit]:
    """Every “1” before a plural."""
    for field, text in fields(message):
        plain = flat(text)
        if "1 " not in plain:
            continue
        for match in _ONE[message.language].finditer(plain):
            if not _NAME_BEFORE.search(plain[max(0, match.start() - 12) : match.start()]):
                yield Hit(field, *match.span(), {"words": text[slice(*match.span())]})
