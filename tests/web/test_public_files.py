"""The public folder is served alike by nginx and by the service: any reader may change over."""

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from alerting.publisher import Folder
from alerting.settings import Settings
from alerting.web.app import own_host
from alerting.web.public.files import PublicFiles
from alerting.web.public.headers import UnreadableHeaders, header_rules, read_rules
from tests.actions.public.standins import Unsynced

DEPLOY = Path("deploy").resolve()
HEX = "0123456789abcdef01234567"
LISTS = {
    "index.html": b"<p>languages",
    "404.html": b"<p>nothing here",
    "fr/index.html": b"<p>aucune alerte" * 20,
    "fr/embed/index.html": b"<p>widget",
    "active.json": b"{}",
    "feed/index.json": b'{"items": []}',
    "feed/rss": b"<rss/>",
    "feed/fr.atom": b"<feed/>",
    "feed/fr.json": b'{"version": "1.1"}',
    "robots.txt": b"User-agent: *",
    "sitemap.xml": b"<urlset/>",
}


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("served") / "public"
    made = Folder(path, shared=("a", "alert", "municipality"), disk=Unsynced())
    made.place("lists", LISTS)
    made.place("assets", {"public.css": b"p{}"})
    alert = {"index.html": b"<p>alert", "cap.xml": b"<alert/>"}
    made.place_all({"a/2026/12": alert}, aliases={"a/2026/12": {f"alert/{HEX}": "cap.xml"}})
    made.place("municipality/21004", {"fr.atom": b"<feed/>", "fr.json": b"{}"})
    path.chmod(0o755)
    for above in path.parents[:3]:  # nginx's own user reads it
        above.chmod(0o755)
    return made


async def _console(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"the console"})


@pytest.fixture(scope="module")
def service(folder: Folder) -> Ask:
    """`alerting web`, for whom the pages are at the root of a host of their own."""
    app = PublicFiles(_console, www=folder.www, host="alerts.example.be", more={})

    def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        given = {"host": "alerts.example.be", **headers}
        sent: list[dict[str, Any]] = []
        plain, _, query = path.partition("?")

        async def send(message: Any) -> None:
            sent.append(message)

        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": plain,
            "query_string": query.encode(),
            "headers": raw,
        }
        coroutine = app(scope, None, send)  # type: ignore[arg-type]
        with pytest.raises(StopIteration):
            coroutine.send(None)
        begun, *rest = sent
        body = b"".join(one.get("body", b"") for one in rest)
        assert not rest[-1].get("more_body")
        assert all(name == name.lower() for name, _ in begun["headers"])
        pairs = [(name.decode(), value.decode()) for name, value in begun["headers"]]
        return Answer(begun["status"], dict(pairs), body)

    return ask


