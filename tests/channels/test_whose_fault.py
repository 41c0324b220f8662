"""Whatever code a provider gives: what it says of recipients closes the way for nobody else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest

from alerting.domain.channel import (
    FAULTS,
    Accepted,
    Deferred,
    FailureReason,
    Fault,
    Outcome,
    Refused,
    speaks_against_route,
    without_recipient,
)
from alerting.domain.route import FIRST_PAUSE, MIN_MESSAGES_TO_JUDGE, Breaker, Health, Sample
from channels import _sinch_codes, _twilio_codes, _x_client
from channels._smtp_pipeline import SmtpCommand, SmtpReply
from channels._smtp_replies import BY_DETAIL, BY_SUBJECT, meaning_of, said_to_everybody
from tests.doubles import NOON

STATUSES = range(300, 600)
TWILIO_RANGES = (range(20000, 20600), range(21200, 21800), range(30000, 30500), range(63000, 63050))
ENHANCED = sorted(
    {""}
    | {f"{subject}.{detail}" for subject in range(8) for detail in range(5)}
    | set(BY_DETAIL)
    | {f"{subject}.0" for subject in BY_SUBJECT}
)
ADAPTERS = ("twilio", "created", "sinch", "smtp", "x")


def replies() -> Iterator[SmtpReply]:
    """Every reply code with every enhanced one, to every command that is about a letter."""
    steps = (SmtpCommand.MAIL, SmtpCommand.RCPT, SmtpCommand.DATA, SmtpCommand.BODY)
    for step, code, enhanced in product(steps, range(400, 600), ENHANCED):
        if step is SmtpCommand.MAIL or code in range(420, 560) or not enhanced:
            status = f" {code // 100}.{enhanced}" if enhanced else ""
            yield SmtpReply(step, f"{code}{status} no".encode())


def answers(adapter: str) -> Iterator[tuple[str, Outcome]]:
    """Every code an adapter may meet, and what it makes of it."""
    match adapter:
        case "twilio":
            for status in STATUSES:
                yield str(status), _twilio_codes.outcome_of(status, None)
            for code in (one for codes in TWILIO_RANGES for one in codes):
                yield str(code), _twilio_codes.outcome_of(400, code)
        case "created":
            for code in (one for codes in TWILIO_RANGES for one in codes):
                yield str(code), _twilio_codes.outcome_of_created("failed", code)
        case "sinch":
            for status, word in product(STATUSES, ("", *_sinch_codes.BY_CODE)):
                yield f"{status} {word}", _sinch_codes.outcome_of(status, word)
        case "smtp":
            for reply in replies():
                outcome = meaning_of(reply)
                assert outcome is not None
                yield f"{reply.step} {reply.line!r}", outcome
        case "x":
            for status in STATUSES:
                yield str(status), _x_client.outcome_of_status(status, {})


def healths() -> Iterator[Health]:
    """A route as new, one well worn, and one that is being tried after a pause."""
    new = Health(channel="sms", route="one")
    yield new
    yield new.observe(Sample(n=500, errors=0, seconds=50), now=NOON)
    yield new.observe(
        Sample(n=50, errors=50, seconds=1, failure_reason=FailureReason.DOWN), now=NOON
    )


def meanings(adapter: str) -> Mapping[Outcome, str]:
    """What all the codes of an adapter come to, each with one code that means it."""
    found: dict[Outcome, str] = {}
    for code, outcome in answers(adapter):
        assert not isinstance(outcome, Accepted), code
        found[replace(outcome, provider_code="")] = code
    return found


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_recipients_faults_leave_the_way_open_for_another_alert(adapter: str) -> None:
    """Said of one recipient again and again, of many, and among others that arrive."""
    for outcome, code in meanings(adapter).items():
        if speaks_against_route(outcome):
            continue
        batches = (1, 0), (40, 0), (MIN_MESSAGES_TO_JUDGE, 1), (500, 0)
        for health in healths():
            seen = health
            for refused, taken in batches:
                at = NOON + FIRST_PAUSE
                batch = [outcome] * refused + [Accepted("a")] * taken
                seen = seen.observe(Sample.of(batch, seconds=1), now=at)
                assert seen.breaker is Breaker.CLOSED, code
                assert seen.usable(now=at)
                assert seen.error_share == 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_one_message_alone_never_closes_a_route_whatever_is_said_of_it(adapter: str) -> None:
    for outcome, code in meanings(adapter).items():
        seen = Health(channel="sms", route="one")
        for _ in range(2 * MIN_MESSAGES_TO_JUDGE):
            seen = seen.observe(Sample.of([outcome], seconds=1), now=NOON)
        assert seen.breaker is Breaker.CLOSED, code
        among = seen.observe(Sample.of([Accepted("a")] * 9 + [outcome], seconds=1), now=NOON)
        assert among.error_share == 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_route_that_fails_everybody_is_left_alone(adapter: str) -> None:
    faults = {one for one in meanings(adapter) if speaks_against_route(one)}
    assert faults
    for outcome in faults:
        seen = Health(channel="sms", route="one")
        seen = seen.observe(Sample.of([outcome] * MIN_MESSAGES_TO_JUDGE, seconds=1), now=NOON)
        assert seen.breaker is Breaker.OPEN, outcome


TWILIO_OF_THE_NUMBER = (
    21211, 21214, 21217, 21265, 21266, 21408, 21606, 21608, 21610, 21612, 21614, 21635, 21659,
    30003, 30004, 30005, 30006, 30008, 30010, 30017, 30018, 30022, 30023, 30024, 30032, 30034,
    30036, 30410, 30450,
)  # fmt: skip
"""Codes whose page at https://www.twilio.com/docs/api/errors names the destination as a cause."""


