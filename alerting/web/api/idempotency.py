"""POST with an Idempotency-Key: done once; whoever asks again gets the first answer."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from alerting.actions.accounts import idempotency
from alerting.actions.accounts.idempotency import SavedAnswer
from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.web.auth import credential_of, officer_of_request
from alerting.web.errors import answer_to
from alerting.web.state import state_of

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
MAX_KEY_CHARS = 255
NOT_KEPT = frozenset({401, 429})
"""Whoever repeats these has done what they ask for: prove who they are, or wait."""
KEPT_HEADERS = ("content-type", "content-language")
BAD_KEY = msgid("An Idempotency-Key has 1 to {most} visible ASCII characters")

PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARS},
    "description": "A key of your own, such as a UUID, for a request that may be sent again: it is "
    "carried out once. Kept for 24 hours for each token, once something was done. The same request "
    "again gets the first answer with `Idempotent-Replayed: true`; another request with the same "
    "key gets 422, and 409 means that the first is still in progress.",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class RepeatableRoute(APIRoute):
    """A route whose POST may be repeated."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if "POST" in (more.get("methods") or ()):
            more["openapi_extra"] = {"parameters": [PARAMETER], **(more.get("openapi_extra") or {})}
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """What answers a request."""
        handler = super().get_route_handler()
        if "POST" not in (self.methods or ()):
            return handler

        async def answer(request: Request) -> Response:
            key = request.headers.get(HEADER)
            return await (handler(request) if key is None else _once(request, key, handler))

        return answer


async def _once(request: Request, key: str, handler: Handler) -> Response:
    key = key.strip().removeprefix('"').removesuffix('"')  # a string of RFC 9651, or bare
    if not (0 < len(key) <= MAX_KEY_CHARS and key.isascii() and key.isprintable()):
        raise BadRequest(BAD_KEY, most=MAX_KEY_CHARS)
    services = state_of(request).services
    await officer_of_request(request)
    credential = credential_of(request)
    assert credential is not None  # noqa: S101  for the type: who has none is refused above
    begun = await idempotency.begin_request(services, credential.id, key, await _content(request))
    if isinstance(begun, SavedAnswer):
        return Response(begun.body, begun.status, {**begun.headers, **REPLAYED})
    try:
        with idempotency.acting_for(begun):
            answer = await _answered(request, handler)
    except BaseException:
        await _release(services, begun)
        raise
    did_nothing = await _release(services, begun)
    if not did_nothing and answer.status_code < 500 and answer.status_code not in NOT_KEPT:
        headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
        saved = SavedAnswer(answer.status_code, headers, bytes(answer.body).decode())
        await idempotency.save_answer(services, begun, saved)
    return answer


async def _answered(request: Request, handler: Handler) -> Response:
    """The answer, also where it is a refusal."""
    try:
        return await handler(request)
    except Exception as failure:
        return await answer_to(request, failure)


async def _content(request: Request) -> str:
    """What makes a request the same: method, address, body."""
    body = (await request.body()).decode("latin-1")
    return f"{request.method} {request.url.path}?{request.url.query}\n{body}"


async def _release(services: Services, claimed: str) -> bool:
    with suppress(Exception):  # else it is taken for abandoned after a while
        return await idempotency.release_request(services, claimed)
    return True
