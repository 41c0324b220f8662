"""A channel has as many routes as its settings name, in that order; one needs no names."""

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from alerting.domain.channel import FAULTS, Deferred, FailureReason, Refused
from channels import REGISTRY, _sinch_codes, _twilio_codes, _x_client
from channels._routes import RouteIncomplete, SettingsWrong
from channels._sinch import Sinch
from channels.email import Email
from channels.sms import Sms
from tests.channels.conftest import PUBLIC_URL
from tests.channels.providers import sinch_settings, sms_settings

PAGE = Path(__file__).parents[2] / "docs" / "routes.md"
TABLES: Mapping[str, Mapping[Any, tuple[Any, FailureReason]]] = {
    "Twilio: code": _twilio_codes.MEANINGS,
    "Sinch: [answer]": {**_sinch_codes.BY_CODE, **_sinch_codes.BY_STATUS},
    "X: status": _x_client.BY_STATUS,
}
REPORTS: Mapping[Any, FailureReason] = {**_sinch_codes.LOST_BY_CODE, **_sinch_codes.LOST_BY_STATUS}
SAYS: Mapping[tuple[Any, FailureReason], str] = {
    (Refused, FailureReason.ADDRESS_INVALID): "never: address not valid",
    (Refused, FailureReason.ADDRESS_DEAD): "never: address no longer exists",
    (Refused, FailureReason.UNREACHABLE): "never: not reachable",
    (Deferred, FailureReason.UNREACHABLE): "again: not reachable",
    (Refused, FailureReason.OPTED_OUT): "never: opted out",
    (Refused, FailureReason.TOO_LATE): "never: too late",
    (Deferred, FailureReason.NOT_PERMITTED): "again: not permitted",
    (Deferred, FailureReason.RECIPIENT_BUSY): "again",
    (Deferred, FailureReason.UNKNOWN): "again: unknown cause",
    (Refused, FailureReason.CONTENT): "never: the text",
    (Refused, FailureReason.CONFIGURATION): "settings",
    (Deferred, FailureReason.BUSY): "again: busy",
    (Deferred, FailureReason.DOWN): "again: provider not reachable",
}


def rows_of(heading: str) -> list[list[str]]:
    """The cells of a table of the page, by what its first heading begins with."""
    table = PAGE.read_text("utf-8").partition(f"\n| {heading}")[2].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.split("\n")[2:]]


def row_with(heading: str, code: object) -> list[str]:
    """The only row whose first cell names a code."""
    (row,) = [row for row in rows_of(heading) if re.search(rf"(?<![\w.]){code}(?![\w.])", row[0])]
    return row


def setting(patch: pytest.MonkeyPatch, prefix: str, **settings: object) -> None:
    for name, value in settings.items():
        patch.setenv(f"{prefix}_{name.upper()}", str(value))


@pytest.mark.parametrize("channel", ["email", "press"])
def test_two_relays_stand_in_the_order_they_are_named(
    channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, channel.upper(), routes="near, far", host="near.example", weight=3)
    setting(monkeypatch, f"{channel.upper()}_FAR", host="far.example", port=25, per_second=12.5)
    near, far = REGISTRY[channel](PUBLIC_URL)
    assert [(one.route, one.rate_key) for one in (near, far)] == [
        ("near", "near.example:587"),
        ("far", "far.example:25"),
    ]
    assert (near.limits.weight, near.limits.per_second) == (3, None)
    assert (far.limits.weight, far.limits.per_second) == (1, 12.5)


def test_an_email_looks_the_same_through_every_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "EMAIL", routes="near,far", host="near.example", sender="a@b.example")
    setting(monkeypatch, "EMAIL_FAR", host="far.example")
    near, far = REGISTRY["email"](PUBLIC_URL)
    assert isinstance(near, Email)
    assert isinstance(far, Email)
    assert near.mailer.identity == far.mailer.identity
    assert far.mailer.identity.sender == "a@b.example"


def test_two_gateways_report_to_two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "SMS", routes="twilio,gateway", **sms_settings("https://t.example"))
    setting(monkeypatch, "SMS_GATEWAY", weight=0, **sinch_settings("https://s.example"))
    first, second = REGISTRY["sms"](PUBLIC_URL)
    assert isinstance(first, Sms)
    assert isinstance(second, Sinch)
    assert (first.route, first.callback) == (
        "twilio",
        f"{PUBLIC_URL}/receipts/sms/twilio?key=",
    )
    assert (second.route, second.report_to) == (
        "gateway",
        f"{PUBLIC_URL}/receipts/sms/gateway",
    )
    assert second.limits.weight == 0
    assert first.rate_key != second.rate_key


