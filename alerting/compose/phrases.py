"""Fixed words around the texts: the same in every message of a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerting.domain.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPhrases:
    """The words of one language."""

    footer: str
    press_header: str
    immediate_release: str
    contact: str


PHRASES: Mapping[Language, FixedPhrases] = {
    Language.FR: FixedPhrases(
        footer="Message officiel. Expéditeur : {authority}. À vérifier sur : {url}",
        press_header="COMMUNIQUÉ DE PRESSE",
        immediate_release="Diffusion immédiate",
        contact="Contact presse",
    ),
    Language.NL: FixedPhrases(
        footer="Officieel bericht. Afzender: {authority}. Controleer dit bericht op: {url}",
        press_header="PERSBERICHT",
        immediate_release="Voor onmiddellijke publicatie",
        contact="Perscontact",
    ),
    Language.DE: FixedPhrases(
        footer="Amtliche Nachricht. Absender: {authority}. Echtheit prüfen unter: {url}",
        press_header="PRESSEMITTEILUNG",
        immediate_release="Zur sofortigen Veröffentlichung",
        contact="Pressekontakt",
    ),
    Language.EN: FixedPhrases(
        footer="Official message. Sender: {authority}. Verify this message at: {url}",
        press_header="PRESS RELEASE",
        immediate_release="For immediate release",
        contact="Press contact",
    ),
}
"""A name stands after a colon, so that no language has to bend it."""


def contact_block(language: Language, contact: str) -> str:
    """The last paragraph of a press release: whom newsrooms call."""
    return f"{PHRASES[language].contact}\n{contact.strip()}"
