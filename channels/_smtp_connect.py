"""A connection to a mail server before its first message, and what it means that there is none."""

import asyncio
import ssl
from collections.abc import Collection
from typing import Final, cast

import aiosmtplib

from alerting.domain.channel import Deferred, FailureReason, Refused
from channels._smtp_hand_over import UNREADABLE
from channels._smtp_pipeline import (
    CHUNKING,
    PIPELINING,
    SIZE,
    Chunking,
    Pipeline,
    Pipelined,
    Sequential,
)
from channels._smtp_replies import provider_code_of

EIGHTBITMIME, SMTPUTF8 = "8bitmime", "smtputf8"

NO_CONNECTION: Final[tuple[tuple[type[Exception], Deferred], ...]] = (
    (TimeoutError, Deferred(FailureReason.DOWN, "no answer in time")),
    (OSError, Deferred(FailureReason.DOWN, "no connection")),  # aiosmtplib's are among them
    (
        aiosmtplib.SMTPException,
        Deferred(FailureReason.CONFIGURATION, "server offers no STARTTLS or no sign-in"),
    ),
    (UnicodeDecodeError, Deferred(FailureReason.DOWN, UNREADABLE)),
    (UnicodeError, Deferred(FailureReason.CONFIGURATION, "a setting cannot be written in SMTP")),
    (Exception, Deferred(FailureReason.DOWN, UNREADABLE)),
)
"""What a failure to connect that is no reply means, by the first kind that it is."""


class NoConnectionError(Exception):
    """The server could not be reached or would not have us; `outcome` is what follows."""

    def __init__(self, outcome: Deferred | Refused) -> None:
        super().__init__(outcome.failure_reason)
        self.outcome = outcome


async def greet(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError:
        await smtp.helo()


def take_over(smtp: aiosmtplib.SMTP, without: Collection[str], *, timeout: float) -> Pipeline:
    """From here on the connection is ours. aiosmtplib documents none of this: pin its version."""

    def offers(extension: str) -> bool:
        return extension not in without and smtp.supports_extension(extension)

    manner: type[Pipeline] = Sequential
    if offers(PIPELINING):
        manner = Chunking if offers(CHUNKING) else Pipelined
    return manner(
        cast("asyncio.Transport", smtp.transport),
        timeout=timeout,
        utf8=offers(SMTPUTF8) and offers(EIGHTBITMIME),  # RFC 6531 3.1 asks for both
        size=offers(SIZE),
    )


def no_connection(error: Exception) -> Deferred | Refused:
    """What a failure to connect means. Its words may hold the server's, so only codes are kept."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        code = provider_code_of(_line(error))
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500:
            return Refused(FailureReason.CONFIGURATION, code)  # RFC 4954 6
        busy = 400 <= error.code < 500
        return Deferred(FailureReason.BUSY if busy else FailureReason.DOWN, code)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Deferred(FailureReason.CONFIGURATION, "no trusted TLS")
    return next(outcome for kind, outcome in NO_CONNECTION if isinstance(error, kind))


def _line(reply: aiosmtplib.SMTPResponseException) -> bytes:
    """A reply in the bytes it came in: aiosmtplib keeps those that are no UTF-8 as surrogates."""
    return f"{reply.code} {reply.message}".encode(errors="surrogateescape")
