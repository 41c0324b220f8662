#!/usr/bin/env python3
"""Keep a copy of public pages on another web server: fetched, verified, switched at once.

    mirror.py https://alerts.example.be archive.pem /srv/public/folder --every 5

`archive.pem` is the public key of that service (`alerting public key`), brought here by hand.
Nothing is shown that it did not sign, nor anything that is not newer than what is here. It needs
Python 3.11, and `cryptography` or the command `openssl`; of the service only its web server, or
another mirror: the archive is served on, with its signature.

Served is FOLDER/www, a link to FOLDER/versions/<SHA-256>: with deploy/public-server.conf, or any
web server that serves the `.gz` beside each file.
"""

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

LARGEST = 2_000_000_000
"""Bytes of an archive, and of one file unpacked a hundredth of it."""
PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
KEPT = 600.0
"""Seconds an old version stays, for whoever reads in it: it has words that may be withdrawn."""


class Refused(Exception):
    """What was fetched is not shown, and why."""


class GivenUp(BaseException):
    """An attempt took too long: no error of the system, which others here go on after."""


def verify(key: Path, signature: bytes, words: bytes) -> None:
    """Refused unless the key signed these words (Ed25519, RFC 8032)."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        verify_by_openssl(key, signature, words)
        return
    public = load_pem_public_key(key.read_bytes())
    if not isinstance(public, Ed25519PublicKey):
        raise Refused(f"{key} is no Ed25519 key")
    try:
        public.verify(signature, words)
    except InvalidSignature:
        raise Refused("the signature is not by this key") from None


def verify_by_openssl(key: Path, signature: bytes, words: bytes) -> None:
    """The same by the command (OpenSSL 1.1.1 or later)."""
    with tempfile.TemporaryDirectory() as folder:
        signed, said = Path(folder, "signature"), Path(folder, "words")
        signed.write_bytes(signature)
        said.write_bytes(words)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
        done = subprocess.run(
            [*command, "-in", str(said), "-sigfile", str(signed)], capture_output=True, check=False
        )
    if done.returncode:
        raise Refused("the signature is not by this key")


def fetch(url: str, most: int) -> bytes:
    """What stands at an address; Refused where it is longer than `most` bytes."""
    if not url.startswith(("https://", "http://")):
        raise Refused(f"no address of the web: {url}")
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  looked at above
        content: bytes = answer.read(most + 1)
    if len(content) > most:
        raise Refused(f"{url} is longer than {most} bytes")
    return content


def mirror(url: str, key: Path, folder: Path) -> bool:
    """Bring the folder to what the service signed last; whether anything changed."""
    signed = fetch(f"{url}/mirror/latest.json", 10_000)
    latest = json.loads(signed)
    serial, sha256, size = int(latest["serial"]), str(latest["sha256"]), int(latest["size"])
    if not re.fullmatch("[0-9a-f]{64}", sha256) or not 0 < size <= LARGEST:
        raise Refused("no SHA-256, or no size")
    words = f"alerting public archive\n{serial}\n{sha256}\n{size}\n".encode()
    verify(key, base64.b64decode(latest["signature"]), words)
    here, known = serial_here(folder)
    if known == sha256 and is_whole(folder):
        if serial > here:  # the same bytes again: nothing signed in between is shown any more
            note((folder / "www").resolve(), signed)
            put(folder / "serial", str(serial).encode())
        return False
    if serial < here or (serial == here and known not in {"", sha256}):
        raise Refused(f"archive {serial} is not newer than {here}, which is shown here")
    content = fetch(f"{url}/mirror/{sha256}.tar", size)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("the archive is not the one that was signed")
    place(content, sha256, folder, signed)
    put(folder / "serial", str(serial).encode())
    return True


def serial_here(folder: Path) -> tuple[int, str]:
    """The serial of what was shown last, and the SHA-256 of what is shown; empty where nothing is.

    Refused where something is shown and nobody knows its serial: anything older would be newer.
    """
    try:
        shown = (folder / "www").resolve(strict=True).name.partition("-")[0]
    except FileNotFoundError:
        shown = ""
    try:
        return int((folder / "serial").read_text()), shown
    except (OSError, ValueError):
        if shown:
            raise Refused(f"{folder} does not say what it shows: delete it") from None
    return 0, ""


def state_of(version: Path) -> str:
    """Every file that is served, with its size and time of change."""
    lines = []
    for above, _, names in os.walk(version):
        for path in (Path(above, name) for name in names):
            if not path.relative_to(version).parts[0].startswith((".", "mirror")):
                found = path.stat()
                lines.append(f"{path.relative_to(version)} {found.st_size} {found.st_mtime_ns}")
    return "\n".join(sorted(lines))


def is_whole(folder: Path) -> bool:
    """Whether what is shown is what was unpacked: nobody deleted or changed a file of it."""
    version = (folder / "www").resolve()
    try:
        return (version / ".files").read_text() == state_of(version)
    except OSError:
        return False


def note(version: Path, signed: bytes) -> None:
    """Which archive a version is of, for whoever mirrors this mirror."""
    (version / "mirror").mkdir(exist_ok=True)
    put(version / "mirror" / "latest.json", signed)


def put(path: Path, content: bytes) -> None:
    """Write a file at once."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.chmod(0o644)
    beside.replace(path)


