"""Text messages: their gateways, and Twilio, which is the usual one, with its reports."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)

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
    Tracking,
    Undelivered,
    without_recipient,
)
from alerting.domain.channel_setup import RouteSetup
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from channels._http import (
    Encoded,
    NoAnswerError,
    NotSentError,
    TooManyError,
    cannot_be_asked,
    header_of,
    pause_of,
)
from channels._routes import Needed, RouteSettings, RouteSlot, made, read_settings, settings_of
from channels._sandbox_hosts import sandbox_url
from channels._setup import PrefixedSettings, setups_of
from channels._sinch import Sinch, SinchSettings
from channels._twilio_codes import failure_reason_of, outcome_of, outcome_of_created

if TYPE_CHECKING:
    from channels._twilio_http import Client, RequestValidator, Transport

ARRIVED: Final = frozenset({"delivered", "read"})
LOST: Final = frozenset({"undelivered", "failed", "canceled"})
UNDERWAY: Final = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})

LONGEST_VALIDITY: Final = 36_000
MOST_FIELDS: Final = 100
UNREADABLE: Final = (
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    TypeError,
    RecursionError,
)
"""What reading an answer raises that is not made as Twilio says."""
LOOKED_THROUGH: Final = 200
"""How many messages to one number are looked through for one that was cut short."""

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]*$")]


class Gateway(BaseSettings):
    """The provider of a route; its other settings depend on it."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    provider: Literal["twilio", "sinch"] = "twilio"
    """The provider: twilio or sinch."""


class TwilioSettings(RouteSettings):
    """The route is off while its ACCOUNT_SID or AUTH_TOKEN is empty."""

    NEEDED: ClassVar[Needed] = (
        ("account_sid",),
        ("auth_token",),
        ("sender", "messaging_service_sid"),
    )
    account_sid: Word = ""
    """Twilio's name for the account; empty switches the route off."""
    auth_token: SecretStr = SecretStr("")
    """The account's secret; receipts are verified with it too."""
    sender: str = ""
    """The number, short code or name messages come from; or give a messaging service."""
    messaging_service_sid: Word = ""
    """Twilio's name for a pool of senders; it takes precedence over a sender."""
    api_base: str = "https://api.twilio.com"
    """The address of Twilio's API; another one for a sandbox."""
    at_once: int = Field(default=32, ge=1, le=500)
    """Messages being sent at the same time, per worker."""
    timeout_seconds: float = Field(default=10, gt=0)
    """Seconds Twilio may take to answer."""
    receipt_within_seconds: int = Field(default=3600, ge=1)
    """Seconds after which a message without a receipt counts as unconfirmed."""

    @property
    def on(self) -> bool:
        """Whether this route is to be used."""
        return bool(self.account_sid and self.auth_token.get_secret_value())

    @model_validator(mode="after")
    def _has_a_sender(self) -> "TwilioSettings":
        if self.on and not (self.sender or self.messaging_service_sid):
            raise ValueError("set the route's SENDER or MESSAGING_SERVICE_SID")
        return self


