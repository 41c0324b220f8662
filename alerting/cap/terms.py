"""The words that CAP leaves open, as our messages use them: labels of languages, names of codes."""

from alerting.domain.language import Language

LABELS = {
    Language.FR: "fr-BE",
    Language.NL: "nl-BE",
    Language.DE: "de-BE",
    Language.EN: "en",
}
"""What CAP calls our languages (RFC 3066)."""
BY_LABEL = {label: language for language, label in LABELS.items()}
NIS, EMMA = "NIS", "EMMA_ID"
"""Names of geocodes: Statbel's codes of places, and the zones of MeteoAlarm."""
EU_ALERT = "EU-Alert"
"""Name of the parameter with the level of ETSI TS 102 900."""
EU_LEVELS = frozenset({"1", "2", "3", "4", "Amber", "Exercise", "Test"})
OASIS_TERMS = "OET:v1.2"
"""Name of event codes of the OASIS Event Terms List 1.2."""
OWN_EVENT = "BE-NCCN:hazard"
MAX_HEADLINE = 140
"""Characters (Google)."""
