"""Areas prepared beforehand, such as the zone around a plant: nobody looks them up at night."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.shape import EAST, NORTH, SOUTH, WEST
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer

SHIPPED = Path(__file__).resolve().parent.parent.parent / "templates" / "areas.toml"
RADIUS_IN_NAME = re.compile(r",? \d+ km$")


@dataclass(frozen=True)
class Preset:
    """A prepared area: its name in every language, and its municipalities' NIS codes."""

    key: str
    names: Mapping[Language, str]
    members: frozenset[str]
    centre: tuple[float, float] | None = None
    """Longitude and latitude, where it is around a point."""
    also: tuple[str, ...] = ()
    """Other names that people give to that point."""

    @cached_property
    def centre_names(self) -> Mapping[Language, str]:
        """What the point is called: the area's name without how far it reaches."""
        return {language: RADIUS_IN_NAME.sub("", name) for language, name in self.names.items()}

    @cached_property
    def centre_called(self) -> frozenset[str]:
        """All names that stand for the point, folded."""
        names = (*self.names.values(), *self.centre_names.values(), *self.also)
        return frozenset(map(folded, names))


class AreasWrong(AlertingError):
    """`file` is no list of prepared areas; `key` is the area that is wrong, if one is."""

    says = msgid("The file with prepared areas, {file}, is invalid at “{key}”.")
    remedy = msgid("Give each area names.fr, names.nl, names.de, names.en and a list named places.")


def presets(files: Iterable[Path], gazetteer: Gazetteer) -> tuple[Preset, ...]:
    """The areas of some files, later ones first to be believed; AreasWrong, or UnknownPlace."""
    found: dict[str, Preset] = {}
    for file in files:
        try:
            areas = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise AreasWrong(file=file.name, key=type(error).__name__) from None
        for key, area in areas.items():
            found[key] = _read(file, key, area, gazetteer)
    return tuple(found.values())


def _read(file: Path, key: str, area: Any, gazetteer: Gazetteer) -> Preset:
    try:
        names = {language: str(area["names"][language.value]) for language in Language}
        places = [str(one) for one in area["places"]]
        centre = _centre(area["centre"]) if "centre" in area else None
        also = tuple(str(one) for one in area.get("also", ()))
    except (KeyError, TypeError, ValueError):
        raise AreasWrong(file=file.name, key=key) from None
    if not places:
        raise AreasWrong(file=file.name, key=key)
    members = frozenset(code for place in places for code in gazetteer.resolve(place))
    return Preset(key, names, members, centre, also)


def _centre(pair: Any) -> tuple[float, float]:
    """From latitude and longitude, as people write them."""
    latitude, longitude = map(float, pair)
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        raise ValueError(pair)
    return longitude, latitude
