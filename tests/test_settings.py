"""Secrets come from files where an orchestrator puts them there, and are never shown."""

from pathlib import Path

import pytest

from alerting.settings import Settings


def test_a_secret_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alerting_oidc_client_secret").write_text("from-a-file")
    monkeypatch.setenv("ALERTING_SECRETS_DIR", str(tmp_path))
    read = Settings()
    assert read.oidc_client_secret.get_secret_value() == "from-a-file"
    assert "from-a-file" not in repr(read)


def test_the_environment_goes_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alerting_page_size").write_text("50")
    monkeypatch.setenv("ALERTING_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("ALERTING_PAGE_SIZE", "60")
    assert Settings().page_size == 60
