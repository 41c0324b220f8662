"""What a kind of sending is stands in one table; a sending is what its kind may be."""

from dataclasses import fields, replace

import pytest

from alerting.delivery.contents import CONTENTS
from alerting.domain import sending
from alerting.domain.alert import AlertClass, Precedence
from alerting.domain.sending import KINDS, KindFacts, SendingKind, of_alert
from tests.make import alert


@pytest.mark.parametrize("kind", SendingKind)
def test_every_kind_has_each_fact_and_somebody_who_knows_its_content(kind: SendingKind) -> None:
    facts = KINDS[kind]
    said = {one.name: getattr(facts, one.name) for one in fields(KindFacts)}
    assert said["called"]
    assert said["precedences"] <= frozenset(Precedence)
    assert said["classes"] <= frozenset(AlertClass)
    assert said["precedences"]
    assert said["classes"]
    yes_or_no = ("needs_approval", "counted_in_reports", "may_be_overtaken")
    assert all(isinstance(said[name], bool) for name in yes_or_no)
    assert kind in CONTENTS


def test_nothing_is_more_urgent_or_of_another_class_than_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_kind = KINDS[SendingKind.ALERT]
    found = of_alert(alert())
    for facts in (
        replace(of_kind, precedences=frozenset({Precedence.ROUTINE})),
        replace(of_kind, classes=frozenset({AlertClass.TEST})),
    ):
        monkeypatch.setattr(sending, "KINDS", {SendingKind.ALERT: facts})
        with pytest.raises(ValueError, match="never"):
            replace(found, precedence=Precedence.ALERT, sending_class=AlertClass.ALERT)


def test_only_a_kind_without_approval_sends_what_nobody_vouched_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = replace(of_alert(alert()), fingerprint="read")
    assert found.is_as_approved("read")
    assert not found.is_as_approved("another")
    free = replace(KINDS[SendingKind.ALERT], needs_approval=False)
    monkeypatch.setattr(sending, "KINDS", {SendingKind.ALERT: free})
    assert found.is_as_approved("another")
