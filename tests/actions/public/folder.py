"""The whole public folder of some alerts, as it is served."""

from collections.abc import Mapping

from alerting.actions.public import feeds, pages
from alerting.actions.public.site import Month
from alerting.domain.public_alert import PublicAlert
from tests.actions.public.made import SITE, world

Folder = Mapping[str, bytes]


def folder(*alerts: PublicAlert) -> Folder:
    """Path from the root -> bytes."""
    everything = world(*alerts)
    files = dict(pages.lists_unit(everything, SITE))
    for one in alerts:
        cap = b"<alert/>" if one.is_listed else None
        unit = pages.alert_unit(one, everything.chains[one.first], SITE, cap=cap)
        files |= {f"{one.address.folder}/{path}": data for path, data in unit.items()}
    for month in {Month.of(one) for one in alerts if not one.is_exercise}:
        unit = pages.month_unit(month, everything, SITE)
        files |= {f"{month.folder}/{path}": data for path, data in unit.items()}
    files |= {f"assets/{path}": data for path, data in pages.assets_unit(SITE).items()}
    for code in {town for one in alerts for town in feeds.towns_touched(one)}:
        town = feeds.town_unit(code, everything, SITE)
        files |= {f"municipality/{code}/{path}": data for path, data in town.items()}
    return files
