"""Pages as files: made from what is public and from nothing else.

Each function gives one unit of the public folder, in every language.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from alerting.actions.public import feeds
from alerting.actions.public.feed_format import as_json
from alerting.actions.public.listing import (
    ListedAlert,
    Listing,
    list_alerts,
    listed,
    page_of,
)
from alerting.actions.public.rendering import ASSETS, INDEX, by_language, render
from alerting.actions.public.site import Files, Month, Site, World
from alerting.actions.public.verification import verification_list, words_for_results
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, without_person
from alerting.domain.text.i18n import msgid
from alerting.geo.area_map import Drawing, drawing, whole_provinces
from alerting.geo.outlines import provinces

STATEMENTS = ("accessibility", "privacy", "contact", "feeds")
"""Pages about the site, each in a folder of its name and made from a template of its name."""
NO_PAGE = msgid(
    "There is no page at this address. An alert that does not stand on these pages has not been "
    "sent by us, or not yet published here."
)
STATEMENT_DATE = date(2026, 11, 30)
"""When the pages were last looked at for the accessibility statement."""
MOST_IN_MONTH_PAGE = 15
"""Alerts on one page of a month: with style and scripts it stays below 50 kB."""
LAST_ALERTS = 30
"""As many does the page for verifying name, so that it serves without its script."""
NO_EMERGENCY_CALLS = "emergency_numbers_outage"
"""The event of a scenario: 112 cannot be reached."""
MOST_OVER = 10
"""Ended alerts beside those in force, and exercises on their page. The archive names all alerts."""


def alert_unit(
    alert: PublicAlert, chain: Sequence[PublicAlert], site: Site, *, cap: bytes | None
) -> Files:
    """What stands below an alert's address: its pages, `alert.json`, `cap.xml`.

    `chain`: all alerts with the same first one, oldest first, itself among them. Where the alert is
    about a person and over, `cap` is without a word about them.
    """
    shown = without_person(alert, chain)
    files = dict(_alert_pages(alert, chain, site, has_cap=cap is not None))
    files["alert.json"] = as_json(feeds.alert_object(shown, site))
    if cap is not None:
        files["cap.xml"] = cap
    return files


def _alert_pages(
    alert: PublicAlert, chain: Sequence[PublicAlert], site: Site, *, has_cap: bool
) -> Iterator[tuple[str, bytes]]:
    entries = {one: listed(alert, chain, site, one) for one in alert.languages}
    entries = {one: entry for one, entry in entries.items() if entry.language == one}
    common = {
        "translations": {one: page_of(alert, one) for one in entries},
        "area_map": _map(site, next(iter(entries.values())).alert),
    }
    for language, entry in entries.items():
        other_alerts = [listed(one, chain, site, language) for one in chain]
        # The last of the chain: what comes between may be over, too.
        replaced_by = other_alerts[-1] if alert.replaced_by else None
        yield (
            f"{language}/{INDEX}",
            _page(
                "alert.html",
                language,
                entry.path,
                site,
                entry=entry,
                chain=other_alerts,
                replaced_by=replaced_by,
                full_area=site.gazetteer.full_area_name(entry.alert.area, language),
                emergency_call=alert.hazard.event != NO_EMERGENCY_CALLS,
                has_cap=has_cap,
                **common,
            ),
        )
    first = next(iter(entries))
    folder = f"{alert.address.folder}/"
    page = _page("alert_languages.html", first, folder, site, entries=entries, **common)
    yield INDEX, page


def lists_unit(world: World, site: Site) -> Files:
    """Everything that names several alerts, but for the feeds of municipalities, and the pages
    about the site itself."""
    real = {one: list_alerts(world, site, one) for one in Language}
    exercises = {one: list_alerts(world, site, one, exercises=True) for one in Language}
    files: dict[str, bytes] = {
        INDEX: _page("languages.html", Language.FR, "", site, translations={}),
        "404.html": _page(
            "not_found.html", Language.FR, "", site, no_page=NO_PAGE, from_root=_from_root(site)
        ),
        "verify.json": verification_list(world.alerts, exercises=False),
        "verify-exercises.json": verification_list(world.alerts, exercises=True),
        **feeds.national_files(real, site),
    }
    for language in Language:
        pages = _list_pages(language, real[language], exercises[language], site)
        files |= {f"{language}/{path}{INDEX}": page for path, page in pages}
    return files


def _from_root(site: Site) -> str:
    """The path of the pages on their host, without a slash at its end."""
    return urlsplit(site.url).path.rstrip("/")


@lru_cache(maxsize=16)
def _statements(site: Site, language: Language) -> Mapping[str, bytes]:
    """Pages about the site itself, by their folder: a sixth of all, and no alert changes them."""
    page = partial(_list_page, site, language)
    named = feeds.provinces_named(site, language)
    found = [
        page(f"{name}.html", f"{name}/", provinces=named, statement_date=STATEMENT_DATE)
        for name in STATEMENTS
    ]
    for code, name in named.items():
        towns = feeds.towns_named(site, code, language)
        path = f"feeds/{code}/"
        found.append(page("feeds_province.html", path, code=code, province=name, towns=towns))
    return dict(found)


def _list_pages(
    language: Language, real: Listing, exercises: Listing, site: Site
) -> Iterator[tuple[str, bytes]]:
    page = partial(_list_page, site, language)
    in_force = real.in_force
    area = sorted({code for alert in in_force for code in alert.alert.area})
    about = {
        "as_of": real.as_of,
        "entries": in_force,
        "emergency_call": all(one.alert.hazard.event != NO_EMERGENCY_CALLS for one in in_force),
    }
    yield page(
        "active.html",
        "",
        ended=real.ended_recently[:MOST_OVER],
        area_map=drawing(site.gazetteer, area, _outlines(site, area)),
        **about,
    )
    yield page("embed.html", "embed/", **about)
    places = {alert.alert.address: _places(site, alert.alert) for alert in in_force}
    yield page("signage.html", "signage/", places=places, **about)
    yield page(
        "verify.html",
        "verify/",
        as_of=real.as_of,
        entries=real.entries[:LAST_ALERTS],
        words=words_for_results(language),
    )
    latest = exercises.entries[:MOST_OVER]
    yield page("exercises.html", "exercises/", as_of=exercises.as_of, entries=latest)
    yield from _statements(site, language).items()
    months = Counter(Month.of(alert.alert) for alert in real.entries)
    yield page("archive.html", "archive/", months=months, year=None, as_of=real.as_of)
    for year in {year for year, _ in months}:
        of_year = {month: n for month, n in months.items() if month[0] == year}
        yield page("archive.html", f"archive/{year}/", months=of_year, year=year, as_of=real.as_of)


class ScreenPlaces(NamedTuple):
    """By what a screen in a hall tells whether an alert is for its place."""

    codes: Sequence[str]
    """NIS codes of whole provinces, and of the other municipalities."""
    provinces: Sequence[str]
    """Those touched, with the Brussels-Capital Region."""


def _places(site: Site, alert: PublicAlert) -> ScreenPlaces:
    area = {*alert.area}
    whole = whole_provinces(site.gazetteer, area)
    members = {code: site.gazetteer.place(code).members for code in provinces()}
    return ScreenPlaces(
        codes=sorted(whole | area - site.gazetteer.members(whole)),
        provinces=sorted(code for code, inside in members.items() if not area.isdisjoint(inside)),
    )


def month_unit(month: Month, world: World, site: Site) -> Files:
    """The pages of a month in the archive, in every language.

    Numbered pages are filled from the oldest alert on, so that one more changes the last of them;
    the same stands at the address of the month.
    """
    files: dict[str, bytes] = {}
    for language in Language:
        listed = list_alerts(world, site, language, month=month)
        oldest_first = listed.entries[::-1]
        starts = range(0, max(len(oldest_first), 1), MOST_IN_MONTH_PAGE)
        for number, start in enumerate(starts, 1):
            of_page = oldest_first[start : start + MOST_IN_MONTH_PAGE]
            places = [f"{number}/"] if len(starts) > 1 else []
            places += [""] if number == len(starts) else []
            for below in places:
                files[f"{language}/{below}{INDEX}"] = _month_page(
                    site,
                    language,
                    month,
                    below,
                    of_page[::-1],
                    number=number if len(starts) > 1 else None,
                    has_newer=number < len(starts),
                    as_of=max((alert.changed_at for alert in of_page), default=listed.as_of),
                )
    return files


@lru_cache(maxsize=2_000)
def _month_page(
    site: Site,
    language: Language,
    month: Month,
    below: str,
    entries: tuple[ListedAlert, ...],
    *,
    number: int | None,
    has_newer: bool,
    as_of: datetime | None,
) -> bytes:
    """One page of a month, made once while its alerts stay as they are."""
    return _page(
        "archive_month.html",
        language,
        f"{month.folder}/{language}/{below}",
        site,
        # Another language has as many pages, for it has the same alerts.
        translations={one: f"{month.folder}/{one}/{below}" for one in Language},
        month=month,
        number=number,
        has_newer=has_newer,
        entries=entries,
        as_of=as_of,
    )


def assets_unit(site: Site) -> Files:
    """Style, scripts and pictures, which never change with an alert."""
    return {path.name: path.read_bytes() for path in sorted(ASSETS.iterdir())}


def _list_page(
    site: Site, language: Language, template: str, path: str, **context: Any
) -> tuple[str, bytes]:
    """A page that is there in every language, and its path below that of the language."""
    others = {one: f"{one}/{path}" for one in Language}
    return path, _page(
        template, language, f"{language}/{path}", site, translations=others, **context
    )


def _page(template: str, language: Language, path: str, site: Site, **context: Any) -> bytes:
    return render(
        template,
        language,
        path,
        site=site,
        authority=by_language(site.authority, language),
        contact=by_language(site.contact, language),
        complaints=by_language(site.complaints, language),
        **context,
    )


def _map(site: Site, alert: PublicAlert) -> Drawing:
    return drawing(site.gazetteer, alert.area, _outlines(site, alert.area), alert.shape)


def _outlines(site: Site, area: Sequence[str]) -> Mapping[str, Any]:
    return {code: site.outlines[code] for code in area if code in site.outlines}
