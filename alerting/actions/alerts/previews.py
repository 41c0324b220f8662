"""A composition looked at: whom it would reach, and what it would say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import shapes, text_checks
from alerting.actions.alerts.compositions import CompositionContent, expanded, values_asked
from alerting.actions.alerts.drafting import Following
from alerting.actions.alerts.page_texts import page_address, page_of, with_page
from alerting.actions.alerts.queries import Preview
from alerting.actions.alerts.under_way import same_alerts_under_way
from alerting.actions.authorities import lists
from alerting.actions.templates.scenarios import list_scenarios
from alerting.checks.costs import estimate
from alerting.compose.composer import Draft, Sender
from alerting.compose.scenarios import Scenario
from alerting.compose.values import Declaration, ValueKind, sample, typed_words
from alerting.delivery.audiences import criteria_of, left_out
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.authority import Authority
from alerting.domain.errors import (
    AlertingError,
    BadValues,
    TextTooLong,
    UnknownPlace,
)
from alerting.domain.finding import gravest_first
from alerting.domain.language import Language, in_order
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import Phrase, msgid
from alerting.services import Services
from alerting.store.deliveries import planning as planning_rows

TOO_LONG_WITH = msgid("with the words around it longer than {most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionPreview:
    """A composition looked at: whom it would reach, and what it would say as things stand."""

    scenario: Scenario
    towns: tuple[str, ...]
    """NIS codes of every municipality in the area."""
    inhabitants: int
    inside: Mapping[str, float]
    """NIS code -> share of its area inside the shape, of every municipality that touches."""
    required: tuple[Language, ...]
    """The languages the law asks for there."""
    languages: tuple[Language, ...]
    preview: Preview | None
    """None while there is no area, and where the texts cannot be made."""
    problems: Mapping[str, Phrase]
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


async def preview_composition(
    services: Services,
    content: CompositionContent,
    alert_class: AlertClass,
    *,
    by: Officer,
    changes: Alert | None = None,
    follows: Following | None = None,
) -> CompositionPreview:
    """What a composition would say and whom it would reach, details still missing by example.

    `changes` is the alert it changes, if any: it goes on in its name, and keeps its end. `follows`
    says which alert it follows, if any, and how: it goes on in its name.

    One at a time for each person, as its texts are made anew each time: TooManyChecks.
    """
    by.must(Permission.DRAFT)
    async with services.checks.composed.turn(by.name):
        return await _look(services, content, alert_class, by=by, changes=changes, follows=follows)


async def _look(
    services: Services,
    content: CompositionContent,
    alert_class: AlertClass,
    *,
    by: Officer,
    changes: Alert | None,
    follows: Following | None,
) -> CompositionPreview:
    """In one piece: what a composition shows."""
    spoke = changes.authority if changes else follows.authority if follows else ""
    now = services.now()
    scenario = (await list_scenarios(services)).scenario(content.scenario)
    towns = expanded(services, content.area)
    required = text_checks.required(services, towns)
    languages = in_order((*required, *content.also_in), required)
    problems: Mapping[str, Phrase] = {}
    preview = None
    drawn = content.shape if follows is None else None  # of a follow-up it is as it was
    inside = await shapes.shares_inside(services, drawn, by=by) if drawn else {}
    speaking, sender, refusal = await _speaks(
        services, content, towns, inside, alert_class, by=by, spoke=spoke
    )
    audience, silent = await _audience(services, speaking.code, towns, languages)
    async with services.reading() as reading:
        entries = await lists.entries_in_force(services, reading.connection, speaking.code)
    scenario = scenario.with_lists(entries)
    if towns and content.channels:
        order = Draft(
            scenario=scenario.name,
            values=values_asked(content, languages),
            area=towns,
            languages=languages,
            channels=with_page(services, content.channels, alert_class),
            alert_class=alert_class,
            now=now,
            expires_at=changes.expires_at
            if changes and not content.minutes
            else now + (timedelta(minutes=content.minutes) or scenario.validity),
            sender=sender,
            entries=entries,
            accents=content.accents,
            page=page_of(services, changes)
            if changes
            else page_address(services, alert_class, now),
        )
        messages, problems = await _compose(services, scenario, order)
        if messages:
            preview = await _preview(
                services,
                scenario,
                order,
                content.channels,
                messages,
                audience,
                required,
                now,
                by,
                speaking,
                changes,
                follows,
            )
    return CompositionPreview(
        scenario=scenario,
        towns=towns,
        inhabitants=services.gazetteer.inhabitants(towns),
        inside=inside,
        required=required,
        languages=languages,
        preview=preview,
        problems=problems,
        registered={name: sum(counts.values()) for name, counts in audience.items()},
        left_out=silent,
        refusal=refusal,
        typed=typed_words(scenario.values, content.values),
    )


async def _speaks(
    services: Services,
    content: CompositionContent,
    towns: tuple[str, ...],
    inside: Mapping[str, float],
    alert_class: AlertClass,
    *,
    by: Officer,
    spoke: str,
) -> tuple[Authority, Sender, AlertingError | None]:
    """Who would speak, and how they sign; with a refusal, where this officer could not draft it."""
    if towns:
        try:
            shapes.require_inside(services, inside, towns)
            authority = await authorization.draft_authority(
                services,
                tuple(sorted({*towns} | shapes.touched(inside))),
                incident=content.incident or None,
                alert_class=alert_class,
                by=by,
                previous_alert=spoke,
            )
        except AlertingError as refusal:
            return by.authority, authorization.sender_of(services, by.authority), refusal
        return authority.authority, authority.sender, None
    return by.authority, authorization.sender_of(services, by.authority), None


async def _compose(
    services: Services, scenario: Scenario, order: Draft
) -> tuple[tuple[Message, ...], Mapping[str, Phrase]]:
    """The texts, and what is wrong with the details; samples stand in for those."""
    try:
        return await services.composer.compose(order), {}
    except BadValues as refusal:
        problems: Mapping[str, Phrase] = refusal.facts["fields"]  # type: ignore[assignment]
    except TextTooLong as refusal:
        longest = max(order.values, key=lambda name: len(str(order.values[name])), default="")
        problems = {longest: Phrase(TOO_LONG_WITH, {"most": refusal.facts["most"]})}
    samples = {
        declaration.name: _stand_in(declaration, order)
        for declaration in scenario.values
        if declaration.name in problems and declaration.sample
    }
    # A choice decides which sentences stand there: its words are the text's own.
    marked = {one.name for one in scenario.values if one.kind is not ValueKind.CHOICE}
    typed = {name: value for name, value in order.values.items() if name not in problems}
    try:
        stood_in = replace(
            order, values={**typed, **samples}, examples=frozenset(samples.keys() & marked)
        )
        return await services.composer.compose(stood_in), problems
    except (BadValues, UnknownPlace):  # a detail without a sample: no text can be shown yet
        return (), problems


def _stand_in(declaration: Declaration, order: Draft) -> Any:
    """What stands in a preview for a detail: of words what they are about, in brackets.

    An example would read as an instruction, and might be of another hazard.
    """
    if declaration.kind is not ValueKind.TEXT or not declaration.help:
        return sample(declaration, order.now)
    return {
        language: f"[{declaration.help.get(language, declaration.name)[:200]}]"
        for language in order.languages
    }


async def _preview(
    services: Services,
    scenario: Scenario,
    order: Draft,
    channels: tuple[str, ...],
    messages: tuple[Message, ...],
    audience: Mapping[str, Mapping[Language, int]],
    required: tuple[Language, ...],
    now: datetime,
    by: Officer,
    speaking: Authority,
    changes: Alert | None,
    follows: Following | None,
) -> Preview:
    """In one piece: what an alert shows before a decision."""
    alert = Alert(
        id=changes.id if changes else 0,
        previous_alert=changes.previous_alert if changes else follows.alert if follows else None,
        follow_up=changes.follow_up if changes else follows.how if follows else None,
        alert_class=order.alert_class,
        scenario=scenario.name,
        hazard=scenario.hazard,
        area=order.area,
        channels=channels,
        languages=order.languages,
        values=order.values,
        messages=messages,
        created_at=changes.created_at if changes else now,
        composed_at=now if changes else None,
        expires_at=order.expires_at,
        author=by.name,
        authority=speaking.code,
    )
    async with services.reading() as reading:
        silent = await left_out(services, reading.connection, speaking.code, alert.channels)
        same = await same_alerts_under_way(services, reading.connection, alert, now=now)
    findings = await text_checks.findings(services, alert, by=by, now=now, typed=True)
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
        services.gazetteer.inhabitants(order.area),
        gravest_first([*same, *findings]),
        doubt=None,
        list_changes={},
        bypass=None,
        bypass_refusal=None,
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
            criteria = await criteria_of(
                services, connection, speaking, channel, area=towns, languages=languages
            )
            found[name] = await planning_rows.audience(connection, criteria)
    return found, silent
