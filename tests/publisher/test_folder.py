"""A unit is in the folder as it was or as it is to be, whatever happens in between."""

import errno
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.publisher import Damaged, Files, Folder, UnsafePath
from alerting.publisher.disk import Disk
from alerting.publisher.folder import KEPT

UNIT = "a/2026/12"
OLD: Files = {
    "index.html": b"<p>active",
    "fr/index.html": b"<p>alerte",
    "nl/index.html": b"<p>alarm",
    "cap.xml": b"<alert/>",
}
NEW: Files = {**OLD, "index.html": b"<p>ended!", "fr/index.html": b"<p>fin", "de/index.html": b"x"}
LISTS_OLD: Files = {"index.html": b"none", "fr/index.html": b"rien", "feed/fr.xml": b"<feed/>"}
LISTS_NEW: Files = {"index.html": b"one", "fr/index.html": b"une", "nl/index.html": b"een"}
SHARED = ("a", "municipality", "alert")


class Unsynced(Disk):
    """This machine does not lose its power during a test."""

    def sync(self, path: Path) -> None:
        assert path.exists()

    def sync_file_system(self, path: Path) -> None:
        assert path.exists()


def folder(path: Path, **options: Any) -> Folder:
    return Folder(path / "public", shared=SHARED, **{"disk": Unsynced(), **options})


def served(path: Path, unit: str = "") -> dict[str, bytes]:
    """Every file a web server would find, and what it reads there; each `.gz` says the same."""
    top = path / "public" / "www" / unit
    found = {}
    for above, _, names in os.walk(top, followlinks=True):
        for name in names:
            file = Path(above, name)
            if name.startswith("."):
                continue
            if name.endswith(".gz"):
                assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes()
            elif file.exists():
                assert file.with_name(name + ".gz").exists()
                found[file.relative_to(top).as_posix()] = file.read_bytes()
    return found


def test_what_is_placed_is_served_with_its_compressed_form(tmp_path: Path) -> None:
    placed = folder(tmp_path).place(UNIT, OLD)
    assert placed.changed
    assert placed.written == len(OLD)
    assert served(tmp_path, UNIT) == OLD


