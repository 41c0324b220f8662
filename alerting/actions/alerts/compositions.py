"""Composing: what is chosen and typed before there is an alert, kept as it grows.

A composition belongs to the desk, not to one person: whoever is on duty may take it up. Nobody
writes over what they have not seen: the second of two gets `Overtaken`, and both texts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import drafting, queries, text_checks
from alerting.actions.alerts.drafting import BILLED_BY_SEGMENT, DraftRequest
from alerting.actions.alerts.queries import Preview
from alerting.actions.alerts.under_way import same_alerts_under_way
from alerting.actions.authorities import lists
from alerting.actions.templates import list_scenarios
from alerting.checks.costs import estimate
from alerting.compose.composer import Draft, Sender
from alerting.compose.relayout import without_mark
from alerting.compose.scenarios import Scenario
from alerting.compose.values import sample, typed_words
from alerting.delivery.planning import criteria_of, left_out
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.authority import Authority
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    BadValues,
    CompositionGone,
    CompositionMade,
    NotFound,
    Overtaken,
    TextTooLong,
    UnknownPlace,
)
from alerting.domain.exercise_marks import mark
from alerting.domain.finding import Finding, gravest_first
from alerting.domain.language import Language, in_order
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import compositions
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts.compositions import Composition
from alerting.store.deliveries import planning as planning_rows

COMPOSITION = msgid("unsaved draft")
DELETED = "composition.deleted"
MADE = "composition.made"
WRONG_CLASS = msgid("This scenario is only for another class: begin again from “{only}”")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionContent:
    """What a composition holds. `area`: codes of places as they were chosen, provinces whole."""

    scenario: str
    area: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    also_in: tuple[Language, ...] = ()
    minutes: int = 0
    """How long it lasts; 0: as long as the scenario says."""
    gsm7: bool = False
    incident: int = 0
    """The incident it belongs to; 0: none."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "CompositionContent":
        """As the store keeps it."""
        return cls(
            scenario=content["scenario"],
            area=tuple(content["area"]),
            values=dict(content["values"]),
            channels=tuple(content["channels"]),
            also_in=tuple(Language(one) for one in content["also_in"]),
            minutes=content["minutes"],
            gsm7=content["gsm7"],
            incident=content.get("incident", 0),
        )

    def as_json(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionPreview:
    """A composition looked at: whom it would reach, and what it would say as things stand."""

    scenario: Scenario
    towns: tuple[str, ...]
    """NIS codes of every municipality in the area."""
    inhabitants: int
    required: tuple[Language, ...]
    """The languages the law asks for there."""
    languages: tuple[Language, ...]
    preview: Preview | None
    """None while there is no area, and where the texts cannot be made."""
    problems: Mapping[str, str]
    """Detail -> what is wrong with it, as `compose.values` says it; “missing” is one of them."""
    registered: Mapping[str, int]
    """Channel -> people in the area it would reach."""
    left_out: Mapping[str, AlertingError]
    """Channel -> why nothing is posted there in the name of whoever speaks."""
    refusal: AlertingError | None
    """Why this officer may not draft it as it stands: the area, the class, or the incident."""
    typed: tuple[str, ...]
    """Details that were written out, so that nobody sends it alone."""

    @property
    def complete(self) -> bool:
        """Whether the texts are those that would leave, with no example in them."""
        return self.preview is not None and not self.problems


async def create_composition(
    services: Services, scenario: str, alert_class: AlertClass, *, by: Officer
) -> Composition:
    """A new composition, with the channels the scenario asks for, as far as they are set up and the
    officer's authority may use them.
    """
    by.must(Permission.DRAFT)
    found = (await list_scenarios(services)).scenario(scenario)
    if found.only and found.only is not alert_class:
        raise BadRequest(WRONG_CLASS, only=found.only)
    channels = await _usable(services, found.channels, by=by)
    return await _add(
        services, CompositionContent(scenario=scenario, channels=channels), alert_class, by
    )


async def create_composition_from_alert(
    services: Services, number: int, *, by: Officer
) -> Composition:
    """A new composition from an alert there was: the same choices and details, to be looked at
    anew. Whoever had a hand in that one has a hand in what is made of it: its details came along.
    """
    by.must(Permission.DRAFT)
    old = await queries.get_alert(services, number, by=by)
    declared = {one.name for one in (await list_scenarios(services)).scenario(old.scenario).values}
    content = CompositionContent(
        scenario=old.scenario,
        area=gathered(services, old.area),
        values={name: value for name, value in old.values.items() if name in declared},
        channels=await _usable(services, old.channels, by=by),
        also_in=tuple(
            one for one in old.languages if one not in text_checks.required(services, old.area)
        ),
    )
    return await _add(services, content, old.alert_class, by, hands=alert_rows.hands_of(old))


async def get_composition(services: Services, number: int, *, by: Officer) -> Composition:
    """One composition; NotFound once an alert was made of it."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        return await _on_the_desk(services, reading, number, by=by)


async def _on_the_desk(
    services: Services, reading: ReadTransaction, number: int, *, by: Officer, lock: bool = False
) -> Composition:
    by.must(Permission.DRAFT)
    found = await compositions.load(reading.connection, number, lock=lock)
    inside = await authorization.subordinate_authorities(services, reading, by=by)
    hidden = found is not None and inside is not None and found.authority not in inside
    if found is None:
        await _say_why_gone(reading, number, inside)
    if found is None or found.alert_id is not None or hidden:
        raise NotFound(what=COMPOSITION, number=number)
    return found


async def _say_why_gone(
    reading: ReadTransaction, number: int, inside: frozenset[str] | None
) -> None:
    """Name who ended a composition to whoever could see it and may still be typing in it."""
    last = await ledger_rows.last_entry(
        reading.connection, about=_about(number), acts={DELETED, MADE}
    )
    if last is None or (inside is not None and last.details["authority"] not in inside):
        return
    if last.what == MADE:
        raise CompositionMade(officer=last.by, alert=last.details["alert"])
    raise CompositionGone(officer=last.by)


def _about(number: int) -> str:
    return f"composition/{number}"


async def list_compositions(services: Services, *, by: Officer) -> list[Composition]:
    """Everybody's compositions in the officer's territory, the last touched first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        inside = await authorization.subordinate_authorities(services, reading, by=by)
        return await compositions.compositions(reading.connection, inside)


async def save_composition(
    services: Services, number: int, content: CompositionContent, *, seen: int, by: Officer
) -> Composition:
    """Write a composition down. Overtaken where it is not in the version `seen` any more.

    The same content again is no change, whoever wrote it.
    """
    async with services.unit() as unit:
        found = await _on_the_desk(services, unit, number, by=by, lock=True)
        if CompositionContent.of(found.content) == content:
            return found
        _must_be_seen(found, seen)
        return await _write(services, unit, found, content.as_json(), by=by)


async def delete_composition(services: Services, number: int, *, seen: int, by: Officer) -> None:
    """Away with a composition. Overtaken where it is not in the version `seen` any more."""
    async with services.unit() as unit:
        found = await _on_the_desk(services, unit, number, by=by, lock=True)
        _must_be_seen(found, seen)
        await compositions.drop(unit.connection, number)
        await unit.record(
            DELETED,
            by=by,
            about=_about(number),
            at=services.now(),
            details={"authority": found.authority},
        )


async def create_draft(services: Services, composition: Composition, *, by: Officer) -> Alert:
    """The draft of an alert from a composition as it was seen; the composition goes with it, or
    neither.

    Overtaken where somebody wrote in it since: nobody answers for what they have not read.
    """
    content = CompositionContent.of(composition.content)
    composed = await drafting.compose_draft(
        services,
        DraftRequest(
            scenario=content.scenario,
            area=content.area,
            values=content.values,
            channels=content.channels,
            hands=composition.hands,
            alert_class=composition.alert_class,
            valid_for=timedelta(minutes=content.minutes) if content.minutes else None,
            also_in=content.also_in,
            gsm7=content.gsm7,
            incident=content.incident or None,
        ),
        by=by,
    )
    async with services.unit() as unit:
        found = await _on_the_desk(services, unit, composition.id, by=by, lock=True)
        _must_be_seen(found, composition.version)
        made = await drafting.save_draft(unit, composed, by=by)
        await compositions.drop(unit.connection, composition.id)
        await unit.record(
            MADE,
            by=by,
            about=_about(composition.id),
            at=services.now(),
            details={"authority": found.authority, "alert": made.id},
        )
    return made


async def preview_composition(
    services: Services, content: CompositionContent, alert_class: AlertClass, *, by: Officer
) -> CompositionPreview:
    """What a composition would say and whom it would reach, details still missing by example."""
    by.must(Permission.DRAFT)
    now = services.now()
    scenario = (await list_scenarios(services)).scenario(content.scenario)
    towns = expanded(services, content.area)
    required = text_checks.required(services, towns)
    languages = in_order((*required, *content.also_in), required)
    problems: Mapping[str, str] = {}
    preview = None
    speaking, sender, refusal = await _speaks(services, content, towns, alert_class, by=by)
    audience, silent = await _audience(services, speaking.code, towns, languages)
    async with services.reading() as reading:
        entries = await lists.entries_in_force(services, reading.connection, speaking.code)
    scenario = scenario.with_lists(entries)
    if towns and content.channels:
        order = Draft(
            scenario=scenario.name,
            values=content.values,
            area=towns,
            languages=languages,
            channels=content.channels,
            alert_class=alert_class,
            now=now,
            expires_at=now + (timedelta(minutes=content.minutes) or scenario.validity),
            sender=sender,
            entries=entries,
        )
        messages, problems = await _compose(services, scenario, order)
        if content.gsm7:
            messages = tuple(map(_in_gsm7, messages))
        if messages:
            preview = await _preview(
                services, scenario, order, messages, audience, required, now, by, speaking
            )
    return CompositionPreview(
        scenario=scenario,
        towns=towns,
        inhabitants=sum(services.gazetteer.place(nis_code).inhabitants for nis_code in towns),
        required=required,
        languages=languages,
        preview=preview,
        problems=problems,
        registered={name: sum(counts.values()) for name, counts in audience.items()},
        left_out=silent,
        refusal=refusal,
        typed=typed_words(scenario.values, content.values),
    )


def expanded(services: Services, area: Iterable[str]) -> tuple[str, ...]:
    """Every municipality in places as they were chosen."""
    return tuple(
        sorted({nis_code for one in area for nis_code in services.gazetteer.place(one).members})
    )


def gathered(services: Services, towns: Sequence[str]) -> tuple[str, ...]:
    """Municipalities as people would choose them: complete provinces and regions whole."""
    whole, left = services.gazetteer.whole_areas(towns)
    return tuple(one.nis_code for one in (*whole, *sorted(left, key=lambda one: one.nis_code)))


async def findings_of(services: Services, alert: Alert, *, by: Officer) -> tuple[Finding, ...]:
    """What the checks say of an alert's texts as they are being typed."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        sender = await authorization.speaker(services, reading.connection, alert.authority)
        return await text_checks.findings(
            services, reading.connection, alert, now=services.now(), sender=sender
        )


async def laid_out(
    services: Services, alert: Alert, messages: Sequence[Message], *, by: Officer
) -> tuple[Message, ...]:
    """Messages whose words are being typed, as letters of the authority that speaks."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        sender = await authorization.speaker(services, reading.connection, alert.authority)
    return tuple(services.composer.laid_out(one, alert, sender) for one in messages)


async def texts_of(
    services: Services, number: int, version: int, *, by: Officer
) -> tuple[Message, ...]:
    """The texts of one version of an alert; version 1 is what the template gave."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        return await alert_rows.texts_of(reading.connection, number, version)


async def load_text_draft(services: Services, number: int, *, by: Officer) -> Composition | None:
    """The words this officer has begun to change in a draft and not saved as a version."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        return await compositions.words_of(reading.connection, number, by.name)


async def save_text_draft(
    services: Services,
    number: int,
    words: Mapping[str, str],
    *,
    seen: str,
    version: int,
    kept: int = 0,
    by: Officer,
) -> Composition:
    """Keep words being typed in an alert, so that a closed browser loses none.

    `seen` and `version` are the fingerprint and the version they were changed from. `kept` is the
    version of the kept words that stood in this window, 0 where there were none: Overtaken where
    another window of the same officer has kept others since, and nothing is written over.

    They are this officer's own; whoever saves a version second gets both to choose from. Words that
    are not what the alert says make their writer a hand in it, whether or not they are ever saved.
    """
    by.must(Permission.DRAFT)
    content = {"words": dict(words), "seen": seen, "version": version}
    async with services.unit() as unit:
        # Held: of two windows that keep words at once, one comes after the other.
        alert = await drafting.lock_to_edit(services, unit, number, by=by)
        found = await compositions.words_of(unit.connection, number, by.name)
        if found is not None and found.version != kept:
            if found.content["words"] != content["words"]:
                raise Overtaken(officer=by.name, composition=found.id)
            return found
        if by.name not in alert_rows.hands_of(alert) and _says_otherwise(alert, words):
            await alert_rows.save(unit.connection, replace(alert, hands=alert.hands | {by.name}))
        if found is not None:
            return await _write(services, unit, found, content, by=by)
        return await compositions.add(
            unit.connection,
            author=by.name,
            authority=by.authority.code,
            alert_class=alert.alert_class,
            content=content,
            at=services.now(),
            alert_id=number,
        )


async def save_texts(
    services: Services,
    number: int,
    texts: Sequence[Message],
    *,
    seen: str,
    kept: int,
    by: Officer,
) -> None:
    """Make a new version of the texts that changed; the words kept until then go with it.

    `seen` is the fingerprint of what they were changed from, `kept` the version of the kept words.
    What another window has kept since stays.
    """
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        if texts:
            await drafting.save_revision(services, unit, number, texts, by=by, seen=seen)
        found = await compositions.words_of(unit.connection, number, by.name)
        if found is not None and found.version == kept:
            await compositions.drop(unit.connection, found.id)


def _says_otherwise(alert: Alert, words: Mapping[str, str]) -> bool:
    """Whether `text.sms.fr` and the like hold anything but what the alert says, its mark aside."""
    for key, typed in words.items():
        part, channel, language = key.split(".")
        stamp = mark(alert.alert_class, Language(language))
        message = alert.message(channel, Language(language))
        said = getattr(message, part) if message else ""
        if without_mark(typed, stamp) != without_mark(said, stamp):
            return True
    return False


async def delete_text_draft(services: Services, number: int, *, kept: int, by: Officer) -> None:
    """Away with them. Overtaken where another window has kept others than those of `kept`."""
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        found = await compositions.words_of(unit.connection, number, by.name)
        if found is not None:
            _must_be_seen(found, kept)
            await compositions.drop(unit.connection, found.id)


def _must_be_seen(found: Composition, seen: int) -> None:
    """Refuse to write over, or to throw away, what nobody has read."""
    if found.version != seen:
        raise Overtaken(officer=found.writer, composition=found.id)


async def _write(
    services: Services,
    unit: UnitOfWork,
    found: Composition,
    content: Mapping[str, Any],
    *,
    by: Officer,
) -> Composition:
    written = await compositions.write(
        unit.connection,
        found.id,
        seen=found.version,
        writer=by.name,
        content=content,
        at=services.now(),
    )
    if written is None:  # two windows on a database without locks of rows
        raise Overtaken(officer=found.writer, composition=found.id)
    return written


async def _add(
    services: Services,
    content: CompositionContent,
    alert_class: AlertClass,
    by: Officer,
    *,
    hands: Collection[str] = (),
) -> Composition:
    async with services.unit() as unit:
        return await compositions.add(
            unit.connection,
            author=by.name,
            authority=by.authority.code,
            alert_class=alert_class,
            content=content.as_json(),
            at=services.now(),
            hands=hands,
        )


async def _speaks(
    services: Services,
    content: CompositionContent,
    towns: tuple[str, ...],
    alert_class: AlertClass,
    *,
    by: Officer,
) -> tuple[Authority, Sender, AlertingError | None]:
    """Who would speak, and how they sign; with a refusal, where this officer could not draft it."""
    if towns:
        try:
            found = await authorization.draft_authority(
                services,
                towns,
                incident=content.incident or None,
                alert_class=alert_class,
                by=by,
            )
        except AlertingError as refusal:
            return by.authority, authorization.sender_of(services, by.authority), refusal
        return found.authority, found.sender, None
    return by.authority, authorization.sender_of(services, by.authority), None


async def _compose(
    services: Services, scenario: Scenario, order: Draft
) -> tuple[tuple[Message, ...], Mapping[str, str]]:
    """The texts, and what is wrong with the details; samples stand in for those."""
    try:
        return await services.composer.compose(order), {}
    except BadValues as refusal:
        problems: Mapping[str, str] = refusal.facts["fields"]  # type: ignore[assignment]
    except TextTooLong as refusal:
        longest = max(order.values, key=lambda name: len(str(order.values[name])), default="")
        problems = {longest: f"with the words around it longer than {refusal.facts['most']}"}
    samples = {
        one.name: sample(one, order.now)
        for one in scenario.values
        if one.name in problems and one.sample
    }
    typed = {name: value for name, value in order.values.items() if name not in problems}
    try:
        stood_in = replace(order, values={**typed, **samples})
        return await services.composer.compose(stood_in), problems
    except (BadValues, UnknownPlace):  # a detail without a sample: no text can be shown yet
        return (), problems


async def _preview(
    services: Services,
    scenario: Scenario,
    order: Draft,
    messages: tuple[Message, ...],
    audience: Mapping[str, Mapping[Language, int]],
    required: tuple[Language, ...],
    now: datetime,
    by: Officer,
    speaking: Authority,
) -> Preview:
    alert = Alert(
        alert_class=order.alert_class,
        scenario=scenario.name,
        hazard=scenario.hazard,
        area=order.area,
        channels=order.channels,
        languages=order.languages,
        values=order.values,
        messages=messages,
        created_at=now,
        expires_at=order.expires_at,
        author=by.name,
        authority=speaking.code,
    )
    async with services.reading() as reading:
        silent = await left_out(services, reading.connection, speaking.code, order.channels)
        findings = await text_checks.findings(
            services, reading.connection, alert, now=now, sender=order.sender
        )
        same = await same_alerts_under_way(services, reading.connection, alert, now=now)
    people = {
        (channel, language): n
        for channel, counts in audience.items()
        for language, n in counts.items()
    }
    return Preview(
        alert,
        required,
        alert.holes(required),
        audience,
        gravest_first([*same, *findings]),
        doubt=None,
        list_changes={},
        bypass=None,
        keeps=None,
        estimates=estimate(messages, people, services.tariffs),
        left_out=silent,
    )


async def _audience(
    services: Services, speaking: str, towns: tuple[str, ...], languages: tuple[Language, ...]
) -> tuple[dict[str, dict[Language, int]], Mapping[str, AlertingError]]:
    """By every channel there is, and by the language people would read; nobody without an area.

    With it, on which channels the authority that speaks has no account.
    """
    async with services.reading() as reading:
        connection = reading.connection
        silent = await left_out(services, connection, speaking, services.channels)
        found = {}
        for name, channel in services.channels.items() if towns else ():
            wanted = await criteria_of(
                services, connection, speaking, channel, area=towns, languages=languages
            )
            found[name] = await planning_rows.audience(connection, wanted)
    return found, silent


async def _usable(services: Services, channels: Iterable[str], *, by: Officer) -> tuple[str, ...]:
    """Those that are set up, and on which the officer's authority has an account."""
    there = [one for one in channels if one in services.channels]
    async with services.reading() as reading:
        silent = await left_out(services, reading.connection, by.authority.code, there)
    return tuple(one for one in there if one not in silent)


def _in_gsm7(message: Message) -> Message:
    if message.channel not in BILLED_BY_SEGMENT:
        return message
    return replace(message, text=rewrite(message.text).text)
