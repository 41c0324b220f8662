"""One file of one town makes no pages of groups for everybody, by mistake or on purpose."""

import pytest

from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from tests.territory import CITY, PROVINCE, TOWN, Country
from tests.web.console import Browsers

PERSON = RecipientKind.PERSON
PLACES = {CITY: "4000", TOWN: "9000"}


async def brings(services: Services, by: Officer, *groups: str, reference: str = "r") -> None:
    """One person for each group, from the second row on."""
    place = PLACES[by.authority.code]
    rows = "".join(
        f'{reference}{at};nl;{place};+3247{ord(reference) % 10}1{at:05};"{name}"\n'
        for at, name in enumerate(groups)
    )
    data = ("reference;language;municipality;phone;groups\n" + rows).encode()
    await importing.import_file(services, data, file="x.csv", kind=PERSON, by=by)


async def shown(services: Services, by: Officer) -> list[str]:
    return [one.name for one in (await recipient_lists.list_groups(services, PERSON, by=by)).items]


async def test_a_file_makes_so_many_groups_and_the_refusal_names_the_row(
    services: Services,
) -> None:
    country = await Country(services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    most = importing.MOST_NEW_GROUPS
    names = [f"g{number:03}" for number in range(most + 1)]
    with pytest.raises(BadRequest, match=f"Row {most + 2}: .* {most} new groups"):
        await brings(services, gent, *names)
    assert await shown(services, gent) == []
    await brings(services, gent, *names[:most])
    await brings(services, gent, *names[:most])  # those there are cost nothing
    assert len(await shown(services, gent)) == most


async def test_an_authority_names_so_many_groups_whichever_way(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = await Country(services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    monkeypatch.setattr(importing, "MOST_GROUPS", 3)
    await brings(services, gent, "a", "b")
    with pytest.raises(BadRequest, match="Row 3: an authority can have at most 3"):
        await brings(services, gent, "c", "d", reference="s")
    await recipient_lists.create_group(services, PERSON, "c", by=gent)
    with pytest.raises(BadRequest, match="at most 3 groups"):
        await recipient_lists.create_group(services, PERSON, "d", by=gent)
    await recipient_lists.create_group(services, PERSON, "d", by=liege)  # nobody else is kept


async def test_groups_show_to_whoever_named_them_and_above_and_shared_ones_to_all(
    services: Services,
) -> None:
    country = await Country(services).founded()
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    province = await country.officer(Role.COMMUNICATOR, PROVINCE)
    national = Officer("otto", Role.COMMUNICATOR)
    await brings(services, gent, "gent", "both")
    await brings(services, liege, "liege", "both", reference="s")
    await recipient_lists.create_group(services, PERSON, "all", by=national)
    assert await shown(services, gent) == ["all", "both", "gent"]
    assert await shown(services, liege) == ["all", "both", "liege"]
    assert await shown(services, province) == ["all", "both", "liege"]
    assert await shown(services, national) == ["all", "both", "gent", "liege"]


async def test_the_page_of_groups_goes_on(
    services: Services, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_lists, "GROUPS_PAGE_SIZE", 2)
    otto = Officer("otto", Role.COMMUNICATOR)
    for name in ("a & b", "c", "d"):
        await recipient_lists.create_group(services, PERSON, name, by=otto)
    browser = await browsers(otto)
    first = (await browser.get("/recipients/groups")).text
    assert "?after=c" in first
    assert ">d</a>" in (await browser.get("/recipients/groups?after=c")).text
