"""No door answers 500, whatever is sent, in whatever role: the sender is told what is wrong.

Every route is found in the application and every form on the pages of those who see it, with what
stands in it, so that a new form is attacked the day it is written: one field at a time, the rest as
the page gave it. The API's own values: `web/test_any_request.py`. Each field meets some kinds of
awkward text here, other fields others; `--long` tries every kind on each (minutes).
"""

import inspect
import json
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, urljoin, urlsplit
from zlib import crc32

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from alerting.services import Services
from tests.asking import ASKING, NOBODY, Asking, asking
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import person
from tests.territory import Country
from tests.tiers import WHOLE

PAGES = Path(__file__).parents[2] / "templates" / "console"
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
KINDS_A_FIELD = len(AWKWARD) if WHOLE else 2
USUAL = {"{which:list}": "recipients", "{scenario}": "chem_shelter", "{file}": "sms.toml"}
UNCHANGING = ("GET",)
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


async def _happened(services: Services, _: Country) -> None:
    desk = Desk(services, Clock())
    await desk.registers(*(person(n) for n in range(1, 4)))
    await desk.drafts()
    await desk.drafts()
    await desk.sends(await desk.approves(await desk.drafts()))
    await desk.approves(await desk.drafts())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    with asking(tmp_path_factory.mktemp("world"), _happened, headers) as made:
        yield made


@pytest.fixture(autouse=True)
def _let_in(world: Asking, request: pytest.FixtureRequest) -> None:
    """Whoever attacks is in: what was sent before may have ended somebody's access."""
    world.let_in()
    asker = getattr(request.node, "callspec", None) and request.node.callspec.params.get("asker")
    if asker and asker != NOBODY:
        assert world.ask(asker, "GET", "/api/me").status_code == 200


def routes(app: FastAPI, methods: Iterable[str]) -> list[APIRoute]:
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
        # The check of the whole library is asked nothing, and costs more than all the rest.
        and not one.path.endswith(("/live", "/sign-out", "/templates/check"))
    ]


def fields_of(route: APIRoute) -> list[str]:
    """The fields of a form as its signature names them."""
    return _aliases(route, "body_params")


def asked_of(route: APIRoute) -> list[str]:
    """What stands behind the question mark."""
    return _aliases(route, "query_params")


def _aliases(route: APIRoute, which: str) -> list[str]:
    every = (route.dependant, *route.dependant.dependencies)
    return sorted({one.alias for each in every for one in getattr(each, which)})


def address(route: APIRoute, with_: str = "1") -> str:
    """The route's address with this in every place."""
    found = route.path
    for place, usual in USUAL.items():
        if with_ == "1" or place == "{which:list}":
            found = found.replace(place, usual)
    return re.sub(r"\{[^}]+\}", quote(with_, safe=""), found)


def some_kinds(of: str) -> list[str]:
    """Kinds of awkward text for one field: the same at each run, others for other fields."""
    first = crc32(of.encode())
    names = list(AWKWARD)
    return [names[(first + 5 * turn) % len(names)] for turn in range(KINDS_A_FIELD)]


class Forms(HTMLParser):
    """The forms of a page: where they go, and what a browser would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[tuple[str, dict[str, str]]] = []
        self._fields: dict[str, str] | None = None
        self._text = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form" and has.get("method", "").lower() == "post":
            self._fields = {}
            self.found.append((urljoin(self.page, has.get("action", "")), self._fields))
        if self._fields is None:
            return
        name, value = has.get("name", ""), has.get("value", "")
        if tag in {"input", "button"} and name:
            self._fields.setdefault(name, value)
        elif tag == "select" and name:
            self._select = name
            self._fields.setdefault(name, "")
        elif (
            tag == "option"
            and self._select
            and ("selected" in has or not self._fields.get(self._select))
        ):
            self._fields[self._select] = value
        elif tag == "textarea" and name:
            self._text = name
            self._fields.setdefault(name, "")

    def handle_data(self, data: str) -> None:
        if self._fields is not None and self._text:
            self._fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as somebody sees it, or as a signature describes one that no page of theirs shows."""

    asker: str
    path: str
    route: str
    fields: Mapping[str, str]
    guessed: bool = False
    """Whether its fields are those of all forms, since nothing names its own."""


ALERTS = ("1", "3", "4")
"""A draft, one that is sent, one that is approved."""
READERS = ("duty-officer", "administrator", "approver")
"""Between them they see every form of the console."""


