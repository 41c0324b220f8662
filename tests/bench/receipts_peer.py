"""Receipts the way one writes them first: a form, the SDK's validator, one UPDATE each."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, Form, HTTPException, Request, Response
from sqlalchemy.ext.asyncio import create_async_engine
from twilio.request_validator import RequestValidator

from alerting.store.tables import delivery

STATES = {"delivered": "delivered", "undelivered": "failed", "failed": "failed"}


def make_app(url: str, public_url: str, token: str) -> FastAPI:
    """The application."""
    app = FastAPI()
    engine = create_async_engine(url, pool_size=16, max_overflow=0)
    validator = RequestValidator(token)  # type: ignore[no-untyped-call]

    @app.post("/receipts/sms", status_code=204)
    async def receipt(
        request: Request,
        key: str,
        status: Annotated[str, Form(alias="MessageStatus")],
    ) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        address = f"{public_url}{request.url.path}?{request.url.query}"
        signature = request.headers.get("x-twilio-signature", "")
        if not validator.validate(address, form, signature):  # type: ignore[no-untyped-call]
            raise HTTPException(403)
        alert, channel, recipient = key.split(".")
        async with engine.begin() as connection:
            await connection.execute(
                sa.update(delivery)
                .where(
                    delivery.c.sending_id == int(alert),
                    delivery.c.channel == channel,
                    delivery.c.recipient_id == int(recipient),
                    delivery.c.state == "sent",
                )
                .values(state=STATES[status], settled_at=datetime.now(UTC))
            )
        return Response(status_code=204)

    return app


def main() -> None:
    """`DATABASE PUBLIC_URL TOKEN PORT`."""
    url, public_url, token, port = sys.argv[1:5]
    app = make_app(url, public_url, token)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