@pytest.fixture(scope="module")
def nginx(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """The configuration that ships, on this folder and another port."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found is None:
        pytest.skip("no nginx here (Debian: nginx-light)")
    here = tmp_path_factory.mktemp("nginx")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    written = (DEPLOY / "public-server.conf").read_text()
    for old, new in (
        ("/tmp/", f"{here}/"),  # noqa: S108  as it ships
        ("/srv/public/folder", str(folder.path)),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("/etc/nginx/tls", f"{here}/tls"),
        ("/dev/stderr", f"{here}/error.log"),
        ("worker_processes auto", "worker_processes 1"),
    ):
        assert old in written
        written = written.replace(old, new)
    (here / "nginx.conf").write_text(written)
    for name in ("public-headers.conf", "public-pages.conf"):
        shutil.copyfile(DEPLOY / name, here / name)
    command = [found, "-p", str(here), "-c", str(here / "nginx.conf"), "-e", f"{here}/error.log"]
    subprocess.run([*command, "-t", "-q"], check=True)
    # Its workers would be another user's, who may not look into folders of tests.
    user = "user root;" if os.geteuid() == 0 else ""
    running = subprocess.Popen([*command, "-g", f"daemon off; {user}"])

    def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(
            method, path, headers={name.replace("_", "-"): one for name, one in headers.items()}
        )
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, body)

    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            ask("/")
        except OSError:
            time.sleep(0.02)
        else:
            break
    yield ask
    running.terminate()
    running.wait(10)


@pytest.fixture(params=["service", "nginx"])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.getfixturevalue(request.param)
    return found


TYPES = {
    "/": "text/html; charset=utf-8",
    "/fr/": "text/html; charset=utf-8",
    "/fr/index.html": "text/html; charset=utf-8",
    "/a/2026/12/": "text/html; charset=utf-8",
    "/a/2026/12/cap.xml": "application/cap+xml; charset=utf-8",
    "/active.json": "application/json; charset=utf-8",
    "/feed/fr.atom": "application/atom+xml; charset=utf-8",
    "/feed/fr.json": "application/feed+json; charset=utf-8",
    "/municipality/21004/fr.atom": "application/atom+xml; charset=utf-8",
    "/municipality/21004/fr.json": "application/feed+json; charset=utf-8",
    "/assets/public.css": "text/css; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/sitemap.xml": "application/xml; charset=utf-8",
    f"/alert/{HEX}": "application/cap+xml; charset=utf-8",
    "/CapGateway/feed": "application/json; charset=utf-8",
    "/CapGateway/feed/": "application/json; charset=utf-8",
    "/CapGateway/feed?capCategory=Geo,Met&outdated=false": "application/json; charset=utf-8",
    "/CapGateway/feed/rss": "application/rss+xml; charset=utf-8",
    f"/CapGateway/alert/{HEX}": "application/cap+xml; charset=utf-8",
}
OURS = {
    "cache-control",
    "content-security-policy",
    "content-type",
    "access-control-allow-origin",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
}


@pytest.mark.parametrize("path", TYPES)
def test_each_file_is_what_it_is_called(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.headers["content-type"]) == (200, TYPES[path])
    assert "set-cookie" not in answer.headers


OTHERS = (
    "/fr/embed/",
    "/nothing",
    "/a/2026/13/",
    "/CapGateway/x",
    "/a/2026/",
    "/assets/",
    "//fr//",
)


@pytest.mark.parametrize("path", [*TYPES, *OTHERS])
@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_both_servers_say_the_same(service: Ask, nginx: Ask, path: str, accepts: str) -> None:
    ours, theirs = (one(path, accept_encoding=accepts) for one in (service, nginx))
    assert (ours.status, ours.body) == (theirs.status, theirs.body)
    compared = OURS | (
        {"etag", "last-modified", "content-encoding", "vary"} if ours.status == 200 else set()
    )
    assert {n: v for n, v in ours.headers.items() if n in compared} == {
        n: v for n, v in theirs.headers.items() if n in compared
    }


def test_what_is_compressed_is_sent_as_it_lies(ask: Ask, folder: Folder) -> None:
    answer = ask("/fr/", accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.body == (folder.www / "fr" / "index.html.gz").read_bytes()
    assert gzip.decompress(answer.body) == ask("/fr/").body == LISTS["fr/index.html"]
    assert "gzip" not in ask("/fr/", accept_encoding="gzip;q=0").headers.get("content-encoding", "")


def test_who_has_this_version_is_sent_none(ask: Ask) -> None:
    for accepts in ("gzip", "identity"):
        first = ask("/fr/", accept_encoding=accepts)
        tag, at = first.headers["etag"], first.headers["last-modified"]
        for known in (
            {"if_none_match": tag},
            {"if_none_match": f'"x", W/{tag}'},
            {"if_modified_since": at},
        ):
            again = ask("/fr/", accept_encoding=accepts, **known)
            assert (again.status, again.body) == (304, b"")
            assert again.headers["cache-control"] == first.headers["cache-control"]
        assert ask("/fr/", accept_encoding=accepts, if_none_match='"x"').status == 200


def test_a_head_has_the_headers_and_no_body(ask: Ask) -> None:
    got, head = ask("/fr/"), ask("/fr/", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/a/2027/1/",
        "/fr/index.html.gz",
        "/../lock",
        "/%2e%2e/lock",
        "/a/2026/12/../../../../lock",
        "/.index.html",
        "/CapGateway/alert/12",
        "/CapGateway/",
    ],
)
def test_where_nothing_is_yet_nobody_keeps_the_answer(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.status in {400, 404}
    if answer.status == 404:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_folder_without_its_slash_leads_to_itself(ask: Ask) -> None:
    answer = ask("/fr")
    assert (answer.status, answer.headers["location"].removeprefix("/")) == (301, "fr/")


def test_only_the_widget_may_stand_in_a_frame(ask: Ask) -> None:
    widget, page = ask("/fr/embed/").headers, ask("/fr/").headers
    assert "frame-ancestors *" in widget["content-security-policy"]
    assert "x-frame-options" not in widget
    assert "frame-ancestors 'none'" in page["content-security-policy"]
    assert page["x-frame-options"] == "DENY"


def test_nothing_is_taken(ask: Ask) -> None:
    assert ask("/fr/", "POST").status == 405
    assert ask("/fr/", "DELETE").status == 405


# ── beside the console ───────────────────────────────────────────────────────────────────────────


def test_at_other_hosts_the_pages_are_below_the_console(service: Ask) -> None:
    assert service("/fr/", host="console.example.be").body == b"the console"
    assert service("/public/fr/", host="console.example.be").body == LISTS["fr/index.html"]
    assert service("/public", host="console.example.be").headers["location"] == "/public/"
    assert service("/public/../etc/passwd", host="console.example.be").status == 404
    assert service("/publicity", host="console.example.be").body == b"the console"


# ── the file of headers ──────────────────────────────────────────────────────────────────────────


def test_nginx_sends_every_header_of_the_file_and_no_other() -> None:
    sent = {}
    for line in (DEPLOY / "public-pages.conf").read_text().splitlines():
        if line.startswith("add_header"):
            _, name, variable, always = line.split()
            assert always == "always;"
            sent[name.lower()] = variable
    named = {one.name for one in header_rules().maps} - {"path"}
    assert sent == {one.replace("_", "-"): f"$public_{one}" for one in named}


@pytest.mark.parametrize(
    "text",
    [
        "add_header X y;",
        'map $uri $other { default "x"; }',
        'map $uri $public_x { "~a" "b" }',
        'map $uri $public_x { "a" "b"; }',
        'map $uri $public_x { "~*a" "b"; }',
        "map $uri",
    ],
)
def test_what_only_nginx_would_understand_is_refused(text: str) -> None:
    with pytest.raises(UnreadableHeaders):
        read_rules(text)


@pytest.mark.parametrize(
    ("console", "pages", "host"),
    [
        ("https://console.example.be", "", ""),
        ("https://console.example.be", "https://alerts.example.be", "alerts.example.be"),
        ("https://console.example.be", "https://alerts.example.be:8443", "alerts.example.be:8443"),
        ("https://console.example.be", "https://alerts.example.be/public", ""),
        ("https://console.example.be", "https://console.example.be", ""),
    ],
)
def test_the_pages_take_the_root_of_no_host_but_their_own(
    console: str, pages: str, host: str
) -> None:
    assert own_host(Settings(public_url=console, public_pages_url=pages)) == host


@pytest.mark.parametrize("pages", ["alerts.example.be", "/public", "ftp://a.be", "https://a.be?x"])
def test_an_address_of_pages_is_whole(pages: str) -> None:
    with pytest.raises(ValidationError):
        Settings(public_pages_url=pages)
