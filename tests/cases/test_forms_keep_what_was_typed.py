"""A form that is refused shows again what was typed: nobody writes a reason twice in an emergency.

A time that had passed cost whoever scheduled an alert the reason and the note, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from alerting.actions.alerts import stopping
from alerting.domain.alert import STEP_REASON_NAMES, STEP_REASONS, Alert, Step, StepReason
from alerting.domain.channel import FailureReason, Refused
from alerting.domain.officer import Officer
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, MILA, Desk
from tests.make import person
from tests.web.console import Browsers

TOO_LONG = "x" * 501
ACTS = {
    "submit": MILA,
    "return": JORIS,
    "approve": JORIS,
    "send": MILA,
    "schedule": MILA,
    "break-glass": DIRK,
    "review": JORIS,
    "resume": MILA,
    "retry": MILA,
    "unschedule": MILA,
    "discard": JORIS,
    "stop-reason": MILA,
    "false-alarm": MILA,
}


@dataclass
class Form(HTMLParser):
    """The fields of the form that decides, as a browser would send them untouched."""

    names: dict[str, str] = field(default_factory=dict)
    """Name -> kind of field."""
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    at: str = ""
    """The text area or choice that is open."""
    inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A field begins."""
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.inside = "decide" in given.get("class", "")
        elif not self.inside:
            return
        elif tag in ("textarea", "select"):
            self.names[name], self.values[name], self.at = tag, "", name
        elif tag == "option":
            self.options.setdefault(self.at, []).append(given["value"])
            if "selected" in given:
                self.values[self.at] = given["value"]
        elif tag == "input":
            kind = self.names[name] = given.get("type", "text")
            if kind not in ("radio", "checkbox"):
                self.values[name] = given.get("value", "")
            else:
                self.options.setdefault(name, []).append(given["value"])
                if "checked" in given:
                    self.values[name] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag == "form":
            self.inside = False
        elif tag in ("textarea", "select"):
            self.at = ""

    def handle_data(self, data: str) -> None:
        """What stands in a text area."""
        if self.at and self.names[self.at] == "textarea":
            self.values[self.at] += data

    def filled(self) -> Iterator[tuple[str, str]]:
        """Every field with something typed that is refused, or kept."""
        for name, kind in self.names.items():
            match kind:
                case "hidden":
                    yield name, self.values[name]
                case "select" | "radio" | "checkbox":
                    yield name, self.options[name][-1]
                case "datetime-local":
                    yield name, "2029-01-01T10:00"
                case "textarea":
                    yield name, f"{self.values[name]}!"
                case _:
                    yield name, "wrong" if name == "word" else TOO_LONG


def form_of(page: str) -> Form:
    form = Form()
    form.feed(page)
    return form


async def ready_for(desk: Desk, act: str) -> Alert:
    await desk.registers_a_few()
    if act == "submit":
        return await desk.drafts()
    if act == "approve":  # asks why it must go out all the same
        alert = await desk.drafts(values={**DETAILS, "next_update": "2030-01-15T13:15"})
        desk.clock.forward(minutes=20)
        return alert
    if act in ("break-glass", "review"):
        alert = await desk.drafts(values=CLOSED)
        if act == "review":
            await having_read.send_now(desk.services, alert.id, by=DIRK, reason="Nobody is there")
        return alert
    alert = await desk.approves(await desk.drafts())
    if act == "unschedule":
        at = datetime(2030, 1, 15, 14, tzinfo=UTC)
        await having_read.schedule(desk.services, alert.id, at, by=MILA)
    if act in ("resume", "retry", "stop-reason") or act == "false-alarm":
        await desk.sends(alert)
    if act in ("resume", "stop-reason"):
        await stopping.stop(desk.services, alert.id, by=MILA)
    return alert


@pytest.mark.parametrize(("act", "officer"), ACTS.items(), ids=list(ACTS))
async def test_every_field_is_kept_where_the_act_is_refused(
    act: str, officer: Officer, desk: Desk, browsers: Browsers
) -> None:
    alert = await ready_for(desk, act)
    browser = await browsers(officer)
    page = f"/alerts/{alert.id}/{act}"
    typed = dict(form_of((await browser.get(page)).text).filled())
    refused = await browser.post(page, data=typed)
    assert refused.status_code in (400, 409, 422), refused.text
    kept = form_of(refused.text).values
    assert {name: kept.get(name) for name in typed} == typed


@pytest.mark.parametrize("step", Step)
def test_each_step_offers_the_reasons_that_make_sense(step: Step) -> None:
    offered = STEP_REASONS[step]
    assert offered[-1] is StepReason.OTHER
    assert set(offered) < STEP_REASON_NAMES.keys() - {StepReason.NOT_SAID}
    is_wrong = StepReason.WRONG_TEXT in offered
    assert is_wrong == (step in (Step.STOP, Step.UNSCHEDULE, Step.DISCARD))


async def test_the_page_says_how_many_are_tried_again_and_where(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(person(1), person(2))
    alert = await desk.sends(await desk.approves(await desk.drafts(channels=("email",))))
    mila = await browsers(MILA)
    page = f"/alerts/{alert.id}/retry"
    nothing = (await mila.get(page)).text
    assert f"Alert {alert.id} has no failed messages that can be tried again." in nothing
    desk.channel("email")._answers = iter([Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")] * 2)
    await desk.works()
    failed = (await mila.get(page)).text
    assert "Messages to be tried again: 2." in failed
    assert "Messages are sent to the addresses on the lists today" in failed
    assert "Unconfirmed deliveries are not retried." in failed
