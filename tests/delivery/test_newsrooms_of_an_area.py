"""The press text of an alert is sent to the desks whose area has a part of the alert's."""

from collections.abc import Sequence

import pytest

from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.services import Services
from tests.desk import CLOSED, Desk
from tests.make import EUPEN, GENT, LIEGE, VERVIERS, person

COUNTRY, WALLONIA, FLANDERS, GERMAN_COMMUNITY = "01000", "03000", "02000", "BE336"
LIEGE_PROVINCE, NAMUR_PROVINCE = "60000", "90000"
WHOLE = {"", COUNTRY}


def newsroom_in(nis_code: str, language: Language) -> Recipient:
    name = f"{nis_code}-{language}"
    return Recipient(
        kind=RecipientKind.PRESS,
        reference=name,
        language=language,
        nis_code=nis_code,
        outlet=name,
        email=f"desk{name}@example.org",
    )


PLACES = (
    "", COUNTRY, WALLONIA, FLANDERS, GERMAN_COMMUNITY, LIEGE_PROVINCE, NAMUR_PROVINCE, LIEGE, EUPEN,
    VERVIERS, GENT,
)  # fmt: skip


@pytest.mark.parametrize(
    ("area", "reached"),
    [
        (["4000 Liège"], {WALLONIA, LIEGE_PROVINCE, LIEGE}),
        (["4700 Eupen"], {WALLONIA, LIEGE_PROVINCE, GERMAN_COMMUNITY, EUPEN}),
        (["9000 Gent"], {FLANDERS, GENT}),
        (["4000 Liège", "9000 Gent"], {WALLONIA, LIEGE_PROVINCE, LIEGE, FLANDERS, GENT}),
        (
            ["Province de Liège"],
            {WALLONIA, LIEGE_PROVINCE, GERMAN_COMMUNITY, LIEGE, EUPEN, VERVIERS},
        ),
    ],
)
async def test_the_country_reaches_the_newsrooms_that_cover_a_part_of_the_area(
    services: Services, desk: Desk, area: Sequence[str], reached: set[str]
) -> None:
    await desk.registers(
        person(1),
        *(newsroom_in(place, language) for place in PLACES for language in Language),
    )
    alert = await desk.drafts(area=area, values=CLOSED, channels=("press",))
    sent = await desk.sends(await desk.approves(alert))
    await desk.works()
    found = {to.removeprefix("desk").partition("@")[0] for to, _, _ in desk.channel("press").sent}
    assert found == {
        f"{place}-{language}" for place in reached | WHOLE for language in sent.languages
    }
