"""How a mail server is reached and who writes through it: settings, the same for every channel."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from alerting.domain.channel_setup import RouteSetup
from channels._email_message import ADDRESS, SenderIdentity
from channels._routes import Needed, RouteSettings, RouteSlot
from channels._setup import PrefixedSettings, setups_of

LONGEST_SILENCE: Final = 40.0
"""Seconds a server may be silent, whatever is set."""


def _own_address(address: str) -> str:
    if address and not (ADDRESS.fullmatch(address) and address.isascii()):
        raise ValueError("write a plain address, as alerts@example.org")
    return address


OwnAddress = Annotated[str, AfterValidator(_own_address)]


class SenderSettings(BaseSettings):
    """The sender: the same for every relay, so that an e-mail and its repeat look the same."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True, hide_input_in_errors=True)

    sender: OwnAddress = "alerts@localhost"
    """The address messages come from."""
    sender_name: str = ""
    """The name shown beside it."""
    reply_to: OwnAddress = ""
    """Where replies are sent; empty: to the sender."""
    bounces: OwnAddress = ""
    """Where bounces are sent, as bounces+KEY@...; empty: to the sender, without the key."""

    @property
    def identity(self) -> SenderIdentity:
        """What stands on every message."""
        return SenderIdentity(
            sender=self.sender,
            name=self.sender_name,
            reply_to=self.reply_to,
            bounces=self.bounces,
        )


class RelaySettings(RouteSettings):
    """How to reach one mail server. A route gives the prefix."""

    NEEDED: ClassVar[Needed] = (("host",),)

    host: str = ""
    """The mail server that takes the e-mails; empty switches the channel off."""
    port: int = 587
    """Its port: 587 with starttls, 465 with implicit TLS, 25 for a relay beside the service."""
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    """Encryption; what is chosen here is required, never optional."""
    tls_ca: str = ""
    """A file with the authority that signed the server's certificate; empty: the system's."""
    username: str = ""
    """The name to sign in with; empty: no sign-in."""
    password: SecretStr = SecretStr("")
    """The password that goes with it."""
    helo: str = ""
    """The name this host greets with; empty: its own host name."""
    chunking: bool = True
    """Whether e-mails are sent by BDAT (RFC 3030) if the server offers it; false: by DATA."""
    pipelining: bool = True
    """Whether commands are sent together (RFC 2920) if the server offers it; false: one by one."""
    eightbitmime: bool = True
    """Whether 8BITMIME (RFC 6152) is used if offered; addresses beyond ASCII need it."""
    size: bool = True
    """Whether MAIL declares the size (RFC 1870) if the server offers it."""
    connections: int = Field(default=8, ge=1, le=100)
    """Maximum number of connections kept, per worker."""
    messages_per_connection: int = Field(default=1000, ge=1)
    """Messages after which a connection is renewed: some servers limit them."""
    idle_seconds: float = Field(default=30, gt=0)
    """Seconds an unused connection is kept."""
    timeout_seconds: float = Field(default=30, gt=0, le=LONGEST_SILENCE)
    """Seconds that connecting may take, and that the server may stay silent after that."""


def relay_setups(channel: str, public_url: str) -> list[RouteSetup]:
    """How the relays of a channel are set up; the sender belongs to the first."""

    def kinds(slot: RouteSlot) -> list[PrefixedSettings]:
        sender: list[PrefixedSettings] = [(SenderSettings, slot.shared)] if slot.first else []
        return [(RelaySettings, slot.prefix), *sender]

    return setups_of(channel, "relay", kinds, public_url=public_url)
