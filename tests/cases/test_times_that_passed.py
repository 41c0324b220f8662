"""A text whose hours have passed, or do not fit the moment it leaves, is found before it leaves.

“Prochain message : 08h00” was read at 20:00: drafted and approved at 02:18, scheduled for 20:00.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from alerting.actions.alerts import changing, queries, scheduling, stopping
from alerting.checks.times import (
    HOUR_TWICE,
    NO_SUCH_HOUR,
    NOT_YET,
    OF_SENDING,
    PASSED,
    WITHOUT_DAY,
    Moment,
    times,
)
from alerting.compose.values import moment, sample, time_ahead
from alerting.domain.alert import FollowUp, StepReason
from alerting.domain.belgian_time import BRUSSELS, Tense
from alerting.domain.errors import BadValues, NotFit, TimesPassed
from alerting.domain.finding import FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.i18n import ByLanguage
from tests import having_read
from tests.compose.samples import COMPOSER, LIBRARY, draft
from tests.desk import DETAILS, JORIS, MILA, TYPED, Desk
from tests.doubles import Clock

FR, NL, DE, EN = Language
NIGHT = datetime(2030, 1, 15, 1, 18, tzinfo=UTC)
EVENING = datetime(2030, 1, 15, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def details(next_update: str) -> dict[str, Any]:
    return {"location": "Quai 4", "substance": DETAILS["substance"], "next_update": next_update}


async def schedules(desk: Desk, number: int, at: datetime, **more: Any) -> None:
    await having_read.schedule(desk.services, number, at, by=MILA, **more)


async def test_scheduling_past_the_hour_a_text_promises_is_refused_unless_accepted(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    clock.now = NIGHT
    alert = await desk.approves(await desk.drafts(values=details("08:00"), valid_for=DAY))
    with pytest.raises(TimesPassed, match="8h00"):
        await schedules(desk, alert.id, EVENING)
    await schedules(desk, alert.id, datetime(2030, 1, 15, 6, 0, tzinfo=UTC))
    await scheduling.unschedule(desk.services, alert.id, by=MILA, reason=StepReason.AGREED)
    await schedules(desk, alert.id, EVENING, accept_times=True)
    entries = await queries.history(desk.services, alert.id, by=MILA)
    assert [one.details.get("accepted_times") for one in entries][-1] == ["8h00"]


async def test_an_hour_that_has_passed_is_found_before_approving(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=details("13:30"))
    clock.forward(minutes=31)
    with pytest.raises(NotFit, match="will have passed when the alert is sent"):
        await desk.approves(alert)


@pytest.mark.parametrize("typed", ["12:59", "08:00", "2030-01-14T08:00"])
async def test_an_hour_that_has_passed_is_refused_where_it_is_typed(desk: Desk, typed: str) -> None:
    with pytest.raises(BadValues, match="has passed: enter a later time") as refusal:
        await desk.drafts(values=details(typed))
    example = re.search(r"“(2030[^”]+)”", str(refusal.value))
    assert example
    await desk.drafts(values=details(example[1]))  # what the sentence says to do is enough


async def test_a_change_and_a_follow_up_refuse_a_passed_hour_too(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    with pytest.raises(BadValues, match="has passed"):
        await desk.follows_up(
            alert,
            FollowUp.UPDATE,
            values={**TYPED[FollowUp.UPDATE], "next_update": "2030-01-14T08:00"},
        )
    draft_of_before = await desk.drafts(values=details("13:30"))
    begun = await changing.begin_change(desk.services, draft_of_before.id, by=MILA)
    clock.forward(minutes=31)
    with pytest.raises(BadValues, match="has passed"):
        await changing.change_alert(desk.services, begun, {}, by=MILA)


@pytest.mark.parametrize("minutes", [30, 60, 120])
@pytest.mark.parametrize(
    "now", [datetime(2030, 1, 15, 22, 58, tzinfo=UTC), datetime(2030, 10, 26, 23, 40, tzinfo=UTC)]
)
def test_the_times_on_offer_lie_ahead_also_across_midnight_and_on_the_night_of_two_hours(
    now: datetime, minutes: int
) -> None:
    (next_update,) = (
        one for one in LIBRARY.scenario("chem_shelter").values if one.name == "next_update"
    )
    at = moment(next_update, time_ahead(now, minutes), now)
    assert isinstance(at, datetime)
    ahead = at - now - timedelta(minutes=minutes)
    assert timedelta() <= ahead < timedelta(minutes=5)


async def test_an_hour_that_passed_since_the_approval_is_found_before_sending(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(values=details("13:30")))
    clock.forward(minutes=31)
    with pytest.raises(TimesPassed, match="13h30"):
        await desk.sends(alert)
    await having_read.send(desk.services, alert.id, by=MILA, accept_times=True)


async def test_what_the_approver_answered_for_is_not_asked_again(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=details("13:30"))
    clock.forward(minutes=31)
    await having_read.approve(desk.services, alert.id, by=JORIS, reason="The next one is late.")
    await desk.sends(alert)


async def test_a_corrected_time_is_enough_to_send(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=details("13:30"), channels=("email",))
    clock.forward(hours=1)
    with pytest.raises(NotFit):
        await desk.approves(alert)
    mended = await having_read.revise(
        desk.services,
        alert.id,
        [replace(one, text=one.text.replace("13h30", "15h30"), html="") for one in alert.messages],
        by=MILA,
    )
    await desk.sends(await desk.approves(mended))


async def test_an_alert_stopped_past_its_hour_goes_on_only_if_accepted(
    desk: Desk, clock: Clock
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(values=details("13:30"))
    await stopping.stop(desk.services, alert.id, by=MILA)
    clock.forward(hours=1)
    with pytest.raises(TimesPassed):
        await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.AGREED)
    await stopping.resume(
        desk.services, alert.id, by=MILA, reason=StepReason.AGREED, accept_times=True
    )


async def test_a_retraction_is_never_held_up_by_hours(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(values=details("13:30"))
    clock.forward(minutes=10)
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    clock.forward(minutes=4)
    await desk.sends(retraction)


WRITTEN = datetime(2030, 1, 15, 2, 18, tzinfo=BRUSSELS)
NEXT = ByLanguage(dict.fromkeys(Language, "Next message"))


def rules(
    text: str,
    leaves: datetime,
    *,
    language: Language = FR,
    at: datetime | date | None = None,
    tense: Tense | None = Tense.FUTURE,
) -> list[str]:
    moments = [] if at is None else [Moment(called=NEXT, at=at, tense=tense)]
    message = Message(channel="sms", language=language, text=text)
    return [one.rule for one in times([message], moments, written=WRITTEN, leaves=leaves)]


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2030, 1, day, hour, minute, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("text", "language", "at", "tense", "leaves", "expected"),
    [
        ("Prochain message: 08h00", FR, on(15, 8), Tense.FUTURE, on(15, 20), [PASSED]),
        ("Volgend bericht: 08.00 uur", NL, on(15, 8), Tense.FUTURE, on(15, 20), [PASSED]),
        ("Nächste Nachricht: 08:00 Uhr", DE, on(15, 8), Tense.FUTURE, on(15, 20), [PASSED]),
        ("Next message: 08:00", EN, on(15, 8), Tense.FUTURE, on(15, 20), [PASSED]),
        ("Prochain message: 08h00", FR, on(15, 8), Tense.FUTURE, on(15, 7), []),
        ("Message: 08h00 le 16 janvier", FR, on(16, 8), Tense.FUTURE, on(15, 20), []),
        ("Message: 08h00 le 16 janvier", FR, on(16, 8), Tense.FUTURE, on(16, 9), [PASSED]),
        ("Depuis 08h00", FR, on(15, 8), None, on(15, 20), []),
        ("Depuis 08h00", FR, on(15, 8), None, on(16, 7), [WITHOUT_DAY]),
        ("Message de 08h00", FR, on(15, 8), Tense.PAST, on(15, 7), [NOT_YET]),
        ("Message de 08h00", FR, on(15, 8), Tense.PAST, on(15, 9), []),
        ("Au plus tard le 14 janvier", FR, date(2030, 1, 14), Tense.FUTURE, on(15, 9), [PASSED]),
        ("Au plus tard le 15 janvier", FR, date(2030, 1, 15), Tense.FUTURE, on(15, 9), []),
        ("Le texte ne le dit plus", FR, on(15, 8), Tense.FUTURE, on(15, 20), []),
    ],
)
def test_a_detail_must_fit_the_moment_it_leaves(
    text: str,
    language: Language,
    at: datetime | date,
    tense: Tense | None,
    leaves: datetime,
    expected: list[str],
) -> None:
    assert rules(text, leaves, language=language, at=at, tense=tense) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("BE-Alert Liège 02h18: fuite", FR, [OF_SENDING]),
        ("EXERCICE: BE-Alert Liège 02h18: fuite EXERCICE", FR, [OF_SENDING]),
        ("BE-Alert Luik 02.18 uur: lek", NL, [OF_SENDING]),
        ("BE-Alert Lüttich 02:18 Uhr: Unfall", DE, [OF_SENDING]),
        ("BE-Alert Liège 02:18: leak", EN, [OF_SENDING]),
        ("BE-Alert Liège {{ time }}: fuite", FR, []),
        ("BE-Alert Liège 20h00: fuite", FR, []),
        ("Restez dedans jusqu'à 18h00.", FR, [PASSED]),
        ("Blijf binnen tot 18.00 uur.", NL, [PASSED]),
        ("Bleiben Sie bis 18:00 Uhr drinnen.", DE, [PASSED]),
        ("Stay inside until 18:00.", EN, [PASSED]),
        ("Stay inside until 21:00.", EN, []),
        ("Stay inside until 07:00 on 16 January.", EN, []),
        ("Stay inside until 07:00 on 14 January.", EN, [PASSED]),
        ("Restez au frais de 11h à 18h.", FR, []),
        ("Blijf binnen van 11 tot 18 uur.", NL, []),
        ("La fumée est visible depuis 18h00.", FR, []),
        ("Bleiben Sie bis 14.1. drinnen.", DE, [PASSED]),
        ("Bleiben Sie bis zum 14.1. drinnen.", DE, [PASSED]),
        ("Bleiben Sie bis 16.1. drinnen.", DE, []),
        ("Bleiben Sie bis 14.1 km vom Werk weg.", DE, []),
        ("Blijf binnen tot 14-1.", NL, [PASSED]),
        ("Restez chez vous jusqu'au 14-01.", FR, [PASSED]),
        ("Coupure d'eau de 10h à 18h aujourd'hui.", FR, [PASSED]),
        ("Geen water van 10u tot 18u vandaag.", NL, [PASSED]),
        ("Kein Wasser von 10 bis 18 Uhr heute.", DE, [PASSED]),
        ("No water from 10am to 6pm today.", EN, [PASSED]),
        ("No water from 10am to 6pm.", EN, []),
        ("Prochain message à 08.00", FR, [PASSED]),
        ("Restez chez vous jusqu'à mardi 18h.", FR, [PASSED]),
        ("Restez chez vous jusqu'à mardi prochain 18h.", FR, []),
        ("Restez chez vous jusqu'à mercredi 18h.", FR, []),
        ("Blijf binnen tot volgende dinsdag 18u.", NL, []),
        ("Bleiben Sie bis nächsten Dienstag 18 Uhr drinnen.", DE, []),
        ("Stay inside until next Tuesday, 18:00.", EN, []),
        ("Prochain bus mardi à 18h.", FR, [PASSED]),
        ("Évacuez avant 8h le 14 janvier. Prochain message : 22h.", FR, [PASSED]),
        ("Blijf binnen tot dinsdag 18u.", NL, [PASSED]),
        ("De brand begon rond 15 uur.", NL, []),
        ("De brand brak uit om 15u30.", NL, []),
        ("Der Brand begann gegen 15 Uhr.", DE, []),
        ("Das Feuer brach um 15 Uhr aus.", DE, []),
        ("Le feu éclata vers 15h.", FR, []),
        ("The tank exploded at 15:00.", EN, []),
        ("Prochain message : 02h30 le 31 mars", FR, [NO_SUCH_HOUR]),
        ("Volgend bericht: 02.30 uur op 31 maart", NL, [NO_SUCH_HOUR]),
    ],
)
def test_an_hour_typed_by_hand_must_fit_too(
    text: str, language: Language, expected: list[str]
) -> None:
    assert rules(text, on(15, 20), language=language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Restez à l'intérieur jusqu'à 18h00.", FR),
        ("Restez à l’intérieur jusqu’à 18h00.", FR),
        ("Prochain message à 18h00.", FR),
        ("Prochaine communication\u00a0: 18\u00a0h\u00a000", FR),
        ("Le prochain communiqué sera publié à 18h00.", FR),
        ("Prochain message 18h", FR),
        ("Vous serez évacués vers 18 heures.", FR),
        ("Restez dedans jusque 18h.", FR),
        ("Coupure le 14 janvier vers 18h00.", FR),
        ("Évacuez avant le 14 janvier.", FR),
        ("Évacuez avant le 14/01.", FR),
        ("Aujourd’hui de 14h à 18h: coupure", FR),
        ("Restez dedans de 8h à 18h le 15 janvier.", FR),
        ("Le 14 janvier de 8h à 18h: coupure", FR),
        ("Coupure du 12 au 14 janvier.", FR),
        ("Restez dedans jusqu'à midi.", FR),
        ("Volgend bericht om 18u.", NL),
        ("Kom ten laatste om 18.00 uur.", NL),
        ("Het bericht wordt om 18.00 uur verstuurd.", NL),
        ("Vertrek vóór 14 januari.", NL),
        ("Nächste Mitteilung um 18 Uhr.", DE),
        ("Verlassen Sie das Haus vor dem 14. Januar.", DE),
        ("Die nächste Nachricht wird um 18:00 Uhr gesendet.", DE),
        ("Next message at 18:00.", EN),
        ("The next update will be published at 6 pm.", EN),
        ("Leave before 14 January.", EN),
        ("Prochain message le 14 janvier à 08h00.", FR),
        ("Prochain message : 08h00 le 14 janvier.", FR),
        ("Prochain bus le 14 janvier à 15h.", FR),
        ("Volgend bericht op 14 januari om 08.00 uur.", NL),
        ("Nächste Meldung am 14. Januar um 8 Uhr.", DE),
        ("Next message: 08:00 on 14 January.", EN),
    ],
)
def test_whatever_passed_is_asked_about(text: str, language: Language) -> None:
    assert rules(text, on(15, 19), language=language) == [PASSED]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("La fumée est visible depuis 18h00.", FR),
        ("Depuis le 14 janvier vers 18h00, l'eau est trouble.", FR),
        ("Coupure à partir de 18h00.", FR),
        ("Remplace le message de 13h10.", FR),
        ("Remplace l’alerte du 14 janvier à 13h10.", FR),
        ("Message envoyé à 13h10, incendie signalé vers 12h50.", FR),
        ("Prochain message demain à 08h00.", FR),
        ("Prochain message à 08h00 demain.", FR),
        ("Hier soir à 18h00.", FR),
        ("Restez au frais entre 11 h et 20 h.", FR),
        ("Ouvert de 9h à 17h, tous les jours jusqu'à 12h00.", FR),
        ("Attendez pendant 2 heures, puis 3 heures de repos.", FR),
        ("Secours 24h/24, 24/7 et 7/7.", FR),
        ("Appelez le 0800 14 18 00 ou le 112, sortie 18 de l'E40, N4.", FR),
        ("Gare du Midi, 12 avenue de Midi.", FR),
        ("Loi du 13 janvier 2005, arrêté royal du 14 janvier.", FR),
        ("Festival du 28 novembre 2030.", FR),
        ("Réunion lundi à 08h00.", FR),
        ("Sinds 18 uur is er rook.", NL),
        ("Vervangt het bericht van 13.10 uur op 14 januari.", NL),
        ("Het om 13.10 uur verstuurde bericht vervalt.", NL),
        ("Wacht 2 uur lang, of minstens 3 uur.", NL),
        ("Binnen 2 uur.", NL),
        ("Volgend bericht morgen om 8 uur.", NL),
        ("Open van 9 tot 17 uur.", NL),
        ("Ersetzt Nachricht von 13:10.", DE),
        ("Seit 18:00 Uhr tritt Rauch aus.", DE),
        ("Um 13:10 Uhr gesendet.", DE),
        ("Nächste Mitteilung morgen um 8 Uhr.", DE),
        ("Geöffnet 11-18 Uhr.", DE),
        ("Since 18:00 there is smoke.", EN),
        ("Replaces the message of 13:10.", EN),
        ("Sent at 13:10. Next message tomorrow at 8 am.", EN),
        ("Open from 9:00 to 17:00.", EN),
        ("Prochain message : 00h30.", FR),
    ],
)
def test_what_is_marked_as_past_and_what_is_no_moment_pass(text: str, language: Language) -> None:
    assert rules(text, on(15, 21), language=language) == []


@pytest.mark.parametrize(
    ("text", "leaves", "expected"),
    [
        ("Prochain message : 02h30 le 27 octobre", (2030, 10, 26, 17), [HOUR_TWICE]),
        ("Prochain message : 02h30", (2030, 10, 26, 21), [HOUR_TWICE]),
        ("Prochain message : 02h30 (heure d’hiver) le 27 octobre", (2030, 10, 26, 17), []),
        ("Fuite depuis 02h30", (2030, 10, 27, 9), [HOUR_TWICE]),
        ("Prochain message : 02h30", (2030, 3, 30, 21), [NO_SUCH_HOUR]),
        ("Prochain message demain à 02h30", (2030, 3, 30, 3), [NO_SUCH_HOUR]),
        ("Prochain message : 02h30 le 31 mars", (2030, 3, 30, 21), [NO_SUCH_HOUR]),
        ("Pendant 2 heures", (2030, 3, 30, 21), []),
        ("Prochain message : 02h30", (2030, 3, 29, 21), []),
        ("Ouvert dès 18h00 le 28 novembre 2031", (2030, 11, 29, 17), []),
        ("Restez dedans jusqu'à 18h00 le 28 novembre 2029", (2030, 1, 15, 17), [PASSED]),
        ("Restez dedans jusqu'à 23h30.", (2030, 1, 16, 0), [PASSED]),
        ("Restez dedans jusqu'à minuit.", (2030, 1, 15, 21), []),
        ("Restez dedans jusqu'à minuit.", (2030, 1, 16, 1), [PASSED]),
        ("Restez dedans jusqu'à 24h00 le 15 janvier.", (2030, 1, 15, 21), []),
        ("Restez dedans jusqu'à 24h00 le 15 janvier.", (2030, 1, 16, 1), [PASSED]),
    ],
)
def test_an_hour_is_of_the_day_and_the_year_it_is_read_in(
    text: str, leaves: tuple[int, int, int, int], expected: list[str]
) -> None:
    there = datetime(*leaves, tzinfo=BRUSSELS)
    message = Message(channel="sms", language=FR, text=text)
    written = there - timedelta(hours=2)
    found = [one.rule for one in times([message], [], written=written, leaves=there)]
    assert found == expected


AT_ANY_HOUR = [datetime(2030, 1, 15, hour, 7, tzinfo=UTC) for hour in (0, 5, 11, 16, 22, 23)]


@pytest.mark.parametrize("now", AT_ANY_HOUR, ids=lambda one: f"{one:%H:%M}")
def test_no_text_of_the_library_is_asked_about_when_it_leaves(now: datetime) -> None:
    for name in LIBRARY.names():
        scenario = LIBRARY.scenario(name)
        values = {one.name: sample(one, now) for one in scenario.values}
        made = COMPOSER.compose_now(
            replace(draft(name, values=values), now=now, expires_at=now + scenario.validity)
        )
        moments = [
            Moment(called=ByLanguage(one.help), at=at, tense=one.tense)
            for one in scenario.values
            if (at := moment(one, values[one.name], now)) is not None
        ]
        for leaves in (now, now + timedelta(minutes=5)):
            found = list(times(made, moments, written=now, leaves=leaves))
            assert [(name, one.channel, one.language, one.facts) for one in found] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("L'eau sera coupée demain.", FR),
        ("L'eau sera coupée après-demain.", FR),
        ("Blijf deze avond binnen.", NL),
        ("Bleiben Sie diese Nacht im Haus.", DE),
        ("Le marché d’aujourd’hui est annulé.", FR),
        ("Blijf vanavond binnen.", NL),
        ("Heute bleibt die Schule geschlossen.", DE),
        ("Schools stay closed this afternoon.", EN),
    ],
)
def test_a_day_told_from_today_must_be_read_today(text: str, language: Language) -> None:
    assert rules(text, on(15, 20), language=language) == []
    assert rules(text, on(16, 7), language=language) == [WITHOUT_DAY]


def test_a_promise_that_passed_blocks_and_says_where_it_stands() -> None:
    text = "BE-Alert {{ time }}: fuite. Prochain message: 08h00."
    message = Message(channel="sms", language=FR, text=text)
    moment = Moment(called=NEXT, at=on(15, 8), tense=Tense.FUTURE)
    (found,) = times([message], [moment], written=WRITTEN, leaves=on(15, 20))
    assert found.severity is FindingSeverity.BLOCKS
    assert found.where is not None
    assert text[found.where.start : found.where.end] == "08h00"