@pytest.fixture(scope="module")
def forms(world: Asking) -> list[Form]:
    """Every form of the console, once for each set of fields."""
    world.let_in()
    begun = {"alert_class": "alert", "scenario": "chem_shelter"}
    world.ask("duty-officer", "POST", "/compose", data=begun)
    changing = routes(world.app, CHANGING)
    pages = [one for one in routes(world.app, UNCHANGING) if not one.path.startswith("/api")]
    found: dict[tuple[str, frozenset[str]], Form] = {}
    for asker in READERS:
        for page in pages:
            of_alert = page.path.startswith("/alerts/{number}")
            for number in ALERTS if of_alert else ("1",) if asker != "approver" else ():
                where = address(page, number)
                answer = world.ask(asker, "GET", where)
                if not answer.headers.get("content-type", "").startswith("text/html"):
                    continue
                parser = Forms(where)
                parser.feed(answer.text)
                for path, fields in parser.found:
                    to = urlsplit(path).path
                    route = next((one for one in changing if one.path_regex.fullmatch(to)), None)
                    if route is not None and fields:
                        shape = frozenset(map(shape_of, fields))
                        found.setdefault((route.path, shape), Form(asker, to, route.path, fields))
    shown = {one.route for one in found.values()}
    written = forms_in_templates()
    for route in changing:
        if route.path in shown or route.path.startswith("/api"):
            continue
        named = [fields for path, fields in written if route.path_regex.fullmatch(path)]
        fields = dict(ChainMap(dict.fromkeys(fields_of(route), "1"), *named))
        guessed = not fields and reads_by_hand(route)
        if guessed:
            fields = {name: "1" for _, each in written for name in each}
        if fields:
            found[route.path, frozenset()] = Form(
                "administrator", address(route), route.path, fields, guessed
            )
    return list(found.values())


def reads_by_hand(route: APIRoute) -> bool:
    """Whether the handler reads its form itself, so that its signature names no field."""
    return "form(" in inspect.getsource(route.endpoint)


def forms_in_templates() -> list[tuple[str, dict[str, str]]]:
    """Every form as its template has it: also those that nobody sees on this service just now."""
    found = []
    for page in PAGES.rglob("*.html"):
        source = re.sub(r"{%.*?%}|{#.*?#}", "", page.read_text("utf-8"), flags=re.DOTALL)
        parser = Forms("")
        parser.feed(re.sub(r"{{.*?}}", "1", source, flags=re.DOTALL))
        found += [(urlsplit(path).path, fields) for path, fields in parser.found]
    return found


def shape_of(name: str) -> str:
    """A field's name without what is one of many: `text.sms.fr`, `text.email.nl` are read alike."""
    return re.sub(r"(?<=[._])[a-z0-9-]+", "*", name)


def broken(answers: Iterator[tuple[str, httpx2.Response]]) -> list[str]:
    """Every request that was answered with 5xx; 503 is an answer with a way out."""
    return [
        what for what, answer in answers if answer.status_code >= 500 and answer.status_code != 503
    ]


def test_every_route_is_found_and_whoever_asks_is_in(world: Asking, forms: list[Form]) -> None:
    for asker in ASKING[:-1]:
        assert world.ask(asker, "GET", "/api/me").status_code == 200, asker
    assert len(routes(world.app, CHANGING)) > 80
    assert len(routes(world.app, UNCHANGING)) > 70
    seen = [one for one in forms if set(one.fields.values()) != {"1"}]
    assert len({one.route for one in seen}) > 15
    by_hand = {
        one.path for one in routes(world.app, CHANGING) if reads_by_hand(one) and not fields_of(one)
    }
    assert by_hand <= {one.route for one in forms}


