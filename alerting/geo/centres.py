"""The point a circle is drawn around: by a name that has one of its own, and what it is called.

A name stands for the point of a prepared area, else for the centre of the municipality that is
called so. A part of a municipality (a section, a merged one, a postal code of a part) has none:
its municipality's may lie far from it.
"""

from collections.abc import Iterable

from alerting.domain.errors import BadRequest
from alerting.domain.shape import DIGITS, Point, Shape
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, Figure, Phrase, msgid
from alerting.geo.gazetteer import CODE_COUNTS, Gazetteer
from alerting.geo.municipality_facts import municipality_facts
from alerting.geo.place_text import split_code
from alerting.geo.presets import Preset

NOT_ONE_TOWN = msgid("“{value}” is not one municipality: a circle needs a single centre")
NO_POINT = msgid(
    "“{value}” has no coordinates of its own (part of {municipality}). Choose the centre on the "
    "map, or give coordinates."
)
AROUND_TOWN = msgid("Circle of {km} km around the centre of the municipality of {place} ({point})")
AROUND_PRESET = msgid("Circle of {km} km around: {place} ({point})")


def centre_called(text: str, gazetteer: Gazetteer, presets: Iterable[Preset]) -> Point:
    """The point a name stands for.

    BadRequest for a part of a municipality, for several, and for a code beside the name of
    another; what `Gazetteer.read` raises.
    """
    for preset in presets:
        if preset.centre and folded(text) in preset.centre_called:
            return preset.centre
    read = gazetteer.read(text)
    codes, name = split_code(text)
    at_odds = any(remark.says == CODE_COUNTS for remark in read.remarks) and gazetteer.meanings(
        name
    )
    if at_odds or len(read.municipalities) != 1:
        raise BadRequest(NOT_ONE_TOWN, value=text)
    town = gazetteer.place(read.municipalities[0])
    if read.remarks or any(code in town.postal_codes[1:] for code in codes):
        raise BadRequest(NO_POINT, value=text, municipality=ByLanguage(town.names))
    return _centre(town.nis_code)


def described_around(
    shape: Shape, gazetteer: Gazetteer, presets: Iterable[Preset]
) -> Phrase | None:
    """A circle around a point that has a name, with the name; None for any other shape.

    Found by the point, which is what is approved: no words can say another place than it is.
    """
    if shape["type"] != "Circle":
        return None
    longitude, latitude = shape["coordinates"]
    facts = {"km": Figure(shape["radius_km"]), "point": f"{latitude:.4f}, {longitude:.4f}"}
    for preset in presets:
        if preset.centre and _rounded(preset.centre) == (longitude, latitude):
            return Phrase(AROUND_PRESET, {**facts, "place": ByLanguage(preset.centre_names)})
    for town in gazetteer.municipalities():
        if _rounded(_centre(town.nis_code)) == (longitude, latitude):
            return Phrase(AROUND_TOWN, {**facts, "place": ByLanguage(town.names)})
    return None


def _centre(nis_code: str) -> Point:
    facts = municipality_facts()[nis_code]
    return facts.longitude, facts.latitude


def _rounded(point: Point) -> Point:
    return round(point[0], DIGITS), round(point[1], DIGITS)