@dataclass(frozen=True, slots=True)
class PreparedText:
    """The body, written as a form wants it, once."""

    body: Encoded
    segments: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One text message to one phone, followed by its receipts."""

    name: ClassVar[str] = "sms"

    route: str
    limits: Limits
    public_url: str
    callback: Encoded
    """Where Twilio tells what became of a message, up to its key."""
    sender: Mapping[str, Encoded]
    client: "Client"
    transport: "Transport"
    validator: "RequestValidator"
    live: bool = True
    """Whether it reaches people: nothing but a sandbox does not."""

    @classmethod
    def at(cls, slot: RouteSlot, public_url: str) -> "Sms | None":
        """The route as the environment describes it; None when that switches it off."""
        settings = settings_of(TwilioSettings, slot.prefix, public_url=public_url)
        if not settings.on:
            return None
        from channels._twilio_http import Client, RequestValidator, Transport

        token = settings.auth_token.get_secret_value()
        transport = Transport(
            settings.api_base,
            username=settings.account_sid,
            password=token,
            timeout=settings.timeout_seconds,
        )
        client = Client(  # type: ignore[no-untyped-call]
            settings.account_sid, token, http_client=transport
        )
        # The SDK imports a second's worth of modules at its first message: not during an alert.
        _ = client.messages
        service = settings.messaging_service_sid
        return cls(
            route=slot.route,
            # https://www.twilio.com/docs/messaging/guides/outgoing-message-queueing: what goes
            # over the account's rate is queued by Twilio, until the validity period ends.
            limits=Limits(
                tracking=Tracking.RECEIPTS,
                at_once=settings.at_once,
                receipt_within=timedelta(seconds=settings.receipt_within_seconds),
                chunk=250,  # Twilio can be asked what it took: nobody in doubt gets it twice
                weight=settings.weight,
                per_second=settings.per_second,
            ),
            public_url=public_url.rstrip("/"),
            callback=Encoded(f"{public_url.rstrip('/')}{slot.receipts}?key="),
            sender={"messaging_service_sid": Encoded(service)}
            if service
            else {"from_": Encoded(settings.sender)},
            client=client,
            transport=transport,
            validator=RequestValidator(token),  # type: ignore[no-untyped-call]
            live=not sandbox_url(settings.api_base),
        )

    def prepare(self, message: Message, *, alert_id: int) -> PreparedText:
        """Encode the body once."""
        return PreparedText(Encoded(message.text), measure(message.text).segments)

    @property
    def rate_key(self) -> str:
        """Twilio counts for each account."""
        return f"twilio:{self.client.account_sid}"

    def cost(self, prepared: PreparedText) -> int:
        """Carriers count segments."""
        return prepared.segments

    async def send(
        self, prepared: PreparedText, *, to: str, key: str, valid_for: timedelta
    ) -> Outcome:
        """Post one message. Twilio knows no idempotency key, so nothing is repeated here."""
        seconds = int(valid_for.total_seconds())
        try:
            message_instance = await self.client.messages.create_async(
                to=to,
                body=prepared.body,
                # https://www.twilio.com/docs/messaging/api/message-resource: 1 to 36,000
                validity_period=min(max(seconds, 1), LONGEST_VALIDITY),
                status_callback=self.callback.followed_by(quote(key)),
                **self.sender,
            )
        except TooManyError as wait:
            return Deferred(FailureReason.BUSY, "429", pause_of(wait.retry_after))
        except (TwilioRestException, TwilioServiceException) as refusal:
            return outcome_of(refusal.status, refusal.code)
        except NotSentError:
            return Deferred(FailureReason.DOWN, "no connection")
        except NoAnswerError:
            return Deferred(FailureReason.UNCLEAR, "no answer")
        except UNREADABLE:  # a yes, but not in Twilio's words
            return Deferred(FailureReason.UNCLEAR, "unreadable answer")
        return _created(
            str(message_instance.status), message_instance.sid, message_instance.error_code
        )

    async def find(
        self,
        prepared: PreparedText,
        *,
        to: str,
        key: str,
        since: datetime,
        known: Collection[str] = (),
    ) -> Accepted | None:
        """Look for our text among the messages to this number that did not fail.

        Not filtered by DateSent at Twilio: that is null while a message is queued, and it is the
        queued one we must not miss. Raises ConnectionError when Twilio cannot be asked: that is
        not the same as having nothing. PermissionError where the key may not list: restricted ones
        may send only.
        """
        try:
            messages = await self.client.messages.list_async(
                to=to, limit=LOOKED_THROUGH, page_size=LOOKED_THROUGH
            )
        except TwilioException as refusal:
            raise cannot_be_asked("Twilio", _status_of_page(refusal)) from None
        except (TooManyError, NotSentError, NoAnswerError, *UNREADABLE):
            raise ConnectionError("Twilio could not be asked") from None
        earliest = since.replace(microsecond=0)  # Twilio's dates have whole seconds
        for message in messages:
            created = message.date_created
            recent = created is None or created >= earliest
            on_its_way = str(message.status) not in LOST
            ours = message.body == prepared.body and message.sid not in known
            if message.sid and ours and recent and on_its_way:
                return Accepted(message.sid)
        return None

    async def probe(self) -> FailureReason | None:
        """Fetch the account's own resource: it costs nothing, and says whether it is active."""
        try:
            ours = self.client.api.v2010.accounts(self.client.account_sid or "")
            account = await ours.fetch_async()
        except TooManyError:
            return FailureReason.BUSY
        except (TwilioRestException, TwilioServiceException) as refusal:
            return without_recipient(outcome_of(refusal.status, refusal.code).failure_reason)
        except (NotSentError, NoAnswerError):
            return FailureReason.DOWN
        except (TwilioException, *UNREADABLE):
            return FailureReason.UNCLEAR
        return None if str(account.status) == "active" else FailureReason.CONFIGURATION

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        """Verify Twilio's signature over the address it was given, then translate the status."""
        signature = header_of(callback.headers, "x-twilio-signature")
        if not signature:
            return InvalidSignature("no signature")
        address = self.public_url + callback.target  # as Twilio called it, before any proxy
        try:
            fields = dict(
                parse_qsl(
                    callback.body.decode(),
                    keep_blank_values=True,
                    errors="strict",
                    max_num_fields=MOST_FIELDS,
                )
            )
            genuine = self.validator.validate(address, fields, signature)  # type: ignore[no-untyped-call]
        except ValueError:
            return InvalidSignature("unreadable")
        if not genuine:
            return InvalidSignature("wrong signature")
        key = parse_qs(urlsplit(callback.target).query).get("key", [""])[0]
        return _receipt(key, fields)

    async def close(self) -> None:
        """Let go of connections."""
        self.transport.close()


