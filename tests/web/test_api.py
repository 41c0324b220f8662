"""Programs draft, approve, send and follow alerts; refusals say what happened and the way out."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import httpx2
import pytest

from alerting.actions.alerts import queries
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.web.api.alerts.schemas import CHEM_SHELTER
from tests import having_read
from tests.desk import MILA, Desk
from tests.web.conftest import AsRole

As = Callable[[Role], AsRole]


async def drafted(as_role: As) -> int:
    answer = await as_role(Role.COMMUNICATOR).post("/api/alerts", CHEM_SHELTER)
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def test_an_alert_goes_all_the_way(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    mila, joris = as_role(Role.COMMUNICATOR), as_role(Role.APPROVER)
    number = await drafted(as_role)
    preview = (await mila.get(f"/api/alerts/{number}/preview")).json()
    assert preview["required_languages"] == ["fr", "nl", "de"]
    assert preview["missing"] == []
    assert preview["audience"]["sms"] == {"fr": 2}
    assert (await having_read.post(joris, f"/api/alerts/{number}/approve")).json()[
        "state"
    ] == "approved"
    assert (
        await having_read.post(mila, f"/api/alerts/{number}/send", {"confirm": "ALERT"})
    ).json()["state"] == "sending"
    await desk.works()
    status = (await mila.get(f"/api/alerts/{number}/status")).json()
    assert sum(one["n"] for one in status["counts"] if one["channel"] == "email") == 2
    page = (await mila.get(f"/api/alerts/{number}/deliveries?limit=3")).json()
    assert len(page["items"]) == 3
    rest = (await mila.get(f"/api/alerts/{number}/deliveries?after={page['next']}")).json()
    keys = [one["key"] for one in page["items"] + rest["items"]]
    assert len(set(keys)) == len(keys) == 8


async def test_a_name_that_merged_is_told_to_whoever_drafts(as_role: As) -> None:
    mila = as_role(Role.COMMUNICATOR)
    wanted = {**CHEM_SHELTER, "area": ["Kruibeke", "5100 Jambes", "Eupen", "1000"]}
    first, second = (await mila.post("/api/alerts", wanted)).json()["area_remarks"]
    assert "Beveren-Kruibeke-Zwijndrecht" in first
    assert "Namur" in second


async def test_details_are_given_by_language_and_what_is_filled_in_is_told(as_role: As) -> None:
    mila = as_role(Role.COMMUNICATOR)
    values = {**CHEM_SHELTER["values"], "location": {"fr": "Liège"}, "substance": {"fr": "suie"}}
    answer = await mila.post("/api/alerts", {**CHEM_SHELTER, "values": values})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["filled_in"] == {"location": {"nl": "Luik", "de": "Lüttich"}}
    texts = {one["language"]: one["text"] for one in made["texts"] if one["channel"] == "sms"}
    assert "suie" in texts["fr"]
    assert "[NL? De stof die vrijkomt]" in texts["nl"]
    preview = (await mila.get(f"/api/alerts/{made['id']}/preview")).json()
    missing = [one for one in preview["findings"] if one["rule"] == "detail-missing"]
    assert {one["language"] for one in missing} == {"nl", "de"}
    assert {one["severity"] for one in missing} == {"blocks"}


async def test_the_library_says_which_details_are_words(as_role: As) -> None:
    library = (await as_role(Role.COMMUNICATOR).get("/api/scenarios")).json()
    (outage,) = [one for one in library if one["name"] == "112_outage"]
    assert {one["name"] for one in outage["values"] if one["by_language"]} == {"local_numbers"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            {"values": {**CHEM_SHELTER["values"], "location": "port"}},
            "location.fr, location.nl, location.de",
            id="words of no language",
        ),
        pytest.param(
            {"values": {**CHEM_SHELTER["values"], "location": {"it": "porto"}}},
            "no language “it”",
            id="words of a language there is not",
        ),
        pytest.param({"scenario": "dragon"}, "chem_shelter", id="unknown scenario"),
        pytest.param({"values": {}}, "substance", id="missing placeholder"),
        pytest.param(
            {"values": {**CHEM_SHELTER["values"], "colour": "red"}}, "colour", id="surplus one"
        ),
        pytest.param({"area": ["Atlantis"]}, "Atlantis", id="unknown place"),
        pytest.param({"area": ["Limburg"]}, "70000", id="a municipality or a province"),
        pytest.param({"area": ["4000 Gent"]}, "do not match", id="code against name"),
        pytest.param({"channels": ["pigeon"]}, "pigeon", id="unknown channel"),
        pytest.param({"valid_minutes": 0}, "valid_minutes", id="no validity"),
        pytest.param({"extra": 1}, "extra", id="unknown field"),
    ],
)
async def test_a_bad_draft_says_what_is_wrong_and_leaves_nothing(
    as_role: As, change: dict[str, object], says: str
) -> None:
    mila = as_role(Role.COMMUNICATOR)
    answer = await mila.post("/api/alerts", {**CHEM_SHELTER, **change})
    assert 400 <= answer.status_code < 504
    assert says in answer.text
    assert (await mila.get("/api/alerts")).json() == {"items": [], "next": None}


async def test_a_name_of_several_places_is_answered_with_the_choices_and_a_code_decides(
    as_role: As,
) -> None:
    mila = as_role(Role.COMMUNICATOR)
    answer = await mila.post("/api/alerts", {**CHEM_SHELTER, "area": ["Eupen", "Limbourg"]})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:alerting:ambiguous-place"
    town, province = answer.json()["choices"]
    assert town["code"] == "63046"
    assert "municipality (4830), 5,900 inhabitants" in town["description"]
    assert province["code"] == "70000"
    assert "province, 877,400 inhabitants" in province["description"]


async def test_a_refusal_speaks_the_officers_language(
    as_role: As, anyone: httpx2.AsyncClient
) -> None:
    answer = await anyone.get("/api/alerts", headers={"Accept-Language": "nl-BE"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "niet aangemeld" in answer.json()["detail"].lower()


async def test_the_author_cannot_approve_by_the_api_either(as_role: As, desk: Desk) -> None:
    joris = as_role(Role.APPROVER)
    number = (await joris.post("/api/alerts", CHEM_SHELTER)).json()["id"]
    answer = await having_read.post(joris, f"/api/alerts/{number}/approve")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:alerting:needs-second-person"


async def test_an_auditor_reads_but_sees_no_address(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    august = as_role(Role.AUDITOR)
    listed = (await august.get(f"/api/alerts/{alert.id}/deliveries")).text
    exported = (await august.post(f"/api/alerts/{alert.id}/deliveries.csv")).text
    for text in (listed, exported):
        assert "person-1@example.org" not in text
        assert "p…@example.org" in text


async def test_the_csv_holds_every_delivery_and_the_export_is_recorded(
    as_role: As, desk: Desk
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    text = (await as_role(Role.COMMUNICATOR).post(f"/api/alerts/{alert.id}/deliveries.csv")).text
    lines = text.strip().splitlines()
    assert lines[0].startswith("\ufeffkey;channel;")
    assert len(lines) == 1 + 6
    assert "deliveries.exported" in await desk.ledger()


@pytest.mark.parametrize("role", list(Role))
async def test_only_some_roles_may_approve(as_role: As, desk: Desk, role: Role) -> None:
    await desk.registers_a_few()
    number = await drafted(as_role)
    answer = await having_read.post(as_role(role), f"/api/alerts/{number}/approve")
    assert answer.status_code == (200 if role is Role.APPROVER else 403)


async def test_a_revoked_or_invented_token_opens_nothing(anyone: httpx2.AsyncClient) -> None:
    answer = await anyone.get("/api/alerts", headers={"Authorization": "Bearer alt_invented"})
    assert answer.status_code == 401


async def test_a_body_larger_than_anything_expected_is_not_read(anyone: httpx2.AsyncClient) -> None:
    answer = await anyone.post("/api/alerts", content=b"x" * 3_000_000)
    assert answer.status_code == 413


async def test_health_is_open_and_says_nothing_else(anyone: httpx2.AsyncClient) -> None:
    answer = await anyone.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_openapi_has_examples_and_the_receipts(anyone: httpx2.AsyncClient) -> None:
    described = (await anyone.get("/openapi.json")).json()
    assert "/receipts/{channel}" in described["paths"]
    assert described["components"]["schemas"]["DraftIn"]["examples"] == [CHEM_SHELTER]


async def test_a_refusal_has_the_fields_that_are_described(anyone: httpx2.AsyncClient) -> None:
    schemas = (await anyone.get("/openapi.json")).json()["components"]["schemas"]
    refused = (await anyone.get("/api/alerts")).json()
    assert set(refused) == set(schemas["Problem"]["properties"])


async def test_the_preview_brings_findings_cost_and_time_as_data(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    mila = as_role(Role.COMMUNICATOR)
    number = await drafted(as_role)
    texts = (await queries.get_alert(desk.services, number, by=MILA)).messages
    french = next(one for one in texts if (one.channel, one.language) == ("sms", Language.FR))
    typed = replace(french, text=french.text.replace("fenetres", "fenêtres"))
    await having_read.revise(desk.services, number, [typed], by=MILA)
    preview = (await mila.get(f"/api/alerts/{number}/preview?spelling=true")).json()
    finding = next(one for one in preview["findings"] if one["rule"] == "sms-encoding")
    assert (finding["severity"], finding["channel"], finding["language"]) == ("warns", "sms", "fr")
    assert "ê" in finding["says"]
    cost = next(one for one in preview["estimates"] if one["channel"] == "sms")
    assert cost["recipients"] == 2
    assert float(cost["euros"]) > 0
    accepted = (await having_read.post(mila, f"/api/alerts/{number}/gsm7")).json()
    assert accepted["version"] == 3
    preview = (await mila.get(f"/api/alerts/{number}/preview")).json()
    assert "sms-encoding" not in {one["rule"] for one in preview["findings"]}


async def test_the_library_is_checked_read_and_adapted_by_the_api(as_role: As) -> None:
    mila, joris = as_role(Role.COMMUNICATOR), as_role(Role.APPROVER)
    assert (await mila.get("/api/templates/check")).json() == []
    assert (await mila.get("/api/templates/scenarios/gas_leak/warnings")).json() == []
    shown = (await mila.get("/api/templates/scenarios/gas_leak?lang=nl")).json()
    assert {one["language"] for one in shown} == {"nl"}
    assert {"sms", "email", "press", "voice", "web"} <= {one["channel"] for one in shown}
    files = (await mila.get("/api/templates/files")).json()
    name = "gas_leak/sms.toml"
    wanted = {"name": name, "content": files[name].replace("GASLEK", "GAS LEKT")}
    number = (await mila.post("/api/templates/wordings", wanted)).json()["number"]
    assert (await mila.post(f"/api/templates/wordings/{number}/approve")).status_code == 403
    assert (await joris.post(f"/api/templates/wordings/{number}/approve")).status_code == 200
    assert "GAS LEKT" in (await mila.get("/api/templates/scenarios/gas_leak?lang=nl")).text
    broken = {"name": name, "content": "[text]\nfr = '''{{ nothing'''"}
    answer = await mila.post("/api/templates/wordings", broken)
    assert answer.status_code == 422
    assert "gas_leak/sms.toml" in answer.json()["detail"]
    assert len((await mila.get("/api/templates/wordings")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/api/alerts", Role.COMMUNICATOR),
        ("/api/incidents", Role.COMMUNICATOR),
        ("/api/change-requests", Role.ADMINISTRATOR),
        ("/api/templates/wordings", Role.COMMUNICATOR),
        ("/api/ledger", Role.AUDITOR),
    ],
)
async def test_every_list_has_the_same_shape_and_refuses_a_position_that_is_none(
    path: str, role: Role, as_role: As
) -> None:
    reader = as_role(role)
    page = (await reader.get(path)).json()
    assert page.keys() == {"items", "next"}
    for after in ("x", "-1", "1.5", "٣", "9" * 30):
        refused = await reader.get(f"{path}?{urlencode({'after': after})}")
        assert (refused.status_code, after in str(refused.json())) == (422, True), after
