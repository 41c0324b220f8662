"""Whether an alert may be sent without a second person, and why not, said before anybody tries.

Two ways lead past the second person: a duty officer sends a prepared scenario (break-glass), and
anybody who may send takes a false alert back. Neither carries a word that an officer typed for it.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.actions.alerts.drafting import as_composed
from alerting.actions.alerts.refusals import first_of, why_refused
from alerting.actions.authorities import lists
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.scenarios import Library
from alerting.compose.values import Declaration, typed_words
from alerting.domain.alert import USUALLY, Alert, AlertState, Bypass, FollowUp, Review
from alerting.domain.errors import (
    NotPrepared,
    Refusal,
    RetractedLate,
    RetractionStands,
    TypedWords,
    UnknownScenario,
)
from alerting.domain.four_eyes import must_be_vouched_for
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.unit_of_work import ReadTransaction

UNDECIDED = (AlertState.DRAFT, AlertState.IN_REVIEW)
"""Nobody has said no: what was returned does not go out by a bypass."""
RETRACTION = "false_alert"
SET_GOING_AGAIN = frozenset({"alert.resumed", "alert.retried"})
"""The acts after which an alert is sent that was not being sent before them."""
NOT_PRE_APPROVED = msgid("its scenario was not approved in advance for this")
TOO_LOW = msgid(
    "its scenario may be sent without a second person only in the name of an authority of a "
    "higher level"
)
EDITED = msgid("its texts differ from the templates")
WIDER = msgid(
    "its area, channels or recipients go beyond those of the alert that it withdraws as a "
    "false alarm"
)
QUOTES: Mapping[Language, str] = {
    Language.FR: "«\N{NO-BREAK SPACE}{}\N{NO-BREAK SPACE}»",
    Language.NL: "“{}”",
    Language.DE: "„{}“",
    Language.EN: "“{}”",
}


async def why_not_break_glass(services: Services, alert: Alert, *, by: Officer) -> Refusal | None:
    """Why a duty officer may not send it alone; None where nothing keeps them from it."""
    library = await list_scenarios(services)
    if not is_pre_approved(library, alert.scenario):
        return NotPrepared(alert=alert.id, why=NOT_PRE_APPROVED)
    async with services.reading() as reading:
        speaking = await authorization.authority(services, reading.connection, alert.authority)
        if not library.scenario(alert.scenario).alone_for(speaking):
            return NotPrepared(alert=alert.id, why=TOO_LOW)
        if refused := await why_refused(services, reading.connection, alert, by=by):
            return refused
        entries = await lists.entries_in_force(services, reading.connection, alert.authority)
    declared = library.scenario(alert.scenario).with_lists(entries).values
    if typed := typed_words(declared, alert.values):
        return TypedWords(alert=alert.id, fields=scenario_title(declared, typed))
    if not await as_composed(services, alert):
        return NotPrepared(alert=alert.id, why=EDITED)
    return None


async def why_not_retract(services: Services, alert: Alert, *, by: Officer) -> Refusal | None:
    """Why a retraction needs a second person; None where nothing does.

    It must say what the library says, to no more people and on no more channels than the alert it
    retracts, and that one is still being sent for the first time, without a stop, or the first
    alert of its chain began to leave `retractable_alone` ago at most. What a chain has retracted
    once, nobody takes back alone by way of an update.
    In 2018 Hawaii's false alert stood for 38 minutes, partly for want of a permission.
    """
    library = await list_scenarios(services)
    if alert.previous_alert is None or alert.scenario != RETRACTION:
        return NotPrepared(alert=alert.id, why=NOT_PRE_APPROVED)
    declared = library.scenario(alert.scenario).values
    async with services.reading() as reading:
        original, *before = (await alert_rows.chain(reading.connection, alert))[1:]
        hazard = await hazard_of(services, reading, original)
        recent = await is_recent(services, reading.connection, original)
        refused = await why_refused(services, reading.connection, alert, by=by)
    typed = [
        name
        for name in typed_words(declared, alert.values)
        if name != "hazard" or alert.values[name] != hazard
    ]
    refusal: Refusal | None = None
    retractions = [one.id for one in (original, *before) if one.follow_up is FollowUp.FALSE_ALERT]
    if retractions:
        refusal = RetractionStands(alert=retractions[0])
    elif refused:
        refusal = refused
    elif typed:
        refusal = TypedWords(alert=alert.id, fields=scenario_title(declared, typed))
    elif not _no_wider(alert, original):
        refusal = NotPrepared(alert=alert.id, why=WIDER)
    elif not recent:
        refusal = is_late(services, alert)
    elif not await as_composed(services, alert):
        refusal = NotPrepared(alert=alert.id, why=EDITED)
    return refusal


def _no_wider(retraction: Alert, original: Alert) -> bool:
    return (
        retraction.unreached_policy is USUALLY[FollowUp.FALSE_ALERT]
        and retraction.alert_class is original.alert_class
        and set(retraction.area) <= set(original.area)
        and set(retraction.channels) <= set(original.channels)
    )


async def is_recent(services: Services, connection: AsyncConnection, original: Alert) -> bool:
    """Whether one person may still retract it: while messages leave, and shortly after the first.

    The first message is that of the first alert of the chain: an update makes nothing recent.
    An alert that only waits for receipts is not being sent in this sense; nor is one that somebody
    set going again. Otherwise whoever wants to call a true warning false would make it recent.
    """
    began = (await first_of(connection, original)).sent_at
    if began is None:
        return False
    if services.now() < began + services.retractable_alone:
        return True
    return (
        original.previous_alert is None
        and original.state is AlertState.SENDING
        and not await ledger_rows.tells(
            connection, about=f"alert/{original.id}", acts=SET_GOING_AGAIN
        )
        and (
            bool(await planning_rows.unfinished(connection, original.id))
            or await planning_rows.has_open_chunks(connection, original.id)
        )
    )


async def must_go_on(services: Services, reading: ReadTransaction, alert: Alert) -> None:
    """Refuse to resume or retry what would not be sent today.

    The approval, or what stands for it, has lapsed; or a retraction that one person sent is not
    recent any more, and nobody approved it or judged it justified since: RetractedLate.
    """
    must_be_vouched_for(alert, now=services.now(), lasts=services.approval_lasts)
    answered = alert.approver or alert.review is Review.JUSTIFIED
    if alert.bypass is not Bypass.FALSE_ALERT or answered or alert.previous_alert is None:
        return
    original = await alert_rows.load(reading.connection, alert.previous_alert)
    if not await is_recent(services, reading.connection, original):
        raise is_late(services, alert)


def is_late(services: Services, retraction: Alert) -> RetractedLate:
    """The refusal of a retraction that is not recent any more."""
    minutes = int(services.retractable_alone.total_seconds() // 60)
    return RetractedLate(alert=retraction.id, minutes=minutes)


def is_pre_approved(library: Library, scenario: str) -> bool:
    """Whether a scenario was approved beforehand for a duty officer alone."""
    try:
        return library.scenario(scenario).pre_approved
    except UnknownScenario:  # gone from the library since
        return False


def scenario_title(declared: Iterable[Declaration], fields: Iterable[str]) -> ByLanguage:
    """Fields as their forms call them, in every language; an unknown one by its name."""
    helps = {declaration.name: declaration.help for declaration in declared}
    return ByLanguage(
        {
            language: ", ".join(
                quote.format(helps.get(name, {}).get(language) or name) for name in fields
            )
            for language, quote in QUOTES.items()
        }
    )


async def hazard_of(
    services: Services, reading: ReadTransaction, alert: Alert
) -> Mapping[Language, str]:
    """What the first alert of a chain of follow-ups is called by the library, within a sentence."""
    first = await first_of(reading.connection, alert)
    try:
        return in_a_sentence(services.composer.library.scenario(first.scenario).titles)
    except UnknownScenario:  # gone from the library since
        return {}


def in_a_sentence(titles: Mapping[Language, str]) -> dict[Language, str]:
    """Titles as they stand within a sentence: small, but for German, whose nouns are not."""
    return {
        language: title
        if language is Language.DE or title[1:2].isupper()
        else title[:1].lower() + title[1:]
        for language, title in titles.items()
    }
