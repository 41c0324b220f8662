"""Files and folders that only the user the service runs as may read, whatever the umask says."""

import os
import stat
import tempfile
from pathlib import Path

import structlog

from alerting.domain.errors import OpenToOthers

FOLDER, FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
HOME = "var"
"""The service's own folder, which holds nothing of anybody else."""

log = structlog.get_logger()


def only_for_us() -> None:
    """Whatever this process makes from now on is closed to everybody else."""
    os.umask(0o077)


def folder(path: Path) -> None:
    """Make it with 0700, and those above it; one that was there may not be open to writers.

    Raises OpenToOthers where somebody else could put another file in the place of ours. Of folders
    that were there only our own are narrowed: another one, such as `/srv`, may serve others too.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=FOLDER, exist_ok=True)
        one.chmod(FOLDER)
    if missing or not path.name or os.name == "nt":
        return
    found = path.stat()
    if path.name == HOME and found.st_uid == os.geteuid() and found.st_mode & OTHERS:
        path.chmod(FOLDER)
    elif found.st_mode & OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
        raise OpenToOthers(path=path, mode="700")


def file(path: Path) -> None:
    """Make it with 0600 where it is missing, and narrow it where it is wider.

    Raises OpenToOthers for one that others may write to and we may not narrow; one that they may
    only read is told in the log, since orchestrators hand secrets over like that.
    """
    if os.name == "nt":
        return
    os.close(os.open(path, os.O_CREAT | os.O_RDONLY, FILE))
    narrow(path)


def narrow(path: Path) -> None:
    """Narrow a file that is there to 0600; OpenToOthers where others may write and we may not."""
    if os.name == "nt":
        return
    found = path.stat()
    if not found.st_mode & OTHERS:
        return
    try:
        path.chmod(FILE)
    except OSError:
        if found.st_mode & OTHERS_WRITE:
            raise OpenToOthers(path=path, mode="600") from None
        log.warning("file.readable_by_others", path=str(path))


def write_new(path: Path, content: bytes) -> bool:
    """Write a file with 0600 in one step; False where there is one already, which then stays.

    Two processes that start at once make one file, and nobody reads half of it.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # makes it 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return False
    finally:
        beside.unlink()
    return True
