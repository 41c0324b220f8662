"""Follow-ups prepared from the alert they follow: same people, same channels, fields filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import compositions, queries, text_checks
from alerting.actions.alerts.alone import RETRACTION, hazard_of, in_a_sentence
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.drafting import DraftRequest, Following, draft
from alerting.actions.alerts.guards import require_channels_on
from alerting.actions.alerts.hands import hands_of_details
from alerting.actions.alerts.refusals import first_of
from alerting.actions.alerts.sending import require_in_force
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.scenarios import Scenario
from alerting.domain.alert import USUALLY, Alert, FollowUp, UnreachedPolicy
from alerting.domain.belgian_time import BRUSSELS, Which, comes_twice
from alerting.domain.composition import Composition
from alerting.domain.errors import NotFound, RetractionStands
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.reason import reason_of
from alerting.services import Services
from alerting.store.alerts import compositions as composition_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import ReadTransaction

SCENARIOS: Mapping[FollowUp, str] = {
    FollowUp.UPDATE: "update",
    FollowUp.CORRECTION: "correction",
    FollowUp.ALL_CLEAR: "all_clear",
    FollowUp.FALSE_ALERT: RETRACTION,
}
EXPLAINED_WITHIN = timedelta(days=7)
"""When the public may read how a false alert came about, where nobody promises another day."""
OF_THE_MOMENT = frozenset({"n", "prev_time", "next_update", "change", "known", "report_date"})
"""Details that an earlier follow-up typed for its own moment."""
TAKEN_OVER = frozenset({"n", "hazard", "location", "prev_time"})
"""Details that come from the alert that is followed; nobody needs to look at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRequest:
    """What is told apart from the alert that is followed; empty: as that one."""

    how: FollowUp
    values: Mapping[str, Any] = field(default_factory=dict)
    more_area: Sequence[str] = ()
    more_channels: Sequence[str] = ()
    unreached_policy: UnreachedPolicy | None = None
    valid_for: timedelta | None = None
    accents: bool = False
    reason: str = ""
    """Why, for the audit log; needed where an alert is called false."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A follow-up before it is drafted: the scenario it uses, and the details known already."""

    original: Alert
    how: FollowUp
    scenario: Scenario
    values: Mapping[str, Any]
    unreached_policy: UnreachedPolicy

    @property
    def missing(self) -> tuple[str, ...]:
        """Details that are still to be typed."""
        return tuple(
            declaration.name
            for declaration in self.scenario.values
            if declaration.required and declaration.name not in self.values
        )


async def prefill(
    services: Services, number: int, follow_up: FollowUp, *, by: Officer
) -> Prefilled:
    """What a follow-up would say as far as the alert it follows tells; refused if that is over."""
    by.must(Permission.FOLLOW_UP)
    scenario = (await list_scenarios(services)).scenario(SCENARIOS[follow_up])
    async with services.reading() as reading:
        original = await authorization.authorize_on_alert(
            services, reading, number, Permission.FOLLOW_UP, by=by, lock=False
        )
        await require_in_force(reading, original)
        if follow_up is FollowUp.FALSE_ALERT and original.follow_up is FollowUp.FALSE_ALERT:
            raise RetractionStands(alert=number)
        hazard = await hazard_of(services, reading, original)
        updates = await _updates(reading, original)
    known = _known(services, original, services.now()) | {"n": updates + 1}
    if follow_up is FollowUp.FALSE_ALERT:
        known["hazard"] = hazard  # a value of the alert before may never have stood in its texts
    known |= {
        declaration.name: declaration.default
        for declaration in scenario.values
        if declaration.default
    }
    asked = {declaration.name for declaration in scenario.values}
    values = {name: value for name, value in known.items() if name in asked and value}
    return Prefilled(original, follow_up, scenario, values, USUALLY[follow_up])


