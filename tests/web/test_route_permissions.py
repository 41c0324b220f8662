"""Every route names its permission in its signature; the few that are open are listed here."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from alerting.settings import Settings
from alerting.store import Database
from alerting.web.app import create_app
from alerting.web.auth import Needs
from tests.doubles import Clock
from tests.make import make_services
from tests.server import nothing_beside

OPEN = {"/health", "/api", "/sign-out", "/language", "/forgotten", "/welcome"}


def permissions(dependant: Dependant) -> Iterator[Needs]:
    for child in dependant.dependencies:
        if isinstance(child.call, Needs):
            yield child.call
        yield from permissions(child)


def application() -> FastAPI:
    services = make_services(Database("sqlite+aiosqlite:////nowhere.db"), Clock())
    return create_app(services, Settings(), alongside=nothing_beside)


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    for included in app.routes:  # FastAPI keeps a router it includes as one entry
        router = getattr(included, "original_router", None)
        for route in router.routes if router else [included]:
            if isinstance(route, APIRoute):
                yield route


ROUTES = list(api_routes(application()))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods} {route.path}")
def test_a_route_names_its_permission(route: APIRoute) -> None:
    way_in = route.path.startswith("/sign-in")
    assert way_in or route.path in OPEN or any(permissions(route.dependant)), (
        f"{route.path}: add `officer: MayRead` (or a stronger one) to its signature"
    )


def test_there_are_routes_to_look_at() -> None:
    assert len(ROUTES) > 15
