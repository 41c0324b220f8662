"""The folder: units of files, each switched from one version to the next by one rename.

    <folder>/
      www/                     what is served: `<unit>` → its version; what the root unit has, each
                               a link through `root`, so that all of it changes at once
      root                     → the version of the unit that stands at the root
      versions/<unit>/<hash>/  every file beside its `.gz`
      staging/                 what is being written
      edition, conflict        what was noted of who made it
  serial                   of the last archive
      lock                     held by whoever writes

A version is named by the SHA-256 of its files: the same files are the same version. A reader that
has opened a file of an old version reads on; old versions stay for some minutes.
"""

import gzip
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from alerting.publisher.archive import Archived, is_archived, sweep_archives, write_archive
from alerting.publisher.disk import CLOSED, Disk
from alerting.publisher.paths import COMPRESSED, UnsafePath, require_files, require_safe

Files = Mapping[str, bytes]
"""Paths relative to the root of the unit → their bytes, before compression."""
ROOT_UNIT = "lists"
"""The unit whose files stand at the root of what is served."""
KEPT = 600.0
"""Seconds an old version stays: longer than anybody reads a page and what belongs to it."""
LEVEL = 6
"""Of gzip: 9 takes half as long again, and pages and feeds stay as large (measured)."""
SYNCED_AT_ONCE = 8
"""A file system makes one commit of what several threads wait for."""
MANY = 300
"""Files and folders from which on the whole file system is synced at once."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one unit."""

    unit: str
    version: str
    """SHA-256 (hexadecimal) of its files."""
    changed: bool
    written: int = 0
    """Files that were not in its version before."""


@dataclass(frozen=True, slots=True)
class _New:
    """A version that has no name yet."""

    staged: Path
    named: Path
    made: list[Path]
    """Files and folders to be synced."""
    written: int


