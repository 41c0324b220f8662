"""How the body of a mail travels: as lines up to a lone dot, or in counted chunks."""

from typing import Final

LARGEST: Final = 32 * 1024 * 1024
END: Final = b"\r\n.\r\n"


class Dotted:
    """What follows DATA (RFC 5321 4.1.1.4, 4.5.2).

    Only CRLF . CRLF ends it: reading a bare LF as a line's end is how one mail is smuggled inside
    another.
    """

    __slots__ = ("_searched", "too_large")

    def __init__(self) -> None:
        self._searched = 0
        self.too_large = False

    def read(self, buffer: bytearray) -> bytes | None:
        """Take the body out of the buffer once it is whole."""
        if not self._searched and buffer.startswith(b".\r\n"):
            del buffer[:3]
            return b""
        end = buffer.find(END, self._searched)
        if end < 0:
            self._wait(buffer)
            return None
        body = bytes(buffer[: end + 2])
        del buffer[: end + len(END)]
        if b"\r\n." in body:
            body = body.replace(b"\r\n.", b"\r\n")
        return body[1:] if body.startswith(b".") else body

    def _wait(self, buffer: bytearray) -> None:
        """Look only at what is new next time, and keep no more than anyone may send."""
        if len(buffer) > LARGEST:
            self.too_large = True
            del buffer[: -len(END)]
        if len(buffer) >= len(END):
            self._searched = len(buffer) - len(END) + 1


class Chunked:
    """What follows BDAT (RFC 3030 2), over all chunks of one message."""

    __slots__ = ("_left", "_refusal", "_whole", "last")

    def __init__(self) -> None:
        self._whole = bytearray()
        self._left = 0
        self._refusal = False
        self.last = False

    def __len__(self) -> int:
        return len(self._whole)

    def begin(self, size: int, *, last: bool, refused: bool) -> None:
        """A chunk of this size comes; even one that is refused is read to its end."""
        self._left, self.last, self._refusal = size, last, refused

    def read(self, buffer: bytearray) -> bool:
        """Take what is there of the chunk; whether that was all of it."""
        if len(buffer) <= self._left:
            piece = bytes(buffer)
            buffer.clear()
        else:
            piece = bytes(buffer[: self._left])
            del buffer[: self._left]
        self._left -= len(piece)
        if not self._refusal:
            self._whole += piece
        return self._left == 0

    def whole(self) -> bytes:
        """The message, once its last chunk was read."""
        return bytes(self._whole)
