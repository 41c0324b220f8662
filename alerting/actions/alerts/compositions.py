"""Composing: what is chosen and typed before there is an alert, kept as it grows.

A composition belongs to an authority, not to one person: whoever is on duty there may go on with
it. Nobody writes over what they have not seen: the second of two gets `Overtaken`, and both texts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from alerting.actions import authorization, places
from alerting.actions.alerts import drafting, queries, text_checks
from alerting.actions.alerts.answers import with_answers, withdraw_filled
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.alerts.hands import hands_of_details
from alerting.actions.authorities import lists
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.known_names import Filled, with_known_names
from alerting.compose.values import ValueKind
from alerting.delivery.audiences import left_out
from alerting.domain.alert import Alert, AlertClass, UnreachedPolicy
from alerting.domain.composition import Composition
from alerting.domain.enumeration import member_of
from alerting.domain.errors import (
    BadRequest,
    CompositionGone,
    CompositionMade,
    NotFound,
    Overtaken,
)
from alerting.domain.language import LEGAL, Language, in_order
from alerting.domain.officer import Officer, Permission
from alerting.domain.shape import Shape
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import compositions

COMPOSITION = msgid("unsaved draft")
DELETED = "composition.deleted"
MADE = "composition.made"
WRONG_CLASS = msgid("This scenario is for another type of alert only: start over from “{only}”")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionContent:
    """What a composition holds. `area`: codes of places as they were chosen, provinces whole."""

    scenario: str
    area: tuple[str, ...] = ()
    shape: Shape | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    also_in: tuple[Language, ...] = ()
    minutes: int = 0
    """How long it lasts; 0: as long as the scenario says."""
    accents: bool = False
    """Whether text messages keep characters outside GSM-7."""
    incident: int = 0
    """The incident it belongs to; 0: none."""
    unreached_policy: UnreachedPolicy | None = None
    """Of a follow-up: whether whoever the alert before never reached gets it; None: as usual."""
    filled: Filled = field(default_factory=dict)
    """Detail -> languages in which its value is a known name that nobody typed."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "CompositionContent":
        """As the store keeps it."""
        return cls(
            scenario=content["scenario"],
            area=tuple(content["area"]),
            shape=content.get("shape"),
            values=dict(content["values"]),
            channels=tuple(content["channels"]),
            also_in=tuple(Language(one) for one in content["also_in"]),
            minutes=content["minutes"],
            accents=content["accents"],
            incident=content.get("incident", 0),
            unreached_policy=member_of(UnreachedPolicy, content.get("unreached_policy")),
            filled={
                name: tuple(language for language in Language if language in languages)
                for name, languages in content.get("filled", {}).items()
            },
        )

    def as_json(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)


async def create_composition(
    services: Services, scenario: str, alert_class: AlertClass, *, by: Officer
) -> Composition:
    """A new composition, with the channels the scenario asks for, as far as they are set up and the
    officer's authority may use them.
    """
    by.must(Permission.DRAFT)
    found = (await list_scenarios(services)).scenario(scenario)
    drafting.require_new(found)
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
    anew, without the times and dates of then. Whoever had a hand in that one has a hand in what is
    made of it where words that were typed for its details came along, or are typed again.
    """
    by.must(Permission.DRAFT)
    old = await queries.get_alert(services, number, by=by)
    scenario = (await list_scenarios(services)).scenario(old.scenario)
    drafting.require_new(scenario)
    declared = {
        declaration.name
        for declaration in scenario.values
        if declaration.kind not in (ValueKind.TIME, ValueKind.DATE)
    }
    content = CompositionContent(
        scenario=old.scenario,
        area=gathered(services, old.area),
        shape=old.shape,
        values={name: value for name, value in old.values.items() if name in declared},
        channels=await _usable(services, old.channels, by=by),
        also_in=tuple(
            language
            for language in old.languages
            if language not in text_checks.required(services, old.area)
        ),
    )
    hands = await hands_of_details(services, old, old.scenario, content.values, by=by)
    return await _add(services, content, old.alert_class, by, hands=hands, copied_from=number)


async def get_composition(services: Services, number: int, *, by: Officer) -> Composition:
    """One composition; NotFound once an alert was made of it."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        await places.refresh(services, reading.connection)
        return await load_composition(services, reading, number, by=by)


