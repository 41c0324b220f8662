"""A form with a file, whose file is written where it stays, part by part as it arrives.

The form is read by Starlette's parser, as every other one; only where the file goes is ours: a
temporary file would be as large as the list, and then be copied.
"""

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol, cast

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from alerting.domain.errors import NoFile
from alerting.web.readable import MAX_FIELDS, must_be_text

FIELD = "file"


class Sink(Protocol):
    """Where the file goes."""

    def write(self, data: bytes) -> int:
        """Add a part; in a thread."""
        ...


class _Written:
    """A sink as the parser knows files."""

    def __init__(self, sink: Sink) -> None:
        self.write = sink.write

    def seek(self, _at: int) -> int:
        """Nobody reads it back."""
        return 0

    def close(self) -> None:
        """Whoever opened the sink closes it."""


class _Parser(MultiPartParser):
    """Starlette's, with one file."""

    def __init__(self, request: Request, sink: Sink) -> None:
        super().__init__(request.headers, request.stream(), max_files=1, max_fields=MAX_FIELDS)
        self._sink = sink

    def on_headers_finished(self) -> None:
        """The headers of a part: a file goes to the sink, a field into memory as always."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is None:
            return
        cast("SpooledTemporaryFile[bytes]", part.file.file).close()
        part.file = UploadFile(
            file=cast("BinaryIO", _Written(self._sink)),
            size=0,
            filename=part.file.filename,
            headers=part.file.headers,
        )


async def receive_file(request: Request, sink: Sink) -> str:
    """Write the file of a form into `sink`; its name, as its sender calls it.

    Raises NoFile where the form has none, and what other forms are refused for.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise NoFile
    try:
        form = await _Parser(request, sink).parse()
    except MultiPartException as error:
        raise HTTPException(status_code=400, detail=error.message) from None
    name = None
    for field, value in form.multi_items():
        if isinstance(value, UploadFile):
            must_be_text([field, value.filename or ""])
            if field == FIELD and value.filename:
                name = value.filename
        else:
            must_be_text([field, value])
    if name is None:
        raise NoFile
    return name
