"""The newsroom: a page for each release, lists by year and topic, feeds, and the same for programs.

Made of what is public and of nothing else: a release that is not public yet is in no argument here.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from markupsafe import Markup

from alerting.actions.public.feed_format import (
    NOTHING_YET,
    REGIONAL,
    as_json,
    element,
    iso,
    link,
)
from alerting.actions.public.rendering import INDEX, by_language, render
from alerting.actions.public.site import Files, Site
from alerting.compose.html import page as clean
from alerting.compose.press.mail import WORDS, headline_of
from alerting.domain.belgian_time import local
from alerting.domain.language import Language
from alerting.domain.press.release import Release
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for

NEWSROOM, RELEASES = "newsroom", "r"
LATEST = 20
"""Releases on the first page and in a feed; the archive names all."""
TITLE = msgid("Press releases")
WITHDRAWN = msgid("This press release was withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRelease:
    """A release that is, or was, public."""

    release: Release
    authority: Mapping[Language, str]
    """Whose word it is."""
    corrected_by: int | None = None
    """The public release that corrects it."""
    corrected_at: datetime | None = None

    @property
    def released_at(self) -> datetime:
        """When it became public."""
        assert self.release.released_at is not None  # noqa: S101  or it is no public release
        return self.release.released_at

    @property
    def folder(self) -> str:
        """Its address below the root, for ever: the year in which it was begun, and its number."""
        return f"{RELEASES}/{local(self.release.created_at).year}/{self.release.id}"

    @property
    def changed_at(self) -> datetime:
        """When what its page says changed last."""
        withdrawal = self.release.withdrawal
        return (withdrawal.at if withdrawal else None) or self.corrected_at or self.released_at

    @property
    def withdrawn(self) -> bool:
        """Whether its words are gone."""
        return self.release.withdrawal is not None


@dataclass(frozen=True)
class Newsroom:
    """All releases that are public, newest first."""

    releases: tuple[PublicRelease, ...]
    site: Site
    alerts: Mapping[int, str] = field(default_factory=dict)
    """Number of a public alert → its folder."""

    def touched(self, numbers: Iterable[int]) -> list[PublicRelease]:
        """Those whose pages a change of these may change: they and what they correct."""
        wanted = set(numbers)
        return [
            one for one in self.releases if one.release.id in wanted or one.corrected_by in wanted
        ]

    def unit(self, release: PublicRelease) -> Files:
        """All that stands below the address of a release: every language at once."""
        return dict(self._release_files(release))

    def lists(self) -> Files:
        """First pages, archives, topics and feeds in every language."""
        return dict(self._list_files())

    def _release_files(self, one: PublicRelease) -> Iterator[tuple[str, bytes]]:
        release = one.release
        pages = {language: f"{one.folder}/{language}/" for language in release.languages}
        for language in release.languages:
            text = release.text(language)
            words = partial(_paragraphs, language=language)
            yield (
                f"{language}/{INDEX}",
                self._page(
                    "newsroom/release.html",
                    language,
                    pages[language],
                    pages,
                    one=one,
                    text=text,
                    title=self.title(one, language),
                    body=clean(text.body),
                    lead=words(text.lead),
                    about=words(text.about),
                    contact=text.contact.splitlines(),
                    changed=words(release.changed.get(language, "")),
                    fixed=WORDS[language],
                    area=self.site.gazetteer.area_name(release.area, language),
                    previous=self._address(release.previous_release),
                    next=self._address(one.corrected_by),
                    alert=self.alerts.get(release.alert or 0),
                    topics={topic: slug(topic) for topic in release.topics},
                    structured=self._structured(one, language),
                ),
            )
        first = release.languages[0]
        yield (
            INDEX,
            self._page(
                "newsroom/release_languages.html",
                first,
                f"{one.folder}/",
                pages,
                titles={language: self.title(one, language) for language in release.languages},
            ),
        )
        yield "release.json", as_json(self.object_of(one))

    def _list_files(self) -> Iterator[tuple[str, bytes]]:
        for language in Language:
            page = partial(self._list_page, language)
            yield page("newsroom/list.html", "", self.releases[:LATEST])
            years: dict[int, list[PublicRelease]] = defaultdict(list)
            topics: dict[str, list[PublicRelease]] = defaultdict(list)
            for one in self.releases:
                years[local(one.released_at).year].append(one)
                for topic in () if one.withdrawn else one.release.topics:
                    topics[topic].append(one)
            named = {topic: slug(topic) for topic in sorted(topics)}
            yield page(
                "newsroom/archive.html", "archive/", self.releases, years=years, topics=named
            )
            for topic, those in topics.items():
                yield page("newsroom/topic.html", f"topic/{slug(topic)}/", those, topic=topic)
            yield f"{language}/feed.atom", self._atom(language)
        yield "releases.json", as_json([self.object_of(one) for one in self.releases])
        yield "sitemap.xml", self._sitemap()

    def _list_page(
        self,
        language: Language,
        template: str,
        path: str,
        releases: Sequence[PublicRelease],
        **context: Any,
    ) -> tuple[str, bytes]:
        others = {one: f"{NEWSROOM}/{one}/{path}" for one in Language}
        shown = [(one, self.read_in(one, language)) for one in releases]
        rendered = self._page(
            template,
            language,
            others[language],
            others,
            shown=shown,
            title_of=self.title,
            **context,
        )
        return f"{language}/{path}{INDEX}", rendered

    @staticmethod
    def read_in(one: PublicRelease, language: Language) -> Language:
        """The language in which a reader of another finds a release."""
        languages = one.release.languages
        return language if language in languages else languages[0]

    @staticmethod
    def title(one: PublicRelease, language: Language) -> str:
        """Its headline; of a withdrawn one, that it is."""
        if one.withdrawn:
            return translator_for(language)(WITHDRAWN)
        return headline_of(one.release, language)

    def _address(self, number: int | None) -> str | None:
        return next((one.folder for one in self.releases if one.release.id == number), None)

    def _page(
        self,
        template: str,
        language: Language,
        path: str,
        translations: Mapping[Language, str],
        **context: Any,
    ) -> bytes:
        return render(
            template,
            language,
            path,
            site=self.site,
            translations=translations,
            authority=by_language(self.site.authority, language),
            **context,
        )

    def object_of(self, one: PublicRelease) -> dict[str, Any]:
        """A release for programs, with the names of ninjs 3.0 (IPTC) for what that has."""
        release, withdrawn = one.release, one.withdrawn
        return {
            "uri": f"{self.site.url}/{one.folder}/",
            "type": "text",
            "profile": "press release",
            "versioncreated": iso(one.changed_at),
            "firstcreated": iso(one.released_at),
            "pubstatus": "canceled" if withdrawn else "usable",
            "by": [{"name": name, "language": each} for each, name in one.authority.items()],
            "subjects": [{"name": topic} for topic in release.topics],
            "places": [{"nis": code} for code in release.area],
            "corrects": self._full(release.previous_release),
            "corrected_by": self._full(one.corrected_by),
            "languages": {}
            if withdrawn
            else {
                language: {
                    "url": f"{self.site.url}/{one.folder}/{language}/",
                    "headline": headline_of(release, language),
                    **release.text(language).as_json(),
                    "changed": release.changed.get(language, ""),
                }
                for language in release.languages
            },
        }

    def _full(self, number: int | None) -> str | None:
        folder = self._address(number)
        return f"{self.site.url}/{folder}/" if folder else None

    def _structured(self, one: PublicRelease, language: Language) -> Markup:
        """NewsArticle of schema.org, as JSON that ends no script."""
        if one.withdrawn:
            return Markup("")
        about = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": headline_of(one.release, language),
            "inLanguage": REGIONAL[language],
            "datePublished": iso(one.released_at),
            "dateModified": iso(one.changed_at),
            "author": {
                "@type": "GovernmentOrganization",
                "name": by_language(one.authority, language),
            },
            "mainEntityOfPage": f"{self.site.url}/{one.folder}/{language}/",
        }
        text = json.dumps(about, ensure_ascii=False)
        return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704

    def _atom(self, language: Language) -> bytes:
        home = f"{self.site.url}/{NEWSROOM}/{language}/"
        latest = self.releases[:LATEST]
        updated = max((one.changed_at for one in latest), default=NOTHING_YET)
        author = by_language(self.site.authority, language)
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{REGIONAL[language]}">',
            element("id", home),
            element("title", f"{translator_for(language)(TITLE)} – {author}"),
            element("updated", iso(updated)),
            f"<author>{element('name', author)}{element('uri', home)}</author>",
            link("self", f"{home}feed.atom", type="application/atom+xml"),
            link("alternate", home, type="text/html", hreflang=REGIONAL[language]),
            *(self._entry(one, self.read_in(one, language)) for one in latest),
            "</feed>\n",
        ]
        return "\n".join(lines).encode()

    def _entry(self, one: PublicRelease, language: Language) -> str:
        page = f"{self.site.url}/{one.folder}/{language}/"
        text = one.release.text(language)
        parts = (one.release.changed.get(language, ""), text.lead, text.body)
        words = "" if one.withdrawn else "\n\n".join(part for part in parts if part)
        lines = [
            f'<entry xml:lang="{REGIONAL[language]}">',
            element("id", page),
            element("title", self.title(one, language)),
            element("published", iso(one.released_at)),
            element("updated", iso(one.changed_at)),
            f"<author>{element('name', by_language(one.authority, language))}</author>",
            link("alternate", page, type="text/html", hreflang=REGIONAL[language]),
            element("content", words or self.title(one, language), type="text"),
            "</entry>",
        ]
        return "\n".join(lines)

    def _sitemap(self) -> bytes:
        lists = [f"{NEWSROOM}/{language}/" for language in Language]
        pages = [
            (f"{one.folder}/{language}/", one.changed_at)
            for one in self.releases
            if not one.withdrawn
            for language in one.release.languages
        ]
        urls = [
            *(f"<url>{element('loc', f'{self.site.url}/{path}')}</url>" for path in lists),
            *(
                f"<url>{element('loc', f'{self.site.url}/{path}')}"
                f"{element('lastmod', iso(changed))}</url>"
                for path, changed in pages
            ),
        ]
        head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        return "\n".join((head, *urls, "</urlset>\n")).encode()


def slug(topic: str) -> str:
    """A topic as a part of an address: letters and digits of ASCII, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", topic).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "topic"


def _paragraphs(text: str, *, language: Language) -> Sequence[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
