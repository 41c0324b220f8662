"""A course in time as the points of a drawing. Pure: the page draws it, and sets a table behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 200
ROWS = 8
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Seconds between two marks: what people count in."""
MARKS = 6


@dataclass(frozen=True, slots=True)
class Curve:
    """One line. `points` for an SVG polyline; `at` gives its total at each row of the table."""

    kind: str
    points: str
    at: Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one scale. `marks`: (x, seconds) below; `rows`: seconds, one for each of `at`."""

    curves: Sequence[Curve]
    marks: Sequence[tuple[float, float]]
    rows: Sequence[float]
    top: int


def chart(course: Mapping[str, Sequence[tuple[float, int]]], planned: int) -> Chart | None:
    """Lines as tall as all that was planned; None where nothing moved yet."""
    if not any(course.values()):
        return None
    end = max(line[-1][0] for line in course.values() if line)
    top = max(planned, *(line[-1][1] for line in course.values() if line))
    step = next((one for one in STEPS if end / one <= MARKS), STEPS[-1])
    rows = [end * (at + 1) / ROWS for at in range(ROWS)]
    return Chart(
        curves=[
            Curve(kind, _points(line, end, top), [_at(line, row) for row in rows], line[-1][1])
            for kind, line in course.items()
            if line
        ],
        marks=[
            (round(WIDTH * step * n / end, 1), float(step * n)) for n in range(int(end // step) + 1)
        ],
        rows=rows,
        top=top,
    )


def _points(line: Sequence[tuple[float, int]], end: float, top: int) -> str:
    """The line as `points` of an SVG polyline: interpolated, where steps take twice the points."""
    reached = [(0.0, 0), *line, (end, line[-1][1])]
    return " ".join(
        f"{WIDTH * seconds / end:.1f},{HEIGHT - HEIGHT * n / top:.1f}" for seconds, n in reached
    )


def _at(line: Sequence[tuple[float, int]], seconds: float) -> int:
    return max((n for at, n in line if at <= seconds), default=0)
