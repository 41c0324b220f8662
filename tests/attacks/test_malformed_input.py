"""No door answers 500, whatever is sent, in whatever role: the sender is told what is wrong.

Every route is found in the application itself and every field in its signature or on its pages, so
that a new form is attacked the day it is written. The API's own values: `web/test_any_request.py`.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from alerting.actions.accounts import sessions as access
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.migrate import migrate
from alerting.web.app import create_app
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services, person
from tests.server import nothing_beside
from tests.territory import CITY, PARTNER, Country

PAGES = Path(__file__).parents[2] / "templates" / "console"
NOBODY = "nobody"
ASKING = (*(role.value for role in Role), PARTNER, NOBODY)
HALF = "\ud83d"
AWKWARD = {
    "nul": "a\x00b",
    "superscript": "²",
    "other digits": "٣",
    "huge": "9" * 400,
    "past 64 bits": str(2**63),
    "past 32 bits": str(2**31),
    "negative": "-1",
    "zero": "0",
    "not a number": "nan",
    "first year": "0001-01-01T00:00",
    "last year": "9999-12-31T23:59",
    "first year, zone": "0001-01-01T00:00+14:00",
    "last year, zone": "9999-12-31T23:59-14:00",
    "day": "0001-01-01",
    "brackets": "[" * 9000,
    "jinja": "{{" + "(" * 300 + "x" + ")" * 300 + "}}",
    "nots": "{% if " + "not " * 400 + "x %}a{% endif %}",
    "json": '{"a":' * 500 + "1" + "}" * 500,
    "url": "http://[",
    "dots": "..//\\..",
    "long": "é" * 30_000,
    "empty": "",
    "one": "1",
}
BROKEN_FORMS = {
    "half in a charset": (
        "multipart/form-data; boundary=b; charset=unicode_escape",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud83d\r\n--b--\r\n',
    ),
    "half in utf-7": (
        "multipart/form-data; boundary=b; charset=utf-7",
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n+2D0-\r\n--b--\r\n',
    ),
    "charset of bytes": (
        "multipart/form-data; boundary=b; charset=base64",
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nYQ\r\n--b--\r\n',
    ),
    "no boundary": ("multipart/form-data", b"--b\r\n\r\n"),
    "no name": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ),
    "cut short": ("multipart/form-data; boundary=b", b"--b\r\nContent-Disp"),
    "raw bytes": ("application/x-www-form-urlencoded", b"\xff\xfe=\xed\xa0\xbd&%ED%A0%BD=%"),
    "many fields": ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 2000)),
    "json": ("application/json", b"[" * 9000),
    "half json": ("application/json", b'{"name": "\\ud83d"'),
}
COUNTED = re.compile(r'name="([A-Za-z_.{}| -]+?)"')


@dataclass
class World:
    """A service with something in it, and a token for each who asks."""

    runner: asyncio.Runner
    services: Services
    app: FastAPI
    client: httpx2.AsyncClient
    officers: dict[str, Officer]
    tokens: dict[str, str] = field(default_factory=dict)

    def let_in(self) -> None:
        """New tokens: forms that end access were among those sent before."""
        for asker, officer in self.officers.items():
            made = access.make_token(self.services, officer, by=SHELL)
            self.tokens[asker] = self.runner.run(made)

    def ask(self, asker: str, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {
            "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
            **more.pop("headers", {}),
        }
        if asker != NOBODY:
            headers["Authorization"] = f"Bearer {self.tokens[asker]}"
        return self.runner.run(self.client.request(method, path, headers=headers, **more))


async def _founded(services: Services) -> dict[str, Officer]:
    await migrate(services.database)
    country, desk = await Country(services).founded(), Desk(services, Clock())
    await desk.registers(*(person(n) for n in range(1, 4)))
    for _ in range(2):
        await desk.drafts()
    await desk.sends(await desk.approves(await desk.drafts()))
    officers = {}
    for asker in ASKING[:-1]:
        role = Role.COMMUNICATOR if asker == PARTNER else Role(asker)
        officers[asker] = await country.officer(role, PARTNER if asker == PARTNER else CITY)
    return officers


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("world")
    with asyncio.Runner() as runner:
        services = make_services(Database(f"sqlite+aiosqlite:///{folder / 'alerting.db'}"), Clock())
        officers = runner.run(_founded(services))
        app = create_app(services, Settings(), alongside=nothing_beside)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://alerting.test")
        yield World(runner, services, app, client, officers)
        runner.run(client.aclose())
        runner.run(services.close())


@pytest.fixture(autouse=True)
def _let_in(world: World) -> None:
    world.let_in()


def routes(app: FastAPI, *methods: str) -> list[APIRoute]:
    """Every route that answers one of these, however deep it is mounted."""
    found = [one for one in app.routes if isinstance(one, APIRoute)]
    found += [
        route
        for one in app.routes
        if not isinstance(one, APIRoute)
        for route in getattr(getattr(one, "original_router", None), "routes", ())
        if isinstance(route, APIRoute)
    ]
    return [
        one
        for one in found
        if (one.methods or set()) & set(methods)
        # A stream that goes on is no form, and whoever signs out asks no more.
        and not one.path.endswith(("/live", "/sign-out"))
    ]


def fields_of(route: APIRoute) -> set[str]:
    """The fields of a form as its signature names them."""
    return {one.alias for one in route.dependant.body_params} | {
        one.alias for each in route.dependant.dependencies for one in each.body_params
    }


def fields_on_pages() -> set[str]:
    """Every field that any page has: forms that are read by hand name theirs nowhere else."""
    return {
        name
        for page in PAGES.rglob("*.html")
        for name in COUNTED.findall(page.read_text(encoding="utf-8"))
        if "{" not in name
    } | {"values.location.fr", "values.next_update", "text.fr", "sms.fr", "text", "subject"}


def address(route: APIRoute, with_: str = "1") -> str:
    """The route's address with this in every place."""
    found = route.path.replace("{which:list}", "recipients")
    return re.sub(r"\{[^}]+\}", quote(with_, safe=""), found)


