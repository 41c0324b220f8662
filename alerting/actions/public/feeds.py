"""Feeds as files: Atom and JSON Feed, what is in force as JSON, and the old gateway's addresses."""

from alerting.actions.public.site import Files, Site, World
from alerting.domain.public_alert import PublicAlert


def town_unit(nis: str, world: World, site: Site) -> Files:
    """The feeds of one municipality, in every language."""
    raise NotImplementedError


def towns_touched(alert: PublicAlert) -> tuple[str, ...]:
    """NIS codes of the municipalities whose feeds name it, sorted; none for an exercise."""
    return alert.area if alert.is_listed else ()
