"""Serves the public folder as nginx would: no session, no cookie, no query, nothing rendered.

The headers are those of `deploy/public-headers.conf`. Tags of versions are made as nginx
makes them, so that a reader may change between the two.
"""

import os
import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from alerting.publisher.paths import COMPRESSED, UnsafePath, require_safe
from alerting.web.public.headers import HeaderRules, header_rules

PREFIX = "/public"
INDEX = "index.html"
NOT_FOUND = "404.html"
SLASHES = re.compile("/{2,}")
"""nginx takes several for one."""
READ_AT_ONCE = 262_144
"""Bytes: all of a page, and an archive in parts, between which others are answered."""
METHODS = ("GET", "HEAD")


class FileAnswer(NamedTuple):
    """What is answered, before its bytes are read."""

    status: int
    path: str
    """Of the file in the folder, from its root; by it the headers are found."""
    file: Path | None = None
    more: Mapping[str, str] = {}


class PublicFiles:
    """In front of the console: below `/public/`, and for a host that is the public pages' own."""

    def __init__(
        self,
        inner: ASGIApp,
        *,
        www: Path,
        host: str,
        more: Mapping[str, str],
        rules: HeaderRules | None = None,
    ) -> None:
        """`host`: as in the Host header; empty: none. `more`: headers beside those of the file."""
        self._inner = inner
        self._www = www
        self._host = host.lower()
        self._more = more
        self._rules = rules or header_rules()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = self._path(scope) if scope["type"] == "http" else None
        if path is None:
            await self._inner(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._find(path, scope["method"])
        file = answer.file
        encoded = file is not None and _takes_gzip(headers.get("accept-encoding", ""))
        if file is not None and encoded:
            packed = file.with_name(file.name + COMPRESSED)
            encoded = packed.is_file()  # archives have none
            file = packed if encoded else file
        try:
            handle = None if file is None else os.open(file, os.O_RDONLY)
        except OSError:  # nothing there, or no file: a version has just been replaced
            answer, handle = FileAnswer(HTTPStatus.NOT_FOUND, f"/{NOT_FOUND}"), None
        try:
            await self._send(answer, handle, headers, send, encoded=encoded, method=scope["method"])
        finally:
            if handle is not None:
                os.close(handle)

    def _path(self, scope: Scope) -> str | None:
        """Where in the folder this is asked for; None where it is not for us."""
        path: str = scope["path"]
        if self._host and Headers(scope=scope).get("host", "").lower() == self._host:
            return path
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return path.removeprefix(PREFIX)
        return None

    def _find(self, path: str, method: str) -> FileAnswer:
        if method not in METHODS:
            allow = {"allow": ", ".join(METHODS)}
            return FileAnswer(HTTPStatus.METHOD_NOT_ALLOWED, f"/{NOT_FOUND}", more=allow)
        if not path:
            return FileAnswer(HTTPStatus.MOVED_PERMANENTLY, "/", more={"location": f"{PREFIX}/"})
        path = self._rules.path(SLASHES.sub("/", path))
        if path.endswith("/"):
            path += INDEX
        try:
            inside = require_safe(path.removeprefix("/"))
        except UnsafePath:
            inside = ""
        if inside and not inside.endswith(COMPRESSED):
            file = self._www / inside
            if file.is_file():
                return FileAnswer(HTTPStatus.OK, path, file)
            if (file / INDEX).is_file():
                location = {"location": f"{inside.rpartition('/')[2]}/"}
                return FileAnswer(HTTPStatus.MOVED_PERMANENTLY, path, more=location)
        missing = self._www / NOT_FOUND
        return FileAnswer(
            HTTPStatus.NOT_FOUND, f"/{NOT_FOUND}", missing if missing.is_file() else None
        )

    async def _send(
        self,
        answer: FileAnswer,
        handle: int | None,
        given: Headers,
        send: Send,
        *,
        encoded: bool,
        method: str,
    ) -> None:
        status, length, found = answer.status, 0, dict(answer.more)
        if handle is not None:
            stat = os.fstat(handle)
            length = stat.st_size
            found["vary"] = "Accept-Encoding"
            if encoded:
                found["content-encoding"] = "gzip"
            if status == HTTPStatus.OK:
                found["etag"] = f'"{int(stat.st_mtime):x}-{length:x}"'
                found["last-modified"] = formatdate(int(stat.st_mtime), usegmt=True)
                if _is_known(given, found):
                    status = HTTPStatus.NOT_MODIFIED
        if status != HTTPStatus.NOT_MODIFIED:
            found["content-length"] = str(length)
        headers = {**self._more, **self._rules.headers(answer.path, status), **found}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": int(status), "headers": raw})
        left = length if method == "GET" and status != HTTPStatus.NOT_MODIFIED else 0
        while handle is not None and left > 0:
            part = os.read(handle, min(left, READ_AT_ONCE))
            left = left - len(part) if part else 0
            await send({"type": "http.response.body", "body": part, "more_body": left > 0})
        if handle is None or not length or method == "HEAD" or status == HTTPStatus.NOT_MODIFIED:
            await send({"type": "http.response.body", "body": b""})


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip is among what a reader accepts (RFC 9110 12.5.3), and not at weight nothing."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _is_known(headers: Headers, found: Mapping[str, str]) -> bool:
    """Whether a reader has this version (RFC 9110 13.1); seconds are compared as they are.

    A clock that went back has made an older file newer.
    """
    if (tags := headers.get("if-none-match")) is not None:
        known = {part.strip().removeprefix("W/") for part in tags.split(",")}
        return "*" in known or found["etag"] in known
    return headers.get("if-modified-since") == found["last-modified"]
