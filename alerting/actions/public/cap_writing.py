"""The CAP message of one alert for whoever asks, whatever its class and state.

What is written here says what it is: Draft before anything was sent, Exercise or Test of these. It
is never put into the public folder.
"""

from collections.abc import Mapping
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.public.cap_messages import signed_message
from alerting.actions.public.signing import open_signer
from alerting.actions.public.site import Site
from alerting.actions.templates.scenarios import list_scenarios
from alerting.cap.message import CapStatus
from alerting.compose.scenarios import Library
from alerting.domain.alert import Alert
from alerting.domain.belgian_time import local
from alerting.domain.channel_profiles import MessageForm, profile_of
from alerting.domain.errors import UnknownScenario
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.public_alert import STATUS_OF, Address, PublicAlert, PublicStatus, PublicText
from alerting.services import Services
from alerting.store.alerts import compositions
from alerting.store.alerts import repository as alert_rows

BY_FORM = (
    MessageForm.PAGE,
    MessageForm.EMAIL,
    MessageForm.RELEASE,
    MessageForm.PLAIN,
    MessageForm.POST,
    MessageForm.TEXT_MESSAGE,
    MessageForm.BROADCAST,
    MessageForm.SPEECH,
)
"""Whose words are taken: those of the first form there is a text in."""


async def write_cap_message(services: Services, number: int, *, by: Officer) -> bytes:
    """The signed message of an alert as it is now; NotFound where this officer may not see it."""
    by.must(Permission.READ)
    now = services.now()
    library = await list_scenarios(services)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        rows = (await alert_rows.chain(reading.connection, alert))[::-1]
        sender = await authorization.speaker(services, reading.connection, alert.authority)
        outlines = await compositions.outlines(reading.connection, alert.area)
    site = Site(
        url=services.pages_url,
        authority=sender.authority,
        gazetteer=services.gazetteer,
        outlines=outlines,
    )
    chain = [_public(one, rows[0], library, sender.authority, now) for one in rows]
    return signed_message(
        chain[-1],
        chain,
        site,
        identity=services.cap,
        signer=await open_signer(services),
        status=CapStatus.DRAFT if alert.sent_at is None else None,
    )


def _public(
    alert: Alert, first: Alert, library: Library, authority: Mapping[Language, str], now: datetime
) -> PublicAlert:
    """An alert as the public is told of it, or would be."""
    try:
        titles = library.scenario(alert.scenario).titles
        personal = library.scenario(first.scenario).personal
    except UnknownScenario:  # gone from the library since
        titles, personal = dict.fromkeys(Language, alert.scenario), True
    sent_at = alert.sent_at or max(now, alert.created_at)
    return PublicAlert(
        address=_address(alert),
        alert_class=alert.alert_class,
        status=STATUS_OF.get(alert.state, PublicStatus.ACTIVE),
        scenario=alert.scenario,
        titles=titles,
        hazard=alert.hazard,
        authority=authority,
        area=alert.area,
        shape=alert.shape,
        languages=alert.languages,
        texts={
            one: text for one in alert.languages if (text := _text(alert, one, sent_at)) is not None
        },
        sent_at=sent_at,
        expires_at=alert.expires_at,
        follow_up=alert.follow_up,
        first=_address(first),
        personal=personal,
    )


def _address(alert: Alert) -> Address:
    return Address(local(alert.created_at).year, alert.id)


def _text(alert: Alert, language: Language, sent_at: datetime) -> PublicText | None:
    """The words of the best channel, with the hour they left at or would leave at now."""
    written = [
        one.filled(alert.filled_at or sent_at)
        for one in alert.messages
        if one.language is language and one.text.strip()
    ]
    if not written:
        return None
    best = min(written, key=lambda one: BY_FORM.index(profile_of(one.channel).form))
    return PublicText(headline=best.subject, text=best.text, html=best.html)
