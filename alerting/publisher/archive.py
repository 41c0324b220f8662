"""All that is served as one signed file, for another web server to fetch (deploy/mirror.py).

It is what a reader could fetch address by address, at one moment: no old version, nothing staged.
`mirror/latest.json` names the archive, its serial, SHA-256 and size, and bears the signature over
them; an archive is called by its SHA-256. It is made of the compressed files, which are the same
bytes each time, so that the same folder gives the same archive. `made_of` beside them says which
versions it was made of: whoever looks knows whether anything changed since, whoever placed it.

It is made of what was placed, not of what is found: a folder of which somebody deleted or changed
a part is never signed.
"""

import base64
import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from alerting.publisher.disk import Disk
from alerting.publisher.manifests import Manifest
from alerting.publisher.paths import COMPRESSED

MIRROR = "mirror"
LATEST = "latest.json"
SERIAL = "serial"
"""Beside `www`: the last serial, so that it grows also where `mirror/` was deleted."""
KEPT_ARCHIVE = 180.0
"""Seconds an old archive stays, for whoever is fetching it: it has words that may be withdrawn."""


@dataclass(frozen=True, slots=True)
class Archived:
    """The archive that is there now."""

    serial: int
    sha256: str
    size: int
    changed: bool


class Damaged(Exception):
    """A unit is not on disk as it was placed: nothing is made of it."""

    def __init__(self, unit: str) -> None:
        super().__init__(unit)
        self.unit = unit


@dataclass(frozen=True, slots=True)
class Contents:
    """All that was placed, at one moment."""

    units: tuple[Manifest, ...]
    last_serial: int
    """Of the archive that was there."""


def signed_words(serial: int, sha256: str, size: int) -> bytes:
    """What the signature is over."""
    return f"alerting public archive\n{serial}\n{sha256}\n{size}\n".encode()


def is_archived(www: Path, units: Iterable[Manifest]) -> bool:
    """Whether the archive that is there was made of these."""
    latest = _latest(www / MIRROR)
    there = (www / MIRROR / f"{latest.get('sha256')}.tar").is_file()
    return there and latest.get("made_of") == _made_of(units)


def pack(contents: Contents, version_of: Callable[[Manifest], Path]) -> bytes:
    """All files, compressed, as one; Damaged where one is not as it was placed.

    `version_of`: the folder that a unit is served from.
    """
    members = {
        f"{address}{COMPRESSED}": (unit, path)
        for unit in contents.units
        for address, path in unit.served.items()
        if path in unit.files
    }
    bytes_io = io.BytesIO()
    with tarfile.open(fileobj=bytes_io, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, (unit, path) in sorted(members.items(), key=itemgetter(0)):
            content = _placed(unit, path, version_of(unit))
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o644, 0
            archive.addfile(member, io.BytesIO(content))
    return bytes_io.getvalue()


def write_archive(
    www: Path,
    contents: Contents,
    content: bytes,
    lowest: int,
    sign: Callable[[bytes], bytes],
    disk: Disk,
    now: float,
) -> Archived | None:
    """Place the archive of some contents; None where another was placed since they were read.

    Each has a serial of its own, above all before it and no less than `lowest`. `now`: seconds
    since 1970.
    """
    if last_serial(www) != contents.last_serial:
        return None
    above = www / MIRROR
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    path = above / f"{sha256}.tar"
    known = _latest(above)
    same = known.get("sha256") == sha256 and path.exists()
    serial = contents.last_serial if same else max(contents.last_serial + 1, lowest)
    if not same:
        for left in above.glob(".*"):
            disk.remove(left)
        _put(path, content, disk, now)
        _put(www.with_name(SERIAL), f"{serial}".encode(), disk, now)
        if (old := above / f"{known.get('sha256')}.tar").exists():
            disk.mark(old, now)
    latest = {
        "file": path.name,
        "serial": serial,
        "sha256": sha256,
        "size": size,
        "signature": base64.b64encode(sign(signed_words(serial, sha256, size))).decode(),
        "made_of": _made_of(contents.units),
    }
    _put(above / LATEST, json.dumps(latest, indent=1).encode() + b"\n", disk, now)
    disk.sync(above)
    return Archived(serial, sha256, size, changed=not same)


def sweep_archives(www: Path, disk: Disk, now: float) -> int:
    """Remove archives that were replaced a while ago; how many."""
    removed = 0
    latest = _latest(www / MIRROR).get("file")
    for path in (www / MIRROR).glob("*.tar"):
        since = path.stat().st_mtime
        if path.name == latest:
            continue
        if since > now:  # the clock went back: it counts from now
            disk.mark(path, now)
        elif now - since > KEPT_ARCHIVE:
            disk.remove(path)
            removed += 1
    return removed


def _put(path: Path, content: bytes, disk: Disk, now: float) -> None:
    beside = path.with_name(f".{path.name}")
    disk.remove(beside)
    if path.is_dir():  # put there by hand
        disk.remove(path)
    disk.write(beside, content, int(now))
    disk.sync(beside)
    beside.replace(path)


def last_serial(www: Path) -> int:
    """That of the last archive; 0 where there was none."""
    known = [_latest(www / MIRROR).get("serial", 0)]
    with contextlib.suppress(OSError, ValueError):
        known.append(int(www.with_name(SERIAL).read_text("ascii")))
    return max(one for one in known if isinstance(one, int))


def _made_of(units: Iterable[Manifest]) -> str:
    """SHA-256 (hexadecimal) of which versions these are: one is called by what is in it."""
    lines = sorted(f"{one.unit}\0{one.version}\0{sorted(one.aliases.items())}\n" for one in units)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _latest(above: Path) -> dict[str, Any]:
    try:
        data = json.loads((above / LATEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _placed(unit: Manifest, path: str, version: Path) -> bytes:
    """The compressed bytes of a file, as they were placed."""
    try:
        content = (version / f"{path}{COMPRESSED}").read_bytes()
    except OSError:
        raise Damaged(unit.unit) from None
    if hashlib.sha256(content).hexdigest() != unit.files[path].sha256:
        raise Damaged(unit.unit)
    return content
