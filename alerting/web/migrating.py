"""What a web process answers while it brings the database to the newest schema: that it does."""

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.web.auth import HEADERS

BEING_UPDATED = msgid(
    "The service is being updated and will answer again by itself. Nothing that was saved is lost."
)
AGAIN_AFTER = "5"
"""Seconds after which a provider or a browser asks again."""


async def migrating(scope: Scope, receive: Receive, send: Send) -> None:
    """503 to everything: `/health` says why to programs, all else to people in every language.

    Providers repeat their receipts after a 503.
    """
    headers = {**HEADERS, "Cache-Control": "no-store", "Retry-After": AGAIN_AFTER}
    answer: Response
    if scope["path"] == "/health":
        answer = JSONResponse({"status": "migrating"}, 503, headers)
    else:
        said = "\n\n".join(translator_for(language)(BEING_UPDATED) for language in Language)
        answer = PlainTextResponse(said, 503, headers)
    await answer(scope, receive, send)
