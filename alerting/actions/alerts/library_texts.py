"""What the library says with the choices of an alert, whatever was edited since."""

from alerting.actions import authorization
from alerting.actions.alerts.page_texts import page_of
from alerting.actions.authorities import lists
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.composer import Draft
from alerting.domain.alert import Alert
from alerting.domain.channel_profiles import PricedBy, profile_of
from alerting.domain.errors import Invalid
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import rewrite
from alerting.services import Services


async def composed_again(
    services: Services, alert: Alert
) -> dict[tuple[str, Language], Message] | None:
    """What the library says today with the alert's details, by channel and language.

    Text messages have their accents where one of the alert has: what they have room for, as names
    of places, hangs on that. None where the library changed since, and no longer takes the details.
    """
    await list_scenarios(services)
    async with services.reading() as reading:
        sender = await authorization.speaker(services, reading.connection, alert.authority)
        entries = await lists.entries_in_force(services, reading.connection, alert.authority)
    try:
        second_messages = await services.composer.compose(
            Draft(
                scenario=alert.scenario,
                values=alert.values,
                area=alert.area,
                languages=alert.languages,
                channels=alert.text_channels,
                alert_class=alert.alert_class,
                now=alert.composed,
                expires_at=alert.expires_at,
                sender=sender,
                entries=entries,
                accents=any(map(_has_accents, alert.messages)),
                page=page_of(services, alert),
            )
        )
    except Invalid:
        return None
    return {(message.channel, message.language): message for message in second_messages}


def _has_accents(message: Message) -> bool:
    """Whether it is a text message with characters that GSM-7 lacks."""
    billed = profile_of(message.channel).priced_by is PricedBy.SEGMENT
    return billed and rewrite(message.text).text != message.text
