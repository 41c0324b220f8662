"""No moment that comes from outside is one that no zone, database or page can hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from pydantic import (
    AwareDatetime,
    BaseModel,
    FutureDatetime,
    NaiveDatetime,
    PastDatetime,
    TypeAdapter,
    ValidationError,
)

from alerting.actions.authorities import on_call
from alerting.actions.authorities.on_call import LONGEST_DUTY, OnCallRequest
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer, Role
from alerting.domain.on_call import OnCall
from alerting.services import Services
from alerting.store.authorities import on_call as on_call_rows
from tests.attacks.test_malformed_input import routes
from tests.doubles import Clock
from tests.staff import member
from tests.web.conftest import app, browsers
from tests.web.console import Browsers

__all__ = ["app", "browsers"]
ADA = Officer("ada", Role.ADMINISTRATOR)
MOMENTS = (datetime, AwareDatetime, NaiveDatetime, PastDatetime, FutureDatetime)
FAR = (
    "9999-12-31T23:30:00Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2101-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2000-01-01T00:00:00+14:00",
    253402300799,
    -62135596800,
)


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Every field of a model and of those inside it, with its type and what bounds it."""
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field
        for inner in models_in(field.annotation):
            yield from fields_of(inner)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def is_moment(annotation: Any) -> bool:
    return annotation in MOMENTS or any(map(is_moment, get_args(annotation)))


def dependants(one: Any) -> Iterator[Any]:
    yield one
    for inner in one.dependencies:
        yield from dependants(inner)


def test_every_request_model_and_parameter_refuses_what_is_out_of_bounds(app: FastAPI) -> None:
    asked: dict[str, Any] = {}
    found = routes(app, ("GET", "POST", "PUT", "PATCH", "DELETE"))
    assert len(found) > 150
    for route in found:
        for one in dependants(route.dependant):
            for given in (*one.path_params, *one.query_params, *one.body_params):
                asked[f"{route.path}:{given.name}"] = given.field_info
    for field in [*asked.values()]:
        for model in models_in(field.annotation):
            asked |= dict(fields_of(model))
    for kind in KINDS.values():
        asked |= dict(fields_of(kind.details))
    moments = {name: field for name, field in asked.items() if is_moment(field.annotation)}
    assert len(moments) >= 4, sorted(moments)
    for name, field in moments.items():
        reads = TypeAdapter(field.rebuild_annotation()).validate_python
        reads("2030-01-01T00:00:00Z")
        for far in FAR:
            try:
                reads(far)
            except ValidationError:
                continue
            pytest.fail(f"{name} takes {far}")


async def test_a_duty_lasts_at_most_90_days(services: Services, clock: Clock) -> None:
    await member(services, clock, "joris", Role.APPROVER)
    start = clock.now

    async def adds(lasts: timedelta) -> None:
        wanted = OnCallRequest(officer="joris", place=1, starts_at=start, ends_at=start + lasts)
        await on_call.add_on_call(services, "national", wanted, by=ADA)

    await adds(LONGEST_DUTY)
    with pytest.raises(BadRequest, match="90 days"):
        await adds(LONGEST_DUTY + timedelta(seconds=1))


async def test_the_page_shows_whatever_is_stored(browsers: Browsers, services: Services) -> None:
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    async with services.unit() as unit:
        stored = OnCall(
            authority="national",
            place=1,
            officer="joris",
            starts_at=datetime(1, 1, 1, tzinfo=UTC),
            ends_at=last,
        )
        await on_call_rows.add(unit.connection, stored)
    ada = await browsers(ADA)
    answer = await ada.get("/authorities/national")
    assert answer.status_code == 200
    assert "31 Dec 9999" in answer.text