@pytest.mark.parametrize("asker", ASKING)
def test_no_form_breaks_in_anybodys_hands(world: Asking, forms: list[Form], asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for form in {one.route: one for one in forms}.values():
            kind = some_kinds(asker + form.route)[0]
            sent = dict.fromkeys(form.fields, AWKWARD[kind][: 60_000 // len(form.fields)])
            yield f"{form.path} {kind}", world.ask(asker, "POST", form.path, data=sent)

    assert not broken(answers())


@pytest.mark.parametrize("asker", ["duty-officer", "administrator", NOBODY])
def test_no_body_that_is_no_form_breaks_anything(world: Asking, asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for number, route in enumerate(routes(world.app, ("POST", "PUT", "PATCH"))):
            for media, body in list(BROKEN_FORMS.values())[number % 4 :: 1 if WHOLE else 4]:
                answer = world.ask(
                    asker, min(route.methods or {"POST"}), address(route), content=body,
                    headers={"Content-Type": media},
                )  # fmt: skip
                yield f"{route.path} {body[:80]!r}", answer

    assert not broken(answers())


@pytest.mark.parametrize("method", [*UNCHANGING, *CHANGING])
def test_no_route_takes_text_that_is_none_from_anybody(world: Asking, method: str) -> None:
    """By the application, before any route: so a route that is added tomorrow takes none either."""
    for route in routes(world.app, (method,)):
        if method == "GET":
            sent: dict[str, Any] = {"params": {"any": "a\x00"}}
        elif route.path.startswith("/api"):
            sent = {
                "content": json.dumps({"any": [{HALF: 1}]}).encode(),
                "headers": {"Content-Type": "application/json"},
            }
        else:
            sent = {"data": {"any": "a\x00"}}
        answer = world.ask(NOBODY, method, address(route), **sent)
        assert answer.status_code == 422, f"{method} {route.path}"


@pytest.mark.parametrize("asker", ASKING)
def test_no_address_breaks_anything(world: Asking, asker: str) -> None:
    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for number, route in enumerate(routes(world.app, UNCHANGING)):
            asked = asked_of(route)
            most = WHOLE or asker == ("duty-officer", "administrator")[number % 2]
            for name in asked if most else ():
                for kind in some_kinds(route.path + name):
                    query = {name: AWKWARD[kind][:500]}
                    answer = world.ask(asker, "GET", address(route), params=query)
                    yield f"{route.path} {name} {kind}", answer
            if asked:
                kind = some_kinds(asker + route.path)[0]
                query = dict.fromkeys(asked, AWKWARD[kind][:500])
                yield f"{route.path} {kind}", world.ask(asker, "GET", address(route), params=query)
            if "{" in route.path:
                for kind in some_kinds(asker + route.path)[: KINDS_A_FIELD if most else 1]:
                    if kind != "dots":  # the client folds these
                        path = address(route, AWKWARD[kind][:100] or "x")
                        yield path, world.ask(asker, "GET", path)
        raw = quote_from_bytes(b"\xed\xa0\xbd\xff")
        for path in ("/", "/recipients", "/deliveries", "/api/alerts", "/sign-in"):
            yield path, world.ask(asker, "GET", f"{path}?a={raw}&text={raw}")

    assert not broken(answers())


@pytest.mark.parametrize("name", ["origin", "referer", "accept-language", "cookie", "host"])
@pytest.mark.parametrize("text", ["http://[", "é\xff", "a;q=x,;q=,*;q=9e999", "session=²", "\t"])
def test_no_header_breaks_anything(world: Asking, name: str, text: str) -> None:
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
    world: Asking, asker: str, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = world.ask(
        asker, method, path, content=json.dumps(sent).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json",
                 "Accept-Language": "en"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "incomplete" in answer.json()["detail"]


DEEP = {
    "brackets": "{{" + "(" * 300 + "place" + ")" * 300 + "}}",
    "nots": "{% if " + "not " * 400 + "place %}a{% endif %}",
    "filters": "{{ place" + " | upper" * 5000 + " }}",
    "ifs": "{% if place %}" * 200 + "a" + "{% endif %}" * 200,
    "compares": "{{ " + "place == " * 3000 + "place }}",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_no_wording_is_too_deep_to_be_refused(world: Asking, text: str) -> None:
    for content in (f"[text]\nfr = '''{text}'''\n", "a = " + "[" * 9000, "a." * 9000 + "a = 1"):
        sent = {"name": "chem_shelter/sms.toml", "content": content}
        answer = world.ask("communicator", "POST", "/api/templates/wordings", json=sent)
        assert answer.status_code == 422, answer.text


def test_no_form_breaks_by_one_of_its_fields(world: Asking, forms: list[Form]) -> None:
    """The last of all: some of what is sent is right, and then it is done."""

    def answers() -> Iterator[tuple[str, httpx2.Response]]:
        for form in forms:
            world.let_in(form.asker)  # forms that end access were among those sent before
            assert world.ask(form.asker, "GET", "/api/me").status_code == 200, form
            if form.guessed:
                for kind, text in AWKWARD.items():
                    every = dict.fromkeys(form.fields, text[: 60_000 // len(form.fields)])
                    answer = world.ask(form.asker, "POST", form.path, data=every)
                    yield f"{form.asker} {form.path} {kind}", answer
                continue
            shapes = {shape_of(name): name for name in form.fields}
            for name in shapes.values():
                for kind in some_kinds(form.route + shape_of(name)):
                    text = AWKWARD[kind]
                    sent: dict[str, Any] = {**form.fields}
                    sent[name] = [text, text] if kind == "one" else text
                    answer = world.ask(form.asker, "POST", form.path, data=sent)
                    yield f"{form.asker} {form.path} {name} {kind}", answer

    assert not broken(answers())
