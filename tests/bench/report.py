"""What a run found: a table to look at, a page to read, and a list for programs."""

import json
import os
import platform
import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from tests.bench.figures import Figure
from tests.bench.running import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
DATA = ROOT / "docs" / "benchmarks.json"
HELD_BACK = Path(__file__).with_name("held_back.toml")
INTRODUCTION = Path(__file__).with_name("introduction.md")
_COUNTRY = re.compile(
    r"<!-- country: (?P<people>\d+) people -->.*?<!-- end of the country -->", re.DOTALL
)
NOT_LOOKED_INTO = "Not looked into."
MARKS = {True: "yes", False: "**no**", None: ""}


def machine(load: tuple[float, ...], servers: dict[str, str]) -> dict[str, object]:
    """What it ran on. `load` is that of the minute before, by others."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": _system(),
        "python": platform.python_version(),
        "load_before": [round(one, 1) for one in load],
        **servers,
    }


async def postgres_version(url: str) -> str:
    """As the server says it."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        version = str(await connection.scalar(sa.text("SHOW server_version")))
    await engine.dispose()
    return version


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return platform.system()


def number(value: float | None) -> str:
    """Three digits, and thousands apart."""
    if value is None:
        return "–"
    if value >= 100:
        digits = len(str(int(value)))
        return f"{round(value, 3 - digits):,.0f}"
    return f"{value:.3g}"


def target(figure: Figure) -> str:
    """What the figure is held against."""
    if figure.target is None:
        return ""
    bound = "≤" if figure.less_is_better else "≥"
    return f"{bound} {number(figure.target)}{' ×' if figure.of_ratio else ''}"


def ratio(figure: Figure) -> str:
    """How many times the peer's."""
    return "" if figure.ratio is None else f"{figure.ratio:.2f} ×"


def plain_table(figures: Sequence[Figure]) -> str:
    """For a terminal."""
    heads = ("figure", "ours", "peer", "ratio", "target", "met", "unit")
    rows = [
        (
            one.id,
            number(one.ours),
            number(one.peer),
            ratio(one),
            target(one),
            one.missing or MARKS[one.met].strip("*"),
            one.unit,
        )
        for one in figures
    ]
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    lines = [
        "  ".join(
            cell.ljust(width) if at in {0, 5, 6} else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (heads, *rows)
    ]
    return "\n".join(lines) + "\n"


def page(figures: Sequence[Figure], on: dict[str, object], *, quick: bool, times: int) -> str:
    """The page in docs/."""
    kind = "quick" if quick else "full"
    day = datetime.now(UTC).date().isoformat()
    reasons: dict[str, str] = tomllib.loads(HELD_BACK.read_text("utf-8"))
    lines = [
        INTRODUCTION.read_text("utf-8").rstrip(),
        "",
        "## The machine",
        "",
        f"A {kind} run on {day}, medians of {times} rounds after one that did not count.",
        "",
        *(f"- {name.replace('_', ' ')}: {_said(value)}" for name, value in on.items()),
        "",
        "## The figures",
        "",
        "| figure | ours | peer | ratio | target | met |",
        "|---|---:|---:|---:|---:|---|",
        *(_row(one) for one in figures),
        "",
    ]
    lines += ["## What is missed, and what holds it back", ""]
    missed = [one for one in figures if one.met is False]
    for one in missed:
        words = reasons.get(one.id) or reasons.get(one.id.rpartition(".")[0], NOT_LOOKED_INTO)
        lines.append(f"- `{one.id}`: {words.strip()}")
    if not missed:
        lines.append("Nothing in this run.")
    absent = [one for one in figures if one.missing]
    if absent:
        lines += ["", "## What could not be measured", ""]
        lines += [f"- `{one.id}`: {one.missing}" for one in absent]
    lines += _country()
    return "\n".join(lines) + "\n"


def write_country(figures: Sequence[Figure], on: dict[str, object], people: int) -> None:
    """Its section of the page, unless that tells of more people."""
    text = PAGE.read_text("utf-8")
    known = _COUNTRY.search(text)
    if known and int(known["people"]) > people:
        return
    reasons: dict[str, str] = tomllib.loads(HELD_BACK.read_text("utf-8"))
    missed = [one for one in figures if one.met is False]
    load = _said(on["load_before"])
    lines = [
        f"<!-- country: {people} people -->",
        "## A whole country",
        "",
        f"Written by `python3 run.py bench --country`: {people:,} people, measured on",
        f"{datetime.now(UTC).date().isoformat()}; load before, by others: {load}, on {on['cores']} "
        "cores. Beside each figure stands that of a",
        "tenth of the people: a ratio near 1 says that it does not grow with them.",
        "",
        "| figure | ours | peer | ratio | target | met |",
        "|---|---:|---:|---:|---:|---|",
        *(_row(one) for one in figures),
        "",
        *(f"- `{one.id}`: {reasons.get(one.id, NOT_LOOKED_INTO).strip()}" for one in missed),
        "",
        "<!-- end of the country -->",
    ]
    section = "\n".join(lines)
    kept = _COUNTRY.sub("", text).rstrip() if known else text.rstrip()
    PAGE.write_text(f"{kept}\n\n{section}\n", "utf-8")


def _country() -> list[str]:
    """The section as it stands."""
    known = _COUNTRY.search(PAGE.read_text("utf-8")) if PAGE.exists() else None
    return ["", known.group()] if known else []


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _row(one: Figure) -> str:
    remark = f" ({one.remark})" if one.remark else ""
    beside = f"; beside {one.beside}" if one.beside else ""
    words = f"`{one.id}` {one.what}{remark}{beside}"
    ours = f"{number(one.ours)} {one.unit}"
    cells = (words, ours, number(one.peer), ratio(one), target(one), MARKS[one.met])
    return f"| {' | '.join(cells)} |"


def write(figures: Sequence[Figure], on: dict[str, object], *, quick: bool, times: int) -> None:
    """Both files."""
    PAGE.write_text(page(figures, on, quick=quick, times=times), "utf-8")
    known = {"quick": quick, "rounds": times, "machine": on}
    data = known | {"figures": [one.as_json() for one in figures]}
    DATA.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")
