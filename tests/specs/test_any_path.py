"""Whatever officers do, in whatever order: nothing leaves that nobody may have let go.

A machine plays officers who draft, edit, submit, return, approve, send, stop, schedule, break the
glass and follow up, at once and again, while somebody changes texts in the database behind the
service. After each step it is looked at what stands in the database and what the channels were
handed, down to the last byte.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)

from alerting.actions.alerts import approval, queries, scheduling, stopping
from alerting.domain.alert import (
    MAY_FOLLOW,
    UNSENT,
    Alert,
    AlertState,
    Bypass,
    FollowUp,
    StepReason,
)
from alerting.domain.channel import Tracking
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.migrate import migrate
from alerting.store.tables import alert as alert_table
from alerting.store.tables import alert_text
from tests import having_read
from tests.desk import DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person
from tests.tiers import WHOLE

T = TypeVar("T")
OFFICERS = st.sampled_from([JORIS, LEEN, MILA, DIRK, JORIS, LEEN])
TEXTS = st.sampled_from(["BE-Alert: restez dedans", "BE-Alert: fermez tout", "BE-Alert: sortez"])
MOST_ALERTS = 4
LASTS = timedelta(hours=24)
FOLDER = TemporaryDirectory(prefix="alerting-any-path-")
Act = Callable[[Officer], Awaitable[Alert]]


class WholeMessages(ScriptedChannel):
    """Hands over everything it was given, so that not a byte is left unlooked at."""

    def prepare(self, message: Message, *, alert_id: int) -> str:
        return whole(message)


def whole(message: Message) -> str:
    return "\0".join((message.subject, message.text, message.html))


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who let which words go, and when; nobody for a bypass."""

    by: str
    at: datetime
    messages: tuple[Message, ...]


def migrated() -> Path:
    """A database as it is shipped, made once."""
    path = Path(FOLDER.name) / "template.db"
    if not path.exists():

        async def make() -> None:
            database = Database(f"sqlite+aiosqlite:///{path}")
            await migrate(database)
            await database.close()

        asyncio.run(make())
    return path


