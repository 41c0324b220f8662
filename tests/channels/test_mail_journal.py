"""A relay's journal: every e-mail is noted before its body goes, and what became of it after."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.domain.channel import Accepted, FailureReason
from alerting.domain.stop_signal import NEVER_STOPPED
from channels._smtp_pipeline import WINDOW, window_for
from tests.channels.conftest import HOUR, SwitchOn
from tests.channels.test_email import MANNERS, kinds, mailer, outgoing_batch
from tests.channels.wire import EVERYTHING, HANG_UP, NOTHING, MailServer, mail_server

LETTERS, CONNECTIONS = 60, 4


class Noted:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.most_open = 0
        self.begun_ever: set[int] = set()
        self.references: dict[int, str] = {}

    def begun(self, place: int) -> None:
        assert place not in self.open, "begun twice"
        self.open.add(place)
        self.begun_ever.add(place)
        self.most_open = max(self.most_open, len(self.open))

    def accepted(self, place: int, reference: str) -> None:
        self.open.remove(place)
        self.references[place] = reference

    def declined(self, place: int) -> None:
        self.open.discard(place)


@MANNERS
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    troubles=st.dictionaries(
        st.integers(0, LETTERS - 1),
        st.sampled_from(["451 4.7.1 later", "550 5.1.1 nobody", HANG_UP]),
        max_size=4,
    ),
    step=st.sampled_from(["RCPT", "BODY"]),
)
async def test_what_is_begun_and_not_answered_is_what_is_unclear(
    switch_on: SwitchOn,
    offers: tuple[str, ...],
    troubles: dict[int, str],
    step: str,
) -> None:
    journal, turn = Noted(), count()

    def script(now: str, _argument: str) -> str | None:
        if now == "BODY":
            assert len(journal.begun_ever) > len(server.taken), "a body nobody noted"
        return troubles.get(next(turn)) if now == step else None

    server = MailServer(offers, script)
    async with mail_server(server):
        channel = mailer(switch_on, server, connections=CONNECTIONS)
        outcomes = await channel.send_many(
            outgoing_batch(channel, LETTERS), valid_for=HOUR, stop=NEVER_STOPPED, journal=journal
        )
        await channel.close()
    unclear = {at for at, why in enumerate(kinds(outcomes)) if why is FailureReason.UNCLEAR}
    assert journal.open == unclear
    assert journal.references == {
        at: one.reference for at, one in enumerate(outcomes) if isinstance(one, Accepted)
    }
    each = WINDOW if offers == EVERYTHING else 1
    assert journal.most_open <= CONNECTIONS * each + len(unclear)


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
async def test_an_email_whose_envelope_is_refused_is_in_no_doubt(
    switch_on: SwitchOn, step: str
) -> None:
    journal = Noted()
    server = MailServer(NOTHING, lambda now, _: "451 4.3.2 later" if now == step else None)
    async with mail_server(server):
        channel = mailer(switch_on, server, connections=1)
        await channel.send_many(
            outgoing_batch(channel, 3), valid_for=HOUR, stop=NEVER_STOPPED, journal=journal
        )
        await channel.close()
    assert not journal.begun_ever


@pytest.mark.parametrize(
    ("round_trip", "pace", "under_way"),
    [
        (0.0002, 0.0001, WINDOW),  # beside us, and quick
        (0.0002, 0.004, WINDOW),  # beside us, and busy: what it waits for may be us
        (0.0002, 0.050, 1),  # beside us, and slow
        (0.040, 0.010, WINDOW),  # far away, several under way
        (0.040, 0.045, WINDOW),  # far away, one under way
        (0.040, 0.500, 1),  # far away, and slower than the way
    ],
)
def test_where_a_server_is_slow_one_email_is_under_way(
    round_trip: float, pace: float, under_way: int
) -> None:
    assert window_for(round_trip, pace) == under_way
