"""One alert in four languages on eight channels: right as it stands, to be spoilt by the tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerting.checks.check_input import CheckInput
from alerting.domain.alert import AlertClass
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import Message

FR, NL, DE, EN = Language
NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)

SHORT = {
    FR: "BE-Alert Bourgmestre de Liège 14h05: gros incendie, fumée nocive. Zone: Liège. Restez à "
    "l'intérieur. Fermez portes et volets. Prochain message: 16h30. https://be-alert.be",
    NL: "BE-Alert Burgemeester van Luik 14.05 uur: grote brand, schadelijke rook. Zone: Luik. "
    "Blijf binnen. Sluit ramen en deuren. Volgend bericht: 16.30 uur. https://be-alert.be",
    DE: "BE-Alert Bürgermeister von Lüttich 14:05 Uhr: Großbrand, schädlicher Rauch. Gebiet: "
    "Lüttich. Bleiben Sie drinnen. Schließen Sie die Fenster. Nächste Nachricht: 16:30 Uhr. "
    "https://be-alert.be",
    EN: "BE-Alert Mayor of Liège 14:05: large fire, harmful smoke. Area: Liège. Stay inside. Close "
    "doors and windows. Next message: 16:30. https://be-alert.be",
}
LONG = {
    FR: "Bourgmestre de Liège - 23 novembre 2026, 14h05. Gros incendie. Zone : Liège.\n"
    "1. Restez à l'intérieur.\n2. Fermez portes et volets.\n"
    "Appelez le 112 en cas de danger, le 04 222 00 00 pour une question. 3 rues sont fermées.\n"
    "Prochain message : 16h30. Informations : https://be-alert.be/fr",
    NL: "Burgemeester van Luik - 23 november 2026, 14.05 uur. Grote brand. Zone: Luik.\n"
    "1. Blijf binnen.\n2. Sluit ramen en deuren.\n"
    "Bel 112 bij gevaar, 04 222 00 00 voor een vraag. 3 straten zijn afgesloten.\n"
    "Volgend bericht: 16.30 uur. Informatie: https://be-alert.be/nl",
    DE: "Bürgermeister von Lüttich - 23. November 2026, 14:05 Uhr. Großbrand. Gebiet: Lüttich.\n"
    "1. Bleiben Sie drinnen.\n2. Schließen Sie Fenster und Türen.\n"
    "Rufen Sie bei Gefahr die 112 an, bei Fragen 04 222 00 00. 3 Straßen sind gesperrt.\n"
    "Nächste Nachricht: 16:30 Uhr. Informationen: https://be-alert.be/de",
    EN: "Mayor of Liège - 23 November 2026, 14:05. Large fire. Area: Liège.\n"
    "1. Stay inside.\n2. Close doors and windows.\n"
    "In danger call 112, for questions +32 4 222 00 00. 3 streets are closed.\n"
    "Next message: 16:30. Information: https://be-alert.be/en",
}
TITLES = {
    FR: "Incendie, restez à l'intérieur – Liège",
    NL: "Brand, blijf binnen – Luik",
    DE: "Brand, drinnen bleiben – Lüttich",
    EN: "Fire, stay inside – Liège",
}
WITH_TITLE = ("email", "web")
CHANNELS = {
    **dict.fromkeys(("sms", "x", "mastodon", "bluesky"), SHORT),
    **dict.fromkeys(("email", "web", "voice", "cellbroadcast"), LONG),
}
LIEGE = {FR: ("Liège",), NL: ("Luik",), DE: ("Lüttich",), EN: ("Liège",)}


def message(channel: str, language: Language) -> Message:
    """One of the texts."""
    return Message(
        channel=channel,
        language=language,
        text=CHANNELS[channel][language],
        subject=TITLES[language] if channel in WITH_TITLE else "",
    )


def subject(*messages: Message, **changes: object) -> CheckInput:
    """The alert with these messages, or with all there are."""
    given = CheckInput(
        messages=messages or tuple(message(one, two) for one in CHANNELS for two in Language),
        required=(FR, NL, DE),
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=4),
        sources={
            FR: ("Bourgmestre de Liège",),
            NL: ("Burgemeester van Luik",),
            DE: ("Bürgermeister von Lüttich",),
            EN: ("Mayor of Liège",),
        },
        places=(LIEGE,),
        allowed_hosts=frozenset({"be-alert.be"}),
        telephones=frozenset({"+3242220000"}),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def spoilt(channel: str, language: Language, before: str, after: str) -> CheckInput:
    """The channel's texts in every language, one of them with something put wrong."""
    right = [message(channel, one) for one in Language]
    assert before in right[list(Language).index(language)].text, before
    return subject(
        *(
            replace(one, text=one.text.replace(before, after, 1))
            if one.language is language
            else one
            for one in right
        )
    )


def rules(findings: "tuple[Finding, ...]") -> set[str]:
    """What was found, by name."""
    return {one.rule for one in findings}
