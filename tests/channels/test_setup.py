"""Whoever sets a channel up reads which settings it has, lacks or cannot use, and from where.

Never their values, and also where the service would refuse to start with them.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerting.bootstrap import route_setups
from alerting.cli import runtime, serve
from alerting.domain.channel_setup import RouteSetup, SettingSource, SettingState
from alerting.settings import Settings
from channels import REGISTRY, SETUPS

PUBLIC_URL = "https://alert.example"
SECRET = "6f1d-not-to-be-seen"
EVERY_CHANNEL = pytest.mark.parametrize("name", REGISTRY)
ONE_SETTING = {
    "sms": "SMS_ACCOUNT_SID",
    "email": "EMAIL_SENDER",
    "x": "X_CONSUMER_KEY",
    "press": "PRESS_SENDER",
}


def setups(channel: str) -> Sequence[RouteSetup]:
    return SETUPS[channel](PUBLIC_URL)


def states(setup: RouteSetup) -> dict[str, SettingState]:
    return {one.name: one.state for one in setup.settings}


def test_every_channel_tells_how_it_is_set_up() -> None:
    assert set(SETUPS) == set(REGISTRY) == set(ONE_SETTING)


@EVERY_CHANNEL
def test_a_channel_nobody_set_up_is_not_half_set_and_names_what_it_needs(name: str) -> None:
    (setup,) = setups(name)
    assert setup.missing
    assert not setup.entered
    assert not setup.half_set
    assert not REGISTRY[name](PUBLIC_URL)


@EVERY_CHANNEL
def test_a_channel_somebody_began_to_set_up_is_half_set(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ONE_SETTING[name], "a@example.org" if "SENDER" in ONE_SETTING[name] else "A")
    (setup,) = setups(name)
    assert setup.half_set
    assert setup.entered == [ONE_SETTING[name]]
    assert not REGISTRY[name](PUBLIC_URL)


@EVERY_CHANNEL
def test_what_is_missing_is_what_the_route_is_off_without(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (setup,) = setups(name)
    for one in setup.missing:
        monkeypatch.setenv(one, "1789")
    (whole,) = setups(name)
    assert not whole.missing
    assert not whole.half_set
    assert len(REGISTRY[name](PUBLIC_URL)) == 1


def test_one_of_several_that_would_do_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("SMS_AUTH_TOKEN", SECRET)
    assert setups("sms")[0].missing == ["SMS_SENDER"]
    monkeypatch.setenv("SMS_MESSAGING_SERVICE_SID", "MG1")
    assert setups("sms")[0].missing == []


def test_the_provider_of_a_gateway_decides_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_PROVIDER", "sinch")
    assert setups("sms")[0].missing == [
        "SMS_SERVICE_PLAN_ID",
        "SMS_API_TOKEN",
        "SMS_HMAC_SECRET",
        "SMS_SENDER",
    ]


def test_a_further_route_is_told_by_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_ROUTES", "relay,second")
    monkeypatch.setenv("EMAIL_HOST", "relay.example")
    first, second = setups("email")
    assert not first.half_set
    assert second.half_set  # it is listed, so somebody wants it
    assert second.missing == ["EMAIL_SECOND_HOST"]
    assert not any(one.name.endswith("SENDER") for one in second.settings)  # one for all relays


def test_where_a_setting_comes_from_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sms_auth_token").write_text(f"{SECRET}\n")
    monkeypatch.setenv("ALERTING_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("SMS_ACCOUNT_SID", "AC1")
    sources = {one.name: one.source for one in setups("sms")[0].settings}
    assert sources["SMS_ACCOUNT_SID"] is SettingSource.ENVIRONMENT
    assert sources["SMS_AUTH_TOKEN"] is SettingSource.SECRET_FILE
    assert sources["SMS_SENDER"] is SettingSource.DEFAULT
    monkeypatch.setenv("SMS_AUTH_TOKEN", "")  # read before the file, and empty
    (setup,) = setups("sms")
    assert "SMS_AUTH_TOKEN" in setup.missing
    token = next(one for one in setup.settings if one.name == "SMS_AUTH_TOKEN")
    assert token.source is SettingSource.ENVIRONMENT


def test_what_is_wrong_is_told_by_its_name_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMAIL_HOST", "relay.example")
    monkeypatch.setenv("EMAIL_PORT", SECRET)
    monkeypatch.setenv("EMAIL_TLS", SECRET)
    (setup,) = setups("email")
    wrong = [name for name, state in states(setup).items() if state is SettingState.WRONG]
    assert wrong == ["EMAIL_PORT", "EMAIL_TLS"]
    assert SECRET not in repr(setup)
    monkeypatch.setenv("X_ACCOUNTS", f"{{{SECRET}")
    assert setups("x")[0].fault
    assert SECRET not in repr(setups("x"))


def test_the_command_lists_them_where_the_service_would_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "EMAIL_HOST": "relay.example",
        "EMAIL_PORT": "post",
        "SMS_AUTH_TOKEN": SECRET,
        "LC_ALL": "en_GB.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(runtime.console, "width", 200)
    serve.settings()
    told = capsys.readouterr().out
    for name in ("ALERTING_PUBLIC_URL", "SMS_ACCOUNT_SID", "EMAIL_PORT", "PRESS_HOST", "X_NAMED"):
        assert name in told
    assert "Entered: SMS_AUTH_TOKEN. Missing: SMS_ACCOUNT_SID, SMS_SENDER." in told
    assert "invalid: Input should be a valid integer" in told
    assert SECRET not in told


def test_a_start_warns_of_each_channel_that_is_half_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_ACCOUNT_SID", "AC1")
    with capture_logs() as lines:
        serve.warn_of_half_set(route_setups(Settings()))
    assert lines == [
        {
            "event": "channel.half_set",
            "log_level": "warning",
            "channel": "sms",
            "route": "twilio",
            "entered": "SMS_ACCOUNT_SID",
            "missing": "SMS_AUTH_TOKEN, SMS_SENDER",
        }
    ]
