"""Nobody speaks on an account, or to a newsroom, that is not their authority's to use."""

import itertools
from typing import Any

import pytest

from alerting.actions import change_requests
from alerting.actions.alerts import compositions, drafting, previews, queries
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.authorities import accounts
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.authority import EVERYWHERE, Authority, Level, Territory
from alerting.domain.change_request import Act
from alerting.domain.channel_accounts import usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.errors import BadRequest, NobodyToReach, NotFound, OutsideTerritory
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.services import Services
from tests.desk import CLOSED, Desk
from tests.make import GENT, LIEGE, VERVIERS, person
from tests.territory import CITY, PROVINCE, TOWN, Country

ADA = Officer("ada", Role.ADMINISTRATOR)
BRAM = Officer("bram", Role.ADMINISTRATOR)
MINISTER = Officer("marc", Role.COMMUNICATOR)
OF_LIEGE = {"le-pays", "het-land", "liege", "luik"}
"""Newsrooms that cover Liège, where the alerts of these tests are for."""
NEWSROOMS = (
    ("le-pays", Language.FR, ""),
    ("het-land", Language.NL, ""),
    ("liege", Language.FR, LIEGE),
    ("luik", Language.NL, LIEGE),
    ("verviers", Language.FR, VERVIERS),
    ("gent", Language.NL, GENT),
)


@pytest.fixture
async def country(services: Services, desk: Desk) -> Country:
    await desk.registers(
        person(1),
        *(
            Recipient(
                kind=RecipientKind.PRESS,
                reference=name,
                language=language,
                nis_code=nis_code,
                outlet=name,
                email=f"{name}@example.org",
            )
            for name, language, nis_code in NEWSROOMS
        ),
    )
    return await Country(services).founded()


async def agree(
    services: Services,
    authority: str,
    channel: str,
    account: str,
    *,
    change: str = "add",
    by: Officer = ADA,
    second: Officer = BRAM,
) -> None:
    details = {"authority": authority, "channel": channel, "account": account, "change": change}
    made = await change_requests.request_change(services, KINDS, Act.KEEP_ACCOUNT, details, by=by)
    await change_requests.confirm_change(services, KINDS, made.id, by=second)


async def speaks(
    services: Services,
    desk: Desk,
    by: Officer,
    second: Officer,
    channels: tuple[str, ...] = ("x", "press"),
) -> tuple[Alert, set[str], set[str]]:
    """An alert that left: on which accounts it was posted, and to which newsrooms it went."""
    alert = await desk.drafts(values=CLOSED, by=by, channels=channels, also_in=[Language.NL])
    for one in services.channels:
        desk.channel(one).sent.clear()
    sent = await desk.sends(await desk.approves(alert, by=second), by=by)
    await desk.works()
    return (
        sent,
        {to for to, _, _ in desk.channel("x").sent},
        {to.partition("@")[0] for to, _, _ in desk.channel("press").sent},
    )


LEVELS = {
    "town": Authority(
        code="a", level=Level.MUNICIPAL, territory=Territory(frozenset({LIEGE})), names={}
    ),
    "province": Authority(
        code="a", level=Level.PROVINCIAL, territory=Territory(frozenset({LIEGE})), names={}
    ),
    "town of everything": Authority(
        code="a", level=Level.MUNICIPAL, territory=EVERYWHERE, names={}
    ),
    "federal service of one place": Authority(
        code="a", level=Level.FEDERAL, territory=Territory(frozenset({LIEGE})), names={}
    ),
    "country": Authority(code="a", level=Level.FEDERAL, territory=EVERYWHERE, names={}),
}
ROWS: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"liege"}),
    frozenset({"all"}),
    frozenset({"national"}),
)


@pytest.mark.parametrize(
    ("level", "reach", "rows"), list(itertools.product(LEVELS, Reach, ROWS)), ids=str
)
def test_the_national_account_and_all_newsrooms_are_the_countrys(
    level: str, reach: Reach, rows: frozenset[str]
) -> None:
    found = usable(LEVELS[level], reach, rows)
    whole = level == "country"
    expected = rows or ({"national"} if whole else frozenset())
    assert set(found.accounts) == (expected if reach is Reach.ACCOUNT else set())
    press = reach is Reach.NEWSROOM
    assert found.all_newsrooms is (press and (whole or "all" in rows))
    assert set(found.newsrooms) == (rows - {"all"} if press else set())
    assert bool(found.territory) is (press and not LEVELS[level].territory.everywhere)


async def test_a_town_and_a_province_have_the_newsrooms_inside_and_no_account(
    country: Country, services: Services, desk: Desk
) -> None:
    for place, newsrooms in (
        (CITY, {"liege", "luik"}),
        (PROVINCE, {"liege"}),  # which works in French and German
    ):
        writer = await country.officer(Role.COMMUNICATOR, place)
        second = await country.officer(Role.APPROVER, place)
        sent, posts, press = await speaks(services, desk, writer, second)
        assert (posts, press) == (set(), newsrooms), place
        reasons = (await queries.preview(services, sent.id, by=writer)).left_out
        assert "nothing can be posted there" in reasons["x"].in_english()


async def test_the_country_has_its_account_and_every_newsroom(
    country: Country, services: Services, desk: Desk
) -> None:
    _, posts, press = await speaks(services, desk, MINISTER, Officer("joris", Role.APPROVER))
    assert posts == {"x:national:fr", "x:national:nl"}
    assert press == OF_LIEGE


