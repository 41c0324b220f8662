"""What comes in is text that can be kept and passed on, whatever the route does with it.

JSON can name half a character (`"\\ud83d"`), a form can be sent in an encoding that has them, and
both can hold U+0000: databases, files and other programs take neither.
"""

import json
import re
from collections.abc import Iterable
from email.message import Message
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from alerting.domain.errors import NotText

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_NULL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes U+0000, and not a backslash before the letters u0000."""
UTF_8 = frozenset({"utf-8", "utf8"})


async def whole_text(request: Request) -> None:
    """Refuse a request that holds what is no text; NotText, before the route reads it."""
    _must_be_text(request.path_params.values())
    _must_be_text(part for pair in request.query_params.multi_items() for part in pair)
    if hasattr(request, "_json"):  # as FastAPI read it; a body that no route reads is not read
        _must_be_json_text(await request.json())
        return
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    if request.method in {"GET", "HEAD"} or kind.get_content_type() not in FORMS:
        return
    if str(kind.get_param("charset", "utf-8")).lower() not in UTF_8:
        raise NotText
    form = await request.form()
    for name, value in form.multi_items():
        _must_be_text([name, (value.filename or "") if isinstance(value, UploadFile) else value])


def _must_be_json_text(body: Any) -> None:
    try:
        written = json.dumps(body, ensure_ascii=False)
    except RecursionError:
        raise NotText from None
    _must_be_text([written])
    if _NULL.search(written):
        raise NotText


def _must_be_text(words: Iterable[Any]) -> None:
    for text in map(str, words):
        if "\x00" in text:
            raise NotText
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotText from None
