"""Another web server shows what the service signed last, the same bytes, and nothing else."""

import base64
import errno
import functools
import gzip
import http.server
import importlib.util
import io
import json
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alerting.actions.public.publishing import archive_key
from alerting.domain.alert import FollowUp
from alerting.publisher import Folder
from alerting.publisher.archive import KEPT_ARCHIVE, signed_words
from alerting.publisher.disk import Disk
from tests.actions.public.standins import SHARED, Unsynced, publisher, publishes_all, served
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


@contextmanager
def web_server(path: Path) -> Iterator[str]:
    """Any web server on a folder."""
    handler = functools.partial(Quiet, directory=str(path / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(path: Path) -> Iterator[str]:
    with web_server(path) as address:
        yield address


@pytest.fixture
async def key(desk: Desk, tmp_path: Path) -> Path:
    return pem(archive_key(desk.services), tmp_path / "archive.pem")


def pem(key: Ed25519PrivateKey, path: Path) -> Path:
    public = key.public_key()
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def shown(path: Path) -> dict[str, bytes]:
    """What is served, the archive aside."""
    return {
        name: one
        for name, one in served(path).items()
        if name[0] != "." and not name.startswith("mirror/")
    }


async def test_a_mirror_has_the_same_bytes_and_follows_each_change(
    desk: Desk, path: Path, url: str, key: Path, tmp_path: Path
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    made = await publisher(desk, path)
    await made.rebuild()
    await publishes_all(made)
    assert await made.archive()
    copy = tmp_path / "copy"
    assert script.mirror(url, key, copy)
    assert shown(copy) == shown(path)
    assert not script.mirror(url, key, copy)
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    await publishes_all(made)
    assert await made.archive()
    assert await made.archive() is None, "nothing changed since"
    assert script.mirror(url, key, copy)
    assert shown(copy) == shown(path)


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
    assert names == {f"{name}.gz" for name in shown(path)}


async def test_the_same_folder_gives_the_same_archive(desk: Desk, path: Path) -> None:
    for place in (path, path.with_name("again")):
        made = await publisher(desk, place)
        await made.rebuild()
        await made.archive()
    latest = [
        json.loads(served(one)["mirror/latest.json"]) for one in (path, path.with_name("again"))
    ]
    assert latest[0] == latest[1]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The next archive finds no room."""

    def once() -> None:
        right = Folder.archive

        def full(*_: object) -> None:
            monkeypatch.setattr(Folder, "archive", right)
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(Folder, "archive", full)

    return once


async def test_an_archive_that_failed_is_made_later(
    desk: Desk, path: Path, fail: Callable[[], None]
) -> None:
    made = await publisher(desk, path)
    await made.rebuild()
    fail()
    with pytest.raises(OSError, match="full"):
        await made.archive()
    assert await made.archive() is not None


async def test_whoever_placed_a_change_any_worker_archives_it(desk: Desk, path: Path) -> None:
    await desk.registers(person(1))
    lost, other = [await publisher(desk, path, name) for name in ("lost", "other")]
    await lost.rebuild()
    assert await lost.archive() is not None
    assert await other.archive() is None
    await desk.issues(channels=["email"], values=CLOSED)
    await publishes_all(lost)
    assert await other.archive() is not None


async def test_each_archive_has_a_serial_of_its_own(desk: Desk, path: Path) -> None:
    await desk.registers(person(1))
    made = await publisher(desk, path)
    await made.rebuild()
    await desk.issues(channels=["email"], values=CLOSED)
    await made.publish_first()
    one = await made.archive()
    await made.publish_towns()
    two = await made.archive()
    Disk().remove(path / "www" / "mirror")
    three = await made.archive()
    assert one is not None
    assert two is not None
    assert three is not None
    assert one.serial < two.serial < three.serial


async def test_what_was_withdrawn_is_soon_in_no_archive(desk: Desk, path: Path) -> None:
    now = [2_000_000_000.0]
    made = await publisher(desk, path)
    made.folder = Folder(path, shared=SHARED, disk=Unsynced(), clock=lambda: now[0])
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    await made.rebuild()
    await publishes_all(made)
    assert await made.archive()
    now[0] += 86_400
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    await publishes_all(made)
    latest = await made.archive()
    assert latest is not None
    await made.tidy()
    assert len(list((path / "www" / "mirror").glob("*.tar"))) == 2, "somebody may be fetching it"
    now[0] += KEPT_ARCHIVE + 1
    await made.tidy()
    assert [one.stem for one in (path / "www" / "mirror").glob("*.tar")] == [latest.sha256]


def archived(path: Path) -> set[str]:
    """What the newest archive has."""
    latest = json.loads((path / "www" / "mirror" / "latest.json").read_bytes())
    with tarfile.open(path / "www" / "mirror" / latest["file"]) as archive:
        return {name.removesuffix(".gz") for name in archive.getnames()}


@pytest.mark.parametrize(
    "deleted",
    ["www/a", "www/fr", "www/feed/fr.xml.gz", "www/a/2030/1/fr/index.html.gz", "versions/lists"],
)
async def test_a_folder_of_which_a_part_was_deleted_is_not_archived_without_it(
    desk: Desk, path: Path, deleted: str
) -> None:
    """The next alert gives a reason for an archive before anybody looks what is missing."""
    made = await publisher(desk, path)
    await desk.registers(person(1))
    await desk.issues(channels=["email"], values=CLOSED)
    await made.rebuild()
    await publishes_all(made)
    await made.archive()
    before = archived(path)
    Disk().remove(path / deleted)
    await desk.issues(channels=["email"], values=CLOSED)
    await made.publish_first()
    await made.archive()
    assert before <= archived(path)
    await made.tidy()
    await publishes_all(made)
    await made.archive()
    assert archived(path) == set(shown(path)) > before


async def test_no_archive_is_made_before_the_folder_is_whole(desk: Desk, path: Path) -> None:
    """As where all of it was lost: mirrors would lose what is not made again yet."""
    made = await publisher(desk, path)
    await desk.registers(person(1))
    await desk.issues(channels=["email"], values=CLOSED)
    await publishes_all(made)
    assert await made.archive() is None
    await made.tidy()
    await publishes_all(made)
    assert await made.archive() is not None


async def test_an_alert_that_cannot_be_published_keeps_nothing_from_mirrors(
    desk: Desk, path: Path
) -> None:
    made = await publisher(desk, path)
    await made.rebuild()
    assert await made.archive() is not None
    await desk.registers(person(1))
    await desk.issues(channels=["email"], values=CLOSED)
    made.folder.place("a/2030/99", {"index.html": b"of another change"})
    assert await made.archive() is not None
    assert "a/2030/99/index.html" in archived(path)


async def test_what_somebody_wrote_into_a_file_is_signed_by_nobody(desk: Desk, path: Path) -> None:
    made = await publisher(desk, path)
    await made.rebuild()
    page = path / "www" / "index.html.gz"
    right = page.read_bytes()
    page.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    assert await made.archive() is None
    await made.tidy()
    assert page.read_bytes() == right
    assert await made.archive() is not None


def test_a_mirror_can_be_mirrored(path: Path, url: str, tmp_path: Path) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    sign(path, OURS, tar("index.html.gz"), 5)
    assert script.mirror(url, key, copy)
    with web_server(copy) as there:
        assert script.mirror(there, key, tmp_path / "second")
        assert shown(tmp_path / "second") == {"index.html": b"index.html.gz"}


def test_what_was_signed_between_the_same_bytes_is_not_shown_again(
    path: Path, url: str, tmp_path: Path
) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    shows_the_first(path, url, copy, key)
    sign(path, OURS, tar("index.html.gz"), 7)
    assert not script.mirror(url, key, copy)
    sign(path, OURS, tar("other.html.gz"), 6)
    with pytest.raises(Refused):
        script.mirror(url, key, copy)


async def test_what_was_withdrawn_is_soon_nowhere_on_the_disk_of_a_mirror(
    desk: Desk, path: Path, url: str, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing changes any more, or the service is gone."""
    made, copy = await publisher(desk, path), tmp_path / "copy"
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"], values=CLOSED)
    await made.rebuild()
    await publishes_all(made)
    await made.archive()
    script.mirror(url, key, copy)
    await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR)))
    await publishes_all(made)
    await made.archive()
    script.mirror(url, key, copy)
    script.sweep(copy)
    assert len(list((copy / "versions").iterdir())) == 2, "somebody may be reading in it"
    later = time.time() + script.KEPT + 1
    monkeypatch.setattr(script.time, "time", lambda: later)
    script.sweep(copy)
    (left,) = (copy / "versions").iterdir()
    assert left == (copy / "www").resolve()
    assert len(list(left.rglob("*.tar"))) == 1