@pytest.mark.parametrize("code", TWILIO_OF_THE_NUMBER)
def test_what_twilio_says_of_a_destination_is_not_said_of_the_account(code: int) -> None:
    assert not speaks_against_route(_twilio_codes.outcome_of(400, code))
    assert not speaks_against_route(_twilio_codes.outcome_of_created("failed", code))


def test_a_code_nobody_knows_is_not_said_of_the_account() -> None:
    for code in (one for codes in TWILIO_RANGES for one in codes):
        if code not in _twilio_codes.MEANINGS:
            assert not speaks_against_route(_twilio_codes.outcome_of(400, code))
    for word in ("", "never seen"):
        assert not speaks_against_route(_sinch_codes.outcome_of(400, word))


def test_what_a_relay_says_after_mail_is_said_of_the_recipient_or_the_text() -> None:
    """Each letter has one recipient. What is no reply of SMTP leaves a body in doubt."""
    for reply in replies():
        outcome = meaning_of(reply)
        if reply.step is not SmtpCommand.MAIL:
            assert outcome is not None
            assert not speaks_against_route(outcome), reply


def test_what_a_relay_says_before_the_body_is_never_said_of_the_text() -> None:
    for reply in replies():
        outcome = meaning_of(reply)
        if reply.step in {SmtpCommand.RCPT, SmtpCommand.DATA}:
            assert isinstance(outcome, Deferred | Refused)
            assert FAULTS[outcome.failure_reason] is Fault.RECIPIENT, reply


def test_what_everybody_is_told_alike_closes_no_delivery() -> None:
    for reply in replies():
        outcome = meaning_of(reply)
        if reply.step is not SmtpCommand.MAIL and isinstance(outcome, Deferred | Refused):
            found = said_to_everybody(reply.step, outcome)
            assert found == outcome or isinstance(found, Deferred)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_what_x_says_of_an_account_is_not_said_of_the_others(status: int) -> None:
    assert not speaks_against_route(_x_client.outcome_of_status(status, {}))


def test_every_trouble_speaks_of_somebody() -> None:
    assert set(FAULTS) == set(FailureReason)
    assert set(FAULTS.values()) == set(Fault)


@pytest.mark.parametrize("failure_reason", FailureReason)
def test_what_is_answered_where_nobody_was_addressed_is_the_routes_fault(
    failure_reason: FailureReason,
) -> None:
    assert FAULTS[without_recipient(failure_reason)] is Fault.ROUTE
    kinds = (Deferred(failure_reason), Refused(failure_reason))
    assert {speaks_against_route(one) for one in kinds} == {FAULTS[failure_reason] is Fault.ROUTE}