class Officers(RuleBasedStateMachine):
    """Four officers, one database, and a clock."""

    numbers: Bundle[int] = Bundle("numbers")
    serial = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        Officers.serial += 1
        path = Path(FOLDER.name) / f"{Officers.serial}.db"
        shutil.copy(migrated(), path)
        self.clock = Clock()
        self.channels = {
            "sms": WholeMessages("sms", Tracking.ACCEPTANCE),
            "email": WholeMessages("email", Tracking.ACCEPTANCE),
        }
        self.services = make_services(
            Database(f"sqlite+aiosqlite:///{path}"), self.clock, dict(self.channels)
        )
        self.desk = Desk(self.services, self.clock)
        self.people = 1
        self.run(self.desk.registers(person(1)))
        self.hands: dict[int, list[str]] = {}
        """author, last editor, last submitter"""
        self.vouched: dict[int, Vouched] = {}
        self.edited: set[int] = set()
        self.tampered: set[int] = set()
        self.states: dict[int, AlertState] = {}

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(act)

    def attempts(self, *acts: Awaitable[Alert]) -> list[Alert]:
        """Do all of these at once; a refusal is an answer, anything else a fault."""

        async def together() -> list[Alert | BaseException]:
            return await asyncio.gather(*acts, return_exceptions=True)

        done: list[Alert] = []
        for answer in self.run(together()):
            if isinstance(answer, Alert):
                done.append(answer)
            elif not isinstance(answer, AlertingError):
                raise answer
        return done

    def loads(self, number: int) -> Alert:
        async def load() -> Alert:
            async with self.services.reading() as reading:
                return await alert_rows.load(reading.connection, number)

        return self.run(load())

    def noted(self, done: Alert, by: str) -> None:
        """Remember what was vouched for, as an observer would who writes everything down."""
        self.vouched[done.id] = Vouched(by, self.clock.now, done.messages)

    def teardown(self) -> None:
        self.run(self.services.database.close())
        self.run(self.services.speller.aclose())
        self.runner.close()

    @precondition(lambda self: len(self.states) < MOST_ALERTS)
    @rule(target=numbers, by=OFFICERS)
    def draft_one(self, by: Officer) -> int:
        return self.draft(by)

    def draft(self, by: Officer) -> int:
        made = self.run(
            self.desk.drafts(by=by, channels=list(self.channels), valid_for=timedelta(days=4))
        )
        self.hands[made.id] = [by.name, "", ""]
        return made.id

    @precondition(lambda self: len(self.states) < MOST_ALERTS)
    @rule(target=numbers)
    def ready_one(self) -> int:
        return self.draft_and_approve()

    def draft_and_approve(self) -> int:
        """What happens most, in one step, so that the machine gets further."""
        number = self.draft(by=MILA)
        self.approve(number, JORIS, LEEN)
        return number

    @precondition(lambda self: len(self.states) < MOST_ALERTS)
    @rule(target=numbers)
    def issue(self) -> int:
        """An alert that is out."""
        number = self.draft_and_approve()
        self.send(number, MILA, JORIS)
        return number

    @precondition(lambda self: len(self.states) < MOST_ALERTS)
    @rule(target=numbers, number=numbers, how=st.sampled_from(FollowUp))
    def prepare_and_approve(self, number: int, how: FollowUp) -> Any:
        """A follow-up, ready to go."""
        found = self.follow_up(number, MILA, how)
        for one in found:
            self.approve(one, JORIS, LEEN)
        return multiple(*found)

    @rule(number=numbers, by=OFFICERS, text=TEXTS)
    def revise(self, number: int, by: Officer, text: str) -> None:
        new = [Message(channel="sms", language=Language.FR, text=text)]
        before = self.run(queries.get_alert(self.services, number, by=MILA))
        for done in self.attempts(having_read.revise(self.services, number, new, by=by)):
            if done.version == before.version:  # it said just that
                assert done == before
                continue
            assert done.state is AlertState.DRAFT
            assert (done.approver, done.approved_fingerprint) == ("", "")
            self.hands[number][1] = by.name
            self.vouched.pop(number, None)
            self.edited.add(number)
            self.tampered.discard(number)

    @rule(number=numbers, by=OFFICERS, back=st.booleans())
    def pass_on(self, number: int, by: Officer, back: bool) -> None:
        if back:
            self.give_back(number, by)
            return
        for _ in self.attempts(having_read.submit(self.services, number, by=by)):
            self.hands[number][2] = by.name

    def give_back(self, number: int, by: Officer) -> None:
        for _ in self.attempts(
            approval.return_to_author(
                self.services, number, by=by, reason="No: it is not confirmed"
            )
        ):
            self.vouched.pop(number, None)

    @rule(number=numbers, by=OFFICERS, other=OFFICERS)
    def approve_one(self, number: int, by: Officer, other: Officer) -> None:
        self.approve(number, by, other)

    def approve(self, number: int, by: Officer, other: Officer) -> None:
        done = self.attempts(
            *(
                having_read.approve(self.services, number, by=one, reason="It is urgent")
                for one in (by, other)
            )
        )
        assert len(done) <= 1
        for one in done:
            assert one.approver not in self.hands[number]
            self.noted(one, one.approver)
            self.tampered.discard(number)  # whatever it says now, somebody has read it

    @rule(number=numbers, by=OFFICERS, other=OFFICERS)
    def send_one(self, number: int, by: Officer, other: Officer) -> None:
        self.send(number, by, other)

    def send(self, number: int, by: Officer, other: Officer) -> None:
        before = self.loads(number)
        done = self.attempts(
            *(having_read.send(self.services, number, by=one) for one in (by, other))
        )
        assert len(done) <= 1
        for one in done:
            if one.bypass is Bypass.FALSE_ALERT:
                assert before.follow_up is FollowUp.FALSE_ALERT
                self.noted(one, "")

    @rule(number=numbers, by=OFFICERS)
    def break_glass(self, number: int, by: Officer) -> None:
        for done in self.attempts(
            having_read.send_now(self.services, number, by=by, reason="Now, at once, as ordered")
        ):
            assert by == DIRK
            self.noted(done, "")

    @rule(number=numbers, by=OFFICERS, other=OFFICERS)
    def halt(self, number: int, by: Officer, other: Officer) -> None:
        if self.states[number] is AlertState.STOPPED:
            self.resume(number, by)
            return
        done = self.attempts(*(stopping.stop(self.services, number, by=one) for one in (by, other)))
        # A colleague's stop of what its author stopped adds their no; nothing else is a second one.
        assert len({len(one.refusals) for one in done}) == len(done)

    def resume(self, number: int, by: Officer) -> None:
        self.attempts(stopping.resume(self.services, number, by=by, reason=StepReason.MENDED))

    @rule(number=numbers, by=OFFICERS, hours=st.sampled_from([1, 2, 20]))
    def plan(self, number: int, by: Officer, hours: int) -> None:
        if self.states[number] is AlertState.SCHEDULED:
            self.unschedule(number, by)
            return
        at = self.clock.now + timedelta(hours=hours)
        self.attempts(having_read.schedule(self.services, number, at, by=by))

    def unschedule(self, number: int, by: Officer) -> None:
        self.attempts(scheduling.unschedule(self.services, number, by=by, reason=StepReason.MENDED))

    @precondition(lambda self: len(self.states) < MOST_ALERTS)
    @rule(target=numbers, number=numbers, by=OFFICERS, how=st.sampled_from(FollowUp))
    def follow_one_up(self, number: int, by: Officer, how: FollowUp) -> Any:
        return multiple(*self.follow_up(number, by, how))

    def follow_up(self, number: int, by: Officer, how: FollowUp) -> list[int]:
        done = self.attempts(self.desk.follows_up(self.loads(number), how, by=by))
        for one in done:
            self.hands[one.id] = [by.name, "", ""]
        return [one.id for one in done]

    @precondition(lambda self: self.states)
    @rule(number=numbers, really=st.sampled_from([False, False, False, True]))
    def tamper(self, number: int, really: bool) -> None:
        """Somebody writes into the database, past the service: seldom, or nothing else is seen."""
        if not really or self.loads(number).state not in UNSENT:
            return

        async def write() -> None:
            async with self.services.unit() as unit:
                await unit.connection.execute(
                    alert_text.update()
                    .where(alert_text.c.alert_id == number, alert_text.c.channel == "email")
                    .values(html="<p>Something nobody approved</p>")
                )

        self.run(write())
        self.tampered.add(number)

    @rule(many=st.sampled_from([3, 3, 3, 60]))
    def register(self, many: int) -> None:
        first = self.people + 1
        self.people += many
        self.run(self.desk.registers(*(person(n) for n in range(first, self.people + 1))))

    @rule(hours=st.sampled_from([1, 1, 1, 25]))
    def wait(self, hours: int) -> None:
        self.clock.forward(hours=hours)
        self.run(scheduling.send_due(self.services))

    @invariant()
    def only_what_was_vouched_for_leaves(self) -> None:
        self.works()
        for channel in self.channels.values():
            for _, key, words in channel.sent:
                number = int(key.partition(".")[0])
                at = self.loads(number).filled_at
                assert at is not None
                assert words in {whole(one.filled(at)) for one in self.vouched[number].messages}

    def works(self) -> None:
        try:
            self.run(self.desk.works())
        except AlertingError:  # the dispatcher refuses what was changed: it stays where it is
            return

    @invariant()
    def nobody_sends_alone(self) -> None:
        for number, one in self.all().items():
            if one.sent_at is None:
                assert one.bypass is None
                continue
            vouched = self.vouched[number]
            assert one.fingerprint() == one.approved_fingerprint
            if one.bypass is None:
                assert vouched.by
                assert vouched.by not in self.hands[number]
                assert vouched.by == one.approver
                assert one.sent_at < vouched.at + LASTS
            else:
                assert number not in self.edited
                assert number not in self.tampered
                assert one.approver == ""
                if one.bypass is Bypass.BREAK_GLASS:
                    assert (one.sender, one.bypass_reason) == (DIRK.name, "Now")
                else:
                    assert one.follow_up is FollowUp.FALSE_ALERT

    @invariant()
    def an_approval_is_for_what_stands_there(self) -> None:
        for number, one in self.all().items():
            if one.approved_fingerprint and number not in self.tampered:
                assert one.approved_fingerprint == one.fingerprint()
                assert number in self.vouched

    @invariant()
    def every_step_stands_in_the_table(self) -> None:
        for number, one in self.all().items():
            before = self.states.get(number, AlertState.DRAFT)
            assert one.state in reachable(before), f"{before} -> {one.state}"
            self.states[number] = one.state

    @invariant()
    def one_record_and_one_successor(self) -> None:
        async def read() -> list[tuple[str, str]]:
            async with self.services.reading() as reading:
                return [(e.about, e.what) for e in await ledger_rows.entries(reading.connection)]

        sent = [about for about, what in self.run(read()) if what == "alert.sent"]
        assert len(set(sent)) == len(sent)
        assert {int(about.partition("/")[2]) for about in sent} == {
            number for number, one in self.all().items() if one.sent_at
        }
        followed = [
            one.previous_alert for one in self.all().values() if one.sent_at and one.previous_alert
        ]
        assert len(set(followed)) == len(followed)

    def all(self) -> dict[int, Alert]:
        async def read() -> dict[int, Alert]:
            async with self.services.reading() as reading:
                found = await reading.connection.scalars(sa.select(alert_table.c.id))
                return {n: await alert_rows.load(reading.connection, n) for n in list(found)}

        return self.run(read())


def reachable(state: AlertState) -> set[AlertState]:
    """Where the table leads, in as many steps as one rule may take."""
    seen, ahead = {state}, [state]
    while ahead:
        for following in MAY_FOLLOW[ahead.pop()] - seen:
            seen.add(following)
            ahead.append(following)
    return seen


TestAnyPath = pytest.mark.timeout(400)(Officers.TestCase)
TestAnyPath.settings = settings(
    max_examples=30 if WHOLE else 3,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking outlasts a test's patience
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
