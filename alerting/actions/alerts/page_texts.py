"""The page of an alert: the text that stands on it, and its address in the other texts."""

from collections.abc import Sequence
from datetime import datetime

from alerting.domain.alert import Alert, AlertClass
from alerting.domain.belgian_time import local
from alerting.domain.channel_profiles import WEB
from alerting.domain.page_address import PageAddress
from alerting.services import Services


def with_page(
    services: Services, channels: Sequence[str], alert_class: AlertClass
) -> tuple[str, ...]:
    """Channels to compose for: where there are public pages, the page's text too.

    It is checked, read and approved with the others; no delivery is planned for it. Tests have no
    page.
    """
    wanted = services.public is not None and alert_class is not AlertClass.TEST
    return tuple(dict.fromkeys((*channels, WEB.name))) if wanted else tuple(channels)


def page_address(
    services: Services, alert_class: AlertClass, created_at: datetime, number: int = 0
) -> PageAddress | None:
    """What stands as address in text messages, e-mails and posts; None for the official site.

    `number` is 0 for what has none yet.
    """
    if not services.page_links or alert_class is AlertClass.TEST:
        return None
    return PageAddress(site=services.pages_url, year=local(created_at).year, number=number)


def page_of(services: Services, alert: Alert) -> PageAddress | None:
    """The same of an alert at hand."""
    return page_address(services, alert.alert_class, alert.created_at, alert.id)
