"""“Delivered” is said of what was confirmed; of e-mail, that the relay accepted it."""

import pytest

from alerting.actions.alerts import queries
from alerting.cli.progress import progress
from alerting.domain.channel import Tracking
from alerting.domain.delivery import AFTER_ACCEPTANCE, STATE_NAMES, State
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.web.api.deliveries.schemas import CountOut
from alerting.web.console.labels import COLUMNS, MEANINGS
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import person

SAYS_DELIVERED = {
    Language.FR: ("arrivé", "livré", "remis", "transmis"),
    Language.NL: ("aangekomen", "afgeleverd", "bezorgd", "overhandigd", "doorgegeven"),
    Language.DE: ("zugestellt", "übergeben"),
    Language.EN: ("delivered", "handed to the provider"),
}


@pytest.mark.parametrize("language", Language)
def test_the_names_of_accepted_claim_no_more_than_that(language: Language) -> None:
    say = translator_for(language)
    for names in (STATE_NAMES, COLUMNS):
        name = say(names[State.ACCEPTED])
        assert name != say(names[State.DELIVERED])
        assert not any(word in name.lower() for word in SAYS_DELIVERED[language]), name
    if language is not Language.EN:
        assert say(STATE_NAMES[State.ACCEPTED]) != STATE_NAMES[State.ACCEPTED]
        assert say(MEANINGS[State.ACCEPTED]) != MEANINGS[State.ACCEPTED]


def test_a_relay_that_takes_an_email_has_accepted_it() -> None:
    assert AFTER_ACCEPTANCE[Tracking.ACCEPTANCE] is State.ACCEPTED
    assert AFTER_ACCEPTANCE[Tracking.RECEIPTS] is State.SENT


async def test_accepted_emails_are_not_counted_as_delivered_in_a_terminal(
    services: Services, clock: Clock
) -> None:
    desk = Desk(services, clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["email"])
    await desk.works()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}
    status = await queries.get_status(services, alert.id, by=MILA)
    table = progress(status, translator_for(Language.EN))
    figures = {str(column.header): list(column.cells)[-1] for column in table.columns[2:]}
    assert (figures["delivered"], figures["accepted by the relay"]) == ("0", "2")


def test_the_api_says_what_each_state_claims() -> None:
    described = CountOut.model_json_schema()["properties"]["state"]["description"]
    assert "confirmed" in described
    assert "relay" in described
