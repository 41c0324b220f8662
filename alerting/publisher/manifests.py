"""What of each unit is to be served, kept beside what is served: so that a loss is found.

    manifests/a~2026~12    one for each unit: its version, sizes, SHA-256, and what leads to it

A link or a file that somebody deleted or changed is found by what stands here. Only whoever holds
the lock of the folder writes here; each is replaced at once, so that anybody may read.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

ROOT_UNIT = "lists"
"""The unit whose files stand at the root of what is served."""
SLASH = "~"
"""In its place in the name of a manifest: no path that is served has one."""


class PlacedFile(NamedTuple):
    """One file of a version."""

    size: int
    """In bytes."""
    packed_size: int
    sha256: str
    """Hexadecimal, of its compressed form."""

    @classmethod
    def of(cls, content: bytes, packed: bytes) -> "PlacedFile":
        """That of these bytes."""
        return cls(len(content), len(packed), hashlib.sha256(packed).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What of a unit is to be served."""

    unit: str
    version: str = ""
    """The name of its folder; empty: it cannot be read."""
    files: Mapping[str, PlacedFile] = field(default_factory=dict)
    """By the path within the unit."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Second addresses, from the root → paths within the unit."""

    @property
    def served(self) -> Mapping[str, str]:
        """Every address from the root → the path within the unit that is served there."""
        before = "" if self.unit == ROOT_UNIT else f"{self.unit}/"
        return {**{f"{before}{path}": path for path in self.files}, **self.aliases}

    def to_json(self) -> bytes:
        """As it is stored."""
        return json.dumps([self.version, self.files, self.aliases]).encode()


class Manifests:
    """Those of a folder. What did not change since it was read last is not read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, tuple[tuple[int, int], Manifest]] = {}

    def all(self) -> Mapping[str, Manifest]:
        """The manifest of every unit that was placed and not removed."""
        try:
            with os.scandir(self.path) as entries:
                found = {one.name: one.stat() for one in entries if one.is_file()}
        except OSError:
            found = {}
        for gone in self._known.keys() - found.keys():
            del self._known[gone]
        for name, stat in found.items():
            state = stat.st_ino, stat.st_ctime_ns
            if name not in self._known or self._known[name][0] != state:
                self._known[name] = state, _read(self.path / name)
        return {one.unit: one for _, one in self._known.values()}

    def of(self, unit: str) -> Manifest | None:
        """That of one unit; None where it was never placed, or removed."""
        path = self.path_of(unit)
        return _read(path) if path.exists() else None

    def path_of(self, unit: str) -> Path:
        """Where it is stored."""
        return self.path / unit.replace("/", SLASH)


def _read(path: Path) -> Manifest:
    unit = path.name.replace(SLASH, "/")
    try:
        version, files, aliases = json.loads(path.read_bytes())
        entries = {name: PlacedFile(*entry) for name, entry in files.items()}
        return Manifest(unit, str(version), entries, dict(aliases))
    except (OSError, TypeError, ValueError, AttributeError):
        return Manifest(unit)
