"""Nobody speaks as somebody else, in any field that words come in by.

A text names as its speaker the authority whose text it is, and nobody else: neither the government
nor another authority stands at its head, in its subject, before a colon or as a signature. People,
entries of lists, settings and incidents bear no such name. What a text tells of others in its
sentences passes, and so does every text of the library, whoever sends it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import invitations
from alerting.actions.accounts.invitations import Invitation
from alerting.actions.alerts import text_checks
from alerting.actions.authorities import incidents
from alerting.actions.change_request_kinds import KINDS
from alerting.checks.check_input import CheckInput
from alerting.checks.lint import lint
from alerting.domain.alert import AlertClass
from alerting.domain.authority import NATIONAL, Level, Phase
from alerting.domain.authority_names import folded_names
from alerting.domain.change_request import Act
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.errors import BadRequest, NotFit
from alerting.domain.finding import NEVER_OVERRIDDEN
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Role
from alerting.services import Services
from tests import having_read
from tests.compose.samples import COMPOSER, LIBRARY, SENDER, draft
from tests.desk import MILA, Desk
from tests.make import GENT, person
from tests.territory import CITY, PROVINCE, TOWN, Country

FR, NL, DE, EN = Language
GHENT = {FR: "Ville de Gand", NL: "Stad Gent", DE: "Stadt Gent", EN: "City of Ghent"}
GOVERNOR = {FR: "Gouverneur de Liège", NL: "Gouverneur van Luik", DE: "Gouverneur von Lüttich",
            EN: "Governor of Liège"}  # fmt: skip
OTHERS = folded_names([*NATIONAL.names.values(), "Stad Luik", "Ville de Liège", "Stadt Lüttich"])

SPEAKING = (
    "BE-Alert Nationaal Crisiscentrum 13.00 uur: gaslek. Stad Gent.",
    "BE-Alert Nationaal Crisiscentrum {{ time }}: gaslek. Stad Gent.",
    "BE-Alert N@: gaslek. Stad Gent.".replace("N@", "NATIONAAL CRISIS-CENTRUM"),
    "BE-Alert Nationaalcrisiscentrum: gaslek. Info Stad Gent.",
    "BE-Alert Nati0naal Crisiscentrum: gaslek. Info Stad Gent.",
    "BE-Alert Crisiscentrum {{ time }}: gaslek. Info Stad Gent.",
    "BE-Alert Stad Gent en het Nationaal Crisiscentrum {{ time }}: gaslek.",
    "OEFENING: BE-Alert Nationaal Crisiscentrum {{ time }}: gaslek. Stad Gent.",
    "Stad Gent {{ time }}. Nationaal Crisiscentrum: ga naar binnen.",
    "Stad Gent – {{ date }}. Gaslek.\n\nHet Nationaal Crisiscentrum",
    "Stad Gent – {{ date }}. Gaslek.\n\nAfzender: Nationaal Crisiscentrum.",
    "Stad Gent – {{ date }}. Gaslek. Bron: de eerste minister.",
    "Dit is een bericht van BE-Alert, verzonden door het Nationaal Crisiscentrum. Stad Gent.",
    "PERSBERICHT\n\nGent, {{ date }}\n\nDe eerste minister waarschuwt\n\nGaslek. Stad Gent.",
    "BE-Alert Stad Luik {{ time }}: gaslek. Info Stad Gent.",
    "Stad Gent {{ time }}. Gaslek.\nVille de Liège",
)
ABOVE = (
    "AFCN", "Agence fédérale de contrôle nucléaire", "Défense belge", "Police fédérale", "Le Roi",
    "IRM", "Gouvernement wallon", "Ministre-Président", "Le ministre Dupont",
    "Dupont, ministre de la Santé publique", "FANC", "Het KMI", "Federale Politie", "De Koning",
    "Vlaamse Regering", "Landesverteidigung", "Der König", "Föderale Polizei",
    "Regierung der Deutschsprachigen Gemeinschaft", "Fédération Wallonie-Bruxelles", "Défense",
    "Minister Janssens", "Sciensano", "FAVV", "SPF Santé publique", "Premier ministre",
    "Centre de crise national", "Anne Dupont, première ministre",
)  # fmt: skip
SAYING = (
    "12h00 {}: sortez. Stad Gent.",
    "Stad Gent {{{{ time }}}}. {} : sortez.",
    "Stad Gent {{{{ time }}}}. Gaslek.\n\nMessage de {} : sortez.",
    "Stad Gent {{{{ time }}}}. De la part du {} : sortez.",
    "Stad Gent {{{{ time }}}}. Bericht namens {}: ga.",
    "Stad Gent {{{{ time }}}}. Wichtige Mitteilung der {}: gehen Sie.",
    "Stad Gent {{{{ time }}}}. Gaslek. Afzender: {}.",
)
ORDINARY = (
    "L'AFCN mesure la radioactivité. Restez chez vous.",
    "La police fédérale est sur place : suivez ses instructions.",
    "Suivez les consignes de la police fédérale : elle est sur place.",
    "Informations de l'IRM : voir meteo.be.",
    "Sources : IRM, AFCN. Bron: KMI.",
    "Source : IRM.",
    "Wallonie : vent fort. Bruxelles : pluie.",
    "Visite du Roi : le centre est fermé.",
    "De koning komt: het centrum is dicht.",
    "Avenue du Roi : rue fermée. Koning Albertlaan: afgesloten. König-Albert-Straße: gesperrt.",
    "Défense d'entrer : danger. Défense de fumer : gaz.",
    "Le ministre est informé : restez dedans.",
    "De minister van Volksgezondheid is verwittigd: blijf binnen.",
    "Zone : Région wallonne. Zone:\n- Wallonie\n- Ostbelgien\n",
    "Das Militär und die föderale Polizei helfen: folgen Sie ihnen.",
)
TELLING = (
    "BE-Alert Stad Gent {{ time }}: gaslek. Info: https://crisiscentrum.be",
    "BE-Alert Stad Gent 13.00 uur: gaslek. Het Nationaal Crisiscentrum volgt de situatie op.",
    "Stad Gent {{ time }}. Volg het Nationaal Crisiscentrum en Stad Luik. Zie crisiscentrum.be.",
    "Stad Gent {{ time }}. De eerste minister komt, zegt de Stad Luik. Blijf binnen.",
    "Stad Gent {{ time }}. Gaslek. Plaats: Stad Luik. Zone: Gent.",
    "Stad Gent {{ time }}. Gaslek. Informatie: Nationaal Crisiscentrum, 1771.",
    "Stad Gent {{ time }}. Het provinciaal crisiscentrum is open: bel 1771.",
)
SAID = (
    "Bericht van {}: ga weg.", "Bericht van de {}. Ga weg.", "Namens de {}: ga weg.",
    "In opdracht van de {}: ga weg.", "Vanwege de {}: ga weg.", "Message du {} : sortez.",
    "De la part du {} : sortez.", "Au nom de la {}, sortez.", "Communiqué du {}.\n\nSortez.",
    "Im Auftrag des {}: gehen Sie.", "Wichtige Mitteilung der {}: gehen Sie.",
    "On behalf of the {}: leave.", "Message from the {}: leave.", "Namens {}, ga weg.",
    "Bericht van de Stad Gent en de {}: ga weg.", "BERICHT VAN DE {}: GA WEG.",
)  # fmt: skip
NOT_GHENTS = (
    # of every level: registered or not, with their place or without, in capitals or not
    "Stad Luik", "Ville de Liège", "stad Namen", "Commune de Theux", "Gemeinde Eupen",
    "burgemeester van Luik", "bourgmestre de Liège", "Bürgermeister von Eupen", "Mayor of Liège",
    "gouverneur", "Gouverneur", "Gouverneur van Oost-Vlaanderen", "gouverneure", "Governor",
    "Gouverneur van Vlaams-Brabant", "gouverneur du Brabant wallon", "Provincie Oost-Vlaanderen",
    "Province de Flandre", "provinciale crisiscel", "cellule de crise provinciale",
    "diensten van de gouverneur", "cabinet du gouverneur",
)  # fmt: skip
NATIONAL_BODIES = (
    "Nationale Veiligheidsraad", "Conseil national de sécurité", "Nationaler Sicherheitsrat",
    "National Security Council", "Cellule de crise fédérale", "Crisiscel van de regering",
    "Föderale Krisenzelle", "Federale crisiscel", "Kanselarij van de eerste minister",
    "Chancellerie du premier ministre", "Commissariat corona du gouvernement", "CCN",
    "Europese Commissie", "Commission européenne", "Ministère de la Santé", "FOD Mobiliteit",
    "SPF Finances", "Conseil des ministres", "Hoge Gezondheidsraad",
    "Conseil supérieur de la santé",
    "Belgisches Parlament", "Vlaamse Regering", "Conseil régional", "Autorités fédérales",
    "Federal Council of Ministers", "Veiligheidsraad", "Agence nationale des eaux",
)  # fmt: skip
ANYBODY = ("Kind en Gezin", "STIB", "Jan Janssens", "Fluxys Belgium")
"""On no list, and no body of the state."""
OWN_OR_NOBODY = (
    "Bericht van de burgemeester: blijf binnen.", "De burgemeester: blijf binnen.",
    "Message du bourgmestre de Gand : restez.", "Bericht van de Stad Gent: blijf binnen.",
    "Bericht van burgemeester Jan Janssens: blijf.",
    "Bericht van burgemeester Jan van den Bossche: blijf.", "Bericht van de gemeente: blijf.",
    "Bericht van de politie: blijf.", "Message de la Police de Gand : restez.",
    "Bericht van Brandweer Gent: blijf.", "Mitteilung der Feuerwehr: bleiben Sie.",
    "Message de la zone de secours : restez.", "Bericht van BE-Alert: blijf.",
    "Message important : restez.", "Message en français : restez.", "Nachricht des Tages: Regen.",
    "Bericht van 12.30 uur: blijf.", "Message du 12 novembre : restez.", "Einde bericht.",
    "Bericht aan de inwoners van de Stad Luik: blijf.", "Volgende bericht: 14 uur.",
    "Message aux habitants de la Ville de Liège : restez.", "Avis de tempête : rentrez.",
    "Consignes de sécurité : restez.", "Anweisung zur Evakuierung: gehen Sie.",
    "In Stad Luik: ga niet naar buiten.", "Ville de Verviers : rues fermées.",
    "Province de Namur : vent fort.", "Zone : Province de Liège.", "Plaats: Stad Luik.",
    # what a text tells of others
    "De gouverneur vraagt: blijf binnen.", "Le gouverneur a décidé : restez.",
    "Sur ordre du gouverneur, évacuez.", "Op bevel van de gouverneur, evacueer.",
    "Le gouverneur de Liège dit : « restez chez vous ».", "Selon l'IRM : tempête.",
    "Le conseil national de sécurité décide : restez.", "Volgens het KMI: storm.",
    "La police fédérale aide la population : suivez-la.",
    "Wij volgen de Nationale Veiligheidsraad.", "Source : conseil national de sécurité.",
    # words of the same kind in the names of days, roads, stocks and schools
    "Nationale feestdag: geen tram.", "Nationale voorraad: genoeg.", "Route nationale : fermée.",
    "Place du Conseil national : fermée.", "Gouverneur Verwilghensingel: afgesloten.",
    "Burgemeester Vandenhovestraat: afgesloten.", "Belgische kust: storm.",
    "Conseil communal : séance annulée.", "Centre culturel provincial : fermé.",
    "École provinciale : fermée.",
)  # fmt: skip


def rules(text: str, subject: str = "") -> set[str]:
    message = Message(channel="web", language=NL, text=text, subject=subject)
    given = replace(of_ghent((message,)), places=())
    return {one.rule for one in lint(given) if one.severity == "blocks"}


def of_ghent(messages: tuple[Message, ...]) -> CheckInput:
    given = draft()
    return CheckInput(
        messages=messages,
        required=(),
        alert_class=AlertClass.ALERT,
        now=given.now,
        expires_at=given.expires_at,
        sources={one: (GHENT[one],) for one in Language},
        level=Level.MUNICIPAL,
        own_names=folded_names(GHENT.values()),
        other_names=OTHERS,
    )


@pytest.mark.parametrize("text", SPEAKING)
def test_a_text_that_speaks_as_somebody_else_blocks(text: str) -> None:
    assert "other-speaker" in rules(text)


SIGNATURES = (
    "Uw {}", "Votre {}", "Ihr {}", "Ons {}", "Notre {}", "Unser {}", "Your {}", "Voor het {}",
    "Ondertekend: {}", "Signé : {}", "Gezeichnet: {}", "Signed: {}", "Get. {}", "gez. {}",
    "Met vriendelijke groeten, {}", "Mit freundlichen Grüßen, {}", "Cordialement, {}",
    "Hier spreekt het {}", "Ici le {}", "Hier spricht das {}", "This is the {}", "Wij zijn het {}",
    "Dit is een bericht van het {}", "Dit bericht komt van het {}.", "Nous sommes le {}.",
)  # fmt: skip


@pytest.mark.parametrize("around", SIGNATURES)
@pytest.mark.parametrize("name", ["Nationaal Crisiscentrum", "Centre de crise national"])
def test_nobody_signs_or_says_in_person_that_somebody_else_speaks(around: str, name: str) -> None:
    assert "other-speaker" in rules(f"Stad Gent {{{{ time }}}}. Gaslek.\n\n{around.format(name)}")


@pytest.mark.parametrize("name", ABOVE)
def test_nobody_speaks_as_the_country_a_region_or_the_king(name: str) -> None:
    for around in SAYING:
        assert "other-speaker" in rules(around.format(name)), around


@pytest.mark.parametrize("around", ["BE-Alert {} 12h00: sortez.", "Message de la {} : sortez."])
def test_a_region_speaks_at_the_head_of_a_text_or_where_it_is_announced(around: str) -> None:
    for name in ("Région wallonne", "Communauté germanophone", "Wallonie"):
        assert "other-speaker" in rules(around.format(name))


@pytest.mark.parametrize("name", NOT_GHENTS + NATIONAL_BODIES + ANYBODY)
def test_nobody_is_announced_but_the_authority_itself(name: str) -> None:
    for around in SAID:
        words = around.format(name.upper() if around.isupper() else name)
        if name in ANYBODY and not around.startswith(("Bericht van {}", "Message du", "Namens {}")):
            continue  # in German and in capitals a name looks like any word
        assert "other-speaker" in rules(f"Stad Gent {{{{ time }}}}. Gaslek. {words}"), words


@pytest.mark.parametrize("name", NATIONAL_BODIES)
@pytest.mark.parametrize(
    "around", ["12h00 {}: sortez.", "Gaslek.\n\n{} : sortez.", "Gaslek.\n\n{}", "Afzender: {}."]
)
def test_no_body_of_the_state_speaks_on_any_list_or_none(name: str, around: str) -> None:
    assert "other-speaker" in rules(f"Stad Gent {{{{ time }}}}. {around.format(name)}")


@pytest.mark.parametrize("words", OWN_OR_NOBODY)
def test_the_authority_speaks_by_its_own_people_and_tells_of_others(words: str) -> None:
    assert "other-speaker" not in rules(f"Stad Gent {{{{ time }}}}. Gaslek. {words}")


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("Message du gouverneur : restez.", False),
        ("Message de la province : restez.", False),
        ("Provinciale crisiscel: blijf.", False),
        ("Le bourgmestre : restez.", False),
        ("Ville de Verviers : rues fermées.", False),
        ("Bericht van de burgemeester van Luik: blijf.", True),
        ("Bericht van de gouverneur van Namen: blijf.", True),
        ("Bericht van de minister: blijf.", True),
    ],
)
def test_a_governor_speaks_as_a_governor(words: str, refused: bool) -> None:
    message = Message(channel="web", language=NL, text=f"Gouverneur van Luik 12h00. Gas. {words}")
    given = replace(
        of_ghent((message,)), level=Level.PROVINCIAL, own_names=folded_names(GOVERNOR.values())
    )
    assert ("other-speaker" in {one.rule for one in lint(given)}) is refused


@pytest.mark.parametrize("words", ORDINARY)
def test_a_sentence_tells_of_the_country_a_region_or_the_king(words: str) -> None:
    assert "other-speaker" not in rules(f"Stad Gent {{{{ time }}}}. Gaslek. {words}")


@pytest.mark.parametrize("text", TELLING)
def test_a_text_that_tells_of_somebody_else_passes(text: str) -> None:
    assert not {"other-speaker", "no-source"} & rules(text, subject="Gaslek in Gent")


@pytest.mark.parametrize(
    "subject", ["Nationaal Crisiscentrum: gaslek", "Gaslek – eerste minister", "Stad Luik: gaslek"]
)
def test_a_subject_names_nobody_else(subject: str) -> None:
    assert "other-speaker" in rules("Stad Gent. Gaslek.", subject=subject)


def test_a_text_without_its_source_blocks_unless_a_federal_authority_speaks() -> None:
    assert "no-source" in rules("Gaslek. Blijf binnen.")
    message = Message(channel="web", language=NL, text="Gaslek. Blijf binnen.")
    found = lint(replace(of_ghent((message,)), level=Level.FEDERAL))
    assert [one.severity for one in found if one.rule == "no-source"] == ["warns"]


def test_no_reason_lifts_these() -> None:
    assert {"other-speaker", "no-source"} <= NEVER_OVERRIDDEN


@pytest.mark.parametrize("scenario", LIBRARY.names())
@pytest.mark.parametrize(
    ("names", "level"),
    [
        (GHENT, Level.MUNICIPAL),
        (NATIONAL.names, Level.FEDERAL),
        (GOVERNOR, Level.PROVINCIAL),
        (dict.fromkeys(Language, "Meuse Chimie (site Seveso)"), Level.PARTNER),
    ],
    ids=["town", "country", "province", "other"],
)
async def test_every_text_of_the_library_speaks_as_whoever_sends_it(
    scenario: str, names: Mapping[Language, str], level: Level
) -> None:
    sender = replace(SENDER, authority=names)
    given = replace(draft(scenario, channels=tuple(PROFILES)), sender=sender)
    subject = replace(
        of_ghent(await COMPOSER.compose(given)),
        sources={one: (names[one],) for one in Language},
        level=level,
        own_names=folded_names(names.values()),
        other_names=OTHERS - folded_names(names.values()),
    )
    found = [one for one in lint(subject) if one.rule in {"other-speaker", "no-source"}]
    assert found == []


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def test_two_officers_of_a_town_do_not_speak_as_the_crisis_centre(
    desk: Desk, services: Services, country: Country
) -> None:
    mila = await country.officer(Role.COMMUNICATOR, TOWN)
    joris = await country.officer(Role.APPROVER, TOWN)
    await desk.registers(person(1, nis_code=GENT, language=NL))
    found = await desk.drafts(by=mila, area=("Gent",), channels=("sms", "email"))
    texts = [
        replace(
            one,
            text=one.text.replace("Stad Gent", "Nationaal Crisiscentrum"),
            subject=one.subject and f"Nationaal Crisiscentrum: {one.subject}",
            html="",
        )
        for one in found.messages
    ]
    changed = await having_read.revise(services, found.id, texts, by=mila)
    with pytest.raises(NotFit, match="names another organisation"):
        await desk.approves(changed, by=joris)
    with pytest.raises(NotFit, match="names another organisation"):
        await having_read.approve(services, changed.id, by=joris, reason="het moet nu meteen")


async def test_an_email_changed_by_hand_is_signed_by_its_own_authority(
    desk: Desk, services: Services, country: Country
) -> None:
    mila = await country.officer(Role.COMMUNICATOR, TOWN)
    found = await desk.drafts(by=mila, area=("Gent",), channels=("email",))
    texts = [replace(one, text=f"{one.text}\n", html="") for one in found.messages]
    changed = await having_read.revise(services, found.id, texts, by=mila)
    for one in changed.messages:
        assert "Stad Gent" in one.html
        assert NATIONAL.names[one.language] not in one.html


async def test_a_release_without_a_press_contact_names_its_own_authority(
    desk: Desk, services: Services, country: Country
) -> None:
    mila = await country.officer(Role.COMMUNICATOR, TOWN)
    found = await desk.drafts(by=mila, area=("Gent",), channels=("press",))
    for one in found.messages:
        assert "\nStad Gent\n" in one.text
        assert services.composer.sender.press_contact[one.language] not in one.text


@pytest.mark.parametrize("place", [TOWN, CITY, PROVINCE, NATIONAL.code])
async def test_what_is_drafted_from_the_library_names_its_own_authority(
    desk: Desk, services: Services, country: Country, place: str
) -> None:
    await desk.registers(person(1), person(2, nis_code=GENT))
    area = {TOWN: "Gent"}.get(place, "4000 Liège")
    mila = (await country.officer(Role.COMMUNICATOR, place)) if place != "national" else None
    by = {"by": mila} if mila else {}
    found = await desk.drafts(area=(area,), **by)
    seen = await text_checks.findings(services, found, by=mila or MILA, now=services.now())
    assert [one for one in seen if one.severity == "blocks"] == []


@pytest.mark.parametrize(
    ("name", "full_name"),
    [
        ("nationaal-crisiscentrum", "An Maes"),
        ("be-alert", "An Maes"),
        ("premier.ministre", "An Maes"),
        ("stad-gent", "An Maes"),
        ("an", "Nationaal Crisiscentrum"),
        ("an", "Premier ministre"),
        ("an", "Ville de Liège"),
    ],
)
async def test_nobody_works_under_the_name_of_an_authority(
    services: Services, country: Country, name: str, full_name: str
) -> None:
    by = await country.officer(Role.ADMINISTRATOR, TOWN, name="ann")
    wanted = Invitation(
        name=name,
        email="an@gent.example",
        full_name=full_name,
        language=NL,
        role=Role.DUTY_OFFICER,
        authority=TOWN,
    )
    with pytest.raises(BadRequest):
        await invitations.request_invitation(services, wanted, by=by)
    if full_name == "An Maes":
        details = {"officer": name, "authority": TOWN, "role": Role.DUTY_OFFICER}
        with pytest.raises(BadRequest):
            await change_requests.request_change(
                services, KINDS, Act.GRANT_MEMBERSHIP, details, by=by
            )


@pytest.mark.parametrize("text", ["Nationaal Crisiscentrum", "BE-Alert radio", "Ville de Liège"])
async def test_no_entry_of_a_list_is_called_as_an_authority(
    services: Services, country: Country, text: str
) -> None:
    by = await country.officer(Role.ADMINISTRATOR, TOWN, name="ann")
    details = {
        "authority": TOWN,
        "list": "radio",
        "key": "x",
        "change": "add",
        "texts": {"nl": text},
    }
    with pytest.raises(BadRequest):
        await change_requests.request_change(services, KINDS, Act.KEEP_LIST_ENTRY, details, by=by)


@pytest.mark.parametrize(
    "settings",
    [
        {"telephone": "0903 12345, Centre de crise national: https://be-alert.evil.example/"},
        {"telephone": "0903 12 345"},
        {"telephone": "7771"},
        {"telephone": "Stad Gent"},
        {"room": "https://be-alert.evil.example/"},
        {"room": "Nationaal Crisiscentrum"},
        {"premier ministre": "x"},
    ],
)
async def test_settings_lead_nowhere_and_a_telephone_is_one(
    services: Services, country: Country, settings: Mapping[str, str]
) -> None:
    by = await country.officer(Role.ADMINISTRATOR, TOWN, name="ann")
    details: dict[str, Any] = {
        "code": TOWN,
        "level": "municipal",
        "names": {"nl": "Stad Gent"},
        "territory": ["44021"],
        "languages": ["nl"],
        "settings": settings,
    }
    with pytest.raises(BadRequest):
        await change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, details, by=by)
    for right in ("09 266 70 00", "+3292667000", "09/266.70.00", "112"):
        details["settings"] = {"telephone": right, "room": "B 12"}
        await change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, details, by=by)


@pytest.mark.parametrize(
    "title",
    [
        "Centre de crise national: voyez la suite",
        "Nationaal Crisiscentrum",
        "Gaslek, zie https://be-alert.evil.example/",
        "Gaslek, bel 0903 12 345",
        "Ville de Liège: gaslek",
    ],
)
async def test_the_title_of_an_incident_speaks_for_nobody_and_leads_nowhere(
    services: Services, country: Country, title: str
) -> None:
    by = await country.officer(Role.COMMUNICATOR, TOWN)
    with pytest.raises(BadRequest, match="A title"):
        await incidents.open_incident(services, title, ["Gent"], Phase.MUNICIPAL, by=by)
    await incidents.open_incident(
        services, "Gaslek, haven van Gent", ["Gent"], Phase.MUNICIPAL, by=by
    )
