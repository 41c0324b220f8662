"""The core's settings: name, type, default, one line of meaning. Channels keep theirs beside them.

Read from the environment (`ALERTING_…`), from a file `.env` beside the service, and from the folder
that `ALERTING_SECRETS_DIR` names: a file there is called as the variable, in small letters
(`alerting_oidc_client_secret`), which is how Docker and Kubernetes hand secrets over.
"""

import ipaddress
import os
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from alerting.cap.identity import ARC
from alerting.importing.phone_numbers import COUNTRIES, DEFAULT_COUNTRIES


def _codes(given: str) -> frozenset[str]:
    return frozenset(part.strip().upper() for part in given.split(",") if part.strip())


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
    """Whether this is a training environment: no real alert can be drafted, no provider reached."""
    database_url: str = "sqlite+aiosqlite:///var/alerting.db"
    """The database; `postgresql+asyncpg://…` for more than one machine."""
    database_connections: int = Field(8, ge=2, le=100)
    """Connections to PostgreSQL that this process may open, besides one for its heartbeat."""
    redis_url: str = ""
    """Redis or Valkey for the queue between processes; empty: the queue is in this process."""
    public_url: str = "http://127.0.0.1:8000"
    """The address at which users and providers reach this service, as seen from outside."""
    public_folder: str = ""
    """The folder for public pages, feeds and CAP messages; empty: this process publishes none."""
    public_pages_url: str = ""
    """Where everybody reads that folder, without a slash at the end; empty: `/public` here."""
    public_contact_fr: str = ""
    """The contact for the public, as lines of text on public pages, in French."""
    public_contact_nl: str = ""
    """The contact for the public, as lines of text on public pages, in Dutch."""
    public_contact_de: str = ""
    """The contact for the public, as lines of text on public pages, in German."""
    public_contact_en: str = ""
    """The contact for the public, as lines of text on public pages, in English."""
    accessibility_contact: str = ""
    """The e-mail address for questions about accessibility; empty: the contact above."""
    accessibility_complaints_fr: str = ""
    """Who hears complaints about accessibility, in lines, in French; empty: the ombudsman."""
    accessibility_complaints_nl: str = ""
    """Who hears complaints about accessibility, in lines, in Dutch; empty: the ombudsman."""
    accessibility_complaints_de: str = ""
    """Who hears complaints about accessibility, in lines, in German; empty: the ombudsman."""
    accessibility_complaints_en: str = ""
    """Who hears complaints about accessibility, in lines, in English; empty: the ombudsman."""
    privacy_contact: str = ""
    """The e-mail address for questions about personal data; empty: the contact above."""
    secrets_dir: str = ""
    """The folder with the keys and with files named as settings; empty: keys in `var/secrets`."""
    journal_dir: str = ""
    """The folder, on this machine, for journals of what is being sent; empty: `var/journals`."""
    host: str = "127.0.0.1"
    """The address the web server listens on."""
    port: int = 8000
    """The port the web server listens on."""
    trusted_proxies: str = ""
    """Networks of the proxies whose X-Forwarded-For is trusted, as `10.0.0.0/8,192.0.2.7/32`."""
    connections: int = Field(default=1000, ge=10)
    """Maximum number of open connections; more are closed without an answer."""
    connections_per_address: int = Field(default=100, ge=0)
    """Maximum number of open connections of one address; 0 behind a proxy, which has its limits."""
    worker_inside: bool = True
    """Whether the web process also sends; off where `alerting worker` runs beside it."""
    interface_language: str = "fr"
    """The language of pages and messages for users whose browser asks for none of the four."""
    log_level: str = "INFO"
    """How much is logged: DEBUG, INFO, WARNING or ERROR."""
    log_json: bool = False
    """Log lines as JSON objects, for a log collector."""

    approval_lasts: timedelta = Field(default=timedelta(hours=24), gt=timedelta(0))
    """How long an approval is valid, as `24:00:00` or ISO 8601; after that, approve again."""
    false_alert_minutes: int = Field(default=30, ge=5, le=120)
    """Minutes after an alert's first message in which one person may withdraw it as false alarm."""

    authority_fr: str = "Centre de crise national"
    """The sender named in texts, in French, where no authority gives another name."""
    authority_nl: str = "Nationaal Crisiscentrum"
    """The sender named in texts, in Dutch, where no authority gives another name."""
    authority_de: str = "Nationales Krisenzentrum"
    """The sender named in texts, in German, where no authority gives another name."""
    authority_en: str = "National Crisis Centre"
    """The sender named in texts, in English, where no authority gives another name."""
    official_url_fr: str = "https://www.be-alert.be/fr"
    """The page that confirms every alert, in French."""
    official_url_nl: str = "https://www.be-alert.be/nl"
    """The page that confirms every alert, in Dutch."""
    official_url_de: str = "https://www.be-alert.be/de"
    """The page that confirms every alert, in German."""
    official_url_en: str = "https://www.be-alert.be/en"
    """The page that confirms every alert, in English."""
    official_hosts: str = "be-alert.be,centredecrise.be,crisiscentrum.be,crisiscenter.be"
    """Further hosts a text may link to, separated by commas."""
    page_links: bool = False
    """Whether SMS, e-mails and posts give the alert's own page, and not the official one."""
    cap_sender: str = ""
    """The sender of CAP messages, like an e-mail address; empty: made from the pages' host."""
    cap_oid: str = ""
    """The arc of their identifiers (`2.49.0.1.56.…`), kept for ever; empty: one of this host."""
    town_fr: str = "Bruxelles"
    """The town in the dateline of press releases, in French."""
    town_nl: str = "Brussel"
    """The town in the dateline of press releases, in Dutch."""
    town_de: str = "Brüssel"
    """The town in the dateline of press releases, in German."""
    town_en: str = "Brussels"
    """The town in the dateline of press releases, in English."""
    press_contact_fr: str = "Service de presse"
    """The press contact, with telephone and address; in every press release, in French."""
    press_contact_nl: str = "Persdienst"
    """The press contact, with telephone and address; in every press release, in Dutch."""
    press_contact_de: str = "Pressestelle"
    """The press contact, with telephone and address; in every press release, in German."""
    press_contact_en: str = "Press office"
    """The press contact, with telephone and address; in every press release, in English."""
    sms_segment_euros: Decimal = Decimal("0.055")
    """What one segment of a text message costs, for the estimate before sending."""
    voice_minute_euros: Decimal = Decimal("0.055")
    """What one minute of a call costs, for the same estimate."""
    sms_per_second: float = 100
    """Segments the provider accepts in a second, for the estimate of how long sending takes."""
    email_per_second: float = 2000
    """E-mails the relay accepts in a second, for the same estimate."""
    sandbox_url: str = ""
    """The sandbox's page, for reading what a recipient got; empty with real providers."""
    areas_file: str = ""
    """A TOML file with prepared areas, e.g. zones of Seveso sites; see `templates/areas.toml`."""
    phone_countries: str = ",".join(sorted(DEFAULT_COUNTRIES))
    """Countries whose telephone numbers the lists accept, as ISO 3166-1 (`BE,FR`).

    Premium, shared-cost and satellite numbers are never accepted.
    """
    page_size: int = Field(default=100, ge=10, le=1000)
    """Rows on a page of deliveries."""

    session_idle_minutes: int = Field(default=30, ge=1)
    """Minutes after which an inactive session ends."""
    session_hours: int = Field(default=12, ge=1)
    """Hours after which every session ends, active or not."""
    uploads_kept_minutes: int = Field(default=60, ge=5)
    """Minutes after which an uploaded file that was not imported is deleted."""
    forms_kept_minutes: int = Field(default=30, ge=1)
    """Minutes for which text typed before a session ended is kept for that user."""
    sessions_kept_days: int = Field(default=30, ge=1)
    """Days after its end when the row of a session, with network and browser, is deleted."""
    deliveries_kept_days: int = Field(default=0, ge=0)
    """Days after its end when an alert's deliveries move to an archive file; 0: never."""
    archive_dir: str = ""
    """The folder for archives of deliveries, one for all workers; empty: `var/archives`."""
    import_dir: str = ""
    """The folder for uploaded lists; empty: `imports` beside the SQLite database, or in `var`."""
    import_megabytes: int = Field(default=500, ge=1, le=10_000)
    """Megabytes of a list that may be uploaded; a proxy in front must let as much through."""
    fresh_minutes: int = Field(default=5, ge=1)
    """Minutes for which a confirmed identity is valid for critical actions."""
    fresh_required: bool = True
    """Whether a user signed in by a one-time link needs a new one for critical actions."""
    oidc_issuer: str = ""
    """The address of the authority's OpenID provider; empty: no sign-in with it."""
    oidc_client_id: str = ""
    """The client identifier of this service at the provider."""
    oidc_client_secret: SecretStr = SecretStr("")
    """The client secret of this service at the provider."""
    oidc_name: str = "OpenID"
    """The name of the provider on the sign-in page."""
    oidc_acr_values: str = ""
    """The provider's names (`acr`) for a sign-in with two factors, separated by spaces."""
    oidc_scopes: str = "openid email"
    """What is requested from the provider, separated by spaces."""

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

    @field_validator("cap_oid")
    @classmethod
    def _arc(cls, given: str) -> str:
        if given and not ARC.fullmatch(given):
            raise ValueError("no object identifier: numbers apart by dots")
        return given

    @field_validator("cap_sender")
    @classmethod
    def _sender(cls, given: str) -> str:
        if any(one.isspace() or one in ",<&" for one in given):
            raise ValueError("no sender of CAP: it has a blank, a comma, < or &")
        return given

    @field_validator("public_pages_url")
    @classmethod
    def _whole_address(cls, given: str) -> str:
        split_result = urlsplit(given)
        if given and not (split_result.scheme in {"http", "https"} and split_result.hostname):
            raise ValueError("no whole address, as https://alerts.example.be")
        if split_result.query or split_result.fragment:
            raise ValueError("an address with a query or a fragment")
        return given.rstrip("/")

    @property
    def pages_url(self) -> str:
        """Where everybody reads the public pages, without a slash at the end."""
        return self.public_pages_url or f"{self.public_url.rstrip('/')}/public"

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: str) -> str:
        for part in given.split(","):
            if part.strip():
                ipaddress.ip_network(part.strip())
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