def test_the_same_provider_may_be_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "SMS", routes="one,two", **sms_settings("https://t.example"))
    setting(monkeypatch, "SMS_TWO", **{**sms_settings("https://t.example"), "account_sid": "AC2"})
    first, second = REGISTRY["sms"](PUBLIC_URL)
    assert (first.rate_key, second.rate_key) == (f"twilio:AC{'0' * 32}", "twilio:AC2")


def test_a_single_gateway_is_called_as_its_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "SMS", **sinch_settings("https://s.example"))
    assert [one.route for one in REGISTRY["sms"](PUBLIC_URL)] == ["sinch"]


def test_without_the_first_routes_settings_the_channel_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setting(monkeypatch, "EMAIL", routes="near,far")
    setting(monkeypatch, "EMAIL_FAR", host="far.example")
    assert list(REGISTRY["email"](PUBLIC_URL)) == []


def test_a_route_that_is_named_and_not_set_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setting(monkeypatch, "EMAIL", routes="near,far", host="near.example")
    with pytest.raises(RouteIncomplete) as caught:
        REGISTRY["email"](PUBLIC_URL)
    assert "EMAIL_FAR_" in str(caught.value)
    assert "EMAIL_ROUTES" in str(caught.value)


@pytest.mark.parametrize(
    ("channel", "names"),
    list(product(["email", "sms"], ["Near", "a b", "r2", "é", "near,near", "x" * 17, "a/b"])),
)
def test_a_routes_name_is_one_small_word(
    channel: str, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, channel.upper(), routes=names)
    with pytest.raises(SettingsWrong, match=f"{channel.upper()}_ROUTES: "):
        REGISTRY[channel](PUBLIC_URL)


@pytest.mark.parametrize(
    ("name", "value"), [("weight", "-1"), ("weight", "nan"), ("per_second", "0")]
)
def test_a_weight_or_a_pace_that_means_nothing_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, "EMAIL", routes="near,far", host="near.example")
    setting(monkeypatch, "EMAIL_FAR", host="far.example", **{name: value})
    with pytest.raises(SettingsWrong, match=f"EMAIL_FAR_{name.upper()}: "):
        REGISTRY["email"](PUBLIC_URL)


@pytest.mark.parametrize("sender", ["", "Noodnummer 112", "+32 2 123", "n°1"])
def test_a_sender_no_gateway_could_take_is_refused_at_the_start(
    sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(monkeypatch, "SMS", **{**sinch_settings("https://s.example"), "sender": sender})
    with pytest.raises(SettingsWrong, match="SMS_"):
        REGISTRY["sms"](PUBLIC_URL)


def test_a_setting_that_cannot_be_read_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, "X", consumer_key="k", access_token="t", accounts='{"nl": "hush')
    with pytest.raises(SettingsWrong, match="accounts") as caught:
        REGISTRY["x"](PUBLIC_URL)
    assert caught.value.__context__ is None
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("heading", "code"), [(heading, code) for heading, table in TABLES.items() for code in table]
)
def test_an_operator_can_look_up_what_a_code_leads_to_and_of_whom_it_speaks(
    heading: str, code: object
) -> None:
    kind, failure_reason = TABLES[heading][code]
    _, then, whose = row_with(heading, code)
    assert then.startswith(SAYS[kind, failure_reason])
    assert whose == FAULTS[failure_reason]


@pytest.mark.parametrize("code", REPORTS, ids=str)
def test_an_operator_can_look_up_why_a_report_says_lost(code: object) -> None:
    assert row_with("Sinch: [report]", code)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = sms_settings("https://t.example")
    token = given.pop("auth_token")
    setting(monkeypatch, "SMS", **given)
    assert REGISTRY["sms"](PUBLIC_URL) == []
    (tmp_path / "sms_auth_token").write_text(token, "utf-8")
    monkeypatch.setenv("ALERTING_SECRETS_DIR", str(tmp_path))
    (route,) = REGISTRY["sms"](PUBLIC_URL)
    assert route.route == "twilio"
