"""A review is all the checks at once, the gravest finding first, and quick."""

import string
import time
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.check_input import Subject
from alerting.checks.facts import particulars
from alerting.checks.run import review
from alerting.domain.alert import AlertClass
from alerting.domain.finding import ORDER, Severity
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests.checks import shared_texts
from tests.checks.samples import CHANNELS, LIEGE, NOW, message, rules, subject

FR, NL, DE, EN = Language


def library_subject(scenario: str) -> Subject:
    herstal = dict.fromkeys(Language, ("Herstal",))
    centres = ("Centre de crise", "Crisiscentrum", "Krisenzentrum", "Crisis Centre")
    return Subject(
        messages=shared_texts.messages(scenario),
        required=(FR, NL, DE),
        alert_class=AlertClass.EXERCISE if scenario in {"exercise", "test"} else AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=4),
        sources={
            one: (shared_texts.VALUES["authority"][one], centre)
            for one, centre in zip(Language, centres, strict=True)
        },
        places=(LIEGE, herstal),
        allowed_hosts=frozenset({"be-alert.be"}),
    )


def test_a_good_alert_passes() -> None:
    assert [one for one in review(subject()) if one.severity is not Severity.HINTS] == []


def test_nothing_in_the_library_blocks() -> None:
    for scenario in shared_texts.library():
        blocking = [one for one in review(library_subject(scenario)) if one.severity == "blocks"]
        assert blocking == [], scenario


def test_the_gravest_comes_first() -> None:
    spoilt = replace(message("sms", NL), text="TODO BLIJF NU ALLEMAAL BINNEN, NPU")
    findings = review(subject(message("sms", FR), spoilt, message("sms", DE)))
    order = [ORDER[one.severity] for one in findings]
    assert order == sorted(order)
    assert {"unfinished", "capitals", "jargon", "times-differ"} <= rules(findings)


def test_the_same_alert_always_gets_the_same_findings() -> None:
    assert review(subject()) == review(subject())


@given(st.lists(st.text(max_size=120), min_size=3, max_size=3), st.sampled_from(sorted(CHANNELS)))
def test_whatever_is_written_every_finding_can_be_read(texts: list[str], channel: str) -> None:
    messages = tuple(
        Message(channel=channel, language=one, text=text, subject=text[:20])
        for one, text in zip((FR, NL, DE), texts, strict=True)
    )
    for one in review(subject(*messages)):
        assert one.in_english()
        fields = {
            name for _, name, _, _ in string.Formatter().parse(one.says + one.way_out) if name
        }
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
        particulars.cache_clear()
        start = time.perf_counter()
        review(given)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.1
