"""Look at alerts: what would leave, how far it has come, what happened to it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from alerting.actions import authorization
from alerting.actions.alerts import alone, calls, text_checks
from alerting.actions.alerts.alone import (
    UNDECIDED,
    why_not_break_glass,
    why_not_retract,
)
from alerting.actions.alerts.approval import GIVEN, open_findings
from alerting.actions.alerts.calls import AlertCalls
from alerting.actions.alerts.guards import list_changes, why_approver_gone
from alerting.actions.alerts.next_version import ACTS
from alerting.actions.alerts.under_way import same_alerts_under_way
from alerting.actions.templates.scenarios import list_scenarios
from alerting.checks.costs import Estimate, estimate
from alerting.delivery.audiences import criteria, left_out
from alerting.domain.alert import Alert, AlertState, Bypass, FollowUp, UnreachedPolicy
from alerting.domain.authority import scope_of
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.delivery import HANDED_OVER
from alerting.domain.delivery_figures import Count, RouteOutcomeCount, Times
from alerting.domain.errors import AlertingError
from alerting.domain.finding import Finding, gravest_first
from alerting.domain.four_eyes import ListChanges, hand_in
from alerting.domain.language import Language
from alerting.domain.ledger import LedgerEntry
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page, page_of
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import readings as reading_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts.readings import Opener
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries import statistics
from alerting.store.operations import routes as route_rows
from alerting.store.unit_of_work import ReadTransaction

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """What would leave: every text, and how many would read it in which language."""

    alert: Alert
    required: tuple[Language, ...]
    holes: tuple[tuple[str, Language], ...]
    audience: Mapping[str, Mapping[Language, int]]
    inhabitants: int
    """Of its area."""
    findings: tuple[Finding, ...]
    doubt: AlertingError | None
    """Why the approval given before no longer holds, so that it must be given anew."""
    list_changes: Mapping[str, ListChanges]
    """Channel -> what changed on the lists since the approval that was given."""
    bypass: Bypass | None
    """The way past the second person that there is for alerts of its kind, not decided on yet."""
    bypass_refusal: AlertingError | None
    """Why this one cannot go that way."""
    estimates: tuple[Estimate, ...]
    left_out: Mapping[str, AlertingError]
    """Channel -> why nothing is posted there in the name of whoever speaks."""
    not_concerned: int = 0
    """Messages that are left out on purpose: to whom the alert it follows was never handed over, as
    far as its counters tell now. Not in `audience`."""

    @property
    def alone(self) -> bool:
        """A retraction that needs no second person."""
        return self.bypass is Bypass.FALSE_ALERT and self.bypass_refusal is None

    @property
    def prepared(self) -> bool:
        """A duty officer may break the glass for it."""
        return self.bypass is Bypass.BREAK_GLASS and self.bypass_refusal is None


async def preview(
    services: Services, number: int, *, by: Officer, spelling: bool = False
) -> Preview:
    """The texts of an alert, what is missing or found, and whom it would reach now.

    Spelling takes a second where everything else takes a moment, so it is only done on request.
    """
    by.must(Permission.READ)
    await list_scenarios(services)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        sender = await authorization.speaker(services, reading.connection, alert.authority)
        required = text_checks.required(services, alert.area)
        now = services.now()
        same = await same_alerts_under_way(services, reading.connection, alert, now=now)
        audience = await _audience_by_language(services, reading, alert)
        not_concerned = 0
        if alert.unreached_policy is UnreachedPolicy.SKIP and alert.previous_alert is not None:
            audience, not_concerned = await _alerted_before(reading, alert, audience)
        silent = await left_out(services, reading.connection, alert.authority, alert.channels)
    findings = await text_checks.findings(services, alert, by=by, now=now)
    recipients = {
        (channel, language): n
        for channel, counts in audience.items()
        for language, n in counts.items()
    }
    changes = await list_changes(services, alert) if alert.state in GIVEN else {}
    doubt = await _doubt(services, alert, changes) if alert.state in GIVEN else None
    return Preview(
        alert,
        required,
        alert.holes(required),
        audience,
        services.gazetteer.inhabitants(alert.area),
        gravest_first(
            [
                *same,
                *findings,
                *(await text_checks.spelling(services, alert, sender=sender) if spelling else ()),
            ]
        ),
        doubt,
        changes,
        *(await _alone(services, alert, by)),
        estimate(alert.messages, recipients, services.tariffs),
        silent,
        not_concerned,
    )


async def _audience_by_language(
    services: Services, reading: ReadTransaction, alert: Alert
) -> dict[str, dict[Language, int]]:
    """Channel -> language -> how many people would read the alert in it now."""
    return {
        name: await planning_rows.audience(
            reading.connection, await criteria(services, reading.connection, alert, channel)
        )
        for name in alert.channels
        if (channel := services.channels.get(name))
    }


async def _alerted_before(
    reading: ReadTransaction, alert: Alert, audience: Mapping[str, Mapping[Language, int]]
) -> tuple[dict[str, dict[Language, int]], int]:
    """The part of an audience that what it follows was handed over to, and how many are left out.

    By the counters of the alerts before it, so that it is cheap however many people there are: who
    was reached by another channel or under another entry is not counted. Accounts leave out nobody.
    """
    followed = await alert_rows.chain(reading.connection, alert)
    counts = await statistics.counts_of(reading.connection, [one.id for one in followed[1:]])
    reached: dict[tuple[str, Language], int] = {}
    for one_sending in counts.values():
        handed_over = Counter[tuple[str, Language]]()
        for count in one_sending:
            if count.state in HANDED_OVER:
                handed_over[count.channel, count.language] += count.n
        for key, n in handed_over.items():
            reached[key] = max(reached.get(key, 0), n)
    concerned = {
        channel: {
            language: n
            if reach_of(channel) is Reach.ACCOUNT
            else min(n, reached.get((channel, language), 0))
            for language, n in by_language.items()
        }
        for channel, by_language in audience.items()
    }
    return concerned, _sum(audience) - _sum(concerned)


def _sum(audience: Mapping[str, Mapping[Language, int]]) -> int:
    return sum(sum(by_language.values()) for by_language in audience.values())


async def _doubt(
    services: Services, alert: Alert, changes: Mapping[str, ListChanges]
) -> AlertingError | None:
    """Why the approval given before no longer holds; None where it does."""
    async with services.reading() as reading:
        gone = await why_approver_gone(services, reading, alert)
        return gone or await open_findings(services, reading, alert, changes)


async def _alone(
    services: Services, alert: Alert, by: Officer
) -> tuple[Bypass | None, AlertingError | None]:
    """The way past the second person, and what keeps the alert from it."""
    if alert.state not in UNDECIDED:
        return None, None
    if alert.follow_up is FollowUp.FALSE_ALERT:
        return Bypass.FALSE_ALERT, await why_not_retract(services, alert, by=by)
    if list_pre_approved(services, alert):
        return Bypass.BREAK_GLASS, await why_not_break_glass(services, alert, by=by)
    return None, None


def list_pre_approved(services: Services, alert: Alert) -> bool:
    """Whether its scenario was approved beforehand for a duty officer alone."""
    return alone.is_pre_approved(services.composer.library, alert.scenario)


async def get_alert(services: Services, number: int, *, by: Officer) -> Alert:
    """One alert with its texts."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await authorization.visible_alert(services, reading, number, by=by)


