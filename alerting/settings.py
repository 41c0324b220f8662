"""The core's settings: name, type, default, one line of why. Channels keep theirs beside them.

Read from the environment (`ALERTING_…`), from a file `.env` beside the service, and from the folder
that `ALERTING_SECRETS_DIR` names: a file there is called as the variable, in small letters
(`alerting_oidc_client_secret`), which is how Docker and Kubernetes hand secrets over.
"""

import ipaddress
import os
from datetime import timedelta
from decimal import Decimal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from alerting.importing.phone_numbers import COUNTRIES, DEFAULT_COUNTRIES


def _codes(given: str) -> frozenset[str]:
    return frozenset(one.strip().upper() for one in given.split(",") if one.strip())


class Settings(BaseSettings):
    """Everything the core needs to know about its surroundings; the defaults need none."""

    model_config = SettingsConfigDict(
        env_prefix="ALERTING_",
        env_file=".env",
        extra="ignore",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    training: bool = False
    """Whether this is a training service: nothing real can be drafted, and no provider reached."""
    database_url: str = "sqlite+aiosqlite:///var/alerting.db"
    """Where everything is kept; `postgresql+asyncpg://…` for more than one machine."""
    database_connections: int = Field(8, ge=2, le=100)
    """Connections to PostgreSQL that this process may open, beside one for its heartbeat."""
    redis_url: str = ""
    """Redis or Valkey for wake-ups between processes; empty: the queue lives in this process."""
    public_url: str = "http://127.0.0.1:8000"
    """The address providers and officers reach this service at, as seen from outside."""
    secrets_dir: str = ""
    """The folder with the keys and with files named as settings; empty: keys in `var/secrets`."""
    journal_dir: str = ""
    """The folder, on this machine, for what is under way; empty: `var/journals`."""
    host: str = "127.0.0.1"
    """The address the web server listens on."""
    port: int = 8000
    """The port the web server listens on."""
    trusted_proxies: str = ""
    """Networks of the proxies whose X-Forwarded-For is believed, as `10.0.0.0/8,192.0.2.7/32`."""
    connections: int = Field(default=1000, ge=10)
    """Connections open at the same time; more are closed unanswered."""
    connections_per_address: int = Field(default=100, ge=0)
    """The same for one address; 0 behind a proxy, which is one address and has limits itself."""
    worker_inside: bool = True
    """Whether the web process also sends; off where `alerting worker` runs beside it."""
    interface_language: str = "fr"
    """The language of pages and messages to officers whose browser asks for none of ours."""
    log_level: str = "INFO"
    """How much is logged: DEBUG, INFO, WARNING or ERROR."""
    log_json: bool = False
    """Log lines as JSON objects, for a log collector."""

    approval_lasts: timedelta = Field(default=timedelta(hours=24), gt=timedelta(0))
    """How long an approval holds, as `24:00:00` or ISO 8601: later, somebody must look again."""
    false_alert_minutes: int = Field(default=30, ge=5, le=120)
    """Minutes after its first message within which one person may take a false alert back."""

    authority_fr: str = "Centre de crise national"
    """Who speaks, in French, where a draft names nobody else."""
    authority_nl: str = "Nationaal Crisiscentrum"
    """The same in Dutch."""
    authority_de: str = "Nationales Krisenzentrum"
    """The same in German."""
    authority_en: str = "National Crisis Centre"
    """The same in English."""
    official_url_fr: str = "https://www.be-alert.be/fr"
    """The page that confirms every alert, in French."""
    official_url_nl: str = "https://www.be-alert.be/nl"
    """The same in Dutch."""
    official_url_de: str = "https://www.be-alert.be/de"
    """The same in German."""
    official_url_en: str = "https://www.be-alert.be/en"
    """The same in English."""
    official_hosts: str = "be-alert.be,centredecrise.be,crisiscentrum.be,crisiscenter.be"
    """Further hosts a text may link to, separated by commas."""
    town_fr: str = "Bruxelles"
    """Where press releases are dated, in French."""
    town_nl: str = "Brussel"
    """The same in Dutch."""
    town_de: str = "Brüssel"
    """The same in German."""
    town_en: str = "Brussels"
    """The same in English."""
    press_contact_fr: str = "Service de presse"
    """Whom journalists reach, with telephone and address; in every release, in French."""
    press_contact_nl: str = "Persdienst"
    """The same in Dutch."""
    press_contact_de: str = "Pressestelle"
    """The same in German."""
    press_contact_en: str = "Press office"
    """The same in English."""
    sms_segment_euros: Decimal = Decimal("0.055")
    """What one segment of a text message costs, for the estimate before sending."""
    voice_minute_euros: Decimal = Decimal("0.055")
    """What one minute of a call costs, for the same estimate."""
    sms_per_second: float = 100
    """Segments the provider takes in a second, for the estimate of how long sending takes."""
    email_per_second: float = 2000
    """Letters the relay takes in a second, for the same estimate."""
    sandbox_url: str = ""
    """The sandbox's own page, for reading what a person received; empty with real providers."""
    areas_file: str = ""
    """A TOML file with prepared areas, as zones of Seveso sites; see `templates/areas.toml`."""
    phone_countries: str = ",".join(sorted(DEFAULT_COUNTRIES))
    """Countries whose telephone numbers the lists take, as ISO 3166-1 (`BE,FR`).

    Premium, shared-cost and satellite numbers are never taken.
    """
    page_size: int = Field(default=100, ge=10, le=1000)
    """Rows on a page of deliveries."""

    session_idle_minutes: int = Field(default=30, ge=1)
    """A session that nobody uses ends after this."""
    session_hours: int = Field(default=12, ge=1)
    """Every session ends after this, used or not."""
    uploads_kept_minutes: int = Field(default=60, ge=5)
    """A file that was brought and not imported is deleted after this."""
    forms_kept_minutes: int = Field(default=30, ge=1)
    """What somebody had typed when their session ended is kept for them this long."""
    sessions_kept_days: int = Field(default=30, ge=1)
    """The row of a session, with its network and browser, is deleted this long after its end."""
    fresh_minutes: int = Field(default=5, ge=1)
    """How long a proof of who one is counts for the gravest acts."""
    fresh_required: bool = True
    """Whether somebody signed in by a one-time link needs a new one for the gravest acts."""
    oidc_issuer: str = ""
    """The authority's OpenID provider, as its address; empty: no sign-in from there."""
    oidc_client_id: str = ""
    """As what this service is registered with the provider."""
    oidc_client_secret: SecretStr = SecretStr("")
    """What it proves itself with there."""
    oidc_name: str = "OpenID"
    """What the provider is called on the sign-in page."""
    oidc_acr_values: str = ""
    """The provider's names (`acr`) for a sign-in with two factors, separated by spaces."""
    oidc_scopes: str = "openid email"
    """What is asked of the provider, separated by spaces."""

    @field_validator("phone_countries")
    @classmethod
    def _known_countries(cls, given: str) -> str:
        if strangers := _codes(given) - COUNTRIES:
            raise ValueError(f"no country: {', '.join(sorted(strangers))}")
        return given

    @property
    def allowed_phone_countries(self) -> frozenset[str]:
        """`phone_countries`, read."""
        return _codes(self.phone_countries)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: str) -> str:
        for one in given.split(","):
            if one.strip():
                ipaddress.ip_network(one.strip())
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The folder with secrets is named when settings are read, not when this is imported."""
        folder = os.environ.get("ALERTING_SECRETS_DIR") or dotenv_settings().get("secrets_dir")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder) if folder else None
        return (init_settings, env_settings, dotenv_settings, *([files] if files else []))