async def test_a_row_gives_an_account_or_newsrooms_and_its_end_takes_them(
    country: Country, services: Services, desk: Desk
) -> None:
    writer = await country.officer(Role.COMMUNICATOR)
    second = await country.officer(Role.APPROVER)
    await agree(services, CITY, "x", "liege")
    await agree(services, CITY, "press", "le-pays")
    _, posts, press = await speaks(services, desk, writer, second)
    assert posts == {"x:liege:fr", "x:liege:nl"}
    assert press == {"liege", "luik", "le-pays"}
    await agree(services, CITY, "press", "all")
    assert (await speaks(services, desk, writer, second))[2] == OF_LIEGE
    first, other = [await country.officer(Role.ADMINISTRATOR, name=name) for name in ("lea", "leo")]
    for channel, account in (("press", "all"), ("press", "le-pays"), ("x", "liege")):
        await agree(services, CITY, channel, account, change="end", by=first, second=other)
    _, posts, press = await speaks(services, desk, writer, second)
    assert (posts, press) == (set(), {"liege", "luik"})
    told = await desk.ledger()
    assert (told.count("account.allowed"), told.count("account.withdrawn")) == (3, 3)


async def test_what_ends_between_approval_and_sending_is_not_used(
    country: Country, services: Services, desk: Desk
) -> None:
    writer = await country.officer(Role.COMMUNICATOR)
    second = await country.officer(Role.APPROVER)
    await agree(services, CITY, "x", "liege")
    alert = await desk.drafts(values=CLOSED, by=writer, channels=["x", "press"])
    approved = await desk.approves(alert, by=second)
    await agree(services, CITY, "x", "liege", change="end")
    await desk.sends(approved, by=writer)
    await desk.works()
    assert desk.channel("x").sent == []
    only = await desk.approves(
        await desk.drafts(values=CLOSED, by=writer, channels=["x"]), by=second
    )
    with pytest.raises(NobodyToReach):
        await desk.sends(only, by=writer)


async def test_a_town_whose_alert_a_minister_sends_keeps_to_its_own(
    country: Country, services: Services, desk: Desk
) -> None:
    writer = await country.officer(Role.COMMUNICATOR)
    alert = await desk.drafts(values=CLOSED, by=writer, channels=["x", "press"])
    approved = await desk.approves(alert, by=Officer("joris", Role.APPROVER))
    await desk.sends(approved, by=MINISTER)
    await desk.works()
    assert desk.channel("x").sent == []
    assert {to.partition("@")[0] for to, _, _ in desk.channel("press").sent} <= {"liege", "luik"}


async def test_nobody_below_gives_themselves_an_account_or_a_newsroom(
    country: Country, services: Services
) -> None:
    first, second = [
        await country.officer(Role.ADMINISTRATOR, name=name) for name in ("lea", "leo")
    ]
    governor = await country.officer(Role.ADMINISTRATOR, PROVINCE)
    for by, authority in ((first, CITY), (governor, CITY), (governor, PROVINCE)):
        for channel, account in (("x", "national"), ("x", "liege"), ("press", "all")):
            with pytest.raises(OutsideTerritory):
                await agree(services, authority, channel, account, by=by, second=second)
    with pytest.raises(NotFound):
        await agree(services, CITY, "x", "liege", change="end", by=first, second=second)
    with pytest.raises(NotFound):
        await accounts.rows(services, "nowhere", by=first)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"channel": "sms", "account": "liege"}, id="a channel without accounts"),
        pytest.param({"channel": "fax", "account": "liege"}, id="no channel"),
        pytest.param({"channel": "x", "account": "Liège"}, id="no name of an account"),
        pytest.param({"channel": "x", "account": "a:b"}, id="two names"),
        pytest.param({"channel": "press", "account": "a\u202eb"}, id="invisible"),
        pytest.param({"channel": "press", "account": ""}, id="nothing"),
    ],
)
async def test_a_row_that_means_nothing_is_refused(
    country: Country, services: Services, wrong: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        await agree(services, CITY, **wrong)


async def test_what_is_left_out_is_said_before(country: Country, services: Services) -> None:
    writer = await country.officer(Role.COMMUNICATOR)
    composition = await compositions.create_composition(
        services, "chem_shelter", AlertClass.ALERT, by=writer
    )
    assert "x" not in composition.content["channels"]
    chosen = compositions.CompositionContent(
        scenario="chem_shelter", area=(LIEGE,), channels=("x", "press"), values=CLOSED
    )
    looked = await previews.preview_composition(services, chosen, AlertClass.ALERT, by=writer)
    assert set(looked.left_out) == {"x"}
    assert looked.preview is not None
    assert set(looked.preview.left_out) == {"x"}
    federal = await previews.preview_composition(services, chosen, AlertClass.ALERT, by=MINISTER)
    assert federal.left_out == {}
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    drafted = await drafting.draft(
        services,
        DraftRequest(scenario="chem_shelter", values=CLOSED, area=["Gent"], channels=["x"]),
        by=gent,
    )
    seen = await queries.preview(services, drafted.id, by=gent)
    assert seen.audience["x"] == {}
    assert set(seen.left_out) == {"x"}
