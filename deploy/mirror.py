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
KEPT = 2
"""Old versions, for whoever reads in them."""


class Refused(Exception):
    """What was fetched is not shown, and why."""


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
    if known == sha256:
        if serial > here:  # the same bytes again: nothing signed in between is shown any more
            note(folder / "versions" / sha256, serial, signed)
        return False
    if serial <= here:
        raise Refused(f"archive {serial} is not newer than {here}, which is shown here")
    content = fetch(f"{url}/mirror/{sha256}.tar", size)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("the archive is not the one that was signed")
    place(content, sha256, serial, folder, signed)
    return True


def serial_here(folder: Path) -> tuple[int, str]:
    """The serial and the SHA-256 of what is shown; 0 and nothing where nothing is."""
    try:
        shown = (folder / "www").readlink().name
        return int((folder / "versions" / shown / ".serial").read_text()), shown
    except (OSError, ValueError):
        return 0, ""


def note(version: Path, serial: int, signed: bytes) -> None:
    """Which archive a version is of: for us, and for whoever mirrors this mirror."""
    for name, content in ((".serial", str(serial).encode()), ("mirror/latest.json", signed)):
        beside = version / f"{name}.new"
        beside.parent.mkdir(exist_ok=True)
        beside.write_bytes(content)
        beside.chmod(0o644)
        beside.replace(version / name)


def place(content: bytes, sha256: str, serial: int, folder: Path, signed: bytes) -> None:
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
        if before.is_file() and beside.is_file() and beside.read_bytes() == packed:
            os.link(before, target)
            os.link(beside, target.with_name(target.name + ".gz"))
            continue
        # A tag of a version is made of size and second: they never stay when the content changes.
        at = max(int(time.time()), int(before.stat().st_mtime) + 1 if before.is_file() else 0)
        beside_it = target.with_name(target.name + ".gz")
        for path, written in ((target, unpacked(packed)), (beside_it, packed)):
            path.write_bytes(written)
            os.utime(path, (at, at))
    note(staged, serial, signed)
    (staged / "mirror" / f"{sha256}.tar").write_bytes(content)
    for above, folders, names in os.walk(staged):
        for one in folders:
            Path(above, one).chmod(0o755)
        for one in names:
            Path(above, one).chmod(0o644)
    staged.chmod(0o755)
    os.sync()
    shutil.rmtree(versions / sha256, ignore_errors=True)
    staged.rename(versions / sha256)
    link = folder / ".www"
    link.unlink(missing_ok=True)
    link.symlink_to(f"versions/{sha256}")
    link.replace(folder / "www")
    os.sync()
    old = [one for one in versions.iterdir() if one.name != sha256]
    for one in sorted(old, key=lambda one: one.stat().st_ctime)[: -KEPT or None]:
        shutil.rmtree(one, ignore_errors=True)


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
                if mirror(asked.url.rstrip("/"), asked.key, asked.folder):
                    print("changed", flush=True)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Exception as error:  # whatever an answer does, what was shown is shown on
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            status = 1
        if not asked.every:
            return status
        time.sleep(asked.every)


def give_up(*_: object) -> None:
    """End an attempt: each byte of an answer may come in time, and all of them never."""
    raise TimeoutError("given up: it took too long")


if __name__ == "__main__":
    sys.exit(main())