DAMAGE: dict[str, Callable[[Path], object]] = {
    "other words": lambda page: page.write_bytes(b"DEFACED"),
    "nothing": lambda page: page.unlink(),
    "other words, compressed": lambda page: page.with_name("index.html.gz").write_bytes(b"x"),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("later", ["nothing changes", "something changes"])
def test_what_somebody_did_to_a_page_of_a_mirror_is_undone(
    path: Path, url: str, tmp_path: Path, damage: str, later: str
) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    shows_the_first(path, url, copy, key)
    DAMAGE[damage](copy / "www" / "index.html")
    if later == "something changes":
        sign(path, OURS, tar("index.html.gz", "other.html.gz"), 6)
    assert script.mirror(url, key, copy)
    page = copy / "www" / "index.html"
    assert page.read_bytes() == b"index.html.gz"
    assert gzip.decompress(page.with_name("index.html.gz").read_bytes()) == b"index.html.gz"
    assert not script.mirror(url, key, copy)


@pytest.mark.parametrize("gone", ["www", "versions"])
def test_a_mirror_that_lost_its_pages_fetches_them_again_and_takes_nothing_older(
    path: Path, url: str, tmp_path: Path, gone: str
) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    shows_the_first(path, url, copy, key)
    Disk().remove(copy / gone)
    sign(path, OURS, tar("other.html.gz"), 4)
    with pytest.raises(Refused):
        script.mirror(url, key, copy)
    shows_the_first(path, url, copy, key)
    assert shown(copy) == {"index.html": b"index.html.gz"}


def test_a_mirror_that_does_not_know_its_serial_takes_nothing(
    path: Path, url: str, tmp_path: Path
) -> None:
    copy, key = tmp_path / "copy", pem(OURS, tmp_path / "key.pem")
    shows_the_first(path, url, copy, key)
    (copy / "serial").write_bytes(b"")
    sign(path, OURS, tar("other.html.gz"), 4)
    with pytest.raises(Refused):
        script.mirror(url, key, copy)


def test_an_attempt_that_is_given_up_is_no_error_of_the_system() -> None:
    """Those are passed over, as where something cannot be removed: the attempt would go on."""
    with pytest.raises(BaseException) as raised:  # noqa: PT011  of its own kind
        script.give_up()
    assert not isinstance(raised.value, Exception)


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
    "of the serial that is shown": lambda path: sign(path, OURS, tar("other.html.gz"), 5),
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


BAD_ANSWERS = {
    "no HTTP": b"what\r\n\r\n",
    "cut short": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"ser',
    "deep": b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 9900,
    "no number": b'HTTP/1.0 200 OK\r\n\r\n{"serial": 1e999, "sha256": "x", "size": 1}',
    "never whole": b"",
}


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_whatever_an_answer_does_it_is_tried_again(tmp_path: Path, answer: str) -> None:
    """The second attempt shows that the first did not end it."""
    key, asked, slow = pem(OURS, tmp_path / "key.pem"), threading.Semaphore(0), []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    one, _ = server.accept()
                    one.recv(65536)
                    one.sendall(BAD_ANSWERS[answer] or b"HTTP/1.0 200 OK\r\n")
                    slow.append(one) if answer == "never whole" else one.close()
                    asked.release()

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "deploy/mirror.py", url, str(key), str(tmp_path / "copy")]
        options = ["--every", "0.05", "--within", "0.5" if answer == "never whole" else "30"]
        with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as running:
            try:
                assert all(asked.acquire(timeout=60) for _ in range(3))
            finally:
                running.kill()