def test_every_route_is_found_and_whoever_asks_is_in(world: World) -> None:
    for asker in ASKING[:-1]:
        assert world.ask(asker, "GET", "/api/me").status_code == 200, asker
    assert len(routes(world.app, "POST")) > 40
    assert len(routes(world.app, "GET")) > 40


def broken(answers: Iterator[tuple[str, httpx2.Response]]) -> list[str]:
    """Every request that was answered with 5xx."""
    return [what for what, answer in answers if answer.status_code >= 500]


def kinds_for(asker: str) -> dict[str, str]:
    """All of them for those who may most; for the others every third, each another third."""
    if asker in {"duty-officer", "administrator"}:
        return AWKWARD
    return dict(list(AWKWARD.items())[ASKING.index(asker) % 3 :: 3])


@pytest.mark.parametrize("asker", ASKING)
def test_no_form_breaks_anything(world: World, asker: str) -> None:
    everywhere = fields_on_pages()

    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for route in routes(world.app, "POST"):
            own = fields_of(route)  # none where the handler reads the form by hand
            for kind, text in kinds_for(asker).items():
                sent = {name: [text, text] if kind == "one" else text for name in own}
                if not own:
                    sent = {name: text[: 60_000 // len(everywhere)] for name in everywhere}
                    sent["text.fr"] = text
                yield f"{route.path} {kind}", world.ask(asker, "POST", address(route), data=sent)

    assert not broken(answers())


@pytest.mark.parametrize("asker", ["duty-officer", "administrator"])
def test_no_single_field_breaks_anything(world: World, asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for route in routes(world.app, "POST"):
            names = fields_of(route)
            for name in names if len(names) > 1 else ():
                for kind, text in AWKWARD.items():
                    sent = dict.fromkeys(names, "1") | {name: text}
                    answer = world.ask(asker, "POST", address(route), data=sent)
                    yield f"{route.path} {name} {kind}", answer

    assert not broken(answers())


@pytest.mark.parametrize("asker", ["approver", "administrator", NOBODY])
def test_no_body_that_is_no_form_breaks_anything(world: World, asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for route in routes(world.app, "POST", "PUT"):
            for kind, (media, body) in BROKEN_FORMS.items():
                answer = world.ask(
                    asker, min(route.methods or {"POST"}), address(route), content=body,
                    headers={"Content-Type": media},
                )  # fmt: skip
                yield f"{route.path} {kind}", answer

    assert not broken(answers())


@pytest.mark.parametrize("asker", ["duty-officer", "administrator", NOBODY])
def test_no_address_breaks_anything(world: World, asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for route in routes(world.app, "GET"):
            asked = {one.alias for one in route.dependant.query_params} | {
                one.alias for each in route.dependant.dependencies for one in each.query_params
            }
            raw = quote_from_bytes(b"\xed\xa0\xbd\xff")
            yield route.path, world.ask(asker, "GET", f"{address(route)}?a={raw}")
            for kind, text in AWKWARD.items():
                query = dict.fromkeys(asked | {"next", "kept"}, text[:500])
                yield f"{route.path} {kind}", world.ask(asker, "GET", address(route), params=query)
                if "{" in route.path and kind != "dots":  # the client folds these
                    path = address(route, text[:100] or "x")
                    yield path, world.ask(asker, "GET", path)

    # Without a sandbox there is no inbox, and without OpenID Connect no way to it: 503.
    not_set_up = ("/inbox", "/sign-in/oidc")
    assert [one for one in broken(answers()) if not one.startswith(not_set_up)] == []


@pytest.mark.parametrize("name", ["origin", "referer", "accept-language", "cookie", "host"])
@pytest.mark.parametrize("text", ["http://[", "é\xff", "a;q=x,;q=,*;q=9e999", "session=²", "\t"])
def test_no_header_breaks_anything(world: World, name: str, text: str) -> None:
    for asker in ("communicator", NOBODY):
        for method, path in (("GET", "/"), ("POST", "/sign-in"), ("POST", "/alerts/1/stop")):
            headers = [(name.encode(), text.encode("latin-1")), (b"accept", b"text/html")]
            token = world.tokens.get(asker)
            if token:
                headers.append((b"authorization", f"Bearer {token}".encode()))
            answer = world.runner.run(
                world.client.request(method, path, headers=headers, data={"name": "x"})
            )
            assert answer.status_code < 500, f"{method} {path} {name}={text!r}"


API = (
    ("POST", "/api/alerts", {"scenario": "chem_shelter", "area": ["Wal\ud800court"], "values": {}}),
    ("PUT", "/api/alerts/1/texts", {"messages": [
        {"channel": "sms", "language": "fr", "subject": "", "text": f"a{HALF}"}]}),
    ("PUT", "/api/alerts/1/texts", {"messages": [
        {"channel": "email", "language": "fr", "subject": f"a{HALF}", "text": "a"}]}),
    ("POST", "/api/recipients/search", {"address": "a\ud800@example.org"}),
    ("POST", "/api/alerts/1/return", {"reason": "a\ud800"}),
    ("POST", "/api/alerts/1/stop", {"note": "a\ud800"}),
    ("POST", "/api/alerts", {HALF: "a"}),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "sent"), API)
@pytest.mark.parametrize("asker", ["duty-officer", "approver"])
def test_half_a_character_is_refused_with_a_sentence(
    world: World, asker: str, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = world.ask(
        asker, method, path, content=json.dumps(sent).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "half" in answer.json()["detail"]


DEEP = {
    "brackets": "{{" + "(" * 300 + "place" + ")" * 300 + "}}",
    "nots": "{% if " + "not " * 400 + "place %}a{% endif %}",
    "filters": "{{ place" + " | upper" * 5000 + " }}",
    "ifs": "{% if place %}" * 200 + "a" + "{% endif %}" * 200,
    "compares": "{{ " + "place == " * 3000 + "place }}",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_no_wording_is_too_deep_to_be_refused(world: World, text: str) -> None:
    for content in (f"[text]\nfr = '''{text}'''\n", "a = " + "[" * 9000, "a." * 9000 + "a = 1"):
        sent = {"name": "chem_shelter/sms.toml", "content": content}
        answer = world.ask("communicator", "POST", "/api/templates/wordings", json=sent)
        assert answer.status_code == 422, answer.text
