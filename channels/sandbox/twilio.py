"""Twilio's Messages interface, as far as text messages use it.

https://www.twilio.com/docs/messaging/api/message-resource. Ordered failures meet POST alone;
`down` and `slow` meet everything.
"""

import base64
import json
import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from channels.sandbox.faults import Orders, SandboxFault, fraction
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.receipts import Receipts
from channels.sandbox.segments import segments
from channels.sandbox.web import Reply, Request, fields

VERSION: Final = "2010-04-01"
PHONE: Final = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_TEXT: Final = 1600
LARGEST_PAGE: Final = 1000
HTML: Final = "text/html"
RETRY_AFTER_SECONDS: Final = 1

REFUSED_AT_ONCE: Final = (
    (21211, "Invalid 'To' Phone Number"),
    (21614, "'To' number is not a valid mobile number"),
)
REFUSED_LATER: Final = ("30005", "30003", "30008")


class TwilioSandbox:
    """One account."""

    def __init__(
        self, box: Box, orders: Orders, receipts: Receipts, *, sid: str, token: str
    ) -> None:
        self._box = box
        self._orders = orders
        self._receipts = receipts
        self._sid = sid
        self._authorization = "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()
        self._account = f"/{VERSION}/Accounts/{sid}"
        self.refused = 0

    def answer(self, request: Request) -> Reply:
        """One request of the account."""
        if self._orders.down:
            self._orders.given[SandboxFault.DOWN] += 1
            return Reply(503, "<html>Service Unavailable</html>", HTML)
        if request.headers.get("authorization") != self._authorization:
            return failure(401, 20003, "Authenticate")
        path = request.path
        if request.method == "POST" and path == f"{self._account}/Messages.json":
            return self._post(request)
        if request.method == "GET" and (found := self._get(request, path)) is not None:
            return found
        return failure(404, 20404, f"The requested resource {path} was not found")

    def _get(self, request: Request, path: str) -> Reply | None:
        if path == f"{self._account}.json":
            return Reply(200, json.dumps(self._own_resource()))
        if path == f"{self._account}/Messages.json":
            return self._list(request)
        found = path.removeprefix(f"{self._account}/Messages/").removesuffix(".json")
        message = self._box.by_reference(found)
        return None if message is None else Reply(200, json.dumps(self._resource(message)))

    # sending

    def _post(self, request: Request) -> Reply:
        fault = self._orders.draw()
        if fault is SandboxFault.BUSY:
            waiting = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return failure(429, 20429, "Too Many Requests")._replace(headers=waiting)
        if fault is SandboxFault.ERROR:
            status = 500 if self._orders.random.random() < 0.5 else 503
            return Reply(status, "<html>something broke</html>", HTML)
        hang_up = fault is SandboxFault.HANG_UP
        if hang_up and not self._orders.happens(self._orders.hang_up_accepted):
            return Reply(hang_up=True)
        form = fields(request.body.decode("utf-8", "replace"))
        if (refusal := self._refusal(form)) is not None:
            self.refused += 1
            return refusal._replace(hang_up=hang_up)
        message = self._accept(form)
        return Reply(201, json.dumps(self._resource(message)), hang_up=hang_up)

    def _refusal(self, form: dict[str, str]) -> Reply | None:
        to, text = form.get("To", ""), form.get("Body", "")
        scheme = urlsplit(form.get("StatusCallback", "https:")).scheme
        if not to:
            code, words = 21604, "A 'To' phone number is required."
        elif not PHONE.fullmatch(to):
            code, words = 21211, f"Invalid 'To' Phone Number: {masked(to)}"
        elif not (form.get("From") or form.get("MessagingServiceSid")):
            code, words = 21603, "A 'From' phone number is required."
        elif not text:
            code, words = 21602, "Message body is required."
        elif len(text) > LONGEST_TEXT:
            code, words = 21617, "The concatenated message body exceeds 1600 characters."
        elif scheme not in {"http", "https"}:
            code, words = 21609, "The 'StatusCallback' URL is not a valid URL."
        elif self._orders.bars(to):
            code, words = 21408, f"Permission to send an SMS has not been enabled: {masked(to)}"
        elif self._orders.refuses(to) and fraction(to, "when") < 0.5:
            self._orders.given[SandboxFault.REFUSE] += 1
            code, words = REFUSED_AT_ONCE[fraction(to, "code") < 0.5]
            words = f"{words}: {masked(to)}"
        else:
            return None
        return failure(400, code, words)

    def _accept(self, form: dict[str, str]) -> ReceivedMessage:
        to, callback = form["To"], form.get("StatusCallback", "")
        key = parse_qs(urlsplit(callback).query).get("key", [""])[-1] if callback else ""
        service = "MessagingServiceSid" in form
        kept = {**form, "status": "accepted" if service else "queued"}
        if self._orders.refuses(to):
            self._orders.given[SandboxFault.REFUSE] += 1
            self.refused += 1
            kept["will_fail"] = REFUSED_LATER[int(fraction(to, "code") * len(REFUSED_LATER))]
        if self._orders.opts_out(to):
            kept |= {"status": "failed", "error_code": "21610"}
        message = ReceivedMessage(
            at=time.time(),
            to=(to,),
            key=key or f"{to}\n{form['Body']}",
            reference=f"SM{uuid4().hex}",
            fields=kept,
        )
        self._box.add(message)
        if kept["status"] != "failed":
            self._receipts.expect(message)
        return message

    # looking up

    def _list(self, request: Request) -> Reply:
        asked = request.query
        try:
            size = min(max(int(asked.get("PageSize", "50")), 1), LARGEST_PAGE)
            page = max(int(asked.get("Page", "0")), 0)
            chosen = [message for message in self._of(asked) if sent_as_asked(message, asked)]
        except ValueError:
            return failure(400, 20001, "Invalid parameter")
        messages = list(islice(chosen, page * size, (page + 1) * size))
        path = f"{self._account}/Messages.json"

        def address(number: int) -> str:
            return f"{path}?{urlencode({**asked, 'Page': number, 'PageSize': size})}"

        more = len(chosen) > (page + 1) * size
        list_page = {
            "messages": [self._resource(message) for message in messages],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(messages) - 1, 0),
            "uri": address(page),
            "first_page_uri": address(0),
            "previous_page_uri": address(page - 1) if page else None,
            "next_page_uri": address(page + 1) if more else None,
        }
        return Reply(200, json.dumps(list_page))

    def _of(self, asked: dict[str, str]) -> list[ReceivedMessage]:
        to, sender = asked.get("To"), asked.get("From")
        messages = self._box.to(to) if to else self._box.newest()
        return [
            message for message in messages if not sender or message.fields.get("From") == sender
        ]

    def _own_resource(self) -> dict[str, Any]:
        return {
            "sid": self._sid,
            "friendly_name": "Sandbox",
            "status": "active",
            "type": "Full",
            "owner_account_sid": self._sid,
            "uri": f"{self._account}.json",
        }

    def _resource(self, message: ReceivedMessage) -> dict[str, Any]:
        kept = message.fields
        uri = f"{self._account}/Messages/{message.reference}"
        code = kept.get("error_code")
        sent_at = kept.get("sent_at")
        return {
            "account_sid": self._sid,
            "api_version": VERSION,
            "body": kept["Body"],
            "date_created": date(int(message.at)),
            "date_sent": date(int(float(sent_at))) if sent_at else None,
            "date_updated": date(int(float(sent_at or message.at))),
            "direction": "outbound-api",
            "error_code": int(code) if code else None,
            "error_message": None,
            "from": kept.get("From"),
            "messaging_service_sid": kept.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(segments(kept["Body"])),
            "price": None,
            "price_unit": "USD",
            "sid": message.reference,
            "status": kept["status"],
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": message.to[0],
            "uri": f"{uri}.json",
        }


def failure(status: int, code: int, text: str) -> Reply:
    """A refusal in Twilio's shape."""
    said = {
        "code": code,
        "message": text,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Reply(status, json.dumps(said))


def masked(phone: str) -> str:
    """Twilio hides the middle of a number in its errors too."""
    return f"{phone[:3]}XXXXXX{phone[-2:]}"


@lru_cache(maxsize=64)
def date(second: int) -> str:
    """RFC 2822 with +0000, as Twilio writes it."""
    return format_datetime(datetime.fromtimestamp(second, UTC))


def sent_as_asked(message: ReceivedMessage, asked: dict[str, str]) -> bool:
    """Whether a message fits DateSent, DateSent< and DateSent>; one not yet sent counts as now.

    The wire's names end in < and >, so that `DateSent>=2026-01-01` reads like a condition.
    """
    at = datetime.fromtimestamp(float(message.fields.get("sent_at") or message.at), UTC)
    exact, before, after = (asked.get(name) for name in ("DateSent", "DateSent<", "DateSent>"))
    return (
        (not exact or at.date() == moment(exact).date())
        and (not before or at <= moment(before))
        and (not after or at >= moment(after))
    )


def moment(text: str) -> datetime:
    """A day or a moment, in UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