async def alerts_under_way(services: Services, alert: Alert, *, by: Officer) -> list[Finding]:
    """What says that the same alert is in force in part of the same area."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await same_alerts_under_way(services, reading.connection, alert, now=services.now())


async def other_approvers(services: Services, alert: Alert, *, by: Officer) -> list[str]:
    """Who else could approve an alert now, by name: nobody with a hand in it."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        able = await authorization.approvers(services, reading, alert, Permission.APPROVE)
    return [name for name in able if name != by.name and not hand_in(alert, name)]


async def list_alerts(
    services: Services,
    *,
    by: Officer,
    before: int = 0,
    limit: int = PAGE_SIZE,
    states: Collection[AlertState] = frozenset(AlertState),
) -> Page[Alert, int]:
    """Alerts, newest first, without their texts; from below the number `before`, if any."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        alerts = await alert_rows.newest(
            reading.connection,
            before=before,
            limit=limit + 1,
            scope=scope_of(by.authority),
            now=services.now(),
            states=states,
        )
    return page_of(alerts, limit, lambda alert: alert.id)


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """How far an alert has come."""

    alert: Alert
    counts: Sequence[Count]
    times: Sequence[Times]
    route_outcomes: Sequence[RouteOutcomeCount] = ()
    possible_duplicate: Mapping[str, int] = field(default_factory=dict)
    held_off: Mapping[str, str] = field(default_factory=dict)
    """Channels it waits on because somebody holds their last route off, and who."""
    openers: Sequence[Opener] = ()
    """Who without a hand in it has opened what waits for approval."""
    called: AlertCalls = field(default_factory=AlertCalls)
    """Whom the service called to approve it."""

    @property
    def concerned(self) -> Sequence[Count]:
        """The counters of those who are meant: all that figures and sums are made of."""
        return [one for one in self.counts if one.is_concerned]

    @property
    def not_concerned(self) -> int:
        """Deliveries left out on purpose, since what it follows never came to them."""
        return sum(one.n for one in self.counts if not one.is_concerned)


async def list_statuses(
    services: Services,
    *,
    by: Officer,
    before: int = 0,
    limit: int = PAGE_SIZE,
    states: Collection[AlertState] = frozenset(AlertState),
) -> Page[AlertStatus, int]:
    """The alerts of `list_alerts` with their counters, and without times: two queries in all."""
    by.must(Permission.READ)
    found = await list_alerts(services, by=by, before=before, limit=limit, states=states)
    sent = [alert.id for alert in found.items if alert.sent_at]
    async with services.reading() as reading:
        counts = await statistics.counts_of(reading.connection, sent) if sent else {}
    return Page([AlertStatus(one, counts.get(one.id, []), []) for one in found.items], found.next)


async def get_status(services: Services, number: int, *, by: Officer) -> AlertStatus:
    """Counters and times of an alert: cheap, however many people it reaches."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        found = await authorization.visible_alert(services, reading, number, by=by)
        counts = await statistics.counts(reading.connection, number)
        times = (
            await statistics.times(reading.connection, number, found.sent_at)
            if found.sent_at
            else []
        )
        outcomes = await statistics.route_outcomes(reading.connection, number)
        twice = await statistics.possible_duplicate(reading.connection, number)
        held_off = {}
        openers = []
        if found.state is AlertState.IN_REVIEW and found.submitted_at:
            opened = await reading_rows.openers(
                reading.connection, number, found.version, since=found.submitted_at
            )
            openers = [opener for opener in opened if not hand_in(found, opener.officer)]
        called = (await calls.list_calls(services, reading, [found])).get(number, AlertCalls())
        if found.state is AlertState.SENDING:
            known = await route_rows.held_off(reading.connection, services.routes)
            held_off = {name: who for name, who in known.items() if name in found.channels}
    return AlertStatus(found, counts, times, outcomes, twice, held_off, openers, called)


async def list_calls(
    services: Services, alerts: Collection[Alert], *, by: Officer
) -> Mapping[int, AlertCalls]:
    """Whom the service called for those of these alerts that wait for approval, by number."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await calls.list_calls(services, reading, alerts)


async def history(services: Services, number: int, *, by: Officer) -> list[LedgerEntry]:
    """Who did what with an alert, and when, from the ledger."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        return await ledger_rows.entries(reading.connection, about=f"alert/{alert.id}")


async def last_change(services: Services, number: int, *, by: Officer) -> LedgerEntry | None:
    """Who made the newest version of an alert, and when; None while it is the first."""
    entries = [entry for entry in await history(services, number, by=by) if entry.what in ACTS]
    return max(entries, key=lambda entry: entry.seq, default=None)


async def followers(services: Services, number: int, *, by: Officer) -> list[Alert]:
    """The alerts that update, correct or end this one, sent or not; without their texts."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        return await alert_rows.followers(reading.connection, number)


async def unreviewed(services: Services, *, by: Officer) -> list[Alert]:
    """Alerts one person sent alone that wait for a second person's review, the oldest first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await alert_rows.unreviewed(
            reading.connection, scope=scope_of(by.authority), now=services.now()
        )
