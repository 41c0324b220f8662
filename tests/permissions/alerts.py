"""Alerts: from the first word to the last report."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerting.actions.alerts import (
    approval,
    changing,
    compositions,
    copies,
    discarding,
    drafting,
    follow_ups,
    previews,
    queries,
    readings,
    report,
    retry,
    scheduling,
    sending,
    stopping,
    text_drafts,
    translations,
)
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.copies import CopyRequest
from alerting.actions.alerts.follow_ups import FollowUpRequest
from alerting.domain.alert import Alert, AlertClass, FollowUp, Review
from alerting.domain.composition import Composition
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.translation import ListedTranslator, TranslationRequest
from alerting.store.authorities import translators as translator_rows
from tests import having_read
from tests.desk import DETAILS, DIRK, JORIS, MILA, TYPED
from tests.permissions.trial import (
    ROUTINE,
    Call,
    Row,
    Trial,
    having_seen,
    looked_at,
    numbered,
    plain,
)

WORDS = "BE-Alert: restez dedans"
MISSING = Language.EN
ALONE: Mapping[str, Any] = {
    "scenario": "gas_leak",
    "values": {"next_update": "2030-02-15T15:30"},
}
"""Leaves alone, of a scenario that no colleague said no to by returning or stopping another."""


def draft_number(one: Trial) -> Awaitable[Call]:
    return numbered(one.drafted())


async def listed(one: Trial) -> Call:
    made = await one.there()
    return Call(limit=500).showing(lambda found: made.id in [alert.id for alert in found.items])


async def unreviewed(one: Trial) -> Call:
    made = await sent_alone(one)
    return Call().showing(lambda found: made.id in [alert.id for alert in found])


async def drafted_for_one(one: Trial) -> Alert:
    """When what a colleague said no to before binds nobody any more."""
    if not one.by.authority.partner:  # whose invitation would end, and who sends nothing alone
        one.desk.clock.forward(days=1)
    return await one.drafted(**ALONE)


async def sent_alone(one: Trial) -> Alert:
    made = await drafted_for_one(one)
    return await having_read.send_now(
        one.services, made.id, by=DIRK, reason="Night: nobody is awake"
    )


async def failed(one: Trial) -> Call:
    made = await one.sent(channels=("email",))
    await one.desk.works()
    return Call(made.id, reason=ROUTINE)


async def explained(one: Trial) -> Call:
    return Call((await one.stopped()).id, reason=ROUTINE)


async def resumable(one: Trial) -> Call:
    return Call((await one.stopped()).id, reason=ROUTINE, accept_same=True)


async def proposal_of_words(one: Trial) -> Call:
    made = await one.submitted()
    words = replace(made.messages[0], text=WORDS)
    returned = await approval.return_to_author(
        one.services, made.id, by=JORIS, reason="Clearer words are needed", proposed=[words]
    )
    return Call(made.id, seen=returned.fingerprint())


async def typed(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, {"text.sms.fr": WORDS}, seen=made.fingerprint(), version=1)


async def saved(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, made.messages[:1], seen=made.fingerprint(), kept=0)


async def form_under_way(one: Trial) -> Call:
    made = await one.form()
    return Call().showing(lambda found: made.id in [composition.id for composition in found])


async def form_kept(one: Trial) -> Call:
    made = await one.form()
    return Call(made.id, one.filled(), seen=made.version)


async def form_dropped(one: Trial) -> Call:
    made = await one.form()
    return Call(made.id, seen=made.version)


async def form_made(one: Trial) -> Call:
    return Call(await one.form())


async def words_missing(one: Trial) -> Call:
    """A form that says something in the first of two languages."""
    made = await half_filled(one)
    return Call(made.id, "substance", MISSING)


async def half_filled(one: Trial) -> Composition:
    colleague = await one.second(Role.COMMUNICATOR)
    made = await one.form()
    values = {**DETAILS, "substance": {"fr": "chlore gazeux", "nl": "chloorgas"}}
    content = replace(one.filled(), values=values, also_in=(MISSING,))
    return await compositions.save_composition(
        one.services, made.id, content, seen=made.version, by=colleague
    )


async def words_asked(one: Trial) -> Call:
    made = await half_filled(one)
    somebody = await one.second(Role.COMMUNICATOR)
    return Call(made.id, "substance", MISSING, officer=somebody.name)


async def asked_of_translators(one: Trial) -> TranslationRequest:
    """A request to a list on which whoever tries stands."""
    made = await half_filled(one)
    names = [one.by.name, (await one.second(Role.COMMUNICATOR)).name]
    async with one.services.unit() as unit:
        for name in names:
            entry = ListedTranslator(authority=one.authority, officer=name, language=MISSING)
            await translator_rows.add(unit.connection, unit.database, entry)
    return await translations.request_translation(
        one.services, made.id, "substance", MISSING, by=MILA
    )


async def words_answered(one: Trial) -> Call:
    asked = await asked_of_translators(one)
    return Call(asked.id, "chlorine gas", seen="not what was read")


async def words_proposed(one: Trial) -> TranslationRequest:
    made = await half_filled(one)
    somebody = await one.second(Role.COMMUNICATOR)
    asked = await translations.request_translation(
        one.services, made.id, "substance", MISSING, officer=somebody.name, by=MILA
    )
    return await translations.answer_translation(
        one.services, asked.id, "chlorine gas", seen="not what was read", by=somebody
    )


async def words_taken(one: Trial) -> Call:
    asked = await words_proposed(one)
    return Call(asked.id, composition=asked.composition_id, seen=asked.composition_version)


async def words_settled(one: Trial) -> Call:
    asked = await words_proposed(one)
    return Call(asked.id, composition=asked.composition_id)


async def change_begun(one: Trial) -> Call:
    return Call(await changing.begin_change(one.services, (await one.drafted()).id, by=MILA))


async def change_by_program(one: Trial) -> Call:
    made = await one.drafted()
    wanted = changing.WantedChanges(valid_for=timedelta(hours=5))
    return Call(made.id, wanted, {}, seen=made.fingerprint())


async def change_made(one: Trial) -> Call:
    return Call(*(await change_begun(one)).given, {})


async def form_read(one: Trial) -> Call:
    return Call((await one.form()).id)


async def followed(one: Trial) -> Call:
    how = FollowUp.UPDATE
    return Call((await one.sent()).id, FollowUpRequest(how=how, values=TYPED[how]))


async def follow_up_begun(one: Trial) -> Call:
    number = (await one.sent()).id
    made = await follow_ups.begin_follow_up(one.services, number, FollowUp.UPDATE, by=MILA)
    content = CompositionContent.of(made.content)
    values = {**content.values, **in_french(TYPED[FollowUp.UPDATE])}
    kept = await compositions.save_composition(
        one.services, made.id, replace(content, values=values), seen=made.version, by=MILA
    )
    return Call(kept)


def in_french(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: said if name == "next_update" else {"fr": said} for name, said in values.items()}


async def a_draft(one: Trial) -> Call:
    return Call(await one.there())


async def composed(one: Trial) -> Call:
    return Call(one.filled(), AlertClass.ALERT)


async def revised(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, made.messages[:1], seen=made.fingerprint())


async def copied(one: Trial) -> Call:
    await one.signed_in()
    return Call((await one.drafted(channels=("email",))).id, CopyRequest())


ROWS: Mapping[str, Row] = {
    "read an alert": Row(queries.get_alert, looked_at),
    "find it in the list": Row(queries.list_alerts, listed),
    "preview it": Row(queries.preview, looked_at),
    "see its live status": Row(queries.get_status, looked_at),
    "open one of its texts": Row(
        readings.open_texts, lambda one: having_seen(one.there(), [("sms", Language.FR)])
    ),
    "read its history": Row(queries.history, looked_at),
    "read its report": Row(report.get_report, looked_at),
    "read an earlier version": Row(text_drafts.texts_of, lambda one: numbered(one.there(), 1)),
    "see its follow-ups": Row(queries.followers, looked_at),
    "see who else approves it": Row(queries.other_approvers, a_draft),
    "see what was sent without a second person": Row(queries.unreviewed, unreviewed),
    "draft an alert": Row(drafting.draft, lambda one: plain(one.wanted())),
    "start a form": Row(
        compositions.create_composition, lambda _: plain("chem_shelter", AlertClass.ALERT)
    ),
    "start a form from an alert": Row(compositions.create_composition_from_alert, looked_at),
    "see forms of other users": Row(compositions.list_compositions, form_under_way),
    "continue a form of another user": Row(compositions.get_composition, form_read),
    "fill it in": Row(compositions.save_composition, form_kept),
    "preview a form": Row(previews.preview_composition, composed),
    "see whom to ask for a translation in it": Row(translations.find_askable, words_missing),
    "ask a colleague for a translation": Row(translations.request_translation, words_asked),
    "see what was asked for in a form": Row(
        translations.list_translations, lambda one: numbered(one.form())
    ),
    "read what one was asked to translate": Row(
        translations.get_translation, lambda one: numbered(asked_of_translators(one))
    ),
    "send a translation one was asked for": Row(translations.answer_translation, words_answered),
    "withdraw a request for a translation": Row(translations.withdraw_translation, words_settled),
    "use a translation that is proposed": Row(translations.take_proposal, words_taken),
    "leave a translation aside": Row(translations.decline_proposal, words_settled),
    "discard it": Row(compositions.delete_composition, form_dropped),
    "create an alert from it": Row(compositions.create_draft, form_made),
    "have a draft checked": Row(text_drafts.findings_of, a_draft),
    "revise it": Row(drafting.revise, revised),
    "begin to change its area and details": Row(changing.begin_change, draft_number),
    "see what such a change is of": Row(changing.get_changed_alert, change_begun),
    "see which edited texts it would replace": Row(changing.edited_texts, change_begun),
    "change its area and details": Row(changing.change_alert, change_made),
    "change its area and details in one step": Row(changing.change_choices, change_by_program),
    "type in it": Row(text_drafts.save_text_draft, typed),
    "see one's own unsaved text": Row(text_drafts.load_text_draft, looked_at),
    "be told of one's own unsaved text": Row(text_drafts.unsaved_texts, looked_at),
    "save one's own unsaved text": Row(text_drafts.save_texts, saved),
    "discard one's own unsaved text": Row(
        text_drafts.delete_text_draft, lambda one: numbered(one.there(), kept=0)
    ),
    "accept a proposed text": Row(drafting.accept_proposal, proposal_of_words),
    "accept the rewrite in GSM-7": Row(
        drafting.accept_rewrite, lambda one: having_seen(one.drafted())
    ),
    "send a test copy of it": Row(copies.send_test_copy, copied),
    "see its test copies": Row(copies.list_test_copies, looked_at),
    "see who may get a test copy": Row(copies.list_copy_users, looked_at),
    "submit it": Row(approval.submit, draft_number),
    "return it": Row(
        approval.return_to_author,
        lambda one: numbered(one.submitted(), reason="No: it is not confirmed"),
    ),
    "approve it": Row(approval.approve, lambda one: having_seen(one.drafted())),
    "send it": Row(sending.send, lambda one: having_seen(one.approved(), accept_same=True)),
    "schedule it": Row(
        scheduling.schedule,
        lambda one: having_seen(
            one.approved(),
            one.services.now() + timedelta(hours=1),
            reason=ROUTINE,
            accept_same=True,
        ),
    ),
    "unschedule it": Row(
        scheduling.unschedule, lambda one: numbered(one.scheduled(), reason=ROUTINE)
    ),
    "discard an alert": Row(
        discarding.discard, lambda one: having_seen(one.submitted(), reason=ROUTINE)
    ),
    "stop it": Row(stopping.stop, lambda one: numbered(one.sent())),
    "give the reason for stopping": Row(stopping.explain_stop, explained),
    "resume it": Row(stopping.resume, resumable),
    "preview a follow-up": Row(
        follow_ups.prefill, lambda one: numbered(one.sent(), FollowUp.UPDATE)
    ),
    "follow it up": Row(follow_ups.create_follow_up, followed),
    "begin to follow it up in a form": Row(
        follow_ups.begin_follow_up, lambda one: numbered(one.sent(), FollowUp.UPDATE)
    ),
    "follow it up from a form": Row(follow_ups.create_composed_follow_up, follow_up_begun),
    "send again what failed": Row(retry.retry_failed, failed),
    "send it without a second person (break-glass)": Row(
        sending.send_with_break_glass,
        lambda one: having_seen(
            drafted_for_one(one), reason="Night: nobody is awake", accept_same=True
        ),
    ),
    "review a break-glass sending": Row(
        sending.review_break_glass,
        lambda one: numbered(sent_alone(one), Review.JUSTIFIED, note="It was not urgent"),
    ),
}
