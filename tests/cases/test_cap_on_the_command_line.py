"""From the terminal: a message is written, any message judged, and certificates are printed."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerting.cap.reader import parse, to_message
from alerting.cap.signature import read_certificates, verify
from alerting.cap.writer import to_bytes, to_tree
from alerting.cli.main import app
from tests.cap.made import full_message, signer
from tests.command_line import run, run_as

__all__ = ["run", "run_as"]

WHEN = ("--value", "next_update=2030-02-15T15:30")
DRAFT = ("draft", "fire_smoke", "--area", "4000 Liège", "--channel", "email", *WHEN)


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["cap", *words])


@pytest.fixture
def drafted(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An alert with a page that its e-mail leads to."""
    monkeypatch.setenv("ALERTING_PAGE_LINKS", "true")
    monkeypatch.setenv("ALERTING_PUBLIC_FOLDER", str(tmp_path / "public"))
    made = run(*DRAFT)
    assert made.exit_code == 0, made.output
    return str(made.stdout.strip())


def test_a_draft_is_written_as_one_and_judged_right(run: Any, drafted: str, tmp_path: Path) -> None:
    preview = run("preview", drafted)
    assert f"/{drafted}/fr/" in preview.output
    written = run("cap", "write", drafted)
    assert written.exit_code == 0, written.output
    message = to_message(parse(written.stdout.encode()))
    assert message.status == "Draft"
    assert message.identifier.startswith("urn:oid:2.25.")
    assert message.identifier.endswith(f".{drafted}")
    (info,) = message.infos
    assert "\n\n1. " in f"\n\n{info.instruction}"  # the words of its page
    file = tmp_path / "message.xml"
    file.write_bytes(written.stdout.encode())
    judged = typed("check", str(file))
    assert judged.exit_code == 0, judged.output
    assert "Signed with the known certificate" in " ".join(judged.output.split())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<sent>[^<]*", "<sent>2026-11-30T24:00:00+01:00"),
        ("<expires>[^<]*", "<expires>2026-11-30T24:00:00+01:00"),
        ("<expires>[^<]*", "<expires>0001-01-01T00:00:00+14:00"),
        ("<size>[^<]*", f"<size>{'9' * 6_000}"),
        ("<size>[^<]*", "<size>-1"),
        ("<polygon>[^<]*", "<polygon>1e400,1 1,1 2,2 1e400,1"),
        ("<circle>[^<]*", "<circle>50,4 1e999"),
    ],
    ids=lambda one: one[:40],
)
def test_a_value_out_of_bounds_is_wrong_and_the_next_file_is_judged(
    tmp_path: Path, old: str, new: str
) -> None:
    wrong, right = tmp_path / "wrong.xml", tmp_path / "right.xml"
    data = to_bytes(signer().sign(to_tree(full_message()), at=full_message().sent)).decode()
    changed = re.sub(old, new, data, count=1)
    assert changed != data
    wrong.write_text(changed)
    right.write_text(data)
    judged = typed("check", str(wrong), str(right))
    said = "".join(judged.output.split())
    assert judged.exit_code == 1, judged.output
    assert "Traceback" not in said
    assert said.count("wrong.xml") == said.count("right.xml") == 1


def test_the_reasons_are_given_in_the_language_of_the_reader(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, changed, shapeless, none = (tmp_path / f"{n}.xml" for n in range(4))
    data = to_bytes(signer().sign(to_tree(full_message()), at=full_message().sent))
    right.write_bytes(data)
    changed.write_bytes(data.replace(b"urn:oid:2.49.0.1.56.9.2026.13<", b"x<"))
    shapeless.write_bytes(to_bytes(to_tree(full_message())).replace(b"Observed", b"Sure"))
    none.write_text("<html/>")
    monkeypatch.setenv("LANG", "fr_BE.UTF-8")
    assert typed("check", str(right)).exit_code == 0
    wrong = typed("check", str(right), str(changed))
    assert wrong.exit_code == 1
    assert "L’identifiant n’est pas un OID" in " ".join(wrong.output.split())
    assert "La signature est fausse" in " ".join(wrong.output.split())
    judged = typed("check", str(shapeless))
    assert judged.exit_code == 1
    assert "schéma" in judged.output
    assert typed("check", str(right), str(none)).exit_code == 2
    assert typed("check", str(tmp_path / "missing.xml")).exit_code == 2


def test_a_certificate_is_printed_announced_and_verifies(run: Any, drafted: str) -> None:
    (first,) = read_certificates(typed("certificate").stdout.encode())
    both = read_certificates(typed("certificate", "--rotate").stdout.encode())
    assert both[0] == first
    assert len(both) == 2
    written = run("cap", "write", drafted)
    found = verify(parse(written.stdout.encode()), both)
    assert found is not None
    assert found.certificate == first  # the other one only signs in thirty days
    assert typed("certificate", "--retire", "1").exit_code == 1
