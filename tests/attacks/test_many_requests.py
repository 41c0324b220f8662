"""Nobody's requests hide those of others, however many they ask for; no list costs more for it."""

import re
from datetime import timedelta

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import administration
from alerting.actions.authorities import incidents
from alerting.actions.authorities.manage import MOST_PLACES, AuthorityDetails, KeepAuthority
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.change_requests import Matter
from alerting.domain.authority import Phase
from alerting.domain.change_request import LASTS, MOST_SECRETS, Act
from alerting.domain.errors import BadRequest, TooManyWaiting
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store import ReadTransaction
from tests.doubles import Clock
from tests.staff import ADA, BO, confirm, reject
from tests.territory import CITY, PARTNER, Country
from tests.web.console import Browsers

DORA = {
    "officer": "dora",
    "email": "dora@crisis.example",
    "full_name": "Dora Peeters",
    "language": "nl",
    "role": "duty-officer",
}


async def request_member(services: Services, name: str, *, by: Officer) -> int:
    details = {"officer": name, "authority": CITY, "role": "auditor"}
    made = await change_requests.request_change(
        services, KINDS, Act.GRANT_MEMBERSHIP, details, by=by
    )
    return made.id


async def test_whatever_the_role_a_few_tokens_wait_and_no_more(
    services: Services, clock: Clock
) -> None:
    country = await Country(services).founded()
    piet = await country.officer(Role.AUDITOR, PARTNER, name="piet")
    for days in range(1, MOST_SECRETS + 1):
        await administration.request_token(services, by=piet, lasts=timedelta(days=days))
    with pytest.raises(TooManyWaiting):
        await administration.request_token(services, by=piet, lasts=timedelta(days=100))
    first, *_ = (await change_requests.list_change_requests(services, by=ADA)).items
    await reject(services, first.id, by=piet)  # one's own is taken back
    await administration.request_token(services, by=piet, lasts=timedelta(days=100))
    clock.now += LASTS
    await administration.request_token(services, by=piet, lasts=timedelta(days=101))


async def test_one_person_has_so_many_requests_waiting_and_no_more(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Country(services).founded()
    monkeypatch.setattr("alerting.domain.change_request.MOST_WAITING", 2)
    numbers = [await request_member(services, f"a{number}", by=ADA) for number in range(2)]
    with pytest.raises(TooManyWaiting):
        await request_member(services, "one.more", by=ADA)
    assert await request_member(services, "a1", by=ADA) == numbers[1]  # the same wish is no more
    assert await request_member(services, "one.more", by=BO)  # nobody else is kept from asking
    await confirm(services, numbers[0], by=BO)
    await request_member(services, "one.yet", by=ADA)


async def test_every_request_is_reached_page_by_page_whoever_fills_the_list(
    services: Services, clock: Clock, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Country(services).founded()
    monkeypatch.setattr(change_requests, "PAGE_SIZE", 3)
    monkeypatch.setattr(change_requests, "WAITING_PAGE_SIZE", 3)
    await change_requests.request_change(services, KINDS, Act.INVITE, DORA, by=BO)
    for number in range(7):
        asked = {**DORA, "officer": f"x{number}.y", "email": f"x{number}@crisis.example"}
        asked["full_name"] = "Somebody Else"
        await change_requests.request_change(services, KINDS, Act.INVITE, asked, by=ADA)
    decided = await request_member(services, "over", by=ADA)
    await reject(services, decided, by=BO)
    browser = await browsers(Officer("cleo", Role.ADMINISTRATOR))
    for start in ("/users", "/authorities"):
        seen, path = "", start
        for _ in range(3):
            page = (await browser.get(path)).text
            seen += page
            further = re.search(rf'href="({start}\?before=\d+)"', page)
            path = further[1] if further else ""
        assert not path
        assert all(f"{name}@crisis.example" in seen for name in ("dora", "x0", "x6"))
    after: str | None = ""
    numbers: list[int] = []
    while after is not None:
        page = (
            await browser.get(f"/api/change-requests?limit=3&waiting=true&after={after}")
        ).json()
        numbers += [one["id"] for one in page["items"]]
        after = page["next"]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 8


async def test_a_page_looks_at_so_many_requests_and_at_each_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Country(services).founded()
    looked: list[str] = []
    original = KeepAuthority.matter

    async def counted(
        self: KeepAuthority,
        services: Services,
        reading: ReadTransaction,
        wanted: AuthorityDetails,
        *,
        by: Officer,
    ) -> Matter:
        looked.append(wanted.code)
        return await original(self, services, reading, wanted, by=by)

    for number in range(change_requests.WAITING_PAGE_SIZE + 5):
        name = f"Rive {chr(97 + number)}{chr(97 + number)}"
        details = {
            "code": f"z{number}", "level": "municipal", "names": {"fr": name},
            "territory": ["4000 Liège"],
        }  # fmt: skip
        await change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, details, by=ADA)
    monkeypatch.setattr(KeepAuthority, "matter", counted)
    await change_requests.list_waiting(services, KINDS, by=BO)
    assert len(looked) == len(set(looked)) == change_requests.WAITING_PAGE_SIZE


async def test_an_authority_is_described_by_no_more_places_than_there_are(
    services: Services,
) -> None:
    await Country(services).founded()
    details = {
        "code": "many", "level": "municipal", "names": {"fr": "Beaucoup"},
        "territory": [", ".join(f"x{one}{more}" for more in range(10)) for one in range(71)],
    }  # fmt: skip
    assert len(details["territory"]) * 10 > MOST_PLACES
    with pytest.raises(BadRequest, match="at most"):
        await change_requests.request_change(services, KINDS, Act.KEEP_AUTHORITY, details, by=ADA)


async def test_the_second_person_reads_which_incident_however_many_are_newer(
    services: Services, clock: Clock, browsers: Browsers
) -> None:
    country = await Country(services).founded()
    paul = await country.officer(Role.APPROVER, "national", name="paul")
    quentin = await country.officer(Role.APPROVER, "national", name="quentin")
    fire = await incidents.open_incident(
        services, "Fire at the depot", ["4000 Liège"], Phase.FEDERAL, by=paul
    )
    details = {
        "authority": PARTNER,
        "incident": fire.id,
        "until": (clock.now + timedelta(days=2)).isoformat(),
    }
    await change_requests.request_change(services, KINDS, Act.INVITE_PARTNER, details, by=paul)
    for town in services.gazetteer.place("40000").members[:51]:
        await incidents.open_incident(services, "Brand", [town], Phase.FEDERAL, by=paul)
    page = (await (await browsers(quentin)).get("/authorities")).text
    assert f"{fire.id} – Fire at the depot" in page