def text_routes(public_url: str) -> list["Sms | Sinch"]:
    """The gateways as the environment describes them; none when that switches the channel off."""

    def make(slot: RouteSlot) -> Sms | Sinch | None:
        gateway = settings_of(Gateway, slot.prefix)
        kind = Sinch if gateway.provider == "sinch" else Sms
        return kind.at(slot, public_url)

    return made("sms", settings_of(Gateway, "SMS_").provider, make)


def text_setups(public_url: str) -> list[RouteSetup]:
    """How the gateways are set up."""

    def kinds(slot: RouteSlot) -> list[PrefixedSettings]:
        gateway, _ = read_settings(Gateway, slot.prefix)
        sinch = gateway is not None and gateway.provider == "sinch"
        return [(Gateway, slot.prefix), (SinchSettings if sinch else TwilioSettings, slot.prefix)]

    first, _ = read_settings(Gateway, "SMS_")
    return setups_of("sms", first.provider if first else "twilio", kinds, public_url=public_url)


def _status_of_page(failure: TwilioException) -> int:
    """The status of a page that was refused, which the SDK keeps as an argument; 0 of others."""
    return next((int(one.status_code) for one in failure.args if hasattr(one, "status_code")), 0)


def _created(status: str, sid: str | None, code: object) -> Outcome:
    """What an answer 201 means.

    https://www.twilio.com/docs/messaging/api/message-resource: with a messaging service, what
    would else be refused with 400 is created, as a message that failed.
    """
    if status in LOST:
        return replace(outcome_of_created(status, code), reference=sid or "")
    return Accepted(sid) if sid else Deferred(FailureReason.UNCLEAR, "no reference")


def _receipt(key: str, fields: Mapping[str, str]) -> Receipt | None:
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    reference = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if status in ARRIVED:
        return Delivered(key, reference)
    if status in LOST:
        code = fields.get("ErrorCode", "")
        known = code if code.isascii() and code.isdigit() else ""
        return Undelivered(key, reference, failure_reason_of(known), f"{status} {known}".rstrip())
    return InProgress(key, reference) if status in UNDERWAY else None
