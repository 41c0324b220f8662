"""A press release of the demonstration: written, approved by somebody else, published."""

from collections.abc import Mapping
from typing import Any

from alerting.actions.press import publishing, review, writing
from alerting.actions.press.writing import ReleaseChanges, ReleaseRequest
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.press.release import KeyFigure, Quote, Release
from alerting.services import Services

TEXTS: Mapping[Language, Mapping[str, Any]] = {
    Language.FR: {
        "headline": "Un numéro d’information est ouvert pour les habitants",
        "lead": "Le numéro d’information répond dès maintenant, de 8h00 à 20h00.",
        "body": "Les appels d’urgence restent réservés au 112.\n\n"
        "- Appelez le numéro d’information pour toute question.\n"
        "- Restez informés par les canaux officiels.",
        "quotes": (
            Quote(
                text="Chaque question mérite une réponse",
                speaker="Anne Dupont",
                function="porte-parole",
            ),
        ),
        "facts": (KeyFigure(label="Collaborateurs", value="40"),),
        "contact": "Presse FR\n+32 2 488 62 00, de 8h00 à 20h00",
        "place": "Bruxelles",
    },
    Language.NL: {
        "headline": "Er is een informatienummer voor de inwoners",
        "lead": "Het informatienummer antwoordt vanaf nu, van 8.00 tot 20.00 uur.",
        "body": "Noodoproepen blijven voor de 112.\n\n"
        "- Bel het informatienummer met elke vraag.\n"
        "- Volg de officiële kanalen.",
        "quotes": (
            Quote(
                text="Elke vraag verdient een antwoord",
                speaker="Anne Dupont",
                function="woordvoerder",
            ),
        ),
        "facts": (KeyFigure(label="Medewerkers", value="40"),),
        "contact": "Pers NL\n+32 2 488 62 00, van 8.00 tot 20.00 uur",
        "place": "Brussel",
    },
    Language.DE: {
        "headline": "Eine Auskunftsnummer ist für die Einwohner geschaltet",
        "lead": "Die Auskunftsnummer antwortet ab sofort, von 8:00 bis 20:00 Uhr.",
        "body": "Notrufe bleiben der 112 vorbehalten.\n\n"
        "- Rufen Sie bei jeder Frage die Auskunftsnummer an.\n"
        "- Folgen Sie den amtlichen Kanälen.",
        "quotes": (
            Quote(
                text="Jede Frage verdient eine Antwort",
                speaker="Anne Dupont",
                function="Sprecherin",
            ),
        ),
        "facts": (KeyFigure(label="Mitarbeiter", value="40"),),
        "contact": "Presse DE\n+32 2 488 62 00, von 8:00 bis 20:00 Uhr",
        "place": "Brüssel",
    },
}
"""Nobody is reached at this number: it is an example, and the demonstration reaches nobody."""


async def publish_release(
    services: Services, alert: int, *, author: Officer, second: Officer
) -> Release:
    """A release that accompanies an alert, published in all the languages of its area."""
    begun = await writing.create_release(services, ReleaseRequest(alert=alert), by=author)
    texts = {language: TEXTS[language] for language in begun.languages if language in TEXTS}
    changes = ReleaseChanges(revision=begun.revision, texts=texts)
    written = await writing.save_release(services, begun.id, changes, by=author)
    seen = written.fingerprint()
    await review.submit_release(services, written.id, by=author, seen=seen)
    await review.approve_release(services, written.id, by=second, seen=seen)
    return await publishing.publish_release(services, written.id, by=author, seen=seen)
