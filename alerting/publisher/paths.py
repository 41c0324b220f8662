"""Which paths may stand in a folder that everybody reads."""

import re
from collections.abc import Iterable

PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""ASCII, so that a path is the same bytes in a file system, an address and an archive. Nothing
begins with a dot: such files are hidden, and many web servers refuse them."""
MAX_PARTS = 16
COMPRESSED = ".gz"


class UnsafePath(ValueError):
    """A path that leads elsewhere, or that a web server would read otherwise than we do."""


def require_safe(path: str) -> str:
    """The path; UnsafePath where a part of it is empty, hidden, no ASCII, or leads upwards."""
    parts = path.split("/")
    if len(parts) > MAX_PARTS or not all(map(PART.fullmatch, parts)):
        raise UnsafePath(path)
    return path


def require_files(paths: Iterable[str]) -> None:
    """UnsafePath also where one is a file and a folder, or stands in the place of a `.gz`."""
    known = set(paths)
    for path in known:
        require_safe(path)
        if path.endswith(COMPRESSED):
            raise UnsafePath(path)
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            if above in known:
                raise UnsafePath(path)
