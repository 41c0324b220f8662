"""What is shipped for running the service is safe as it stands: no password, port or secret."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))[
    "services"
]
SECRET = re.compile(r"PASSWORD|SECRET$|TOKEN|_KEY|PUBLIC_URL|DATABASE_URL|REDIS_URL")


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_may_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    if name != "postgres":  # which begins as root to give its volume to itself, and then drops it
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_port_is_open_to_the_network(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert all(one.startswith("127.0.0.1:") for one in ports)
    assert not ports or name == "web"


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_has_a_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable):
            assert re.search(r"\$\{\w+:\?[^}]+\}", value), variable
            assert ":-" not in value, variable


def test_the_databases_are_on_a_network_of_their_own() -> None:
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["stores"]
    assert "sandbox" not in SERVICES


def test_nothing_is_copied_into_the_image_that_is_not_named() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    named = {line[1:].rstrip("/") for line in rules if line.startswith("!")}
    assert named == {"alerting", "channels", "locales", "templates", "requirements.lock", "LICENSE"}
    assert "**/.env*" in rules[len(named) :]


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert "USER alerting" in lines
    assert any("--require-hashes" in line for line in lines)


def test_nothing_is_installed_without_its_hash() -> None:
    source = (ROOT / "run.py").read_text("utf-8")
    for line in source.splitlines():
        if '"pip"' in line and '"--version"' not in line:
            assert "HASHED" in line or "--require-hashes" in line or "options" in line, line
    for name in ("uv", "pip"):
        assert "--hash=sha256:" in (ROOT / f"requirements-{name}.lock").read_text("utf-8")


def test_the_settings_of_the_sandboxes_are_the_same_in_both_places() -> None:
    lines = (ROOT / "channels/sandbox/loopback.env").read_text("utf-8").splitlines()
    loopback = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    shipped = yaml.safe_load((ROOT / "compose.sandbox.yaml").read_text("utf-8"))
    composed = {
        name: value.replace("//sandbox:", "//127.0.0.1:").replace("sandbox", "127.0.0.1")
        if name.endswith(("_HOST", "_BASE", "_URL"))
        else value
        for name, value in shipped["x-sandboxed"]["environment"].items()
        if name != "ALERTING_PUBLIC_URL"
    }
    assert loopback == composed
