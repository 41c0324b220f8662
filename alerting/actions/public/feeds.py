"""Feeds as files: Atom and JSON Feed, what is in force as JSON, the sitemap.

Atom is RFC 4287, JSON Feed is version 1.1 (jsonfeed.org). An entry is one alert in one language; it
is called the same in every feed and for ever, and its text stands whole in it.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from alerting.actions.public.feed_format import (
    NOTHING_YET,
    REGIONAL,
    as_json,
    element,
    iso,
    link,
)
from alerting.actions.public.gateway import gateway_feed, gateway_rss
from alerting.actions.public.listing import (
    ListedAlert,
    Listing,
    list_alerts,
    page_of,
)
from alerting.actions.public.rendering import by_language
from alerting.actions.public.site import Files, Site, World
from alerting.domain.language import BRUSSELS, Language
from alerting.domain.public_alert import PublicAlert
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import msgid
from alerting.geo.outlines import provinces
from alerting.i18n import translator_for

TITLE = msgid("Public alerts")
TITLE_OF_PLACE = msgid("Public alerts: {place}")
FIRST_YEAR = "2026"
"""RFC 4151 wants a date on which the names of feeds were ours; entries have their own year."""
MOST_IN_SITEMAP = 50_000
"""As many may one sitemap have."""
LISTED_PATHS = ("", "verify/", "archive/", "feeds/", "contact/", "privacy/", "accessibility/")


def towns_touched(alert: PublicAlert) -> tuple[str, ...]:
    """NIS codes of the municipalities whose feeds name it, sorted; none for an exercise.

    What replaces an alert changes what the feeds of both say.
    """
    return alert.area if alert.is_listed else ()


def town_unit(nis: str, world: World, site: Site) -> Files:
    """The feeds of one municipality, in every language; an empty one where there was nothing."""
    place = site.gazetteer.place(nis)
    files: dict[str, bytes] = {}
    for language in Language:
        about = list_alerts(world, site, language, towns=place.members)
        feed = FeedWriter(site, language).feed(
            about, f"municipality/{nis}", _place_title(place.names, language)
        )
        files |= {f"{language}.{kind}": written for kind, written in feed.items()}
    return files


def national_files(real: Mapping[Language, Listing], site: Site) -> dict[str, bytes]:
    """The feeds of the country and its provinces, and what else lists alerts for programs."""
    files: dict[str, bytes] = {}
    for language, listed in real.items():
        writer = FeedWriter(site, language)
        feeds = {"feed": writer.feed(listed, "feed", translator_for(language)(TITLE))}
        for code in provinces():
            place, folder = site.gazetteer.place(code), f"feed/province/{code}"
            about, title = listed.about(place.members), _place_title(place.names, language)
            feeds[folder] = writer.feed(about, folder, title)
        files |= {
            f"{folder}/{language}.{kind}": written
            for folder, feed in feeds.items()
            for kind, written in feed.items()
        }
    in_any = real[Language.FR]
    in_force = [alert_object(alert.alert, site) for alert in in_any.in_force]
    files |= {
        "active.json": as_json({"as_of": iso(in_any.as_of or NOTHING_YET), "alerts": in_force}),
        "feed/index.json": as_json(gateway_feed(real, site)),
        "feed/rss": gateway_rss(real, site),
        "sitemap.xml": _sitemap(real, site),
        "robots.txt": f"User-agent: *\nAllow: /\n\nSitemap: {site.url}/sitemap.xml\n"
        f"Sitemap: {site.url}/newsroom/sitemap.xml\n".encode(),
    }
    return files


def provinces_named(site: Site, language: Language) -> Mapping[str, str]:
    """NIS code -> name, of the provinces and the Brussels-Capital Region, in alphabetical order."""
    names = {code: site.gazetteer.place(code).names[language] for code in provinces()}
    return dict(sorted(names.items(), key=lambda pair: (pair[0] == BRUSSELS, pair[1])))


def towns_named(site: Site, province: str, language: Language) -> Mapping[str, str]:
    """NIS code -> name, of its municipalities, in alphabetical order."""
    towns = (site.gazetteer.place(code) for code in site.gazetteer.place(province).members)
    names = {town.nis_code: town.names[language] for town in towns}
    return dict(sorted(names.items(), key=lambda pair: folded(pair[1])))


def alert_object(alert: PublicAlert, site: Site) -> dict[str, Any]:
    """What `alert.json` and `active.json` say of an alert, given as it may be shown."""
    return {
        "year": alert.address.year,
        "number": alert.address.number,
        "url": f"{site.url}/{alert.address.folder}/",
        "cap": f"{site.url}/{alert.address.folder}/cap.xml" if not alert.is_exercise else None,
        "class": alert.alert_class,
        "status": alert.status,
        "follow_up": alert.follow_up,
        "scenario": alert.scenario,
        "category": alert.hazard.category,
        "event": alert.hazard.event,
        "urgency": alert.hazard.urgency,
        "severity": alert.hazard.severity,
        "certainty": alert.hazard.certainty,
        "response": alert.hazard.response,
        "sent": iso(alert.sent_at),
        "onset": alert.onset_at and iso(alert.onset_at),
        "valid_until": iso(alert.expires_at),
        "previous": alert.previous and f"{site.url}/{alert.previous.folder}/",
        "replaced_by": alert.replaced_by and f"{site.url}/{alert.replaced_by.folder}/",
        "replaced": alert.replaced_at and iso(alert.replaced_at),
        "erased": not alert.texts,
        "withdrawn": alert.withdrawn_at and iso(alert.withdrawn_at),
        "nis": list(alert.area),
        "shape": alert.shape,
        "area": dict(site.gazetteer.area_names(alert.area)),
        "sender": dict(alert.authority),
        "titles": dict(alert.titles),
        "languages": {
            language: {
                "url": f"{site.url}/{page_of(alert, language)}",
                "headline": alert.texts[language].headline,
                "text": alert.texts[language].text,
            }
            for language in alert.languages
            if language in alert.texts
        },
    }


def _place_title(names: Mapping[Language, str], language: Language) -> str:
    return translator_for(language)(TITLE_OF_PLACE, place=names[language])


UNTIL_AND_WHERE = msgid("{validity} Area: {place}.")


class FeedWriter:
    """Writes the feeds of one language."""

    def __init__(self, site: Site, language: Language) -> None:
        self.site = site
        self.language = language
        self.home = f"{site.url}/{language}/"
        self.author = by_language(site.authority, language)

    def feed(self, listed: Listing, folder: str, title: str) -> Mapping[str, bytes]:
        """The feed of some alerts as Atom and as JSON Feed, by the ending of its name."""
        entries = [_written(self.site, self.language, alert) for alert in listed.for_feeds]
        updated = iso(listed.as_of or NOTHING_YET)
        address = f"{self.site.url}/{folder}/{self.language}"
        head = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": self.home,
            "feed_url": f"{address}.json",
            "language": REGIONAL[self.language],
            "authors": [{"name": self.author, "url": self.home}],
            "_alerting": {"about": f"{self.home}feeds/", "as_of": updated},
        }
        items = ",".join(item for _, item in entries)
        written = as_json(head).decode().removesuffix("}") + f',"items":[{items}]}}'
        atom = [
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{REGIONAL[self.language]}">',
            element("id", _tag(self.site, FIRST_YEAR, f"{folder}/{self.language}")),
            element("title", title),
            element("updated", updated),
            f"<author>{element('name', self.author)}{element('uri', self.home)}</author>",
            link("self", f"{address}.atom", type="application/atom+xml"),
            link("alternate", self.home, type="text/html", hreflang=REGIONAL[self.language]),
            *(entry for entry, _ in entries),
            "</feed>\n",
        ]
        return {"atom": "\n".join(atom).encode(), "json": written.encode()}

    def entry(self, entry: ListedAlert) -> tuple[str, str]:
        """One entry of Atom and of JSON Feed."""
        return self._atom(entry), as_json(self._item(entry)).decode()

    def _title(self, entry: ListedAlert) -> str:
        """What it is stands first: an all-clear or a false alarm is never read as a warning."""
        if entry.says_what_it_is:
            return entry.headline
        label = translator_for(entry.reader)(entry.label)
        return " – ".join(filter(None, (label, entry.about, entry.headline)))

    def _text(self, entry: ListedAlert) -> str:
        """Until when, and where, before all else: a reader of feeds may show it long after."""
        translate = translator_for(entry.reader)
        text = translate(entry.in_its_place) if entry.erased else entry.text
        if not entry.validity or not entry.area:
            return text
        first = translate(UNTIL_AND_WHERE, validity=entry.validity, place=entry.area)
        return f"{first}\n\n{text}"

    def _atom(self, entry: ListedAlert) -> str:
        alert, language = entry.alert, REGIONAL[entry.language]
        page = f"{self.site.url}/{entry.path}"
        cap = f"{self.site.url}/{alert.address.folder}/cap.xml"
        lines = [
            f'<entry xml:lang="{language}">',
            element("id", _entry_id(self.site, entry)),
            element("title", self._title(entry)),
            element("published", iso(alert.sent_at)),
            element("updated", iso(entry.changed_at)),
            f"<author>{element('name', entry.sender)}</author>",
            link("alternate", page, type="text/html", hreflang=language),
            link("alternate", cap, type="application/cap+xml"),
            f"<category term={quoteattr(alert.hazard.category)}/>",
            element("content", self._text(entry), type="text"),
            "</entry>",
        ]
        return "\n".join(filter(None, lines))

    def _item(self, entry: ListedAlert) -> dict[str, Any]:
        alert = entry.alert
        return {
            "id": _entry_id(self.site, entry),
            "url": f"{self.site.url}/{entry.path}",
            "title": self._title(entry),
            "content_text": self._text(entry),
            "date_published": iso(alert.sent_at),
            "date_modified": iso(entry.changed_at),
            "authors": [{"name": entry.sender}],
            "language": REGIONAL[entry.language],
            "tags": [alert.hazard.category],
            "_alerting": {
                "year": alert.address.year,
                "number": alert.address.number,
                "status": alert.status,
                "follow_up": alert.follow_up,
                "severity": alert.hazard.severity,
                "valid_until": iso(alert.expires_at),
                "nis": list(alert.area),
            },
        }


@lru_cache(maxsize=2_000)
def _written(site: Site, language: Language, entry: ListedAlert) -> tuple[str, str]:
    """An entry that several feeds have is made once, and kept while its alert stays as it is."""
    return FeedWriter(site, language).entry(entry)


def _sitemap(real: Mapping[Language, Listing], site: Site) -> bytes:
    """Lists in every language, and every alert that has words, newest first (sitemaps.org 0.9)."""
    listed = real[Language.FR]
    as_of = iso(listed.as_of or NOTHING_YET)
    pages = [(f"{site.url}/{one}/{path}", as_of) for one in Language for path in LISTED_PATHS]
    for alert in listed.entries:
        if not alert.erased:
            changed = iso(alert.changed_at)
            pages += [
                (f"{site.url}/{page_of(alert.alert, language)}", changed)
                for language in alert.alert.languages
            ]
    urls = [
        f"<url>{element('loc', page)}{element('lastmod', changed)}</url>"
        for page, changed in pages[:MOST_IN_SITEMAP]
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return "\n".join([head, *urls, "</urlset>\n"]).encode()


def _entry_id(site: Site, entry: ListedAlert) -> str:
    address = entry.alert.address
    return _tag(site, str(address.year), f"{address.folder}/{entry.language}")


def _tag(site: Site, year: str, what: str) -> str:
    """A name after RFC 4151: it stays when pages move to another path or scheme."""
    return f"tag:{urlsplit(site.url).hostname},{year}:{what}"
