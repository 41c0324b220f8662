"""All that is served as one signed file, for another web server to fetch (deploy/mirror.py).

It is what a reader could fetch address by address, at one moment: no old version, nothing staged.
`mirror/latest.json` names the archive, its serial, SHA-256 and size, and bears the signature over
them; an archive is called by its SHA-256. It is made of the compressed files, which are the same
bytes each time, so that the same folder gives the same archive. `made_of` beside them says which
versions it was made of: whoever looks knows whether anything changed since, whoever placed it.
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerting.publisher.disk import Disk
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


def signed_words(serial: int, sha256: str, size: int) -> bytes:
    """What the signature is over."""
    return f"alerting public archive\n{serial}\n{sha256}\n{size}\n".encode()


def is_archived(www: Path) -> bool:
    """Whether the archive that is there was made of what is served now."""
    latest = _latest(www / MIRROR)
    there = (www / MIRROR / f"{latest.get('sha256')}.tar").is_file()
    return there and latest.get("made_of") == _made_of(www)


def write_archive(
    www: Path, lowest: int, sign: Callable[[bytes], bytes], disk: Disk, now: float
) -> Archived:
    """Make the archive of a folder nobody writes to meanwhile.

    Each has a serial of its own, above all before it and no less than `lowest`. `now`: seconds
    since 1970.
    """
    above = www / MIRROR
    disk.make_folder(above)
    made_of, content = _made_of(www), _tar(www)
    sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    path = above / f"{sha256}.tar"
    known = _latest(above)
    same = known.get("sha256") == sha256 and path.exists()
    serial = _last_serial(www) if same else max(_last_serial(www) + 1, lowest)
    if not same:
        for left in above.glob(".*"):
            left.unlink()
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
        "made_of": made_of,
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
    beside.unlink(missing_ok=True)
    disk.write(beside, content, int(now))
    disk.sync(beside)
    beside.replace(path)


def _last_serial(www: Path) -> int:
    known = [_latest(www / MIRROR).get("serial", 0)]
    with contextlib.suppress(OSError, ValueError):
        known.append(int(www.with_name(SERIAL).read_text("ascii")))
    return max(one for one in known if isinstance(one, int))


def _made_of(www: Path) -> str:
    """SHA-256 (hexadecimal) of where each address leads: a version is called by what is in it."""
    digest = hashlib.sha256()
    links = {"root": www.with_name("root")}
    for above, folders, names in os.walk(www):
        if Path(above) == www and MIRROR in folders:
            folders.remove(MIRROR)
        for name in (*folders, *names):
            path = Path(above, name)
            links[path.relative_to(www).as_posix()] = path
    for name, path in sorted(links.items()):
        if path.is_symlink():
            digest.update(f"{name}\0{path.readlink()}\n".encode())
    return digest.hexdigest()


def _latest(above: Path) -> dict[str, Any]:
    try:
        found = json.loads((above / LATEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _tar(www: Path) -> bytes:
    bytes_io = io.BytesIO()
    with tarfile.open(fileobj=bytes_io, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(_served(www)):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), 0o644, 0
            archive.addfile(member, io.BytesIO(content))
    return bytes_io.getvalue()


def _served(www: Path) -> Iterator[tuple[str, Path]]:
    """Every compressed file a reader could fetch, by its path with `.gz`."""
    for above, folders, names in os.walk(www, followlinks=True):
        if Path(above) == www and MIRROR in folders:
            folders.remove(MIRROR)
        for name in names:
            path = Path(above, name)
            if name.endswith(COMPRESSED) and not name.startswith(".") and path.is_file():
                yield path.relative_to(www).as_posix(), path
