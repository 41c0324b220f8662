"""Another web server shows what the service signed last, the same bytes, and nothing else."""

import base64
import functools
import http.server
import importlib.util
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alerting.actions.public.publishing import archive_key
from alerting.domain.alert import FollowUp
from alerting.publisher.archive import signed_words
from tests.actions.public.standins import publisher, publishes_all, served
from tests.desk import CLOSED, Desk
from tests.make import person


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mirror", "deploy/mirror.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = _script()
Refused = script.Refused


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def url(path: Path) -> Iterator[str]:
    """Any web server on the folder."""
    handler = functools.partial(Quiet, directory=str(path / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def key(desk: Desk, tmp_path: Path) -> Path:
    return pem(archive_key(desk.services), tmp_path / "archive.pem")


def pem(key: Ed25519PrivateKey, path: Path) -> Path:
    public = key.public_key()
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def shown(path: Path) -> dict[str, bytes]:
    return {name: one for name, one in served(path).items() if name[0] != "."}


def original(path: Path) -> dict[str, bytes]:
    return {name: one for name, one in served(path).items() if not name.startswith("mirror/")}


async def test_a_mirror_has_the_same_bytes_and_follows_each_change(
    desk: Desk, path: Path, url: str, key: Path, tmp_path: Path
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    made = await publisher(desk, path)
    await publishes_all(made)
    assert await made.archive()
    copy = tmp_path / "copy"
    assert script.mirror(url, key, copy)
    assert shown(copy) == original(path)
    assert not script.mirror(url, key, copy)
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    await publishes_all(made)
    assert await made.archive()
    assert await made.archive() is None, "nothing changed since"
    assert script.mirror(url, key, copy)
    assert shown(copy) == original(path)


async def test_what_lies_beside_the_served_files_is_in_no_archive(
    desk: Desk, path: Path, url: str, key: Path, tmp_path: Path
) -> None:
    made = await publisher(desk, path)
    await publishes_all(made)
    await made.rebuild()
    (path / "staging").mkdir(exist_ok=True)
    (path / "staging" / "not-yet.html.gz").write_bytes(b"secret")
    (path / "versions" / "lists" / "old.html.gz").write_bytes(b"old")
    found = await made.archive()
    assert found is not None
    with tarfile.open(path / "www" / "mirror" / f"{found.sha256}.tar") as archive:
        names = set(archive.getnames())
    assert names == {f"{name}.gz" for name in original(path)}


async def test_the_same_folder_gives_the_same_archive(desk: Desk, path: Path) -> None:
    for place in (path, path.with_name("again")):
        made = await publisher(desk, place)
        await made.rebuild()
        await made.archive()
    latest = [
        json.loads(served(one)["mirror/latest.json"]) for one in (path, path.with_name("again"))
    ]
    assert latest[0] == latest[1]


# ── what is not shown ────────────────────────────────────────────────────────────────────────────


def sign(path: Path, key: Ed25519PrivateKey, content: bytes, serial: int) -> None:
    """Put an archive into a folder that a web server serves."""
    import hashlib

    sha256 = hashlib.sha256(content).hexdigest()
    signature = base64.b64encode(key.sign(signed_words(serial, sha256, len(content)))).decode()
    above = path / "www" / "mirror"
    above.mkdir(parents=True, exist_ok=True)
    (above / f"{sha256}.tar").write_bytes(content)
    latest = {"sha256": sha256, "serial": serial, "size": len(content), "signature": signature}
    (above / "latest.json").write_text(json.dumps(latest))


def spoiled(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    """The same, and its bytes change on their way."""
    sign(path, OURS, tar("other.html.gz"), 6)
    for one in (path / "www" / "mirror").glob("*.tar"):
        one.write_bytes(spoil(one.read_bytes()))


def tar(*names: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    import gzip

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name in names:
            content = gzip.compress(name.encode(), mtime=0)
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


OURS = Ed25519PrivateKey.from_private_bytes(bytes(32))
THEIRS = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"x")


def shows_the_first(path: Path, url: str, copy: Path, key: Path) -> None:
    sign(path, OURS, tar("index.html.gz"), 5)
    assert script.mirror(url, key, copy)


ATTACKS: dict[str, Callable[[Path], object]] = {
    "signed by another": lambda path: sign(path, THEIRS, tar("other.html.gz"), 6),
    "older than what is shown": lambda path: sign(path, OURS, tar("other.html.gz"), 4),
    "a path upwards": lambda path: sign(path, OURS, tar("../../other.html.gz"), 6),
    "a whole path": lambda path: sign(path, OURS, tar("/etc/other.gz"), 6),
    "a link": lambda path: sign(path, OURS, tar("other.html.gz", kind=tarfile.SYMTYPE), 6),
    "a hidden file": lambda path: sign(path, OURS, tar(".serial.gz"), 6),
    "changed on its way": lambda path: spoiled(path, lambda one: one.replace(b"other", b"wrong")),
    "cut short": lambda path: spoiled(path, lambda one: one[:700]),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_not_signed_or_leads_elsewhere_is_not_shown(
    path: Path, url: str, tmp_path: Path, attack: str
) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    shows_the_first(path, url, copy, key)
    ATTACKS[attack](path)
    with pytest.raises(Refused):
        script.mirror(url, key, copy)
    assert shown(copy) == {"index.html": b"index.html.gz"}
    assert not list(tmp_path.rglob("other*"))


def test_without_the_library_the_command_verifies(tmp_path: Path) -> None:
    key = pem(OURS, tmp_path / "key.pem")
    script.verify_by_openssl(key, OURS.sign(b"words"), b"words")
    with pytest.raises(Refused):
        script.verify_by_openssl(key, OURS.sign(b"words"), b"other words")
