"""Structured logs: one line an event, no content and no address in any of them."""

import logging
import re
import sys
from typing import Any

import structlog

ADDRESS = re.compile(r"[^\s@<>\"'=:]{1,128}@([^\s@<>\"',;]+)")
NUMBER = re.compile(r"\+\d{4}\d{4,11}\b")
SECRET = re.compile(r"\balt_\w{8}[\w-]+|(?<=key=)[\w-]{16,}|(?<=once=)[\w-]{16,}")


def masked(text: str) -> str:
    """`text` without mail addresses, telephone numbers, tokens and one-time links in it.

    The second line of defence: what is logged should hold none, and errors of libraries may.
    """
    text = SECRET.sub("…", text)
    return NUMBER.sub(lambda match: f"{match[0][:4]}…", ADDRESS.sub(r"…@\1", text))


class Masking(logging.Filter):
    """Masks what libraries log, their tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a line; only changes it."""
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = masked(logging.Formatter().formatException(record.exc_info))
        return True


def _mask(_logger: object, _method: str, event: Any) -> Any:
    """Mask numbers and addresses in lines of our own."""
    return {
        name: masked(value) if isinstance(value, str) else value for name, value in event.items()
    }


def configure_logging(level: str, *, as_json: bool) -> None:
    """Set up logging once, for this process."""
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        if not any(isinstance(filter_, Masking) for filter_ in handler.filters):
            handler.addFilter(Masking())
    # twilio and tweepy log requests with their bodies (personal data); the others are only verbose.
    for name in ("twilio", "tweepy", "aiosmtplib", "httpx2", "arq", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask,
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_plain),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_: object) -> structlog.WriteLogger:
    """Looked up at each line: whoever replaced the stream for a while may have closed theirs."""
    return structlog.WriteLogger(sys.stderr)


_plain = structlog.dev.plain_traceback