def place(content: bytes, sha256: str, folder: Path, signed: bytes) -> None:
    """Unpack a verified archive beside what is shown, sync it, and switch to it by one rename."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    staged = versions / f".{sha256}"
    shutil.rmtree(staged, ignore_errors=True)
    shown = (folder / "www").resolve()
    for name, packed in members(content):
        target = staged / name
        target.parent.mkdir(parents=True, exist_ok=True)
        before = shown / name
        beside = before.with_name(before.name + ".gz")
        plain = unpacked(packed)
        if is_same(before, plain) and is_same(beside, packed):
            os.link(before, target)
            os.link(beside, target.with_name(target.name + ".gz"))
            continue
        # A tag of a version is made of size and second: they never stay when the content changes.
        at = max(int(time.time()), int(before.stat().st_mtime) + 1 if before.is_file() else 0)
        beside_it = target.with_name(target.name + ".gz")
        for path, written in ((target, plain), (beside_it, packed)):
            path.write_bytes(written)
            os.utime(path, (at, at))
    note(staged, signed)
    (staged / "mirror" / f"{sha256}.tar").write_bytes(content)
    for above, folders, names in os.walk(staged):
        for one in folders:
            Path(above, one).chmod(0o755)
        for one in names:
            Path(above, one).chmod(0o644)
    staged.chmod(0o755)
    (staged / ".files").write_text(state_of(staged))
    os.sync()
    version = versions / sha256
    if version.exists():  # damaged, and shown: it is read until the switch
        version = versions / f"{sha256}-{time.time_ns()}"
    staged.rename(version)
    if shown.parent == versions.resolve() and shown.is_dir():
        os.utime(shown)  # it is old from now on
    link = folder / ".www"
    link.unlink(missing_ok=True)
    link.symlink_to(f"versions/{version.name}")
    link.replace(folder / "www")
    os.sync()


def sweep(folder: Path) -> None:
    """Remove what was shown before and half unpacked, some minutes after it became old."""
    versions, shown = folder / "versions", (folder / "www").resolve()
    for version in versions.iterdir() if versions.is_dir() else ():
        age = time.time() - version.stat().st_mtime
        if version.resolve() == shown:
            continue
        if age < 0:  # the clock went back: it counts from now
            os.utime(version)
        elif age > KEPT:
            shutil.rmtree(version, ignore_errors=True)


def is_same(path: Path, content: bytes) -> bool:
    """Whether a file has these bytes."""
    return path.is_file() and path.read_bytes() == content


def members(content: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive; Refused where one is no file, or would lead elsewhere."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for member in archive:
            parts = member.name.split("/")
            if (
                not member.isreg()
                or not all(map(PART.fullmatch, parts))
                or not member.name.endswith(".gz")
            ):
                raise Refused(f"no file of public pages: {member.name!r}")
            file = archive.extractfile(member)
            found.append((member.name.removesuffix(".gz"), file.read() if file else b""))
    return found


def unpacked(packed: bytes) -> bytes:
    """A file as it is read; Refused where it is none, or far too long."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        content = file.read(LARGEST // 100 + 1)
    if len(content) > LARGEST // 100:
        raise Refused("a file is too long")
    return content


def main() -> int:
    """0: what is shown is what was signed last; 1: it could not be brought there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="where the public pages are")
    parser.add_argument("key", type=Path, help="the public key of the service, as PEM")
    parser.add_argument("folder", type=Path, help="where the copy is kept")
    parser.add_argument(
        "--every", type=float, default=0, help="seconds until it is done again; 0: once"
    )
    parser.add_argument(
        "--within", type=float, default=600, help="seconds after which one attempt is given up"
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGALRM, give_up)
    while True:
        status = 0
        try:
            signal.setitimer(signal.ITIMER_REAL, asked.within)
            try:
                sweep(asked.folder)
                if mirror(asked.url.rstrip("/"), asked.key, asked.folder):
                    print("changed", flush=True)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except (Exception, GivenUp) as error:  # whatever an answer does, what was shown is shown on
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            status = 1
        if not asked.every:
            return status
        time.sleep(asked.every)


def give_up(*_: object) -> None:
    """End an attempt: each byte of an answer may come in time, and all of them never."""
    raise GivenUp("it took too long")


if __name__ == "__main__":
    sys.exit(main())
