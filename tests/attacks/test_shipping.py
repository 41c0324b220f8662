"""What is shipped for running the service is safe as it stands: no password, port or secret."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import run
from alerting.bootstrap import import_folder
from alerting.settings import Settings
from alerting.web.console.recipients.lists import LISTS
from channels._routes import SANDBOX_KEY
from channels.sandbox import __main__ as sandbox
from channels.sandbox import credentials

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
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
    assert not ports or name in {"nginx", "pages", "sandbox"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_has_a_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if variable.startswith("SANDBOX_"):
            assert re.fullmatch(r"\$\{\w+:-\}", value), "the service's own, or drawn at random"
        elif SECRET.search(variable):
            assert re.search(r"\$\{\w+:\?is not set\. [^}]+\}", value), variable
            assert ":-" not in value, variable


def test_without_a_file_of_secrets_compose_says_in_a_sentence_what_to_run() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    for variable in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD"):
        asked = re.findall(rf"\$\{{{variable}:\?([^}}]+)\}}", text)
        assert len(asked) == 2
        assert {one.split(",")[0] for one in asked} == {
            'is not set. Run "python3 run.py env" first'
        }
    assert SANDBOX_KEY not in text


def test_the_databases_are_on_a_network_of_their_own() -> None:
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["stores"]
    assert "stores" not in SERVICES["sandbox"]["networks"] + SERVICES["nginx"]["networks"]
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]


def test_only_nginx_is_believed_about_addresses() -> None:
    inside = [name for name, one in SERVICES.items() if "front" in one["networks"]]
    assert inside == ["nginx", "web", "receipts"]
    (network,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert SERVICES["web"]["environment"]["ALERTING_TRUSTED_PROXIES"] == network["subnet"]
    config = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    assert "proxy_set_header X-Forwarded-For   $remote_addr;" in config
    assert "proxy_add_x_forwarded_for" not in config
    for limit in ("limit_conn ", "limit_req ", "client_max_body_size", "client_header_timeout"):
        assert limit in config


def test_only_where_lists_are_imported_as_much_is_let_through_as_the_service_takes() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    places = re.findall(r"location ([^{]+) \{([^}]*)\}", config)
    (where, inside), *others = [one for one in places if "client_max_body_size" in one[1]][::-1]
    limit = int(re.findall(r"client_max_body_size (\d+)m;", inside)[0])
    assert limit * 1_048_576 > Settings().import_megabytes * 1_000_000
    assert all("k;" in one[1] for one in others)
    address = re.compile(where.removeprefix("~ "))
    assert all(address.match(f"{one.path}/import") for one in LISTS.values())
    for other in ("/import", "/recipients/import/x", "/x/recipients/import", "/recipients"):
        assert not address.match(other)
    assert "proxy_request_buffering off" in inside


def test_web_processes_share_the_folder_with_uploaded_lists() -> None:
    """In the volume with the keys; on nothing that is lost with its container."""
    folder = Path(SERVICES["web"]["environment"]["ALERTING_SECRETS_DIR"]).parent
    shared = {one.split(":")[1] for one in SERVICES["web"]["volumes"]}
    assert shared == {str(folder), "/srv/public"}
    assert "WORKDIR /srv/alerting" in (ROOT / "Dockerfile").read_text("utf-8")
    assert import_folder(Settings(database_url="postgresql+asyncpg://x/x")) == Path("var/imports")
    assert import_folder(Settings()) == Path("var/imports")
    assert import_folder(Settings(import_dir="/elsewhere")) == Path("/elsewhere")


def test_nothing_is_copied_into_the_image_that_is_not_named() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    named = {line[1:].rstrip("/") for line in rules if line.startswith("!")}
    assert named == {
        *("alerting", "channels", "locales", "templates"),
        *("deploy/public-headers.conf", "requirements.lock", "LICENSE"),
    }
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


def settings(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_secrets_are_drawn_for_each_installation_and_read_by_nobody_else(tmp_path: Path) -> None:
    made = []
    for name in ("one", "another"):
        path = tmp_path / name
        assert run.write_env(["https://alert.example"], path) == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        made.append(settings(path))
    assert {one["ALERTING_PUBLIC_URL"] for one in made} == {"https://alert.example"}
    passwords = {one[name] for one in made for name in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD")}
    assert len(passwords) == 4
    assert all(re.fullmatch(r"[0-9a-f]{48}", one) for one in passwords)


def test_secrets_in_use_are_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("POSTGRES_PASSWORD=in-use\n")
    assert run.write_env(["--sandbox"], path) != 0
    assert run.write_env(["alert.example"], tmp_path / "other") != 0
    assert path.read_text() == "POSTGRES_PASSWORD=in-use\n"
    assert not (tmp_path / "other").exists()


def test_a_file_of_secrets_is_never_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_settings_of_the_sandboxes_are_the_same_in_both_places_but_for_the_keys(
    tmp_path: Path,
) -> None:
    assert run.write_env(["--sandbox"], tmp_path / ".env") == 0
    composed = settings(tmp_path / ".env")
    assert not any(SANDBOX_KEY in value for value in composed.values())
    loopback = settings(ROOT / "channels/sandbox/loopback.env")
    for name, value in loopback.items():
        here = composed[name]
        if SANDBOX_KEY in value:
            assert len(here) >= 48, name
        elif name.endswith(("_HOST", "_BASE", "_URL")):
            assert here.replace("sandbox", "127.0.0.1") == value
        else:
            assert here == value
    more = {"COMPOSE_PROFILES", "ALERTING_PUBLIC_URL", "POSTGRES_PASSWORD", "VALKEY_PASSWORD"}
    assert composed.keys() - loopback.keys() == more


def started(*words: str) -> dict[str, str]:
    made = sandbox.settings_from(sandbox.arguments().parse_args(words))
    return {name: getattr(made, name) for name in ("twilio_token", "sinch_secret")}


def test_the_known_keys_of_the_sandbox_hold_on_loopback_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"twilio_token": credentials.TWILIO_TOKEN, "sinch_secret": credentials.SINCH_SECRET}
    assert started() == started("--host", "::1") == known
    outside = started("--host", "0.0.0.0")  # noqa: S104 - it is not listened on
    assert all(len(value) >= 48 and SANDBOX_KEY not in value for value in outside.values())
    with pytest.raises(SystemExit, match="twilio-token"):
        started("--host", "0.0.0.0", "--twilio-token", credentials.TWILIO_TOKEN)  # noqa: S104 - the same
    monkeypatch.setenv("SANDBOX_TWILIO_TOKEN", "our-own")
    assert started("--host", "0.0.0.0")["twilio_token"] == "our-own"  # noqa: S104 - the same
