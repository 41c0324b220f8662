"""An authority's list of translators: kept by its administrators, on its page and by programs."""

from collections.abc import Callable
from typing import Any

from alerting.actions import ledger
from alerting.actions.authorities import translators
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import JORIS, MILA
from tests.territory import Country
from tests.web.conftest import AsRole
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
PAGE = "/authorities/national"
FORM: dict[str, Any] = {"name": "joris", "language": "nl"}
As = Callable[[Role], AsRole]


async def joris_works(services: Services) -> None:
    await Country(services).officer(Role.APPROVER, "national", name="joris")


async def test_an_administrator_adds_a_translator_and_removes_them(
    browsers: Browsers, services: Services
) -> None:
    await joris_works(services)
    ada = await browsers(ADA)
    assert "No translator yet." in (await ada.get(PAGE)).text
    assert (await ada.post(f"{PAGE}/translators", data=FORM)).status_code == 303
    page = (await ada.get(PAGE)).text
    assert "Remove joris from the translators (Nederlands)" in page
    [entry] = await translators.list_translators(services, "national", by=MILA)
    removed = await ada.post(f"{PAGE}/translators/{entry.id}/remove")
    assert removed.status_code == 303
    assert "No translator yet." in (await ada.get(PAGE)).text
    told = [one.what for one in (await ledger.list_entries(services, by=ADA)).items]
    assert {"translator.added", "translator.removed"} <= {*told}


async def test_what_cannot_be_is_refused_in_place_with_what_was_typed(
    browsers: Browsers, services: Services
) -> None:
    await joris_works(services)
    ada = await browsers(ADA)
    for wrong, said in (
        ({"name": " "}, "officer"),
        ({"name": "nobody"}, "“nobody” may not draft alerts here"),
        ({"language": "it"}, "language"),
    ):
        answer = await ada.post(f"{PAGE}/translators", data=FORM | wrong)
        assert answer.status_code == 422
        assert said in answer.text
    assert 'value="joris"' in answer.text
    assert (await ada.post(f"{PAGE}/translators/7/remove")).status_code == 404
    assert not await translators.list_translators(services, "national", by=MILA)


async def test_others_see_the_list_and_change_nothing(browsers: Browsers) -> None:
    joris = await browsers(JORIS)
    page = (await joris.get(PAGE)).text
    assert "No translator yet." in page
    assert "Add a translator" not in page
    assert (await joris.post(f"{PAGE}/translators", data=FORM)).status_code == 403


async def test_programs_keep_the_list_in_the_same_way(as_role: As, services: Services) -> None:
    await joris_works(services)
    path = "/api/authorities/national/translators"
    wanted = {"officer": "joris", "language": "nl"}
    ada, mila = as_role(Role.ADMINISTRATOR), as_role(Role.COMMUNICATOR)
    made = await ada.post(path, wanted)
    assert (made.status_code, made.json()["language"]) == (201, "nl")
    assert [one["officer"] for one in (await mila.get(path)).json()] == ["joris"]
    assert (await mila.post(path, wanted)).status_code == 403
    assert (await ada.post(path, wanted)).status_code == 422
    assert (await ada.post(path, {**wanted, "language": "it"})).status_code == 422
    gone = await ada.request("DELETE", f"{path}/{made.json()['id']}")
    assert gone.status_code == 204
    assert (await mila.get(path)).json() == []
