"""A composer on the library that ships, and drafts filled with its samples."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from alerting.compose.composer import Composer, Draft, Sender
from alerting.compose.scenarios import Library
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.geo.gazetteer import Gazetteer

TEMPLATES = Path("templates")
FR, NL, DE, EN = Language
NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
"""14h05 in Belgium."""

LIBRARY = Library(TEMPLATES / "scenarios")
PLACES = Gazetteer()
SENDER = Sender(
    authority={
        FR: "Bourgmestre de Liège",
        NL: "Burgemeester van Luik",
        DE: "Bürgermeister von Lüttich",
        EN: "Mayor of Liège",
    },
    town={FR: "Liège", NL: "Luik", DE: "Lüttich", EN: "Liège"},
    press_contact={
        FR: "Service de presse\n04 222 00 00\npresse@example.org",
        NL: "Persdienst\n04 222 00 00\npers@example.org",
        DE: "Pressestelle\n04 222 00 00\npresse-de@example.org",
        EN: "Press office\n04 222 00 00\npress@example.org",
    },
    url=dict.fromkeys(Language, "https://alerts.example.org"),
)
COMPOSER = Composer(library=LIBRARY, layouts=TEMPLATES / "layouts", places=PLACES, sender=SENDER)


def samples(scenario: str) -> dict[str, object]:
    """Every detail of a scenario as its library gives it."""
    return {one.name: one.sample for one in LIBRARY.scenario(scenario).values}


def draft(
    scenario: str = "chem_shelter",
    *,
    values: Mapping[str, object] | None = None,
    channels: tuple[str, ...] = tuple(PROFILES),
    languages: tuple[Language, ...] = (FR, NL, DE, EN),
    area: tuple[str, ...] = ("62051", "62063"),
    alert_class: AlertClass | None = None,
) -> Draft:
    """A draft that composes as it stands."""
    return Draft(
        scenario=scenario,
        values=samples(scenario) if values is None else values,
        area=area,
        languages=languages,
        channels=channels,
        alert_class=alert_class or LIBRARY.scenario(scenario).only or AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + LIBRARY.scenario(scenario).validity,
    )
