"""Text messages by Sinch's SMS interface: one more gateway, in Europe, over plain HTTP.

https://developers.sinch.com/docs/sms/api-reference. A batch of one message for each person, since
a batch of many has one reference, and so could not be asked about after a cut connection. Sinch
chooses the encoding (GSM 03.38 or UCS-2) by the text, as the count of segments does here.
"""

import base64
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator

from alerting.domain.channel import (
    Accepted,
    Callback,
    Deferred,
    Delivered,
    FailureReason,
    InProgress,
    InvalidSignature,
    Limits,
    Outcome,
    Receipt,
    Refused,
    Tracking,
    Undelivered,
    without_recipient,
)
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from channels._http import (
    Connections,
    HttpAnswer,
    NoAnswerError,
    NotSentError,
    cannot_be_asked,
    header_of,
    pause_of,
)
from channels._routes import Needed, RouteSettings, RouteSlot, settings_of
from channels._sandbox_hosts import sandbox_url
from channels._sinch_codes import LOST_BY_STATUS, failure_reason_of, outcome_of

REPORT: Final = "recipient_delivery_report_sms"
SHORTEST_VALIDITY: Final = timedelta(seconds=1)
LONGEST_VALIDITY: Final = timedelta(days=3) - timedelta(minutes=5)
"""Three days, says the reference; less what two clocks may differ by."""
LARGEST_PAGE: Final = 100
"""Batches in one answer, says the reference."""

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$")]
Sender = Annotated[str, StringConstraints(pattern=r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})?$")]
"""A number, a short code, or a name of at most eleven letters and digits (3GPP TS 23.040)."""