async def create_follow_up(
    services: Services, number: int, follow_up_request: FollowUpRequest, *, by: Officer
) -> Alert:
    """Draft an update, a correction, an all-clear or a retraction of an alert in force.

    Same class, channels, languages and area, with what is added. Sending it closes the other one.
    Whoever had a hand in that one, or another of its chain, has a hand in this where a detail typed
    there stands here, however it is typed.
    """
    reason = reason_of(
        follow_up_request.reason, needed=follow_up_request.how is FollowUp.FALSE_ALERT
    )
    ready = await prefill(services, number, follow_up_request.how, by=by)
    original = ready.original
    values = {**ready.values, **follow_up_request.values}
    still_on = [channel for channel in original.channels if channel in services.channels]
    require_channels_on(
        services, original.channels if not still_on else follow_up_request.more_channels
    )
    return await draft(
        services,
        DraftRequest(
            scenario=ready.scenario.name,
            area=(*original.area, *follow_up_request.more_area),
            shape=original.shape,
            values=values,
            channels=(*still_on, *follow_up_request.more_channels),
            alert_class=original.alert_class,
            valid_for=follow_up_request.valid_for,
            also_in=original.languages,
            accents=follow_up_request.accents,
            incident=original.incident,
            reason=reason,
            following=Following(
                number,
                follow_up_request.how,
                follow_up_request.unreached_policy or ready.unreached_policy,
                original.authority,
            ),
        ),
        by=by,
    )


async def begin_follow_up(
    services: Services, number: int, follow_up: FollowUp, *, by: Officer
) -> Composition:
    """The composition of a follow-up, with all that is known filled in; the one there is already,
    if any: two people who prepare the same one at once meet there.
    """
    by.must(Permission.DRAFT)
    ready = await prefill(services, number, follow_up, by=by)
    async with services.unit() as unit:
        original = await authorization.authorize_on_alert(
            services, unit, number, Permission.FOLLOW_UP, by=by
        )
        owner = by.authority.code if by.authority.partner else original.authority
        if going_on := await composition_rows.following(unit.connection, number, follow_up, owner):
            return going_on
        return await composition_rows.add(
            unit.connection,
            author=by.name,
            authority=owner,
            alert_class=original.alert_class,
            content=with_original(services, _content(services, ready), original).as_json(),
            at=services.now(),
            follows_alert=number,
            follow_up=follow_up,
        )


def _content(services: Services, ready: Prefilled) -> CompositionContent:
    values = {
        name: str(value) if isinstance(value, int) else value
        for name, value in ready.values.items()
    }
    return CompositionContent(
        scenario=ready.scenario.name,
        values=values,
        incident=ready.original.incident or 0,
        unreached_policy=ready.unreached_policy,
    )


def with_original(
    services: Services, content: CompositionContent, original: Alert
) -> CompositionContent:
    """`content` with the area, channels and languages of the alert it follows: they may be added
    to, never taken away. Its shape stays as it is.
    """
    towns = {*compositions.expanded(services, content.area), *original.area}
    area = compositions.gathered(services, sorted(towns))
    still_on = [channel for channel in original.channels if channel in services.channels]
    required = text_checks.required(services, sorted(towns))
    spoken = [language for language in original.languages if language not in required]
    return replace(
        content,
        area=area,
        shape=original.shape,
        channels=tuple(dict.fromkeys((*still_on, *content.channels))),
        also_in=tuple(language for language in Language if language in {*spoken, *content.also_in}),
    )


async def get_followed_alert(
    services: Services, composition: Composition, *, by: Officer
) -> Alert | None:
    """The alert that a composition follows; None where it follows none."""
    if composition.follows_alert is None:
        return None
    return await queries.get_alert(services, composition.follows_alert, by=by)


