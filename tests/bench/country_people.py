"""Invented people over all municipalities, and the room they take."""

import math
import random
import shutil
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from alerting.domain.language import languages_of
from alerting.geo.gazetteer import Gazetteer
from tests.bench.servers import Unavailable

BYTES_A_PERSON = 17_000
"""Lists, two national alerts, receipts and twenty million old rows, at 1.2 million people."""
MEGABYTES = 4_000
HEADINGS = "reference;name;language;municipality;phone;email\n"
FIRST = "63023"
"""Municipality of the first person (Eupen), so that a list of any length has somebody there."""
MEAN, SPREAD = 7.0, 1.1
"""Of the logarithm of a municipality's share: towns are as uneven as they are."""


def ask_for_room(folder: Path, people: int) -> None:
    """Unavailable, with what is missing, where disk or memory would not do."""
    free = shutil.disk_usage(folder).free
    wanted = people * BYTES_A_PERSON
    if free < wanted:
        raise Unavailable(f"{wanted / 1e9:.0f} GB of disk are needed, {free / 1e9:.0f} are free")
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable") and int(line.split()[1]) < MEGABYTES * 1024:
            raise Unavailable(f"{MEGABYTES / 1000:.0f} GB of memory are needed")


def write_people(file: Path, number: int) -> None:
    """A list as an installation exports it; 85 % have a telephone, 86 % an e-mail address."""
    with file.open("w", encoding="utf-8") as written:
        written.write(HEADINGS)
        written.writelines(people(number))


def people(number: int) -> Iterator[str]:
    """Row after row, the same ones each time."""
    chance = random.Random(20)  # noqa: S311  nothing secret
    gazetteer = Gazetteer()
    codes = [one.nis_code for one in gazetteer.municipalities()]
    shares = [*accumulate(math.exp(chance.gauss(MEAN, SPREAD)) for _ in codes)]
    for serial in range(1, number + 1):
        (code,) = chance.choices(codes, cum_weights=shares) if serial > 1 else (FIRST,)
        language = languages_of(gazetteer.inhabited(code))[0]
        phone = f"+324{70_000_000 + serial}" if chance.random() < 0.85 or serial == 1 else ""
        email = f"person-{serial}@example.org" if not phone or chance.random() < 0.82 else ""
        yield f"p-{serial};Person {serial};{language};{code};{phone};{email}\n"
