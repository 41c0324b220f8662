"""A copy of an alert, as its author makes one: the times of then are asked for again."""

from dataclasses import replace

from alerting.actions.alerts import compositions
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.values import ValueKind
from alerting.domain.alert import Alert
from alerting.domain.composition import Composition
from alerting.domain.officer import Officer
from tests.desk import Desk


async def begun_from(desk: Desk, alert: Alert, *, by: Officer) -> Composition:
    """A form with everything of an alert, and the same times typed once more."""
    form = await compositions.create_composition_from_alert(desk.services, alert.id, by=by)
    content = CompositionContent.of(form.content)
    declared = (await list_scenarios(desk.services)).scenario(alert.scenario).values
    times = {
        one.name: alert.values[one.name]
        for one in declared
        if one.kind in {ValueKind.TIME, ValueKind.DATE} and one.name in alert.values
    }
    again = replace(content, values={**content.values, **times})
    return await compositions.save_composition(
        desk.services, form.id, again, seen=form.version, by=by
    )


async def copied(desk: Desk, alert: Alert, *, by: Officer) -> Alert:
    """The draft of such a form."""
    form = await begun_from(desk, alert, by=by)
    return await compositions.create_draft(desk.services, form, by=by)
