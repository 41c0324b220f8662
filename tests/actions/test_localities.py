"""An installation imports the full list of localities; it is used at once, by every process."""

from collections.abc import Iterator

import pytest

from alerting.actions.places import check_localities, import_localities, refresh_places
from alerting.domain.errors import AmbiguousPlace, BadFile, BadRequest, NotAllowed, UnknownPlace
from alerting.domain.officer import Officer, Role
from alerting.geo.gazetteer import Gazetteer
from tests.desk import MILA, Desk
from tests.make import gazetteer

ADA = Officer("ada", Role.ADMINISTRATOR)
LIST = "name;language;postal_code;municipality\r\nVogelenzang;nl;1070;21001\r\nEupen;de;4000;62063"
WRONG = f"{LIST}\r\nNergens;nl;1070;99999\r\n"


@pytest.fixture(autouse=True)
def _only_for_this_test() -> Iterator[None]:
    """The tests of a process share a gazetteer."""
    yield
    gazetteer().use_localities((), "")


async def test_a_list_is_used_at_once_and_replaces_the_one_before(desk: Desk) -> None:
    with pytest.raises(UnknownPlace):
        await desk.drafts(area=("Vogelenzang",))
    data = LIST.encode("cp1252")
    assert await import_localities(desk.services, data, file="list.csv", by=ADA) == 2
    assert (await desk.drafts(area=("Vogelenzang",))).area == ("21001",)
    with pytest.raises(AmbiguousPlace):
        await desk.drafts(area=("Eupen",))
    shorter = b"name,language,postal_code,municipality\nScheut-Sud,fr,1070,21001\n"
    assert await import_localities(desk.services, shorter, file="list.csv", by=ADA) == 1
    with pytest.raises(UnknownPlace):
        await desk.drafts(area=("Vogelenzang",))
    assert (await desk.drafts(area=("Eupen",))).area == ("63023",)
    assert (await desk.ledger()).count("localities.imported") == 2


async def test_another_process_reads_the_list_when_it_next_reads_a_name(desk: Desk) -> None:
    await import_localities(desk.services, LIST.encode(), file="list.csv", by=ADA)
    elsewhere = Gazetteer()
    object.__setattr__(desk.services, "gazetteer", elsewhere)
    with pytest.raises(UnknownPlace):
        elsewhere.read("Vogelenzang")
    await refresh_places(desk.services)
    assert elsewhere.read("Vogelenzang").municipalities == ("21001",)


async def test_rows_that_are_wrong_are_all_told_and_nothing_is_imported_unless_they_are_skipped(
    desk: Desk,
) -> None:
    data = WRONG.encode()
    (fault,) = (await check_localities(desk.services, data, file="list.csv", by=ADA)).faults
    assert (fault.row, fault.column, fault.value) == (4, "municipality", "99999")
    with pytest.raises(BadFile):
        await import_localities(desk.services, data, file="list.csv", by=ADA)
    with pytest.raises(UnknownPlace):
        await desk.drafts(area=("Vogelenzang",))
    assert await import_localities(desk.services, data, file="l.csv", by=ADA, skip_bad=True) == 2


async def test_a_file_without_the_columns_is_refused(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="name, language, postal_code, municipality"):
        await import_localities(desk.services, b"naam;taal\nx;nl", file="list.csv", by=ADA)


async def test_only_administrators_import(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await import_localities(desk.services, LIST.encode(), file="list.csv", by=MILA)
