"""Posts on X, by tweepy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from unicodedata import normalize

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from alerting.domain.channel import (
    Accepted,
    Callback,
    Deferred,
    FailureReason,
    Limits,
    Outcome,
    Tracking,
)
from alerting.domain.channel_accounts import NATIONAL_ACCOUNT
from alerting.domain.channel_setup import RouteSetup
from alerting.domain.language import Language
from alerting.domain.message import Message
from channels._http import cannot_be_asked
from channels._routes import Needed, RouteSlot, settings_of
from channels._sandbox_hosts import sandbox_url
from channels._setup import setup_of

if TYPE_CHECKING:
    from channels._x_client import XAccount


class Access(BaseModel):
    """One account's token and secret."""

    token: str
    secret: SecretStr


class XSettings(BaseSettings):
    """The channel is off while X_CONSUMER_KEY or X_ACCESS_TOKEN is empty."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True, hide_input_in_errors=True)

    NEEDED: ClassVar[Needed] = (
        ("consumer_key",),
        ("consumer_secret",),
        ("access_token",),
        ("access_secret",),
    )

    consumer_key: str = ""
    """OAuth 1.0a key of the application; empty switches the channel off."""
    consumer_secret: SecretStr = SecretStr("")
    """The secret that goes with it."""
    access_token: str = ""
    """OAuth 1.0a token of the account that posts; empty switches the channel off."""
    access_secret: SecretStr = SecretStr("")
    """The secret that goes with it."""
    accounts: dict[Language, Access] = {}
    """Accounts for single languages, {"nl": {"token": "...", "secret": "..."}}; else the above."""
    named: dict[str, Access] = {}
    """Accounts of single authorities, {"liege": {"token": "...", "secret": "..."}}, by the name
    under which two administrators of the whole country let an authority use them."""
    api_base: str = "https://api.twitter.com"
    """The address of X's API; another one for a sandbox."""
    timeout_seconds: float = Field(default=15, gt=0)
    """Seconds X may take to answer."""


def x_setups(public_url: str) -> list[RouteSetup]:
    """How its one route is set up."""
    slot = RouteSlot("x", "x", first=True)
    return [setup_of(slot, [(XSettings, slot.prefix)], public_url=public_url)]


@dataclass(frozen=True, slots=True)
class PreparedPost:
    """The post, as it is."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class X:
    """One post on an account of ours: taking it is publishing it."""

    name: ClassVar[str] = "x"
    route: ClassVar[str] = "x"
    rate_key: ClassVar[str] = "x"
    # https://docs.x.com/x-api/fundamentals/rate-limits: a few posts at most, so little at once.
    limits: ClassVar[Limits] = Limits(tracking=Tracking.PUBLICATION, at_once=1, chunk=5)

    accounts: Mapping[Language, "XAccount"]
    named: Mapping[str, "XAccount"]
    live: bool = True
    """Whether it reaches people: nothing but a sandbox does not."""

    @classmethod
    def from_env(cls, public_url: str) -> "list[X]":
        """Its one route as the environment describes it; none when that switches it off.

        It has no probe: X is paid by the request, and few are granted in a day
        (https://docs.x.com/x-api/getting-started/pricing); those are for alerts.
        """
        settings = settings_of(XSettings, "X_", public_url=public_url)
        if not (settings.consumer_key and settings.access_token):
            return []
        from channels._x_client import XAccount

        default = Access(token=settings.access_token, secret=settings.access_secret)
        access = {one: settings.accounts.get(one, default) for one in Language}

        def account(access: Access) -> XAccount:
            return XAccount(
                consumer=(settings.consumer_key, settings.consumer_secret.get_secret_value()),
                access=(access.token, access.secret.get_secret_value()),
                api_base=settings.api_base,
                timeout=settings.timeout_seconds,
            )

        accounts = {language: account(one) for language, one in access.items()}
        named = {name: account(one) for name, one in settings.named.items()}
        return [cls(accounts=accounts, named=named, live=not sandbox_url(settings.api_base))]

    def prepare(self, message: Message, *, alert_id: int) -> PreparedPost:
        """Nothing to encode: tweepy signs each call."""
        return PreparedPost(message.text, message.language)

    def cost(self, prepared: PreparedPost) -> int:
        """One unit each: posts are not billed by length."""
        return 1

    async def send(
        self, prepared: PreparedPost, *, to: str, key: str, valid_for: timedelta
    ) -> Outcome:
        """Publish. X refuses a text it already has, which makes a repeat harmless.

        Whether it has it from this alert or from an earlier one, only `find` can tell, which is
        given when the alert began and what is known already: until then it is in doubt.
        """
        from channels import _x_client as _tweepy

        account = self._account(to, prepared.language)
        if account is None:
            return Deferred(FailureReason.NOT_PERMITTED, "no such account")
        try:
            return Accepted(await account.post(prepared.text))
        except _tweepy.FAILURES as failure:
            if _tweepy.says_duplicate(failure):
                return Deferred(FailureReason.UNCLEAR, "403 duplicate")
            return _tweepy.outcome_of(failure)

    async def find(
        self,
        prepared: PreparedPost,
        *,
        to: str,
        key: str,
        since: datetime,
        known: Collection[str] = (),
    ) -> Accepted | None:
        """Look for the text among the account's posts.

        Raises ConnectionError when X cannot be asked: that is not the same as having nothing.
        PermissionError where the account may not read its posts.
        """
        from channels import _x_client as _tweepy

        account = self._account(to, prepared.language)
        if account is None:
            return None
        try:
            posts = await account.posts(since)
        except _tweepy.FAILURES as failure:
            raise cannot_be_asked("X", _tweepy.status_of(failure)) from None
        ours = (
            post.id
            for post in posts
            if post.id not in known
            and (post.created_at is None or post.created_at >= since)
            and _same(post.text, prepared.text)
        )
        return next((Accepted(number) for number in ours), None)

    def read_receipt(self, callback: Callback) -> None:
        """X does not call back."""

    async def close(self) -> None:
        """Let go of connections."""
        for account in (*self.accounts.values(), *self.named.values()):
            await account.close()

    def _account(self, to: str, language: Language) -> "XAccount | None":
        """The account an address means: "x:national:nl", or "x:liege:fr"; None: it is not here."""
        _, _, name = to.rpartition(":")[0].partition(":")
        return self.accounts[language] if name == NATIONAL_ACCOUNT else self.named.get(name)


def _same(one: str, other: str) -> bool:
    """X composes characters (NFC) and trims; a text is the same text after that."""
    return normalize("NFC", one).split() == normalize("NFC", other).split()
