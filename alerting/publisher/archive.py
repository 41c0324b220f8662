"""All that is served as one signed file, for another web server to fetch (deploy/mirror.py).

It is what a reader could fetch address by address, at one moment: no old version, nothing staged.
`mirror/latest.json` names the archive, its SHA-256 and size, and bears the signature over them; an
archive is called by its SHA-256. It is made of the compressed files, which are the same bytes each
time, so that the same folder gives the same archive.
"""

import base64
import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alerting.publisher.disk import Disk
from alerting.publisher.paths import COMPRESSED

MIRROR = "mirror"
LATEST = "latest.json"
KEPT_ARCHIVES = 3
"""Whoever fetches one while the next is made finds it still."""


@dataclass(frozen=True, slots=True)
class Archived:
    """The archive that is there now."""

    serial: int
    sha256: str
    size: int
    changed: bool


def signed_words(serial: int, sha256: str, size: int) -> bytes:
    """What the signature is over."""
    return f"alerting public archive\n{serial}\n{sha256}\n{size}\n".encode()


def write_archive(www: Path, serial: int, sign: Callable[[bytes], bytes], disk: Disk) -> Archived:
    """Make the archive of a folder nobody writes to meanwhile; `serial` grows with each change."""
    above = www / MIRROR
    disk.make_folder(above)
    content = _tar(www)
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    path = above / f"{sha256}.tar"
    known = _latest(above)
    if known.get("sha256") == sha256 and path.exists():
        return Archived(int(known["serial"]), sha256, size, changed=False)
    for left in above.glob(".*"):
        left.unlink()
    _put(path, content, disk)
    latest = {
        "file": path.name,
        "serial": serial,
        "sha256": sha256,
        "size": size,
        "signature": base64.b64encode(sign(signed_words(serial, sha256, size))).decode(),
    }
    _put(above / LATEST, json.dumps(latest, indent=1).encode() + b"\n", disk)
    disk.sync(above)
    old = sorted(above.glob("*.tar"), key=lambda one: one.stat().st_mtime_ns)
    for one in old[:-KEPT_ARCHIVES]:
        if one != path:
            one.unlink()
    return Archived(serial, sha256, size, changed=True)


def _put(path: Path, content: bytes, disk: Disk) -> None:
    beside = path.with_name(f".{path.name}")
    beside.unlink(missing_ok=True)
    disk.write(beside, content, int(time.time()))
    disk.sync(beside)
    beside.replace(path)


def _latest(above: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((above / LATEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _tar(www: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(_served(www)):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o644, 0
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def _served(www: Path) -> Iterator[tuple[str, Path]]:
    """Every compressed file a reader could fetch, by its path with `.gz`."""
    for above, folders, names in os.walk(www, followlinks=True):
        if Path(above) == www and MIRROR in folders:
            folders.remove(MIRROR)
        for name in names:
            path = Path(above, name)
            if name.endswith(COMPRESSED) and not name.startswith(".") and path.is_file():
                yield path.relative_to(www).as_posix(), path
