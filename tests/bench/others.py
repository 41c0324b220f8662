"""Projects one might have taken instead, in an environment of their own, thrown away afterwards."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.running import WORK
from tests.bench.scale import Bench, peer_rate
from tests.bench.servers import Unavailable
from tests.bench.sinks import mail_sink

PACKAGES = ("apprise", "django", "celery[redis]", "arq")
WITHIN = 180
SIZES = {"apprise": 400, "django": 500, "celery": 1000, "arq": 2000}
TARGETS = {"apprise": 60.0, "django": 25.0}
WORDS = {
    "apprise": "Apprise, list mode on one connection, nothing recorded",
    "django": "Django's mail backend, kept connection, nothing recorded",
    "celery": "Celery, a job that does nothing for each message",
    "arq": "arq, a job that does nothing for each message",
}


async def measure_others(bench: Bench) -> list[Figure]:
    """Beside our e-mail on PostgreSQL, as it was measured in this same run."""
    if not bench.scale.others:
        return [_figure(bench, way, missing="only in a full run") for way in SIZES]
    try:
        with environment() as interpreter, mail_sink() as sink:
            return [_measured(bench, way, sink.port, interpreter) for way in SIZES]
    except (subprocess.SubprocessError, OSError) as error:
        reason = f"could not be installed: {type(error).__name__}"
        return [_figure(bench, way, missing=reason) for way in SIZES]


def _measured(bench: Bench, way: str, port: int, interpreter: Path) -> Figure:
    """One of them; what goes wrong with it is told, and costs the others nothing."""
    where = port if way in TARGETS else bench.valkey.url
    try:
        rate = peer_rate("tests.bench.others_peer", way, where, SIZES[way], interpreter=interpreter)
    except RuntimeError as error:
        return _figure(bench, way, missing=str(error).splitlines()[0])
    return _figure(bench, way, peer=rate)


def _figure(bench: Bench, way: str, *, peer: float | None = None, missing: str = "") -> Figure:
    mail = bench.found.get("mail.postgres.large") or bench.found.get("mail.postgres")
    return Figure(
        id=f"peer.{way}",
        what="e-mail planned, sent and recorded on PostgreSQL, one worker",
        unit="messages/s",
        ours=mail.ours if mail else None,
        peer=peer,
        beside=WORDS[way],
        target=TARGETS.get(way),
        of_ratio=True,
        remark="as mail.postgres.large: all of these go to the same sink, which offers CHUNKING",
        missing=missing,
    )


@contextmanager
def environment() -> Iterator[Path]:
    """An interpreter with their packages."""
    folder = WORK / "others"
    interpreter = folder / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if found is None:
        raise Unavailable("uv is not installed")
    try:
        for words in (
            ["venv", "-q", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "install", "-q", "--python", str(interpreter), *PACKAGES],
        ):
            subprocess.run([found, *words], check=True, capture_output=True, timeout=WITHIN)
        yield interpreter
    finally:
        shutil.rmtree(folder, ignore_errors=True)
