"""What is asked of the file system, a call each: so that a test can end any of them.

Files are 0644 and folders 0755 whatever the umask says: a web server of another user reads them.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
from itertools import takewhile
from pathlib import Path

FILE, FOLDER, LOCK, CLOSED = 0o644, 0o755, 0o600, 0o700


class Disk:
    """The file system."""

    def make_folder(self, path: Path, mode: int = FOLDER) -> None:
        """Make a folder, and those above it that are missing; one that is there stays as it is."""
        missing = [*takewhile(lambda path: not path.exists(), (path, *path.parents))]
        for one in reversed(missing):
            with contextlib.suppress(FileExistsError):  # somebody else was first
                one.mkdir()
            one.chmod(mode if one == path else FOLDER)

    def write(self, path: Path, content: bytes, changed_at: int) -> None:
        """Write a new file; `changed_at`, in whole seconds, is what an ETag is made of."""
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE)
        with os.fdopen(handle, "wb") as target:
            os.fchmod(target.fileno(), FILE)
            target.write(content)
            target.flush()
            os.utime(target.fileno(), (changed_at, changed_at))

    def link(self, source: Path, path: Path) -> None:
        """The same file under a second path."""
        os.link(source, path)

    def sync(self, path: Path) -> None:
        """Wait until a file or a folder is on the disk."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sync_file_system(self, path: Path) -> None:
        """Wait until all of the file system that a folder is in is on the disk."""
        handle = os.open(path, os.O_RDONLY)
        try:
            # Linux alone has it (syncfs(2)); os.sync() would wait for other disks, too.
            if (syncfs := getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)) is None:
                os.sync()
            elif syncfs(handle):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(handle)

    def rename(self, source: Path, path: Path) -> None:
        """Give a folder its name; OSError where there is one already that is not empty."""
        source.rename(path)

    def point(self, path: Path, to: str) -> None:
        """Make a symbolic link, or lead one elsewhere, in one step."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        beside.symlink_to(to)
        try:
            beside.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise

    def mark(self, path: Path, at: float) -> None:
        """Note a moment on a folder."""
        os.utime(path, (at, at))

    def remove(self, path: Path) -> None:
        """Remove a folder and all in it, or a link."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def try_lock(self, path: Path) -> int | None:
        """A lock that ends with this process, if nobody has it: its handle, for `unlock`."""
        handle = os.open(path, os.O_CREAT | os.O_RDWR, LOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
        return handle

    def unlock(self, handle: int) -> None:
        """Let go of it."""
        os.close(handle)
