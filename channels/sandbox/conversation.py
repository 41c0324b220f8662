"""A dialogue of commands and replies on one connection, whatever pieces it arrives in.

All that has arrived is answered in one write (RFC 2920 3.2 allows it), and in order: while one
answer is held back, nothing behind it is looked at.
"""

import asyncio
import ssl
from abc import abstractmethod
from typing import cast


class Conversation(asyncio.Protocol):
    """One client; who inherits says how to read a piece of it."""

    def __init__(self, open_ones: set["Conversation"]) -> None:
        self._open_ones = open_ones
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._held: asyncio.TimerHandle | None = None
        self._upgrade: asyncio.Task[None] | None = None
        self._secure = False

    @abstractmethod
    def greet(self) -> None:
        """The first words."""

    @abstractmethod
    def read(self) -> bool:
        """Take one piece from the buffer; False when it is not whole yet."""

    @abstractmethod
    def encrypted(self) -> None:
        """From now on nobody listens; forget what was said before."""

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self)
        self.greet()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """What was not finished was never said."""
        self._open_ones.discard(self)
        self._transport = None
        if self._held is not None:
            self._held.cancel()

    def pause_writing(self) -> None:
        """A client that does not read its replies is not listened to."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take what came, wherever it was cut."""
        self._buffer += data
        self._work()

    def _work(self) -> None:
        while self._transport is not None and self._held is None and self._upgrade is None:
            if not self.read():
                break
        self.flush()

    # replying

    def reply(self, reply: bytes) -> None:
        """Say this when everything that has arrived was read."""
        self._replies.append(reply)

    def reply_later(self, reply: bytes, seconds: float) -> None:
        """Say this after a while, and read nothing until then."""
        self.flush()
        self._held = asyncio.get_running_loop().call_later(seconds, self._release, reply)

    def flush(self) -> None:
        """Say now what was to be said."""
        if self._replies and self._transport is not None:
            self._transport.write(b"".join(self._replies))
            self._replies.clear()

    def hang_up(self, reply: bytes = b"") -> None:
        """Say this, or nothing, and close; earlier replies still go out."""
        self.reply(reply)
        self.flush()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def abort(self) -> None:
        """Close without waiting for the client."""
        if self._transport is not None:
            self._transport.abort()

    def encrypt(self, reply: bytes, tls: ssl.SSLContext) -> None:
        """Say this as the last thing in clear."""
        if self._transport is None:
            return
        # What was sent behind STARTTLS was sent unprotected and is not obeyed (RFC 3207 4.2).
        self._buffer.clear()
        self._transport.pause_reading()
        self.reply(reply)
        self.flush()
        loop = asyncio.get_running_loop()
        self._upgrade = loop.create_task(self._encrypt(self._transport, tls))

    async def _encrypt(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(transport, self, tls, server_side=True)
        except OSError:  # ssl.SSLError and a client that went away are OSErrors
            self.abort()
            return
        self._transport = secured
        self._secure = True
        self._upgrade = None
        self.encrypted()
        self._work()

    def _release(self, reply: bytes) -> None:
        self._held = None
        self.reply(reply)
        self._work()
