"""The folder: units of files, each switched from one version to the next by one rename.

    <folder>/
      www/                     what is served: `<unit>` → its version; what the root unit has, each
                               a link through `root`, so that all of it changes at once
      root                     → the version of the unit that stands at the root
      versions/<unit>/<hash>/  every file beside its `.gz`
      manifests/               what of each unit is to be served (manifests.py)
      staging/                 what is being written
      edition, conflict, over  what was noted of who made it, and of what
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
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from alerting.publisher.archive import (
    Archived,
    Contents,
    is_archived,
    last_serial,
    pack,
    sweep_archives,
    write_archive,
)
from alerting.publisher.disk import CLOSED, FOLDER, Disk
from alerting.publisher.manifests import ROOT_UNIT, Manifest, Manifests, PlacedFile
from alerting.publisher.paths import COMPRESSED, UnsafePath, require_files, require_safe

Files = Mapping[str, bytes]
"""Paths relative to the root of the unit → their bytes, before compression."""
Aliases = Mapping[str, Mapping[str, str]]
"""Unit → second addresses, from the root of what is served → paths of the unit."""
NO_ALIASES: Aliases = MappingProxyType({})
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
    entries: Mapping[str, PlacedFile]
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
        self._manifests = Manifests(path / "manifests")
        self._disk = disk or Disk()
        self._clock = clock

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Whether nobody else writes to it; nobody does until the block ends. It never waits."""
        self._disk.make_folder(self.path)
        self._clear(self.path / "lock")
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
        self._clear(self.path / name)
        self._write_beside(value.encode("ascii")).replace(self.path / name)

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

    def place_all(
        self, units: Mapping[str, Files], *, aliases: Aliases = NO_ALIASES, thorough: bool = False
    ) -> list[Placed]:
        """The same for several, each switched apart, all of them synced together.

        `aliases`: where else files of them are served; one that is not given any more is not.
        """
        for unit, files in units.items():
            require_safe(unit)
            require_files(files)
            require_files(aliases.get(unit, {}))
            if not files or ("/" in unit and unit.partition("/")[0] not in self._shared):
                raise UnsafePath(unit)
        new: list[_New] = []
        placed: list[Placed] = []
        shown: list[Manifest] = []
        before = {unit: self._manifests.of(unit) for unit in units}
        try:
            for unit, files in units.items():
                version, known, written = version_of(files), before[unit], 0
                if kept := self._kept(unit, version, files, known, thorough=thorough):
                    name, entries = kept
                else:
                    new.append(self._stage(unit, version, files, known, thorough=thorough))
                    name, entries, written = new[-1].named.name, new[-1].entries, new[-1].written
                shown.append(Manifest(unit, name, entries, aliases.get(unit, {})))
                changed = known != shown[-1] or self._current(unit) != self._version_of(shown[-1])
                placed.append(Placed(unit, version, changed=changed, written=written))
            written_beside = [
                (self._write_beside(one.to_json()), self._manifests.path_of(one.unit))
                for one in shown
                if before[one.unit] != one
            ]
            self._name(new, [path for path, _ in written_beside])
        except BaseException:
            for one in new:
                self._disk.remove(one.staged)
            raise
        if written_beside:
            self._make_folder(self._manifests.path)
        for path, at in written_beside:
            self._clear(at)
            path.replace(at)
        self._show(shown, before)
        return placed

    def units(self) -> list[str]:
        """Every unit that was placed and not removed, served or not, sorted."""
        return sorted(self._manifests.all())

    def has(self, unit: str, path: str) -> bool:
        """Whether a unit was placed with a file."""
        manifest = self._manifests.of(unit)
        return manifest is not None and path in manifest.files

    def damaged(self) -> set[str]:
        """Units that are not served as they were placed: a link, a file, or some of one is missing.

        Links and sizes are looked at, no bytes. What somebody places meanwhile may be among them:
        who holds the lock knows for sure.
        """
        return {unit for unit, one in self._manifests.all().items() if not self._is_served(one)}

    def remove(self, unit: str) -> None:
        """Serve a unit no more, nor what leads to a file of it; what was read of it can be read on
        until it is swept."""
        require_safe(unit)
        current, manifest = self._current(unit), self._manifests.of(unit) or Manifest(unit)
        for link in (self._link_of(unit), *self._links_beside(manifest)):
            self._disk.remove(link)
        self._disk.remove(self._manifests.path_of(unit))
        if current is not None:
            self._disk.mark(current, self._clock())
        if (above := self._link_of(unit).parent).is_dir():
            self._disk.sync(above)

    def files(self, unit: str) -> Mapping[str, Path]:
        """The compressed files of what was placed, by the path they are served at."""
        one = self._manifests.of(unit)
        places = one.served.items() if one else ()
        return {at: _packed(self._version_of(one) / path) for at, path in places if one}

    def is_archived(self) -> bool:
        """Whether the archive was made of what was placed last."""
        return is_archived(self.www, self._manifests.all().values())

    def contents(self) -> Contents:
        """All that was placed, for whoever holds the lock."""
        return Contents(tuple(self._manifests.all().values()), last_serial(self.www))

    def pack(self, contents: Contents) -> bytes:
        """All of it as one file. Versions never change: nobody has to hold the lock.

        Raises Damaged where a file is not as it was placed.
        """
        return pack(contents, self._version_of)

    def archive(
        self, contents: Contents, packed: bytes, lowest: int, sign: Callable[[bytes], bytes]
    ) -> Archived | None:
        """Serve that file, with what `sign` makes of its words beside it, for whoever holds the
        lock; None where another archive was made meanwhile.

        Its serial is no less than `lowest`, and above that of every archive before.
        """
        self._make_folder(self.www / "mirror")
        return write_archive(self.www, contents, packed, lowest, sign, self._disk, self._clock())

    def find_old(self) -> list[Path]:
        """What may be swept: versions that are not served, and links that were half made."""
        kept = self._kept_versions()
        half_made = (
            link for link in (*_entries(self.path), *_links(self.www)) if link.name.startswith(".")
        )
        return [*half_made, *(path for path in self._all_versions() if str(path) not in kept)]

    def sweep(self, old: Sequence[Path] | None = None) -> int:
        """Remove old versions that nobody reads any more, and what dead writers left; how many.

        `old`: what `find_old` found, before the folder was locked.
        """
        now = self._clock()
        removed = sweep_archives(self.www, self._disk, now)
        found = self.find_old() if old is None else old
        kept = self._kept_versions() if any(_is_version(path.name) for path in found) else set()
        for left in (*_entries(self._staging), *found):
            if _is_version(left.name):
                if str(left) in kept or not left.is_dir():
                    continue
                since = left.stat().st_mtime
                if since > now:  # the clock went back: it counts from now
                    self._disk.mark(left, now)
                if not 0 <= now - since > KEPT:
                    continue
            self._disk.remove(left)
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

    def _version_of(self, manifest: Manifest) -> Path:
        return self._versions / manifest.unit / manifest.version

    def _kept(
        self, unit: str, version: str, files: Files, known: Manifest | None, *, thorough: bool
    ) -> tuple[str, Mapping[str, PlacedFile]] | None:
        """A version with these files that is on disk already, the current one before others: its
        name, and what its manifest says."""
        current = self._current(unit)
        for path in [*([current] if current else []), *_entries(self._versions / unit)]:
            if path.name.partition("-")[0] == version:
                placed = known.files if known and known.version == path.name else {}
                measured = _measured(path, files, {} if thorough else placed)
                if measured is not None:
                    return path.name, measured
        return None

    def _stage(
        self, unit: str, version: str, files: Files, known: Manifest | None, *, thorough: bool
    ) -> "_New":
        """A new version, where nobody looks for it yet."""
        staged = self._staging / secrets.token_hex(8)
        older = _entries(self._versions / unit)
        before = self._version_of(known) if known and known.version else None
        self._make_folder(self._staging, CLOSED)
        self._disk.make_folder(staged)
        try:
            made: list[Path] = []
            entries: dict[str, PlacedFile] = {}
            folders = {staged}
            for path, content in files.items():
                target = staged / path
                if target.parent not in folders:
                    self._disk.make_folder(target.parent)
                    folders |= {*takewhile(staged.__ne__, target.parents)}
                entry = known.files.get(path) if known else None
                kept = before and entry and _has(before, path, content, entry, thorough=thorough)
                if kept and before and entry and self._is_linked(before / path, target):
                    entries[path] = entry
                    continue
                entries[path] = self._put(target, content, [one / path for one in older])
                made += [target, _packed(target)]
        except BaseException:
            self._disk.remove(staged)
            raise
        named = self._versions / unit / version
        if named.exists():  # damaged: somebody was in it
            named = named.with_name(f"{version}-{secrets.token_hex(4)}")
        return _New(staged, named, [*made, *sorted(folders)], entries, len(made) // 2)

    def _write_beside(self, content: bytes) -> Path:
        """A file where nobody looks for it, to be given its place."""
        beside = self._staging / secrets.token_hex(8)
        self._make_folder(self._staging, CLOSED)
        self._disk.write(beside, content, int(self._clock()))
        return beside

    def _make_folder(self, path: Path, mode: int = FOLDER) -> None:
        """Make a folder below this one; a file that somebody put in its place is removed."""
        below = [one for one in (path, *path.parents) if one.is_relative_to(self.path)][:-1]
        for one in reversed(below):
            if one.is_dir():
                continue
            self._disk.remove(one)
            break
        self._disk.make_folder(path, mode)

    def _clear(self, path: Path) -> None:
        """Remove a folder that somebody put where a file is to be."""
        if path.is_dir():
            self._disk.remove(path)

    def _name(self, new: Sequence["_New"], beside: Sequence[Path]) -> None:
        """Give versions their names once all of them, and what is `beside` them, is on the disk."""
        self._sync_all([*(path for one in new for path in one.made), *beside])
        above: set[Path] = set()
        for one in new:
            self._make_folder(one.named.parent)
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

    def _put(self, target: Path, content: bytes, older: Sequence[Path]) -> PlacedFile:
        """Write a file and its `.gz`; what `older` versions had in its place is older by a second.

        An ETag is made of size and second: two contents never have the same.
        """
        seconds = [int(path.stat().st_mtime) for path in older if path.is_file()]
        at = max([int(self._clock()), *(second + 1 for second in seconds)])
        packed = gzip.compress(content, LEVEL, mtime=0)
        self._disk.write(target, content, at)
        self._disk.write(_packed(target), packed, at)
        return PlacedFile.of(content, packed)

    def _sync_all(self, paths: Sequence[Path]) -> None:
        if len(paths) > MANY:
            self._disk.sync_file_system(self.path)
            return
        with ThreadPoolExecutor(SYNCED_AT_ONCE, "publisher-sync") as threads:
            for _ in threads.map(self._disk.sync, paths):
                pass

    # ── below: what is served ────────────────────────────────────────────────────────────────────

    def _show(self, shown: Sequence[Manifest], before: Mapping[str, Manifest | None]) -> None:
        """Switch to these versions; those that were served before are old from now on."""
        served = {one.unit: self._current(one.unit) for one in shown}
        # What is new among what leads through a unit leads nowhere until the switch.
        beside = {link: to for one in shown for link, to in self._links_beside(one).items()}
        self._point_all(beside)
        self._point_all({self._link_of(one.unit): self._target_of(one) for one in shown})
        for one in shown:
            old, known = served[one.unit], before[one.unit]
            if old is not None and old != self._version_of(one):
                with suppress(PermissionError):  # of another user: it goes sooner
                    self._disk.mark(old, self._clock())
            for link in (self._links_beside(known) if known else {}).keys() - beside.keys():
                self._disk.remove(link)

    def _target_of(self, manifest: Manifest) -> str:
        return os.path.relpath(self._version_of(manifest), self._link_of(manifest.unit).parent)

    def _links_beside(self, manifest: Manifest) -> Mapping[Path, str]:
        """Every link through a unit, but for its own → where it leads."""
        if manifest.unit == ROOT_UNIT:
            entries = self._entries_of_root(manifest.files)
            return {self.www / one: f"{'../' * (one.count('/') + 1)}root/{one}" for one in entries}
        return {
            self.www / f"{alias}{end}": f"{'../' * alias.count('/')}{manifest.unit}/{path}{end}"
            for alias, path in manifest.aliases.items()
            for end in ("", COMPRESSED)
        }

    def _is_served(self, manifest: Manifest) -> bool:
        """Whether all that is to be served of a unit is."""
        version = f"{self._version_of(manifest)}/"
        links = {self._link_of(manifest.unit): self._target_of(manifest)}
        try:
            return (
                bool(manifest.version)
                and all(
                    os.readlink(link) == to  # noqa: PTH115  five times as fast, of thousands
                    for link, to in {**links, **self._links_beside(manifest)}.items()
                )
                and all(
                    os.stat(version + path).st_size == entry.size  # noqa: PTH116
                    and os.stat(version + path + COMPRESSED).st_size == entry.packed_size  # noqa: PTH116
                    for path, entry in manifest.files.items()
                )
            )
        except OSError:
            return False

    def _entries_of_root(self, files: Iterable[str]) -> set[str]:
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
                self._make_folder(link.parent)
                changed |= {parent for parent in link.parents if parent.is_relative_to(self.path)}
            if link.is_dir() and not link.is_symlink():  # put there by hand
                self._disk.remove(link)
            self._disk.point(link, to)
            changed.add(link.parent)
        self._sync_all(sorted(changed))

    def _kept_versions(self) -> set[str]:
        """The paths of versions that are to be served, or are."""
        kept = {str(self._version_of(one)) for one in self._manifests.all().values()}
        links = (self.path / "root", *(one for one in _links(self.www)))
        return kept | {
            os.path.normpath(one.parent / one.readlink()) for one in links if one.is_symlink()
        }

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


def _has(version: Path, path: str, content: bytes, entry: PlacedFile, *, thorough: bool) -> bool:
    """Whether a file has these bytes; `thorough`: its compressed form too."""
    plain = version / path
    try:
        if plain.stat().st_size != len(content) or plain.read_bytes() != content:
            return False
        packed = _packed(plain)
        if not thorough:
            return packed.stat().st_size == entry.packed_size
        return PlacedFile.of(content, packed.read_bytes()) == entry
    except OSError:
        return False


def _measured(
    version: Path, files: Files, known: Mapping[str, PlacedFile]
) -> Mapping[str, PlacedFile] | None:
    """The entries of a version where all files are there, beside their compressed forms; else None.

    Of those that are `known` sizes alone are looked at.
    """
    found: dict[str, PlacedFile] = {}
    for path, content in files.items():
        plain, entry = version / path, known.get(path)
        try:
            if plain.stat().st_size != len(content):
                return None
            if entry is None:
                packed = _packed(plain).read_bytes()
                if plain.read_bytes() != content or _unpacked(packed) != content:
                    return None
                entry = PlacedFile.of(content, packed)
            elif _packed(plain).stat().st_size != entry.packed_size:
                return None
        except OSError:
            return None
        found[path] = entry
    return found


def _packed(path: Path) -> Path:
    """Where its compressed form stands."""
    return path.with_name(path.name + COMPRESSED)


def _unpacked(packed: bytes) -> bytes | None:
    try:
        return gzip.decompress(packed)
    except (EOFError, ValueError, zlib.error, gzip.BadGzipFile):
        return None


def _entries(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _links(path: Path) -> Iterator[Path]:
    """Every symbolic link below a folder; none is followed."""
    for above, folders, names in os.walk(path):
        for one in (*folders, *names):
            found = Path(above, one)
            if found.is_symlink():
                yield found
