"""What a board tells beside its counters: the course in time, and where people are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerting.actions import authorization
from alerting.domain.delivery import State
from alerting.domain.delivery_figures import Times
from alerting.domain.officer import Officer, Permission
from alerting.geo.gazetteer import Gazetteer
from alerting.services import Services
from alerting.store.deliveries import statistics
from alerting.store.deliveries.geography import Spread, spread

POINTS = 60


@dataclass(frozen=True, slots=True)
class Province:
    """Deliveries to one province (or the Brussels-Capital Region) by state."""

    nis_code: str
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class AlertReport:
    """`course`: kind (`sent`, `delivered`) -> (seconds since sending began, total until then)."""

    provinces: Sequence[Province]
    looked_at: int
    planned: int
    course: Mapping[str, Sequence[tuple[float, int]]]
    arrivals: Sequence[Times]

    @property
    def sampled(self) -> bool:
        """Whether the provinces' figures are estimates."""
        return self.looked_at < self.planned


async def get_report(services: Services, number: int, *, by: Officer) -> AlertReport:
    """Cheap, however many people an alert reaches."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        spreading = await spread(reading.connection, reading.database, number)
        course = await statistics.timeline(reading.connection, number, points=POINTS)
        arrivals = await statistics.arrivals(reading.connection, number)
    return AlertReport(
        provinces=provinces(services.gazetteer, spreading),
        looked_at=spreading.looked_at,
        planned=spreading.planned,
        course=course,
        arrivals=arrivals,
    )


def provinces(gazetteer: Gazetteer, delivery_spread: Spread) -> list[Province]:
    """Municipalities added up; a sample multiplied to what it stands for. The largest first."""
    scale = delivery_spread.planned / delivery_spread.looked_at if delivery_spread.looked_at else 1
    sums: dict[str, dict[State, int]] = {}
    for (nis_code, state), n in delivery_spread.counts.items():
        # A newsroom may cover a region, which is in no province.
        if nis_code and (province := gazetteer.place(nis_code).province):
            counts = sums.setdefault(province, {})
            counts[state] = counts.get(state, 0) + n
    made = [
        Province(nis_code, {state: round(n * scale) for state, n in counts.items()})
        for nis_code, counts in sums.items()
    ]
    return sorted(made, key=lambda province: -sum(province.counts.values()))
