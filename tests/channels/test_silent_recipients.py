"""Recipients over whom a relay that is well falls silent hold up nobody else, of however few.

A relay that looks a recipient up at that one's own server, as with call-out verification, is silent
for as long as that server is.
"""

import pytest

from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    FailureReason,
    OutboundMessage,
    speaks_against_route,
)
from channels import _smtp_relay
from channels._smtp_replies import MIXED_DOMAINS
from tests.channels.conftest import HOUR, SwitchOn, message
from tests.channels.test_email import MANNERS, kinds, mailer
from tests.channels.wire import HANG_UP, SILENCE, MailServer, mail_server


def silent_over(sign: str, how: str) -> MailServer:
    def script(step: str, argument: str) -> str | None:
        return how if step == "RCPT" and sign in argument else None

    return MailServer(script=script)


@MANNERS
@pytest.mark.parametrize("how", [HANG_UP, SILENCE])
@pytest.mark.parametrize(
    ("silent", "people"), [(1, 2), (2, 2), (2, 3), (1, 12), (2, 12), (6, 12), (2, 60)]
)
async def test_everybody_else_is_written_to_in_the_same_call_and_the_relay_is_not_blamed(
    switch_on: SwitchOn,
    monkeypatch: pytest.MonkeyPatch,
    offers: tuple[str, ...],
    how: str,
    silent: int,
    people: int,
) -> None:
    """Though the time for the call is over before a connection was given up twice."""
    monkeypatch.setattr(_smtp_relay, "HAND_OVER_SECONDS", 1.5)
    server = silent_over("silent", how)
    server.offers = offers
    async with mail_server(server):
        channel = mailer(switch_on, server, timeout_seconds=1)
        prepared = channel.prepare(message("email"), alert_id=1)
        names = [f"x@{'silent' if n < silent else 'well'}{n}.example" for n in range(people)]
        batch = [OutboundMessage(prepared, to, f"1.email.{n}") for n, to in enumerate(names)]
        outcomes = await channel.send_many(batch, valid_for=HOUR)
    assert all(isinstance(one, Accepted) for one in outcomes[silent:])
    assert len(server.taken) == people - silent
    assert not [one for one in outcomes if one is not NOT_TRIED and speaks_against_route(one)]


@MANNERS
async def test_a_relay_that_is_silent_over_every_recipient_is_taken_as_down(
    switch_on: SwitchOn, offers: tuple[str, ...]
) -> None:
    server = silent_over("@", SILENCE)
    server.offers = offers
    async with mail_server(server):
        channel = mailer(switch_on, server, timeout_seconds=0.3)
        prepared = channel.prepare(message("email"), alert_id=1)
        batch = [
            OutboundMessage(prepared, f"x@town{n}.example", f"1.email.{n}")
            for n in range(3 * MIXED_DOMAINS)
        ]
        outcomes = kinds(await channel.send_many(batch, valid_for=HOUR))
    assert set(outcomes[-MIXED_DOMAINS:]) == {FailureReason.DOWN}
    assert server.taken == []
