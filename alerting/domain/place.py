"""What a text means as a place, and what its writer should know about how it was read."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlaceRemark:
    """What whoever wrote a place should know about how it was read; `facts` fill `says`."""

    says: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """What a text means."""

    places: tuple[str, ...]
    """Codes, sorted; a province, region or the country is one code."""
    municipalities: tuple[str, ...]
    """NIS codes of all municipalities in those, sorted."""
    remarks: tuple[PlaceRemark, ...] = ()