def test_the_same_files_change_nothing_on_disk(tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        top = tmp_path / "public"
        return {str(one): (one.lstat().st_ino, one.lstat().st_mtime_ns) for one in top.rglob("*")}

    first = folder(tmp_path).place(UNIT, OLD)
    before = state()
    again = folder(tmp_path).place(UNIT, dict(sorted(OLD.items(), reverse=True)), thorough=True)
    assert (again.version, again.changed) == (first.version, False)
    assert state() == before


def test_identical_bytes_are_identical_files_anywhere(tmp_path: Path) -> None:
    """The compressed form has no time and no name in it."""
    packed = []
    for at, place in enumerate(("here", "there")):
        made = folder(tmp_path / place, clock=lambda at=at: 1_000_000.0 * (at + 1))
        made.place(UNIT, OLD)
        packed.append({name: path.read_bytes() for name, path in made.files(UNIT).items()})
    assert packed[0] == packed[1]


def test_all_files_of_the_root_unit_change_at_once(tmp_path: Path) -> None:
    """Each has a link that stays; one link, which all of them lead through, is switched."""

    class Watching(Unsynced):
        def point(self, path: Path, to: str) -> None:
            before = served(tmp_path)
            super().point(path, to)
            assert served(tmp_path) in (before, LISTS_NEW)

    folder(tmp_path).place("lists", LISTS_OLD)
    assert served(tmp_path) == LISTS_OLD
    folder(tmp_path, disk=Watching()).place("lists", LISTS_NEW)
    assert served(tmp_path) == LISTS_NEW


def test_units_stand_beside_what_the_root_has_below_the_same_name(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.place("lists", {"a/index.html": b"archive", "a/2026/index.html": b"2026"})
    made.place(UNIT, OLD)
    made.place("lists", {"a/index.html": b"archive!", "a/2026/index.html": b"2026"})
    found = served(tmp_path, "a")
    assert (found["index.html"], found["2026/index.html"]) == (b"archive!", b"2026")
    assert found["2026/12/cap.xml"] == OLD["cap.xml"]
    assert made.units() == [UNIT, "lists"]


def test_a_second_address_leads_to_the_newest_version(tmp_path: Path) -> None:
    made = folder(tmp_path)
    address = "alert/0123456789abcdef01234567"
    aliases = {UNIT: {address: "cap.xml"}}
    made.place_all({UNIT: OLD}, aliases=aliases)
    made.place_all({UNIT: {**OLD, "cap.xml": b"<alert>2</alert>"}}, aliases=aliases)
    assert served(tmp_path)[address] == b"<alert>2</alert>"
    made.place(UNIT, {"index.html": b"no message"})
    assert address not in served(tmp_path)
    assert not (tmp_path / "public" / "www" / address).is_symlink()


def test_files_that_stay_as_they_are_are_not_written_anew(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.place(UNIT, OLD)
    assert made.place(UNIT, NEW).written == 3
    assert served(tmp_path, UNIT) == NEW


@pytest.mark.parametrize("back", [0, 3_600], ids=["same second", "clock set back"])
def test_two_contents_of_a_file_never_have_the_same_second(tmp_path: Path, back: int) -> None:
    """Web servers make an ETag of size and second: a browser would keep the old page."""
    now = [1_000_000.0]
    made = folder(tmp_path, clock=lambda: now[0])
    seen: dict[tuple[int, int], bytes] = {}
    for content in (b"14:00", b"15:00", b"14:00", b"16:00"):
        made.place(UNIT, {"index.html": content})
        found = (tmp_path / "public" / "www" / UNIT / "index.html").stat()
        now[0] -= back
        assert seen.setdefault((found.st_size, int(found.st_mtime)), content) == content


def test_many_units_are_synced_together_and_switched_apart(tmp_path: Path) -> None:
    synced: list[Path] = []

    class Counting(Unsynced):
        def sync_file_system(self, path: Path) -> None:
            synced.append(path)

    units = {f"municipality/{code}": OLD for code in range(11001, 11041)}
    made = folder(tmp_path, disk=Counting())
    assert all(one.changed for one in made.place_all(units))
    assert made.units() == sorted(units)
    assert 0 < len(synced) < 4
    assert not any(one.changed for one in made.place_all(units))


def test_others_read_the_pages_and_nobody_else_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o077)
    try:
        made = folder(tmp_path)
        with made.try_lock():
            made.place(UNIT, OLD)
    finally:
        os.umask(before)
    for path in (tmp_path / "public").rglob("*"):
        if not path.is_symlink():
            closed = {"lock": 0o600, "staging": 0o700}
            wanted = closed.get(path.name, 0o755 if path.is_dir() else 0o644)
            assert path.stat().st_mode & 0o777 == wanted, path


def test_all_of_a_version_is_on_the_disk_before_anybody_is_led_to_it(tmp_path: Path) -> None:
    calls: list[tuple[str, Path]] = []

    class Noting(Unsynced):
        def write(self, path: Path, content: bytes, changed_at: int) -> None:
            calls.append(("write", path))
            super().write(path, content, changed_at)

        def sync(self, path: Path) -> None:
            calls.append(("sync", path))

        def rename(self, source: Path, path: Path) -> None:
            written = {one for call, one in calls if call == "write" and source in one.parents}
            synced = {one for call, one in calls if call == "sync"}
            assert written | {one.parent for one in written} <= synced
            calls.append(("rename", path))
            super().rename(source, path)

        def point(self, path: Path, to: str) -> None:
            assert ("sync", (path.parent / to).resolve().parent) in calls
            super().point(path, to)

    folder(tmp_path, disk=Noting()).place(UNIT, OLD)
    assert len([one for one, _ in calls if one == "write"]) == 2 * len(OLD) + 1, "and a manifest"


# ── old versions ─────────────────────────────────────────────────────────────────────────────────


def versions(path: Path) -> int:
    return len(list((path / "public" / "versions" / UNIT).iterdir()))


def test_an_old_version_stays_until_its_readers_are_through(tmp_path: Path) -> None:
    now = [1_000_000.0]
    made = folder(tmp_path, clock=lambda: now[0])
    made.place(UNIT, OLD)
    now[0] += 86_400
    made.place(UNIT, NEW)
    made.sweep()
    assert versions(tmp_path) == 2
    now[0] += KEPT + 1
    made.sweep()
    assert versions(tmp_path) == 1
    assert served(tmp_path, UNIT) == NEW


def test_a_clock_that_goes_back_keeps_no_old_version_for_ever(tmp_path: Path) -> None:
    now = [2_000_000.0]
    made = folder(tmp_path, clock=lambda: now[0])
    made.place(UNIT, OLD)
    made.place(UNIT, NEW)
    now[0] = 1_000_000.0
    made.sweep()
    now[0] += KEPT + 1
    made.sweep()
    assert versions(tmp_path) == 1


def test_what_comes_back_is_taken_from_what_is_still_there(tmp_path: Path) -> None:
    made = folder(tmp_path)
    for files in (OLD, NEW, OLD):
        made.place(UNIT, files)
    assert versions(tmp_path) == 2
    assert served(tmp_path, UNIT) == OLD


# ── one at a time ────────────────────────────────────────────────────────────────────────────────


def test_only_one_writes_to_a_folder_and_nobody_waits_in_a_thread(tmp_path: Path) -> None:
    with folder(tmp_path).try_lock() as first:
        assert first
        with folder(tmp_path).try_lock() as second:
            assert not second
    with folder(tmp_path).try_lock() as third:
        assert third


# ── faults ───────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is gone: nothing after it is done, not even tidying up."""


class Dying(Unsynced):
    """Fails at one call: `dead` for good, else once, with an error of the system."""

    def __init__(self, at: int, failure: BaseException, *, dead: bool, after: bool) -> None:
        self.calls, self._at, self._failure = 0, at, failure
        self._dead, self._after = dead, after

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or name == "calls":
            return found

        def call(*args: Any) -> Any:
            self.calls += 1
            if self.calls == self._at and self._after:
                found(*args)
            if self.calls == self._at or (self._dead and self.calls > self._at):
                raise self._failure
            return found(*args)

        return call


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
FAILURES: dict[str, Callable[[int], Dying]] = {
    "killed before": lambda at: Dying(at, Killed(), dead=True, after=False),
    "killed after": lambda at: Dying(at, Killed(), dead=True, after=True),
    "disk full": lambda at: Dying(at, FULL, dead=False, after=False),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("unit", "old", "new"),
    [
        (UNIT, OLD, NEW),
        ("lists", LISTS_OLD, LISTS_NEW),
        (UNIT, None, {"index.html": b"new", "fr/index.html": b"neuf"}),
    ],
    ids=["a page", "all lists", "the first of all"],
)
def test_whatever_ends_it_the_folder_serves_one_or_the_other(
    tmp_path: Path, failure: str, unit: str, old: Files | None, new: Files
) -> None:
    """Every call to the file system in turn; whoever comes next ends it right."""
    at = 0
    while True:
        at += 1
        here = tmp_path / str(at)
        if old is not None:
            folder(here).place(unit, old)
        dying = FAILURES[failure](at)
        shown = "" if unit == "lists" else unit
        try:
            folder(here, disk=dying).place(unit, new)
        except (Killed, OSError):
            assert served(here, shown) in ((old or {}), new)
        else:
            assert dying.calls < at or failure == "disk full"
        folder(here).sweep()
        assert served(here, shown) in ((old or {}), new)
        folder(here).place(unit, new)
        assert served(here, shown) == new
        folder(here).sweep()
        assert not list((here / "public" / "staging").iterdir())
        if dying.calls < at:
            return


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a file": lambda version: (version / "fr" / "index.html").unlink(),
    "its compressed form": lambda version: (version / "cap.xml.gz").unlink(),
    "half of a file": lambda version: (version / "index.html").write_bytes(b"<p"),
    "a version": lambda version: Disk().remove(version),
    "the link to it": lambda version: Disk().remove(version.parents[4] / "www" / UNIT),
    "everything": lambda version: Disk().remove(version.parents[4]),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_deleted_by_hand_is_there_again(tmp_path: Path, what: str) -> None:
    made = folder(tmp_path)
    placed = made.place(UNIT, OLD)
    DAMAGE[what](tmp_path / "public" / "versions" / UNIT / placed.version)
    assert made.damaged() == ({UNIT} if what != "everything" else set())
    assert made.place(UNIT, OLD).changed
    assert served(tmp_path, UNIT) == OLD
    assert made.damaged() == set()


def test_other_bytes_of_the_same_length_are_found_when_everything_is_made_anew(
    tmp_path: Path,
) -> None:
    made = folder(tmp_path)
    placed = made.place(UNIT, OLD)
    version = tmp_path / "public" / "versions" / UNIT / placed.version
    (version / "index.html").write_bytes(b"<p>edited")
    made.place(UNIT, OLD, thorough=True)
    assert served(tmp_path, UNIT) == OLD


@pytest.mark.parametrize(
    "link", ["index.html", "index.html.gz", "fr", "alert/0123456789abcdef01234567.gz"]
)
def test_a_link_that_was_deleted_or_leads_elsewhere_is_found(tmp_path: Path, link: str) -> None:
    made = folder(tmp_path)
    units, aliases = {"lists": LISTS_OLD, UNIT: OLD}, {UNIT: {link.removesuffix(".gz"): "cap.xml"}}
    made.place_all(units, aliases=aliases if "/" in link else {})
    assert made.damaged() == set()
    of = UNIT if "/" in link else "lists"
    path = tmp_path / "public" / "www" / link
    path.unlink()
    assert made.damaged() == {of}
    path.write_bytes(b"by hand")
    assert made.damaged() == {of}
    made.place_all(units, aliases=aliases if "/" in link else {})
    assert made.damaged() == set()


def test_of_a_changed_file_no_archive_is_made(tmp_path: Path) -> None:
    """Its size is the same: the archive reads what it is made of."""
    made = folder(tmp_path)
    placed = made.place(UNIT, OLD)
    version = tmp_path / "public" / "versions" / UNIT / placed.version
    packed = version / "index.html.gz"
    packed.write_bytes(packed.read_bytes()[:-1] + b"x")
    assert made.damaged() == set()
    with pytest.raises(Damaged, match=UNIT):
        made.pack(made.contents())
    assert made.place(UNIT, OLD, thorough=True).changed
    assert made.pack(made.contents())


def test_of_two_archives_of_the_same_moment_one_is_signed(tmp_path: Path) -> None:
    made = folder(tmp_path)
    made.place(UNIT, OLD)
    contents = made.contents()
    packed = made.pack(contents)
    made.place(UNIT, NEW)
    assert made.archive(contents, packed, 5, lambda words: words[:8]) is not None
    assert not made.is_archived(), "it lacks the change"
    assert made.archive(contents, packed, 6, lambda words: words[:8]) is None


WRONG_KINDS = ("www", "www/a", "versions/lists", "staging", "manifests", "root", "lock", "note")


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("what", [*WRONG_KINDS, "www/mirror", "serial", "www/fr"])
def test_what_somebody_put_in_the_place_of_something_else_is_removed(
    tmp_path: Path, what: str, kind: str
) -> None:
    made = folder(tmp_path)

    def publishes() -> None:
        with made.try_lock():
            made.place_all({"lists": LISTS_NEW, UNIT: NEW}, aliases={UNIT: {"alert/x": "cap.xml"}})
            made.write_note("note", "noted")
            contents = made.contents()
            made.archive(contents, made.pack(contents), 1, lambda words: words[:8])
            made.sweep()

    with made.try_lock():
        made.place_all({"lists": LISTS_OLD, UNIT: OLD})
    path = tmp_path / "public" / what
    Disk().remove(path)
    if kind == "file":
        path.write_bytes(b"x")
    else:
        (path / "x").mkdir(parents=True)
    publishes()
    assert made.damaged() == set()
    assert made.note("note") == "noted"
    assert served(tmp_path, UNIT) == NEW


# ── paths ────────────────────────────────────────────────────────────────────────────────────────

UNSAFE = (
    "", "/", "/index.html", "../x", "a/../../x", "a//b", "a/", "./a", ".htaccess", "a/.git/x",
    "a\\b", "a\0b", "a\nb", "é.html", "a b", "x" * 200, "a?b", "a%2e", "page.html.gz", "-rf",
)  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafePath):
        folder(tmp_path).place(UNIT, {"index.html": b"", path: b""})
    with pytest.raises(UnsafePath):
        folder(tmp_path).place(f"a/{path}" if not path.endswith(".gz") else "a/../b", OLD)
    assert not (tmp_path / "public").exists()


def test_nothing_is_a_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnsafePath):
        folder(tmp_path).place(UNIT, {"fr": b"", "fr/index.html": b""})


@given(st.text(max_size=30))
def test_whatever_is_given_nothing_is_written_outside(path: str) -> None:
    try:
        folder(Path("/nonexistent")).place(UNIT, {path: b"", f"{path}/x": b""})
    except UnsafePath:
        return
    pytest.fail("one of the two was never a path")


class WithoutHardLinks(Disk):
    """As where files are of another user, or on a file system that has none."""

    def link(self, source: Path, path: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    def mark(self, path: Path, at: float) -> None:
        raise PermissionError(1, "Operation not permitted")


def test_what_cannot_be_linked_is_written_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path, shared=SHARED, disk=WithoutHardLinks())
    folder.place(UNIT, OLD)
    folder.place(UNIT, NEW)
    found = {path: (tmp_path / "www" / UNIT / path).read_bytes() for path in NEW}
    assert found == NEW