async def load_composition(
    services: Services, reading: ReadTransaction, number: int, *, by: Officer, lock: bool = False
) -> Composition:
    """One composition, in the caller's transaction; with `lock` held until commit. NotFound."""
    by.must(Permission.DRAFT)
    composition = await compositions.load(reading.connection, number, lock=lock)
    inside = await authorization.subordinate_authorities(services, reading, by=by)
    hidden = composition is not None and inside is not None and composition.authority not in inside
    if composition is None:
        await _say_why_gone(reading, number, inside)
    if composition is None or composition.alert_id is not None or hidden:
        raise NotFound(what=COMPOSITION, number=number)
    return composition


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

    The same content again is no change, whoever wrote it. What colleagues who were asked for a
    translation answered since is no other's text: both are kept.
    """
    async with services.unit() as unit:
        composition = await load_composition(services, unit, number, by=by, lock=True)
        stored = CompositionContent.of(composition.content)
        if stored != content and composition.version != seen:
            values = await with_answers(unit, composition, content.values, seen=seen)
            if values is None:
                require_seen(composition, seen)
            else:
                content = replace(content, values=values)
        if stored == content:
            return composition
        return await write_version(services, unit, composition, content.as_json(), by=by)


async def with_ready_sentence(
    services: Services, content: CompositionContent, name: str, key: str, *, by: Officer
) -> CompositionContent:
    """`content` with one of the sentences a detail offers; as it was where there is none such."""
    by.must(Permission.DRAFT)
    scenario = (await list_scenarios(services)).scenario(content.scenario)
    async with services.reading() as reading:
        entries = await lists.entries_in_force(services, reading.connection, by.authority.code)
    offered = {
        declaration.name: declaration.choices for declaration in scenario.with_lists(entries).values
    }
    if key not in offered.get(name, {}):
        return content
    return replace(content, values={**content.values, name: key})


async def fill_known_names(
    services: Services, content: CompositionContent, stored: CompositionContent, *, by: Officer
) -> CompositionContent:
    """`content`, with the names of places and choices in the languages that lack them.

    What was filled into `stored` and nobody changed since follows the words it came from: it is
    filled in anew, or goes with them.
    """
    by.must(Permission.DRAFT)
    scenario = (await list_scenarios(services)).scenario(content.scenario)
    async with services.reading() as reading:
        entries = await lists.entries_in_force(services, reading.connection, by.authority.code)
    values = {
        name: _typed(said, stored.values.get(name), stored.filled.get(name, ()))
        for name, said in content.values.items()
    }
    completed, filled = with_known_names(
        scenario.with_lists(entries).values,
        {name: said for name, said in values.items() if said},
        languages_asked(services, content, by=by),
        services.gazetteer,
    )
    return replace(content, values=completed, filled=filled)


def _typed(said: Any, before: Any, filled: Collection[Language]) -> Any:
    """A detail without what was filled in before and is still as it was."""
    if not isinstance(said, Mapping) or not isinstance(before, Mapping):
        return said
    return {
        language: text
        for language, text in said.items()
        if language not in filled or text != before.get(language)
    }


def languages_asked(
    services: Services, content: CompositionContent, *, by: Officer
) -> tuple[Language, ...]:
    """The languages its details are asked for in.

    Those of the law in its area and those chosen besides; while there is no area, those the
    officer's authority works in.
    """
    towns = expanded(services, content.area)
    required = text_checks.required(services, towns) or by.authority.languages or LEGAL
    return in_order((*required, *content.also_in), required)


def values_asked(content: CompositionContent, languages: Collection[Language]) -> dict[str, Any]:
    """Its details without those that say something only in languages it has no more."""
    return {
        name: said
        for name, said in content.values.items()
        if not isinstance(said, Mapping) or any(said.get(language) for language in languages)
    }


async def delete_composition(services: Services, number: int, *, seen: int, by: Officer) -> None:
    """Delete a composition. Overtaken where it is not in the version `seen` any more."""
    async with services.unit() as unit:
        composition = await load_composition(services, unit, number, by=by, lock=True)
        require_seen(composition, seen)
        await compositions.delete_composition(unit.connection, number)
        await unit.record(
            DELETED,
            by=by,
            about=_about(number),
            at=services.now(),
            details={"authority": composition.authority},
        )


async def create_draft(services: Services, composition: Composition, *, by: Officer) -> Alert:
    """The draft of an alert from a composition as it was seen; the composition goes with it, or
    neither.

    Overtaken where somebody wrote in it since: nobody answers for what they have not read.
    One that changes an alert makes none: NotFound, `changing.change_alert` is for it; nor does one
    that follows an alert, which `follow_ups.create_composed_follow_up` is for.
    """
    if composition.changes_alert is not None or composition.follows_alert is not None:
        raise NotFound(what=COMPOSITION, number=composition.id)
    return await save_as_draft(
        services, composition, draft_request(services, composition, by=by), by=by
    )


def draft_request(services: Services, composition: Composition, *, by: Officer) -> DraftRequest:
    """What a composition asks to be drafted."""
    content = CompositionContent.of(composition.content)
    return DraftRequest(
        scenario=content.scenario,
        area=content.area,
        shape=content.shape,
        values=values_asked(content, languages_asked(services, content, by=by)),
        channels=content.channels,
        hands=composition.hands,
        copied_from=composition.copied_from,
        alert_class=composition.alert_class,
        valid_for=timedelta(minutes=content.minutes) if content.minutes else None,
        also_in=content.also_in,
        accents=content.accents,
        incident=content.incident or None,
    )


async def save_as_draft(
    services: Services, composition: Composition, draft: DraftRequest, *, by: Officer
) -> Alert:
    """The draft of what a composition asks for; the composition goes with it, or neither."""
    composed = await drafting.compose_draft(services, draft, by=by)
    async with services.unit() as unit:
        found = await lock_composition(services, unit, composition, by=by)
        alert = await drafting.save_draft(unit, composed, by=by)
        await end_composition(services, unit, found, alert.id, by=by)
    return alert


async def lock_composition(
    services: Services, unit: UnitOfWork, composition: Composition, *, by: Officer
) -> Composition:
    """A composition, held until commit; Overtaken where it is not as it was seen any more."""
    found = await load_composition(services, unit, composition.id, by=by, lock=True)
    require_seen(found, composition.version)
    return found


async def end_composition(
    services: Services, unit: UnitOfWork, composition: Composition, alert: int, *, by: Officer
) -> None:
    """Let it go with the alert, or the version of one, that was made of it."""
    await compositions.delete_composition(unit.connection, composition.id)
    await unit.record(
        MADE,
        by=by,
        about=_about(composition.id),
        at=services.now(),
        details={"authority": composition.authority, "alert": alert},
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


def require_seen(composition: Composition, seen: int) -> None:
    """Refuse to write over, or to throw away, what nobody has read."""
    if composition.version != seen:
        raise Overtaken(officer=composition.writer, composition=composition.id)


async def write_version(
    services: Services,
    unit: UnitOfWork,
    composition: Composition,
    content: Mapping[str, Any],
    *,
    by: Officer,
) -> Composition:
    """The next version of what is kept; Overtaken where somebody wrote another meanwhile."""
    written = await compositions.write(
        unit.connection,
        composition.id,
        seen=composition.version,
        writer=by.name,
        content=content,
        at=services.now(),
    )
    if written is None:  # two windows on a database without locks of rows
        raise Overtaken(officer=composition.writer, composition=composition.id)
    await withdraw_filled(unit, written)
    return written


async def _add(
    services: Services,
    content: CompositionContent,
    alert_class: AlertClass,
    by: Officer,
    *,
    hands: Collection[str] = (),
    copied_from: int | None = None,
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
            copied_from=copied_from,
        )


async def _usable(services: Services, channels: Iterable[str], *, by: Officer) -> tuple[str, ...]:
    """Those that are set up, and on which the officer's authority has an account."""
    there = [channel for channel in channels if channel in services.channels]
    async with services.reading() as reading:
        silent = await left_out(services, reading.connection, by.authority.code, there)
    return tuple(one for one in there if one not in silent)
