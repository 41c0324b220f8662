"""E-mail, by SMTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from alerting.domain.channel import Callback, Limits, Outcome, Parcel, Reach, Tracking
from alerting.domain.message import Message
from channels._mail import PreparedMail
from channels._smtp import Mailer, MailSettings, always


class Settings(MailSettings):
    """The channel is off while EMAIL_HOST is empty."""

    model_config = SettingsConfigDict(env_prefix="EMAIL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Letters to people who chose e-mail, a chunk at a time over a few kept connections."""

    name: ClassVar[str] = "email"
    route: str = "relay"
    # A relay takes what it is given; what it cannot deliver comes back as a bounce.
    limits: ClassVar[Limits] = Limits(reach=Reach.EMAIL, tracking=Tracking.ACCEPTANCE, chunk=500)

    mailer: Mailer

    @classmethod
    def from_env(cls, public_url: str) -> "Email | None":
        """The channel as the environment describes it; None when that switches it off."""
        settings = Settings()
        return cls(mailer=Mailer(settings)) if settings.host else None

    def prepare(self, message: Message, *, alert_id: int) -> PreparedMail:
        """Render once to bytes."""
        return self.mailer.prepare(
            language=message.language,
            subject=message.subject,
            text=message.text,
            html=message.html,
        )

    @property
    def meter(self) -> str:
        """A relay's limit is one for all that goes through it."""
        return self.mailer.meter

    def cost(self, prepared: PreparedMail) -> int:
        """A letter is a letter."""
        return 1

    async def send(
        self, prepared: PreparedMail, *, to: str, key: str, valid_for: timedelta
    ) -> Outcome:
        """Hand one letter over; SMTP has no common way to tell how long it is of use."""
        return await self.mailer.send(Parcel(prepared, to, key))

    async def send_many(
        self,
        parcels: Sequence[Parcel[PreparedMail]],
        *,
        valid_for: timedelta,
        go_on: Callable[[], bool] = always,
    ) -> Sequence[Outcome | None]:
        """Hand a chunk over."""
        return await self.mailer.send_many(parcels, go_on=go_on)

    def read_receipt(self, callback: Callback) -> None:
        """Relays do not call back."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self.mailer.close()
