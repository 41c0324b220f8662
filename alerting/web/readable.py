"""What every request is refused for: text that is no text, numbers no database holds.

A dependency of the whole application, so that a new form or a new field cannot be without it. Half
a character (a lone surrogate) comes from clients that cut a text at 160 UTF-16 units; NUL stands in
no column of PostgreSQL.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.auth import SAFE_METHODS

MAX_FIELDS = 1000
MAX_JSON_DEPTH = 32
UPLOADS = "/import"
"""The end of every address that takes a file."""

HALF = msgid(
    "A text contains an incomplete character or a character that is not allowed: “{shown}”"
)
TOO_DEEP = msgid("The JSON document is nested more than {most} levels deep")
TOO_LARGE = msgid("A number is too large")
A_FILE = msgid("A file was sent where a text is expected: “{field}”")
SHOWN_CHARS = 40


async def must_be_readable(request: Request) -> None:
    """Raise BadRequest for what cannot be kept, wherever in the request it stands."""
    must_be_text(str(value) for value in request.path_params.values())
    must_be_text(part for pair in request.query_params.multi_items() for part in pair)
    if request.method in SAFE_METHODS:
        return
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        if media == "multipart/form-data" and request.url.path.endswith(UPLOADS):
            return  # whoever takes the file reads it as it arrives, and asks the same of its fields
        form = await request.form(max_fields=MAX_FIELDS, max_files=1)
        for field, value in form.multi_items():
            if isinstance(value, UploadFile):
                must_be_text([field])
                raise BadRequest(A_FILE, field=field[:SHOWN_CHARS])
            must_be_text([field, value])
    elif media == "application/json" or media.endswith("+json"):
        try:
            document = await request.json()
        except (ValueError, RecursionError):
            return  # FastAPI says so itself, with the place
        must_be_text(_texts_in(document))


def must_be_text(texts: Any) -> None:
    """Raise BadRequest where one of these texts cannot be kept."""
    for text in texts:
        if "\x00" in text or not _whole(text):
            shown = text[:SHOWN_CHARS].encode(errors="replace").decode().replace("\x00", "?")
            raise BadRequest(HALF, shown=shown)


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts_in(document: Any) -> Iterator[str]:
    """Every text of a JSON document, keys too; refuses depth and numbers past 64 bits."""
    level = [document]
    for _ in range(MAX_JSON_DEPTH):
        inner: list[Any] = []
        for value in level:
            match value:
                case str():
                    yield value
                case dict():
                    yield from value
                    inner.extend(value.values())
                case list():
                    inner.extend(value)
                case bool():
                    pass
                case int() if abs(value) > MAX_INTEGER:
                    raise BadRequest(TOO_LARGE)
        if not inner:
            return
        level = inner
    raise BadRequest(TOO_DEEP, most=MAX_JSON_DEPTH)