class SinchSettings(RouteSettings):
    """The route is off while its service plan or its token is empty."""

    NEEDED: ClassVar[Needed] = (("service_plan_id",), ("api_token",), ("hmac_secret",), ("sender",))

    service_plan_id: Word = ""
    """Sinch's name for the service plan; empty switches the route off."""
    api_token: SecretStr = SecretStr("")
    """The service plan's API token."""
    hmac_secret: SecretStr = SecretStr("")
    """The secret its delivery reports are signed with, as set for the service plan."""
    sender: Sender = ""
    """The number, short code or name messages come from."""
    api_base: str = "https://eu.sms.api.sinch.com"
    """The address of Sinch's API; the region is that of the service plan."""
    at_once: int = Field(default=32, ge=1, le=500)
    """Messages being sent at the same time, per worker."""
    timeout_seconds: float = Field(default=10, gt=0)
    """Seconds Sinch may take to answer."""
    receipt_within_seconds: int = Field(default=3600, ge=1)
    """Seconds after which a message without a receipt counts as unconfirmed."""

    @property
    def on(self) -> bool:
        """Whether this route is to be used."""
        return bool(self.service_plan_id and self.api_token.get_secret_value())

    @model_validator(mode="after")
    def _is_whole(self) -> "SinchSettings":
        if self.on and not self.sender:
            raise ValueError("set the route's SENDER")
        if self.on and not self.hmac_secret.get_secret_value():
            raise ValueError("set the route's HMAC_SECRET: receipts cannot be believed without it")
        return self


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """The request's body up to what differs from person to person."""

    head: str
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinch:
    """One text message to one phone, followed by its report."""

    name: ClassVar[str] = "sms"

    route: str
    limits: Limits
    report_to: str
    sender: str
    account: "SinchAccount"

    @classmethod
    def at(cls, slot: RouteSlot, public_url: str) -> "Sinch | None":
        """The route as the environment describes it; None when that switches it off."""
        settings = settings_of(SinchSettings, slot.prefix, public_url=public_url)
        if not settings.on:
            return None
        return cls(
            route=slot.route,
            # https://developers.sinch.com/docs/sms/resources/message-info/rate-limits: what goes
            # over the service plan's rate is queued by Sinch, until the message expires.
            limits=Limits(
                tracking=Tracking.RECEIPTS,
                at_once=settings.at_once,
                receipt_within=timedelta(seconds=settings.receipt_within_seconds),
                chunk=100,  # a text message that comes twice disturbs: keep little in doubt
                weight=settings.weight,
                per_second=settings.per_second,
            ),
            report_to=f"{public_url.rstrip('/')}{slot.receipts}",
            sender=settings.sender,
            account=SinchAccount(settings),
        )

    @property
    def live(self) -> bool:
        """Whether it reaches people: nothing but a sandbox does not."""
        return not sandbox_url(self.account.base)

    @property
    def rate_key(self) -> str:
        """Sinch counts for each service plan."""
        return f"sinch:{self.account.plan}"

    def prepare(self, message: Message, *, alert_id: int) -> PreparedBatch:
        """Write down what is the same for everyone."""
        fields = {
            "type": "mt_text",
            "from": self.sender,
            "body": message.text,
            "delivery_report": "per_recipient_final",
            "callback_url": self.report_to,
        }
        segments = measure(message.text).segments
        return PreparedBatch(json.dumps(fields).removesuffix("}"), segments)

    def cost(self, prepared: PreparedBatch) -> int:
        """Carriers count segments."""
        return prepared.segments

    async def send(
        self, prepared: PreparedBatch, *, to: str, key: str, valid_for: timedelta
    ) -> Outcome:
        """Post one batch of one. Sinch knows no idempotency key, so nothing is repeated here."""
        lasts = min(max(valid_for, SHORTEST_VALIDITY), LONGEST_VALIDITY)
        rest = json.dumps(
            {"to": [to], "client_reference": key, "expire_at": _moment(datetime.now(UTC) + lasts)}
        )
        try:
            answer = await self.account.ask("POST", "/batches", f"{prepared.head}, {rest[1:]}")
        except NotSentError:
            return Deferred(FailureReason.DOWN, "no connection")
        except NoAnswerError:
            return Deferred(FailureReason.UNCLEAR, "no answer")
        said = _read(answer)
        if answer.status in {200, 201}:
            return _taken(said) or Deferred(FailureReason.UNCLEAR, "no reference")
        return _refusal(answer, said)

    async def find(
        self,
        prepared: PreparedBatch,
        *,
        to: str,
        key: str,
        since: datetime,
        known: Collection[str] = (),
    ) -> Accepted | None:
        """Ask for a batch to this number with our reference that is not reported as lost.

        Our reference is the same for every try, so that those known already are passed over.
        Raises ConnectionError when Sinch cannot be asked: that is not the same as having nothing.
        PermissionError where the token may not list.
        """
        asked = urlencode(
            {
                "client_reference": key,
                "start_date": _moment(since),
                "page": 0,
                "page_size": LARGEST_PAGE,
            }
        )
        try:
            answer = await self.account.ask("GET", f"/batches?{asked}")
        except (NotSentError, NoAnswerError):
            raise ConnectionError("Sinch could not be asked") from None
        if answer.status != 200:
            raise cannot_be_asked("Sinch", answer.status)
        batches = _read(answer).get("batches")
        if not isinstance(batches, list):
            raise ConnectionError("Sinch could not be asked")
        ours = (
            batch
            for batch in batches
            if isinstance(batch, dict)
            and batch.get("client_reference") == key
            and not batch.get("canceled")
            and _is_to(batch, to)
        )
        for one in ours:
            taken = _taken(one)
            if taken and taken.reference not in known and not await self._is_lost(taken.reference):
                return taken
        return None

    async def _is_lost(self, reference: str) -> bool:
        """Whether a batch's report says so; where there is none yet, or none to be had, it is not.

        https://developers.sinch.com/docs/sms/api-reference/sms/delivery-reports
        """
        path = f"/batches/{quote(reference, safe='')}/delivery_report?type=summary"
        try:
            answer = await self.account.ask("GET", path)
        except (NotSentError, NoAnswerError):
            return False
        said = _read(answer).get("statuses") if answer.status == 200 else None
        statuses = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
        return bool(statuses) and all(
            str(statuse.get("status")) in LOST_BY_STATUS for statuse in statuses
        )

    async def probe(self) -> FailureReason | None:
        """List the batches of the moment to come: it costs nothing and needs the token."""
        asked = urlencode({"start_date": _moment(datetime.now(UTC)), "page": 0, "page_size": 1})
        try:
            answer = await self.account.ask("GET", f"/batches?{asked}")
        except (NotSentError, NoAnswerError):
            return FailureReason.DOWN
        said = _read(answer)
        if answer.status == 200:
            return None if "batches" in said else FailureReason.UNCLEAR
        return without_recipient(_refusal(answer, said).failure_reason)

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        """Verify Sinch's signature over the body, then translate the report.

        One that is played back a second time changes nothing, so the signature's age is of no use.
        """
        signature, nonce, at = (
            header_of(callback.headers, f"x-sinch-webhook-signature{part}")
            for part in ("", "-nonce", "-timestamp")
        )
        if not (signature and nonce and at):
            return InvalidSignature("no signature")
        if not hmac.compare_digest(
            self.account.signature(callback.body, nonce, at), signature.encode()
        ):
            return InvalidSignature("wrong signature")
        try:
            said = json.loads(callback.body)
        except ValueError:
            return None
        return _receipt(said) if isinstance(said, dict) else None

    async def close(self) -> None:
        """Let go of connections."""
        self.account.close()


