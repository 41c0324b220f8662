"""Pages as files: made from what is public and from nothing else.

Each function gives one unit of the public folder, in every language.
"""

from collections.abc import Sequence

from alerting.actions.public.site import Files, Site, World
from alerting.domain.public_alert import PublicAlert


def alert_unit(
    alert: PublicAlert, chain: Sequence[PublicAlert], site: Site, *, cap: bytes | None
) -> Files:
    """What stands below an alert's address: its pages, `alert.json`, `cap.xml`.

    `chain`: all alerts with the same first one, oldest first, itself among them.
    """
    raise NotImplementedError


def lists_unit(world: World, site: Site) -> Files:
    """Everything that names several alerts, but for the feeds of municipalities, and the pages
    about the site itself."""
    raise NotImplementedError


def assets_unit(site: Site) -> Files:
    """Style, scripts and pictures, which never change with an alert."""
    raise NotImplementedError
