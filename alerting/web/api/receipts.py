"""POST /receipts/{channel}: what providers report. Open, but nothing unsigned gets past it."""

import structlog
from fastapi import APIRouter, Request, Response

from alerting.domain.channel import Callback, Forged
from alerting.web.state import state_of

router = APIRouter(tags=["receipts"])
log = structlog.get_logger()


@router.post(
    "/receipts/{channel}",
    status_code=204,
    summary="A provider's report about one message",
    responses={
        204: {"description": "Understood, and durable"},
        403: {"description": "The signature is wrong or missing; nothing was changed"},
        404: {"description": "There is no such channel, or it is off"},
    },
)
async def receive(channel: str, request: Request) -> Response:
    """Verify, translate, write down; only then answer, so that 204 means it is safe with us."""
    state = state_of(request)
    known = state.services.channels.get(channel)
    if known is None:
        return Response(status_code=404)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    callback = Callback(target, dict(request.headers), await request.body())
    match known.read_receipt(callback):
        case Forged(reason):
            log.warning("receipt.forged", channel=channel, reason=reason)
            return Response(status_code=403)
        case None:
            return Response(status_code=204)
        case receipt:
            await state.inbox.put(receipt)
            return Response(status_code=204)
