"""What OpenAPI says of the API is enough for a first call, and true of every answer."""

from typing import Any

import httpx2
import pytest

from alerting.domain.officer import Role
from alerting.web.api.description import operations
from tests.web.conftest import AsRole
from tests.web.test_route_permissions import ROUTES, application, permissions

DESCRIBED: dict[str, Any] = application().openapi()
OPEN = {"/health", "/receipts/{channel}", "/receipts/{channel}/{route}"}
CLOSED = [one for one in operations(DESCRIBED) if one[1] not in OPEN]


def test_it_names_the_server_and_how_a_token_is_sent_and_had() -> None:
    assert [one["url"] for one in DESCRIBED["servers"]] == ["http://127.0.0.1:8000"]
    scheme = DESCRIBED["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "alerting token create" in scheme["description"]


@pytest.mark.parametrize(("method", "path", "operation"), CLOSED, ids=lambda one: str(one)[:40])
def test_an_operation_names_the_scopes_its_route_asks_for(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    route = next(
        one for one in ROUTES if one.path == path and method.upper() in (one.methods or ())
    )
    (named,) = operation["security"]
    assert set(named["token"]) == {one.permission for one in permissions(route.dependant)}
    for status in ("401", "403"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_what_is_open_names_none() -> None:
    assert all("security" not in one for _, path, one in operations(DESCRIBED) if path in OPEN)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "kind", "says"),
    [
        ("GET", "/nowhere", "", 404, "no-such-page", "adres"),
        ("DELETE", "/api/alerts", "", 405, "wrong-method", "DELETE"),
        ("POST", "/api/alerts", "[" * 9000, 400, "unreadable", "gelezen"),
        ("POST", "/api/alerts", "no json", 422, "bad-request", "velden"),
        ("POST", "/api/alerts", "x" * 2_000_001, 413, "too-large", "groter"),
    ],
)
async def test_every_error_has_one_form_in_the_language_asked_for(
    as_role: Any, method: str, path: str, content: str, status: int, kind: str, says: str
) -> None:
    mila: AsRole = as_role(Role.COMMUNICATOR)
    answer = await mila.request(
        method,
        path,
        content=content,
        more_headers={"Accept-Language": "nl", "Content-Type": "application/json"},
    )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "nl"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:alerting:{kind}", status)
    assert says in problem["detail"]


async def test_a_wrong_method_is_told_which_are_right(anyone: httpx2.AsyncClient) -> None:
    answer = await anyone.post("/health", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["detail"] == "This address does not accept POST. It accepts: GET."


async def test_a_fault_of_our_own_has_the_form_too(
    anyone: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("alerting.actions.operations.database.answers", broken)
    anyone._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    answer = await anyone.get("/health")
    assert answer.json()["type"] == "urn:alerting:crashed"
    assert (answer.status_code, answer.headers["content-type"]) == (
        500,
        "application/problem+json",
    )