def version_of(files: Files) -> str:
    """SHA-256 (hexadecimal) of paths and bytes, whatever their order."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()


class Folder:
    """A folder on this machine. `place` and `sweep` are for whoever holds its lock."""

    def __init__(
        self,
        path: Path,
        *,
        shared: Collection[str] = (),
        disk: Disk | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`shared`: first parts of paths below which several units stand."""
        self.path = path
        self._shared = frozenset(shared)
        self.www = path / "www"
        self._versions = path / "versions"
        self._staging = path / "staging"
        self._disk = disk or Disk()
        self._clock = clock

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Whether nobody else writes to it; nobody does until the block ends. It never waits."""
        self._disk.make_folder(self.path)
        handle = self._disk.try_lock(self.path / "lock")
        try:
            yield handle is not None
        finally:
            if handle is not None:
                self._disk.unlock(handle)

    def note(self, name: str) -> str:
        """What was noted under a name, beside what is served; empty where nothing was."""
        try:
            return (self.path / name).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    def write_note(self, name: str, value: str) -> None:
        """Note it, for whoever holds the lock."""
        beside = self._staging / secrets.token_hex(8)
        self._disk.make_folder(self._staging, CLOSED)
        self._disk.write(beside, value.encode("ascii"), int(self._clock()))
        beside.replace(self.path / name)

    def version(self, unit: str) -> str | None:
        """Which version of a unit is served; None where there is none."""
        try:
            found = self._link_of(unit).readlink()
        except OSError:
            return None
        name = found.name.partition("-")[0]
        return name if (self._link_of(unit).parent / found).is_dir() else None

    def place(self, unit: str, files: Files, *, thorough: bool = False) -> Placed:
        """Put a unit on disk, synced, and switch to it; where it is there already, nothing changes.

        What is there is believed where its files have their sizes; `thorough` compares bytes.
        Raises UnsafePath, and OSError: then the version before is served on.
        """
        (placed,) = self.place_all({unit: files}, thorough=thorough)
        return placed

    def place_all(self, units: Mapping[str, Files], *, thorough: bool = False) -> list[Placed]:
        """The same for several, each switched apart, all of them synced together."""
        for unit, files in units.items():
            require_safe(unit)
            require_files(files)
            if not files or ("/" in unit and unit.partition("/")[0] not in self._shared):
                raise UnsafePath(unit)
        new: list[_New] = []
        placed: list[Placed] = []
        shown: dict[str, Path] = {}
        try:
            for unit, files in units.items():
                version, current = version_of(files), self._current(unit)
                kept = self._kept(unit, version, files, current, thorough=thorough)
                changed, written = kept is None or kept != current, 0
                if kept is None:
                    new.append(self._stage(unit, version, files, current, thorough=thorough))
                    kept, written = new[-1].named, new[-1].written
                shown[unit] = kept
                placed.append(Placed(unit, version, changed=changed, written=written))
            self._name(new)
        except BaseException:
            for one in new:
                self._disk.remove(one.staged)
            raise
        self._show(shown, units)
        return placed

    def alias(self, path: str, target: str) -> None:
        """Have `path` served with the content of `target`, a path of another unit, for good."""
        require_files([path])
        require_safe(target)
        up = "../" * path.count("/")
        self._point_all(
            {self.www / f"{path}{end}": f"{up}{target}{end}" for end in ("", COMPRESSED)}
        )

    def units(self) -> list[str]:
        """Every unit of which a version is served, sorted."""
        found = [ROOT_UNIT] if self.version(ROOT_UNIT) else []
        for link in _links(self.www):
            where = link.parent / link.readlink()
            if where.parent.is_relative_to(self.path) and where.is_dir():
                unit = link.relative_to(self.www).as_posix()
                target = Path(os.path.normpath(where))
                if target.parent == self._versions / unit:
                    found.append(unit)
        return sorted(found)

    def is_whole(self) -> bool:
        """Whether all that the root unit has is served; False where there is none."""
        files = dict.fromkeys(self.files(ROOT_UNIT), b"")
        return bool(files) and all(
            (self.www / one).exists() for one in self._entries_of_root(files)
        )

    def remove(self, unit: str) -> None:
        """Serve a unit no more, nor what leads to a file of it; what was read of it can be read on
        until it is swept."""
        require_safe(unit)
        place, current = self._link_of(unit), self._current(unit)
        for link in list(_links(self.www)):
            target = Path(os.path.normpath(link.parent / link.readlink()))
            if link == place or target.is_relative_to(place):
                self._disk.remove(link)
        if current is not None:
            self._disk.mark(current, self._clock())
        if place.parent.is_dir():
            self._disk.sync(place.parent)

    def files(self, unit: str) -> Mapping[str, Path]:
        """The compressed files of the version that is served, by the path they are served at."""
        current = self._current(unit)
        if current is None:
            return {}
        before = "" if unit == ROOT_UNIT else f"{unit}/"
        return {
            f"{before}{path.relative_to(current).as_posix().removesuffix(COMPRESSED)}": path
            for path in sorted(current.rglob(f"*{COMPRESSED}"))
        }

    def is_archived(self) -> bool:
        """Whether the archive was made of what is served now."""
        return is_archived(self.www)

    def archive(self, lowest: int, sign: Callable[[bytes], bytes]) -> Archived:
        """All that is served as one file, with what `sign` makes of its words beside it.

        Its serial is no less than `lowest`, and above that of every archive before.
        """
        return write_archive(self.www, lowest, sign, self._disk, self._clock())

    def sweep(self) -> int:
        """Remove old versions that nobody reads any more, and what dead writers left; how many."""
        now = self._clock()
        removed = sweep_archives(self.www, self._disk, now)
        half_made = (link for link in _links(self.path) if link.name.startswith("."))
        for left in (*_entries(self._staging), *half_made):
            self._disk.remove(left)
            removed += 1
        served = {
            current for unit in self._known_units() if (current := self._current(unit)) is not None
        }
        for version in self._all_versions():
            if version in served:
                continue
            since = version.stat().st_mtime
            if since > now:  # the clock went back: it counts from now
                self._disk.mark(version, now)
            elif now - since > KEPT:
                self._disk.remove(version)
                removed += 1
        return removed

    # ── below: one unit ──────────────────────────────────────────────────────────────────────────

    def _link_of(self, unit: str) -> Path:
        return self.path / "root" if unit == ROOT_UNIT else self.www / unit

    def _current(self, unit: str) -> Path | None:
        link = self._link_of(unit)
        try:
            found = Path(os.path.normpath(link.parent / link.readlink()))
        except OSError:
            return None
        return found if found.is_dir() else None

    def _kept(
        self, unit: str, version: str, files: Files, current: Path | None, *, thorough: bool
    ) -> Path | None:
        """A version with these files that is on disk already: the current one before others."""
        among = [*([current] if current else []), *_entries(self._versions / unit)]
        for path in among:
            if path.name.partition("-")[0] == version and _is_whole(path, files, thorough=thorough):
                return path
        return None

    def _stage(
        self, unit: str, version: str, files: Files, before: Path | None, *, thorough: bool
    ) -> "_New":
        """A new version, where nobody looks for it yet."""
        staged = self._staging / secrets.token_hex(8)
        older = _entries(self._versions / unit)
        self._disk.make_folder(self._staging, CLOSED)
        self._disk.make_folder(staged)
        try:
            made: list[Path] = []
            folders = {staged}
            for path, content in files.items():
                target = staged / path
                if target.parent not in folders:
                    self._disk.make_folder(target.parent)
                    folders |= {*takewhile(staged.__ne__, target.parents)}
                kept = before is not None and _has(before, path, content, thorough=thorough)
                if kept and before is not None and self._is_linked(before / path, target):
                    continue
                made += self._put(target, content, [one / path for one in older])
        except BaseException:
            self._disk.remove(staged)
            raise
        named = self._versions / unit / version
        if named.exists():  # damaged: somebody was in it
            named = named.with_name(f"{version}-{secrets.token_hex(4)}")
        return _New(staged, named, [*made, *sorted(folders)], len(made) // 2)

    def _name(self, new: Sequence["_New"]) -> None:
        """Give versions their names once all of them is on the disk."""
        self._sync_all([path for one in new for path in one.made])
        above: set[Path] = set()
        for one in new:
            self._disk.make_folder(one.named.parent)
            self._disk.rename(one.staged, one.named)
            above |= {*takewhile(self.path.parent.__ne__, one.named.parents)}
        self._sync_all(sorted(above))

    def _is_linked(self, source: Path, target: Path) -> bool:
        """Take a file that is as it was, and its `.gz`: the same on disk, and synced.

        False where that cannot be, as of a file of another user (`fs.protected_hardlinks`) or where
        a file system has no hard links: then it is written.
        """
        try:
            self._disk.link(source, target)
            self._disk.link(_packed(source), _packed(target))
        except OSError:
            self._disk.remove(target)
            return False
        return True

    def _put(self, target: Path, content: bytes, older: Sequence[Path]) -> list[Path]:
        """Write a file and its `.gz`; what `older` versions had in its place is older by a second.

        An ETag is made of size and second: two contents never have the same.
        """
        seconds = [int(path.stat().st_mtime) for path in older if path.is_file()]
        at = max([int(self._clock()), *(second + 1 for second in seconds)])
        packed = _packed(target)
        self._disk.write(target, content, at)
        self._disk.write(packed, gzip.compress(content, LEVEL, mtime=0), at)
        return [target, packed]

    def _sync_all(self, paths: Sequence[Path]) -> None:
        if len(paths) > MANY:
            self._disk.sync_file_system(self.path)
            return
        with ThreadPoolExecutor(SYNCED_AT_ONCE, "publisher-sync") as threads:
            for _ in threads.map(self._disk.sync, paths):
                pass

    # ── below: what is served ────────────────────────────────────────────────────────────────────

    def _show(self, shown: Mapping[str, Path], units: Mapping[str, Files]) -> None:
        """Switch to these versions; those that were served before are old from now on."""
        before = {unit: self._current(unit) for unit in shown}
        entries = self._entries_of_root(units[ROOT_UNIT]) if ROOT_UNIT in shown else set()
        # What is new among them leads nowhere until the switch.
        self._point_all(
            {self.www / entry: f"{'../' * (entry.count('/') + 1)}root/{entry}" for entry in entries}
        )
        links = {self._link_of(unit): version for unit, version in shown.items()}
        self._point_all(
            {link: os.path.relpath(version, link.parent) for link, version in links.items()}
        )
        for unit, old in before.items():
            if old is not None and old != shown[unit]:
                with suppress(PermissionError):  # of another user: it goes sooner
                    self._disk.mark(old, self._clock())
        if entries:
            for link in self._links_of_root(entries):
                if link.relative_to(self.www).as_posix() not in entries:
                    self._disk.remove(link)

    def _links_of_root(self, entries: Collection[str]) -> Iterator[Path]:
        """Links through `root` where it has some now: others are not looked through each time."""
        below = [
            self.www / one for one in self._shared if any(e.startswith(f"{one}/") for e in entries)
        ]
        for link in (*_entries(self.www), *(one for path in below for one in _links(path))):
            if link.is_symlink() and "/root/" in f"/{link.readlink()}":
                yield link

    def _entries_of_root(self, files: Files) -> set[str]:
        """What of the root unit has a link of its own: the first part of each path.

        Where other units stand below the same first part, each file and its `.gz`.
        """
        entries: set[str] = set()
        for path in files:
            first, slash, _ = path.partition("/")
            if slash and first not in self._shared:
                entries.add(first)
            else:
                entries |= {path, path + COMPRESSED}
        return entries

    def _point_all(self, links: Mapping[Path, str]) -> None:
        """Lead each link to its target, in one step; those that do so already stay."""
        changed: set[Path] = set()
        for link, to in sorted(links.items()):
            if link.is_symlink() and str(link.readlink()) == to:
                continue
            if not link.parent.is_dir():
                self._disk.make_folder(link.parent)
                changed |= {parent for parent in link.parents if parent.is_relative_to(self.path)}
            if link.is_dir() and not link.is_symlink():  # put there by hand
                self._disk.remove(link)
            self._disk.point(link, to)
            changed.add(link.parent)
        self._sync_all(sorted(changed))

    def _known_units(self) -> Iterator[str]:
        yield ROOT_UNIT
        for version in self._all_versions():
            yield version.parent.relative_to(self._versions).as_posix()

    def _all_versions(self) -> list[Path]:
        """The folder of every version of every unit: named by 64 hexadecimal digits."""
        found = []
        for above, folders, _ in os.walk(self._versions):
            named = [folder for folder in folders if _is_version(folder)]
            found += [Path(above, one) for one in named]
            folders[:] = [folder for folder in folders if folder not in named]
        return found


def _is_version(name: str) -> bool:
    digest = name.partition("-")[0]
    return len(digest) == 64 and all(one in "0123456789abcdef" for one in digest)


def _has(version: Path, path: str, content: bytes, *, thorough: bool) -> bool:
    """Whether a file has these bytes; `thorough`: its compressed form too."""
    plain = version / path
    try:
        if plain.stat().st_size != len(content) or plain.read_bytes() != content:
            return False
        return _unpacked(_packed(plain)) == content if thorough else _packed(plain).is_file()
    except OSError:
        return False


def _is_whole(version: Path, files: Files, *, thorough: bool) -> bool:
    """Whether all files are there, beside their compressed forms."""
    for path, content in files.items():
        plain = version / path
        packed = _packed(plain)
        try:
            same = plain.stat().st_size == len(content) and packed.stat().st_size > 0
            if same and thorough:
                same = plain.read_bytes() == content and _unpacked(packed) == content
        except OSError:
            return False
        if not same:
            return False
    return True


def _packed(path: Path) -> Path:
    """Where its compressed form stands."""
    return path.with_name(path.name + COMPRESSED)


def _unpacked(path: Path) -> bytes | None:
    try:
        return gzip.decompress(path.read_bytes())
    except (EOFError, ValueError, gzip.BadGzipFile):
        return None


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except FileNotFoundError:
        return []


def _links(path: Path) -> Iterator[Path]:
    """Every symbolic link below a folder; none is followed."""
    for above, folders, names in os.walk(path):
        for one in (*folders, *names):
            found = Path(above, one)
            if found.is_symlink():
                yield found
