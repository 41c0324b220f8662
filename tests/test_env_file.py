"""The `.env` that `run.py env` writes names every setting, says what it means, and changes nothing.

Except for what compose.yaml itself decides for the containers.
"""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import run
from alerting.bootstrap import route_setups
from alerting.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SET_BY_COMPOSE = set(COMPOSE["x-service"]["environment"]) - {"ALERTING_PUBLIC_URL", "TMPDIR"}
NOT_FOR_CONTAINERS = {"ALERTING_PORT"}
"""nginx looks for the service where the image has it."""
OF_COMPOSE = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "COMPOSE_PROFILES"}
"""Read by compose.yaml, or compose, alone."""


def lines_of(words: list[str], folder: Path) -> list[str]:
    path = folder / ".env"
    assert run.write_env(words, path) == 0
    return path.read_text("utf-8").splitlines()


def described(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Name -> its value, behind a # or not, and the line above it."""
    found = {}
    for above, line in pairwise(lines):
        name, equals, value = line.removeprefix("#").partition("=")
        if equals and name.replace("_", "").isalnum() and name.isupper():
            assert name not in found, f"{name} stands there twice"
            found[name] = (value, above)
    return found


@pytest.fixture
def meanings(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every setting of the product, with what the code says it means."""
    told = {
        f"ALERTING_{name.upper()}": " ".join((field.description or "").split())
        for name, field in Settings.model_fields.items()
    }
    for provider in ("sinch", "twilio"):
        monkeypatch.setenv("SMS_PROVIDER", provider)
        for setup in route_setups(Settings()):
            told |= {one.name: one.meaning for one in setup.settings}
    return told


def test_every_setting_is_in_it_or_deliberately_not(
    tmp_path: Path, meanings: dict[str, str]
) -> None:
    written = described(lines_of(["https://alert.example"], tmp_path))
    left_out = SET_BY_COMPOSE | NOT_FOR_CONTAINERS
    assert set(written) - OF_COMPOSE == set(meanings) - left_out
    assert left_out <= set(meanings), "what compose sets is a setting of ours"


def test_each_stands_under_what_it_means(tmp_path: Path, meanings: dict[str, str]) -> None:
    for name, (_, above) in described(lines_of(["https://alert.example"], tmp_path)).items():
        assert above.startswith(f"# {meanings.get(name, '')}"), name


def test_each_of_the_sandbox_has_a_line_above_it_too(
    tmp_path: Path, meanings: dict[str, str]
) -> None:
    written = described(lines_of(["--sandbox"], tmp_path))
    assert set(written) <= set(meanings) | OF_COMPOSE
    for name, (_, above) in written.items():
        assert above.startswith("# "), name
        assert not above.startswith("# ----"), name


def test_what_is_behind_a_sign_is_what_holds_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking every # away changes nothing."""
    plain, routes = Settings(public_url="https://alert.example"), route_setups(Settings())
    for name, (value, _) in described(lines_of(["https://alert.example"], tmp_path)).items():
        if value:
            monkeypatch.setenv(name, value)
    assert os.environ["EMAIL_PORT"] == "587"
    assert Settings() == plain
    for before, after in zip(routes, route_setups(Settings()), strict=True):
        assert [one.default for one in before.settings] == [one.default for one in after.settings]
        for one in after.settings:
            assert not one.fault
            assert os.environ.get(one.name, one.default) == one.default
