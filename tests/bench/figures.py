"""A figure: what we measured, beside what it is held against."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. A figure that could not be had says why in `missing`."""

    id: str
    what: str
    unit: str
    ours: float | None = None
    peer: float | None = None
    beside: str = ""
    """Who the peer is."""
    target: float | None = None
    of_ratio: bool = False
    """Whether the target is for the ratio to the peer; otherwise it is for our own figure."""
    less_is_better: bool = False
    remark: str = ""
    missing: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure ours is."""
        return self.ours / self.peer if self.ours is not None and self.peer else None

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None where there is none, or no figure."""
        reached = self.ratio if self.of_ratio else self.ours
        if reached is None or self.target is None:
            return None
        return reached <= self.target if self.less_is_better else reached >= self.target

    def as_json(self) -> dict[str, object]:
        """The figure as JSON values."""
        return {
            "id": self.id,
            "what": self.what,
            "ours": rounded(self.ours),
            "peer": rounded(self.peer),
            "beside": self.beside,
            "ratio": rounded(self.ratio),
            "target": self.target,
            "target_of": "ratio" if self.of_ratio else "ours",
            "less_is_better": self.less_is_better,
            "met": self.met,
            "unit": self.unit,
            "remark": self.remark,
            "missing": self.missing,
        }


def rounded(number: float | None) -> float | None:
    """Three digits are all that a measurement is worth."""
    return None if number is None else float(f"{number:.3g}")


def middle(numbers: Sequence[float]) -> float | None:
    """The median; None of nothing."""
    return median(numbers) if numbers else None


def timed(act: Callable[[int], object], *, times: int, warm_up: int = 1) -> tuple[float, float]:
    """Medians of the seconds an act takes, and of those it has a core for itself.

    Rounds to warm up do not count. The two differ where others use the machine too.
    """
    spent, computed = [], []
    for turn in range(-warm_up, times):
        start, started = perf_counter(), process_time()
        act(turn)
        if turn >= 0:
            spent.append(perf_counter() - start)
            computed.append(process_time() - started)
    return median(spent), median(computed)
