"""Structured logs: one line an event, no content and no address in any of them."""

import logging

import structlog


def configure_logging(level: str, *, as_json: bool) -> None:
    """Set up logging once, for this process."""
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    # SDKs log requests with their bodies: whom we write to and what. Others just talk much.
    for name in ("twilio", "tweepy", "aiosmtplib", "httpx2", "arq", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_plain),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=_stderr()),
        cache_logger_on_first_use=False,
    )


def _stderr() -> "structlog.typing.WrappedLogger":
    import sys

    return sys.stderr


_plain = structlog.dev.plain_traceback
