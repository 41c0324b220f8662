"""A review is all the checks at once, the gravest finding first, and quick."""

import string
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.check_input import CheckInput
from alerting.checks.facts import facts_in
from alerting.checks.run import run_checks
from alerting.compose.phrases import contact_block
from alerting.domain.finding import ORDER, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.hidden import made_visible
from tests.checks.samples import CHANNELS, message, rules, subject
from tests.compose.samples import COMPOSER, LIBRARY, SENDER, draft

FR, NL, DE, EN = Language


async def library_subject(scenario: str) -> CheckInput:
    composed = draft(scenario)
    return CheckInput(
        messages=await COMPOSER.compose(composed),
        required=(FR, NL, DE),
        alert_class=composed.alert_class,
        now=composed.now,
        expires_at=composed.expires_at,
        sources={one: (SENDER.authority[one],) for one in Language},
        allowed_hosts=SENDER.hosts,
        telephones=frozenset({"+3242220000", "+3225550000", "+3225550001", "+3280012345"}),
        contacts={one: contact_block(one, SENDER.press_contact[one]) for one in Language},
    )


def test_a_good_alert_passes() -> None:
    assert [one for one in run_checks(subject()) if one.severity is not FindingSeverity.HINTS] == []


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_nothing_in_the_library_that_ships_blocks(scenario: str) -> None:
    found = run_checks(await library_subject(scenario))
    assert [one for one in found if one.severity == "blocks"] == []


def test_the_gravest_comes_first() -> None:
    spoilt = replace(message("sms", NL), text="TODO BLIJF NU ALLEMAAL BINNEN, NPU")
    findings = run_checks(subject(message("sms", FR), spoilt, message("sms", DE)))
    order = [ORDER[one.severity] for one in findings]
    assert order == sorted(order)
    assert {"unfinished", "capitals", "jargon", "times-differ"} <= rules(findings)


def test_the_same_alert_always_gets_the_same_findings() -> None:
    assert run_checks(subject()) == run_checks(subject())


TEXTS = st.text(max_size=120).map(made_visible)
"""Anything that a message can say."""


@given(st.lists(TEXTS, min_size=3, max_size=3), st.sampled_from(sorted(CHANNELS)))
def test_whatever_is_written_every_finding_can_be_read(texts: list[str], channel: str) -> None:
    messages = tuple(
        Message(channel=channel, language=one, text=text, subject=text[:20].replace("\n", " "))
        for one, text in zip((FR, NL, DE), texts, strict=True)
    )
    for one in run_checks(subject(*messages)):
        assert one.in_english()
        fields = {name for _, name, _, _ in string.Formatter().parse(one.says + one.remedy) if name}
        assert fields <= one.facts.keys()
        if one.where:
            text = next(m for m in messages if m.language is one.language)
            words = text.subject if one.field == "subject" else text.text
            assert 0 <= one.where.start < one.where.end <= len(words)


def test_a_review_keeps_up_with_typing() -> None:
    """Some 10 ms where nothing else runs; the bound leaves room for a busy machine."""
    given = subject()
    spent = []
    for _ in range(5):
        facts_in.cache_clear()
        start = time.perf_counter()
        run_checks(given)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.1
