"""The CAP message of one alert for whoever asks, whatever its class and state.

What is written here says what it is: Draft before anything was sent, Exercise or Test of these. It
is never put into the public folder.
"""

from dataclasses import replace
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.public.alerts import public_texts
from alerting.actions.public.cap_messages import signed_message
from alerting.actions.public.signing import open_signer
from alerting.actions.public.site import Site
from alerting.actions.templates.scenarios import list_scenarios
from alerting.cap.message import CapStatus
from alerting.compose.scenarios import Library
from alerting.domain.alert import Alert
from alerting.domain.errors import UnknownScenario
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.public_alert import STATUS_OF, Address, PublicAlert, PublicStatus
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.operations import map_outlines


async def write_cap_message(services: Services, number: int, *, by: Officer) -> bytes:
    """The signed message of an alert as it is now; NotFound where this officer may not see it."""
    by.must(Permission.READ)
    now = services.now()
    library = await list_scenarios(services)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        rows = (await alert_rows.chain(reading.connection, alert))[::-1]
        sender = await authorization.speaker(services, reading.connection, alert.authority)
        outlines = await map_outlines.load_outlines(reading.connection, alert.area)
    site = Site(
        url=services.pages_url,
        authority=sender.authority,
        gazetteer=services.gazetteer,
        outlines=outlines,
        contact=services.public.contact if services.public else {},
    )
    chain = [_public(one, rows[0], library, site, now) for one in rows]
    return signed_message(
        chain[-1],
        chain,
        site,
        identity=services.cap,
        signer=await open_signer(services),
        status=CapStatus.DRAFT if alert.sent_at is None else None,
    )


def _public(alert: Alert, first: Alert, library: Library, site: Site, now: datetime) -> PublicAlert:
    """An alert as the public is told of it, or would be."""
    try:
        titles = library.scenario(alert.scenario).titles
        personal = library.scenario(first.scenario).personal
    except UnknownScenario:  # gone from the library since
        titles, personal = dict.fromkeys(Language, alert.scenario), True
    sent_at = alert.sent_at or max(now, alert.created_at)
    leaving = replace(alert, filled_at=alert.filled_at or sent_at).as_sent()
    return PublicAlert(
        address=Address.of(alert.id, alert.created_at),
        alert_class=alert.alert_class,
        status=STATUS_OF.get(alert.state, PublicStatus.ACTIVE),
        scenario=alert.scenario,
        titles=titles,
        hazard=alert.hazard,
        authority=site.authority,
        area=site.gazetteer.current_codes(alert.area),
        shape=alert.shape,
        languages=alert.languages,
        texts=public_texts(leaving, titles),
        sent_at=sent_at,
        expires_at=alert.expires_at,
        follow_up=alert.follow_up,
        first=Address.of(first.id, first.created_at),
        personal=personal,
    )
