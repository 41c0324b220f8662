"""How each provider tells a service what became of a message: which statuses, and the call itself.

Twilio: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status.
Sinch: https://developers.sinch.com/docs/sms/api-reference/sms/webhooks/callbacks, with reports of
the final status alone (`per_recipient_final`).
"""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlencode
from uuid import uuid4

from twilio.request_validator import RequestValidator

from channels.sandbox.inbox import ReceivedMessage


class CallbackReport(NamedTuple):
    """One status of one message, on its way to its callback."""

    message: ReceivedMessage
    status: str
    code: str = ""
    attempts: int = 0


class Call(NamedTuple):
    """A request to the service."""

    url: str
    headers: dict[str, str]
    body: bytes


class Reporter(Protocol):
    """One provider's way of reporting."""

    @property
    def over(self) -> frozenset[str]:
        """Statuses after which nothing more is reported."""
        ...

    def steps(self, message: ReceivedMessage) -> list[CallbackReport]:
        """What will be reported of a message, in order."""
        ...

    def callback(self, message: ReceivedMessage) -> str:
        """The address its reports go to; empty when nobody wants them."""
        ...

    def call(self, report: CallbackReport) -> Call:
        """The signed request that tells it."""
        ...


class TwilioReporter:
    """A form, signed together with the address."""

    over: Final = frozenset({"delivered", "undelivered", "failed"})

    def __init__(self, *, sid: str, token: str) -> None:
        self._sid = sid
        self._validator = RequestValidator(token)  # type: ignore[no-untyped-call]

    def steps(self, message: ReceivedMessage) -> list[CallbackReport]:
        """Sent, and how it ended."""
        failure = message.fields.get("will_fail", "")
        last = CallbackReport(message, "undelivered" if failure else "delivered", failure)
        return (
            [last]
            if message.fields.get("status") == "sent"
            else [CallbackReport(message, "sent"), last]
        )

    def callback(self, message: ReceivedMessage) -> str:
        """As it was given with the message."""
        return message.fields.get("StatusCallback", "")

    def call(self, report: CallbackReport) -> Call:
        """Twilio's own names and headers."""
        url, form = self.callback(report.message), self._form(report)
        signature = self._validator.compute_signature(url, form)  # type: ignore[no-untyped-call]
        headers = {
            "X-Twilio-Signature": str(signature),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": f"{report.message.reference}-{report.status}",
            "User-Agent": "TwilioProxy/1.1",
        }
        return Call(url, headers, urlencode(form).encode())

    def _form(self, report: CallbackReport) -> dict[str, str]:
        kept_fields = report.message.fields
        form = {
            "MessageSid": report.message.reference,
            "SmsSid": report.message.reference,
            "MessageStatus": report.status,
            "SmsStatus": report.status,
            "To": report.message.to[0],
            "AccountSid": self._sid,
            "ApiVersion": "2010-04-01",
        }
        for name in ("From", "MessagingServiceSid"):
            if name in kept_fields:
                form[name] = kept_fields[name]
        if report.code:
            form["ErrorCode"] = report.code
        return form


class SinchReporter:
    """JSON, signed by its body, a nonce and the time."""

    over: Final = frozenset({"Delivered", "Aborted", "Failed", "Expired"})

    def __init__(self, *, secret: str) -> None:
        self._secret = secret.encode()

    def steps(self, message: ReceivedMessage) -> list[CallbackReport]:
        """How it ended."""
        status, _, code = message.fields.get("will_fail", "").partition(" ")
        return [CallbackReport(message, status or "Delivered", code or "0")]

    def callback(self, message: ReceivedMessage) -> str:
        """As it was given with the batch, unless it said that it wants no report."""
        wanted = message.fields.get("delivery_report", "none") != "none"
        return message.fields.get("callback_url", "") if wanted else ""

    def call(self, report: CallbackReport) -> Call:
        """Sinch's own names and headers."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {
            "type": "recipient_delivery_report_sms",
            "batch_id": report.message.reference,
            "recipient": report.message.to[0].removeprefix("+"),
            "code": int(report.code),
            "status": report.status,
            "at": now,
            "operator_status_at": now,
        }
        if reference := report.message.fields.get("client_reference"):
            said["client_reference"] = reference
        body = json.dumps(said).encode()
        nonce, at = uuid4().hex.upper(), str(int(time.time()))
        signed = body + f".{nonce}.{at}".encode()
        headers = {
            "Content-Type": "application/json",
            "x-sinch-webhook-signature": base64.b64encode(
                hmac.digest(self._secret, signed, "sha256")
            ).decode(),
            "x-sinch-webhook-signature-nonce": nonce,
            "x-sinch-webhook-signature-timestamp": at,
            "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        }
        return Call(self.callback(report.message), headers, body)