async def get_event(services: Services, followed: Alert, *, by: Officer) -> str:
    """The event of the first alert of a chain of follow-ups: what an update is about, too."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return (await first_of(reading.connection, followed)).hazard.event


def following(composition: Composition, original: Alert) -> Following:
    """How what is made of a composition follows an alert."""
    assert composition.follow_up is not None  # noqa: S101
    chosen = CompositionContent.of(composition.content).unreached_policy
    return Following(
        original.id,
        composition.follow_up,
        chosen or USUALLY[composition.follow_up],
        original.authority,
    )


async def create_composed_follow_up(
    services: Services, composition: Composition, *, by: Officer
) -> Alert:
    """The draft of a follow-up from a composition as it was seen; the composition goes with it, or
    neither. Overtaken where somebody wrote in it since; refused if the alert is over.
    """
    if composition.follows_alert is None:
        raise NotFound(what=compositions.COMPOSITION, number=composition.id)
    by.must(Permission.FOLLOW_UP)
    async with services.reading() as reading:
        original = await authorization.authorize_on_alert(
            services, reading, composition.follows_alert, Permission.FOLLOW_UP, by=by, lock=False
        )
        await require_in_force(reading, original)
    content = with_original(services, CompositionContent.of(composition.content), original)
    require_channels_on(services, content.channels or original.channels)
    draft_request = compositions.draft_request(
        services, replace(composition, content=content.as_json()), by=by
    )
    draft_request = replace(
        draft_request, incident=original.incident, following=following(composition, original)
    )
    return await compositions.save_as_draft(services, composition, draft_request, by=by)


class NoApprover(StrEnum):
    """Why nobody could approve a follow-up as it is filled in now."""

    NOBODY_MAY = "nobody-may"
    """No user has the right to, for its authority."""
    ALL_WROTE = "all-wrote"
    """All who have it drafted the follow-up or wrote in its form."""
    WORDS_OF_OTHERS = "words-of-others"
    """For the others who have it, the form repeats what they typed in an alert before."""


@dataclass(frozen=True, slots=True)
class ExpectedApprovers:
    """Who could approve a follow-up, by name, and why nobody could."""

    names: tuple[str, ...]
    lacking: NoApprover | None = None
    with_hand: tuple[str, ...] = ()
    """Who has the right to and had a hand in it."""


async def expected_approvers(
    services: Services, composition: Composition, original: Alert, *, by: Officer
) -> ExpectedApprovers:
    """Who could approve the follow-up as it is filled in now, beside whoever drafts it."""
    by.must(Permission.FOLLOW_UP)
    content = CompositionContent.of(composition.content)
    hands = await hands_of_details(services, original, content.scenario, content.values, by=by)
    async with services.reading() as reading:
        able = await authorization.approvers(services, reading, original, Permission.APPROVE)
    others = [name for name in able if name not in {by.name, *composition.hands}]
    names = tuple(name for name in others if name not in hands)
    if names:
        return ExpectedApprovers(names)
    if not able:
        return ExpectedApprovers((), NoApprover.NOBODY_MAY)
    lacking = NoApprover.WORDS_OF_OTHERS if others else NoApprover.ALL_WROTE
    return ExpectedApprovers((), lacking, tuple(others or able))


async def _updates(reading: ReadTransaction, alert: Alert) -> int:
    """How many updates came before, this one included."""
    chain = await alert_rows.chain(reading.connection, alert)
    return sum(one.follow_up is FollowUp.UPDATE for one in chain)


def _known(services: Services, original: Alert, now: datetime) -> dict[str, Any]:
    """Details of any follow-up that the alert before it gives."""
    known: dict[str, Any] = {
        "hazard": in_a_sentence(services.composer.library.scenario(original.scenario).titles),
        **{name: value for name, value in original.values.items() if name not in OF_THE_MOMENT},
        "report_date": (now.astimezone(BRUSSELS) + EXPLAINED_WITHIN).date().isoformat(),
    }
    if (said := original.filled_at or original.sent_at) is not None:
        sent = said.astimezone(BRUSSELS)
        today = sent.date() == now.astimezone(BRUSSELS).date()
        which = f" {tuple(Which)[sent.fold]}" if comes_twice(sent) else ""
        known["prev_time"] = (f"{sent:%H:%M}" if today else f"{sent:%Y-%m-%dT%H:%M}") + which
    return known
