"""Where each municipality is, how large it is, and about how many people live there.

Facts, not outlines: the centre to two decimals of a degree, the area computed once from Statbel's
boundaries of 2025, and the inhabitants on 1 January 2020 (Statbel) rounded to hundreds, at least a
hundred. Enough to tell places of one name apart and to draw a disc; not for statistics.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalityFacts:
    """One municipality. Degrees are WGS 84."""

    longitude: float
    latitude: float
    km2: float
    inhabitants: int


@cache
def municipality_facts() -> Mapping[str, MunicipalityFacts]:
    """NIS code -> facts, for all 565."""
    source = resources.files("alerting.geo").joinpath("data/municipalities.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        row["nis_code"]: MunicipalityFacts(
            longitude=float(row["longitude"]),
            latitude=float(row["latitude"]),
            km2=float(row["km2"]),
            inhabitants=int(row["inhabitants"]),
        )
        for row in rows
    }