class SinchAccount:
    """One service plan: its secrets, which no log may show, and its connections."""

    def __init__(self, settings: SinchSettings) -> None:
        base = urlsplit(settings.api_base)
        self.base = settings.api_base
        self.plan = settings.service_plan_id
        self._connections = Connections(base, seconds=settings.timeout_seconds)
        self._path = f"{base.path.rstrip('/')}/xms/v1/{self.plan}"
        self._secret = settings.hmac_secret.get_secret_value().encode()
        self._fixed = (
            f"Host: {base.netloc}\r\n"
            f"Authorization: Bearer {settings.api_token.get_secret_value()}\r\n"
            "Accept: application/json\r\nUser-Agent: alerting\r\n"
        )

    async def ask(self, method: str, path: str, body: str = "") -> HttpAnswer:
        """One request below the service plan's address."""
        kind = "Content-Type: application/json\r\n" if body else ""
        return await self._connections.ask(  # json.dumps writes ASCII: letters are octets
            (
                f"{method} {self._path}{path} HTTP/1.1\r\n{self._fixed}{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )

    def signature(self, body: bytes, nonce: str, at: str) -> bytes:
        """What Sinch signs a callback with.

        https://developers.sinch.com/docs/sms/api-reference/sms/webhooks/callbacks
        """
        signed = b"%b.%b.%b" % (body, nonce.encode(), at.encode())
        return base64.b64encode(hmac.digest(self._secret, signed, "sha256"))

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()


def _moment(at: datetime) -> str:
    """ISO 8601 to the millisecond, downwards, as the reference writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(answer: HttpAnswer) -> dict[str, Any]:
    """The JSON object of an answer; an empty one for anything else."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _taken(batch: dict[str, Any]) -> Accepted | None:
    reference = batch.get("id")
    return Accepted(reference) if isinstance(reference, str) and reference else None


def _is_to(batch: dict[str, Any], to: str) -> bool:
    """Whether a batch went to this number, which Sinch writes without its plus."""
    numbers = batch.get("to")
    return not isinstance(numbers, list) or to.removeprefix("+") in {
        str(number).removeprefix("+") for number in numbers
    }


def _refusal(answer: HttpAnswer, said: dict[str, Any]) -> Deferred | Refused:
    if answer.status == 429:
        return Deferred(FailureReason.BUSY, "429", pause_of(answer.headers.get("retry-after", "")))
    return outcome_of(answer.status, str(said.get("code", "")))


def _receipt(said: dict[str, Any]) -> Receipt | None:
    status, code = said.get("status"), said.get("code")
    if said.get("type") != REPORT or not isinstance(status, str):
        return None
    key, reference = _word(said, "client_reference"), _word(said, "batch_id")
    number = code if isinstance(code, int) else 0
    if status == "Delivered":
        return Delivered(key, reference)
    if status in LOST_BY_STATUS:
        return Undelivered(key, reference, failure_reason_of(status, number), f"{status} {number}")
    return InProgress(key, reference)  # on its way, or a word that says nothing final


def _word(said: dict[str, Any], name: str) -> str:
    """A field of the report; empty where it is missing or no text."""
    value = said.get(name)
    return value if isinstance(value, str) else ""
