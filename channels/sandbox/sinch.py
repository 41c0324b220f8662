"""Sinch's batches of text messages, as far as messages to one person use them.

https://developers.sinch.com/docs/sms/api-reference/sms/batches. Ordered failures meet POST alone;
`down` and `slow` meet everything.
"""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from channels.sandbox.faults import Orders, SandboxFault, fraction
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.receipts import Receipts
from channels.sandbox.web import Reply, Request

PHONE: Final = re.compile(r"\+?[1-9]\d{6,14}")
NEEDED: Final = ("from", "to", "body")
LONGEST_TEXT: Final = 2000
LONGEST_VALIDITY: Final = timedelta(days=3)
LARGEST_PAGE: Final = 100
HTML: Final = "text/html"
RETRY_AFTER_SECONDS: Final = 1
FORMAT: Final = "syntax_invalid_parameter_format"
CONSTRAINT: Final = "syntax_constraint_violation"
REFUSED_LATER: Final = ("Aborted 402", "Failed 404", "Expired 406")


class SinchSandbox:
    """One service plan."""

    def __init__(
        self, box: Box, orders: Orders, receipts: Receipts, *, plan: str, token: str
    ) -> None:
        self._box = box
        self._orders = orders
        self._receipts = receipts
        self._authorization = f"Bearer {token}"
        self._batches = f"/xms/v1/{plan}/batches"
        self.refused = 0

    def answer(self, request: Request) -> Reply:
        """One request of the service plan."""
        if self._orders.down:
            self._orders.given[SandboxFault.DOWN] += 1
            return Reply(503, "<html>Service Unavailable</html>", HTML)
        if request.headers.get("authorization") != self._authorization:
            return Reply(401)
        asked = (request.method, request.path)
        if asked == ("POST", self._batches):
            return self._post(request)
        if asked == ("GET", self._batches):
            return self._list(request)
        message = self._box.by_reference(request.path.removeprefix(f"{self._batches}/"))
        if request.method == "GET" and message is not None:
            return Reply(200, json.dumps(resource(message)))
        return Reply(404)

    # sending

    def _post(self, request: Request) -> Reply:
        fault = self._orders.draw()
        if fault is SandboxFault.BUSY:
            waiting = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return failure(429, "too_many_requests", "Slow down")._replace(headers=waiting)
        if fault is SandboxFault.ERROR:
            status = 500 if self._orders.random.random() < 0.5 else 503
            return Reply(status, "<html>something broke</html>", HTML)
        hang_up = fault is SandboxFault.HANG_UP
        if hang_up and not self._orders.happens(self._orders.hang_up_accepted):
            return Reply(hang_up=True)
        try:
            said = json.loads(request.body)
        except ValueError:
            return failure(400, "syntax_invalid_json", "No JSON")._replace(hang_up=hang_up)
        refusal = self._refusal(said)
        if refusal is not None:
            self.refused += 1
            return refusal._replace(hang_up=hang_up)
        message = self._accept(said)
        return Reply(201, json.dumps(resource(message)), hang_up=hang_up)

    def _refusal(self, said: Any) -> Reply | None:
        if not isinstance(said, dict) or not all(said.get(name) for name in NEEDED):
            code, text = CONSTRAINT, f"one of {', '.join(NEEDED)} is missing"
        elif not isinstance(said["to"], list) or len(said["to"]) != 1:
            code, text = CONSTRAINT, "to: the sandbox takes one recipient at a time"
        elif not PHONE.fullmatch(str(said["to"][0])):
            code, text = FORMAT, "to: not a phone number"
        elif len(said["body"]) > LONGEST_TEXT:
            code, text = CONSTRAINT, f"body: longer than {LONGEST_TEXT}"
        elif wrong := wrong_expiry(said.get("expire_at")):
            code, text = wrong, "expire_at: no date, passed, or more than three days off"
        elif said.get("delivery_report", "none") != "none" and not said.get("callback_url"):
            return failure(403, "missing_callback_url", "no callback URL")
        elif self._orders.bars(f"+{said['to'][0].removeprefix('+')}"):
            return failure(403, "", "not allowed to send there")
        elif self._orders.refuses(said["to"][0]) and fraction(said["to"][0], "when") < 0.5:
            self._orders.given[SandboxFault.REFUSE] += 1
            code, text = FORMAT, "to: not a phone number"
        else:
            return None
        return failure(400, code, text)

    def _accept(self, said: dict[str, Any]) -> ReceivedMessage:
        to = f"+{said['to'][0].removeprefix('+')}"
        kept = {name: str(value) for name, value in said.items() if name not in {"to", "body"}}
        kept |= {"Body": said["body"], "status": "Queued"}
        if self._orders.refuses(to):
            self._orders.given[SandboxFault.REFUSE] += 1
            self.refused += 1
            kept["will_fail"] = REFUSED_LATER[int(fraction(to, "code") * len(REFUSED_LATER))]
        message = ReceivedMessage(
            at=time.time(),
            to=(to,),
            key=kept.get("client_reference") or f"{to}\n{said['body']}",
            reference=f"01{uuid4().hex[:24].upper()}",
            fields=kept,
        )
        self._box.add(message)
        self._receipts.expect(message)
        return message

    # looking up

    def _list(self, request: Request) -> Reply:
        asked = request.query
        try:
            size = min(max(int(asked.get("page_size", "30")), 1), LARGEST_PAGE)
            page = max(int(asked.get("page", "0")), 0)
            since = moment(asked["start_date"]) if "start_date" in asked else None
        except ValueError:
            return failure(400, FORMAT, "page, page_size or start_date")
        earliest = (since or datetime.now(UTC) - timedelta(days=1)).timestamp()
        reference = asked.get("client_reference")
        chosen = [
            message
            for message in self._box.newest()
            if message.at >= earliest
            and reference in {None, message.fields.get("client_reference")}
        ]
        messages = list(islice(chosen, page * size, (page + 1) * size))
        list_page = {
            "count": len(chosen),
            "page": page,
            "page_size": len(messages),
            "batches": [resource(message) for message in messages],
        }
        return Reply(200, json.dumps(list_page))


def wrong_expiry(text: object) -> str:
    """The code of what is wrong with that expiry; empty when nothing is."""
    try:
        left = moment(str(text)) - datetime.now(UTC) if text is not None else LONGEST_VALIDITY
    except ValueError:
        return FORMAT
    return "" if timedelta() < left <= LONGEST_VALIDITY else CONSTRAINT


def resource(message: ReceivedMessage) -> dict[str, Any]:
    """A batch in Sinch's shape."""
    kept = message.fields
    at = datetime.fromtimestamp(message.at, UTC).isoformat(timespec="milliseconds")
    created = at.replace("+00:00", "Z")
    known = ("type", "from", "client_reference", "delivery_report", "callback_url", "expire_at")
    return {
        "id": message.reference,
        "to": [message.to[0].removeprefix("+")],
        "body": kept["Body"],
        "canceled": False,
        "created_at": created,
        "modified_at": created,
        **{name: kept[name] for name in known if name in kept},
    }


def failure(status: int, code: str, text: str) -> Reply:
    """A refusal in Sinch's shape."""
    return Reply(status, json.dumps({"code": code, "text": text}))


def moment(text: str) -> datetime:
    """A moment, in UTC where it names no zone."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
