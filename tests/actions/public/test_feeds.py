"""Feeds: RFC 4287 and JSON Feed 1.1, entries called the same for ever, bounded, never silent."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from alerting.actions.public import feeds, pages
from alerting.actions.public.listing import MOST_IN_FEEDS
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicStatus, guid
from alerting.domain.shape import circle, polygon
from alerting.geo.outlines import provinces
from tests.actions.public.folder import Folder, folder
from tests.actions.public.made import HOUR, NOON, SITE, alert, followed, words, world
from tests.make import EUPEN, GENT, LIEGE

FR, NL, DE, EN = Language
ATOM = {"a": "http://www.w3.org/2005/Atom"}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ALL_FEEDS = ("feed/fr", "feed/province/60000/nl", "municipality/62063/de", "feed/en")


def two() -> tuple[PublicAlert, ...]:
    """An alert that was updated, and one in German alone for Eupen."""
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    return old, new, alert(14, area=(EUPEN, LIEGE), texts={DE: words("Hochwasser")})


def atom(files: Folder, path: str) -> ET.Element:
    return ET.fromstring(files[f"{path}.atom"])  # noqa: S314


def items(files: Folder, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[f"{path}.json"])["items"]
    return found


def text(element: ET.Element, name: str) -> str:
    found = element.find(f"a:{name}", ATOM)
    assert found is not None, name
    return found.text or ""


@pytest.mark.parametrize("path", ALL_FEEDS)
def test_an_atom_feed_has_what_rfc_4287_asks_of_it(path: str) -> None:
    feed = atom(folder(*two()), path)
    links = {one.get("rel"): one.get("href") for one in feed.findall("a:link", ATOM)}
    assert links["self"] == f"{SITE.url}/{path}.atom"
    assert links["alternate"] == f"{SITE.url}/{path[-2:]}/"
    assert text(feed, "id").startswith("tag:alerts.example.org,2026:")
    assert text(feed, "title")
    assert feed.find("a:author/a:name", ATOM) is not None
    assert RFC3339.fullmatch(text(feed, "updated"))
    ids = [text(one, "id") for one in feed.findall("a:entry", ATOM)]
    assert len(ids) == len(set(ids)) == 3
    for entry in feed.findall("a:entry", ATOM):
        assert text(entry, "title")
        assert text(entry, "content")
        assert RFC3339.fullmatch(text(entry, "updated"))
        assert text(entry, "published") <= text(entry, "updated") <= text(feed, "updated")
        (page,) = entry.findall("a:link[@type='text/html']", ATOM)
        (cap,) = entry.findall("a:link[@type='application/cap+xml']", ATOM)
        assert page.get("rel") == cap.get("rel") == "alternate"
        assert str(page.get("href")).startswith(f"{SITE.url}/a/2026/")
        assert entry.find("a:author/a:name", ATOM) is not None


@pytest.mark.parametrize("path", ALL_FEEDS)
def test_a_json_feed_has_what_version_1_1_asks_of_it(path: str) -> None:
    feed = json.loads(folder(*two())[f"{path}.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"] == f"{SITE.url}/{path}.json"
    assert feed["home_page_url"] == f"{SITE.url}/{path[-2:]}/"
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert item["url"].startswith("https://")
        assert item["date_published"] <= item["date_modified"]
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert all(key.startswith("_") or re.match("[a-z]", key) for key in item)


def test_an_entry_is_called_the_same_in_every_feed_and_for_ever() -> None:
    before, after = folder(alert(12)), folder(*followed(alert(12), FollowUp.ALL_CLEAR, 13))
    (first,) = items(before, "feed/fr")
    for path in ("feed/fr", "feed/province/60000/fr", "municipality/62063/fr"):
        assert first["id"] in [one["id"] for one in items(after, path)]
        assert first["id"] in [
            text(one, "id") for one in atom(after, path).findall("a:entry", ATOM)
        ]
    assert first["id"] == "tag:alerts.example.org,2026:a/2026/12/fr"


def test_what_is_told_anew_is_updated_later_and_nothing_ever_earlier() -> None:
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    changed, end = followed(new, FollowUp.ALL_CLEAR, 14)
    steps = [(alert(12),), (old, new), (old, changed, end)]
    told = [folder(*step) for step in steps]
    for path in ALL_FEEDS:
        updated = [text(atom(one, path), "updated") for one in told[1:]]
        assert updated == sorted(updated)
    by_id: dict[str, list[str]] = {}
    for one in told:
        for item in items(one, "feed/fr"):
            by_id.setdefault(item["id"][-5:], []).append(item["date_modified"][11:16])
    assert by_id == {
        "12/fr": ["12:00", "13:00", "13:00"],
        "13/fr": ["13:00", "14:00"],
        "14/fr": ["14:00"],
    }


def test_a_title_says_first_what_the_message_is() -> None:
    old, end = followed(alert(12), FollowUp.ALL_CLEAR, 13, texts={NL: words("Het is voorbij")})
    titles = {item["id"][-5:]: item["title"] for item in items(folder(old, end), "feed/nl")}
    assert titles["12/nl"] == "Alarmering voorbij – Chemical leak – Chemisch lek"
    assert titles["13/nl"] == "Einde alarm – Chemical leak – Het is voorbij"


def test_a_title_says_in_the_language_of_its_reader_what_happened() -> None:
    names = {one: f"Gas ({one})" for one in Language}
    leak = alert(12, titles=names, texts={FR: words("Fuite"), NL: words("Gas (nl) in Luik")})
    leak, update = followed(leak, FollowUp.UPDATE, 13, texts={FR: words("Sortez")})
    titles = {item["id"][-5:]: item["title"] for item in items(folder(leak, update), "feed/de")}
    assert titles["12/fr"] == "Durch eine neuere Nachricht ersetzt – Gas (de) – Fuite"
    assert titles["13/fr"] == "Alarmierung: Aktualisierung – Gas (de) – Sortez"
    dutch = {item["id"][-5:]: item["title"] for item in items(folder(leak, update), "feed/nl")}
    assert dutch["12/nl"] == "Vervangen door een recenter bericht – Gas (nl) in Luik"


def test_a_title_that_says_itself_what_it_is_is_not_told_twice() -> None:
    names = {FR: "Fin d'alerte", NL: "Einde alarm", DE: "Entwarnung", EN: "End of alert"}
    texts = {FR: words("FIN D’ALERTE – Liège")}
    old, end = followed(alert(12), FollowUp.ALL_CLEAR, 13, texts=texts, titles=names)
    french, english = ({item["id"][-5:]: item["title"] for item in items(folder(old, end), path)}
                       for path in ("feed/fr", "feed/en"))  # fmt: skip
    assert french["13/fr"] == "FIN D’ALERTE – Liège"
    assert english["13/fr"].startswith("End of alert – ")


def test_what_a_reader_has_no_words_for_is_told_in_its_own_language() -> None:
    (german,) = [one for one in items(folder(*two()), "feed/fr") if one["language"] == "de-BE"]
    until, _, words_there = german["content_text"].partition("\n\n")
    assert (
        until
        == "Valable jusqu’au 23 novembre 2026 à 15h00. Zone\N{NO-BREAK SPACE}: Liège et Eupen."
    )
    assert words_there.startswith("Hochwasser")
    assert german["url"] == f"{SITE.url}/a/2026/14/de/"


def test_provinces_and_municipalities_are_told_what_is_for_them_and_nothing_else() -> None:
    files = folder(alert(12), alert(13, area=(GENT,)))
    for path, number in (("feed/province/60000/fr", 12), ("feed/province/40000/fr", 13),
                         ("municipality/62063/fr", 12), ("municipality/44021/fr", 13)):  # fmt: skip
        assert [one["_alerting"]["number"] for one in items(files, path)] == [number]
    assert len(provinces()) == 11
    for code in provinces():
        for language in Language:
            assert f"feed/province/{code}/{language}.atom" in files


def test_a_municipality_that_had_no_alert_has_a_feed_that_is_empty_and_always_the_same() -> None:
    first, later = (
        feeds.town_unit(EUPEN, world(alert(12), *more), SITE)
        for more in ((), (alert(13, at=NOON + 9 * HOUR),))
    )
    assert first == later
    assert set(first) == {f"{one}.{kind}" for one in Language for kind in ("atom", "json")}
    assert json.loads(first["fr.json"])["items"] == []


def test_what_ended_stays_for_two_weeks_and_the_last_ten_in_any_case() -> None:
    """Counted from the last alert."""

    def ended(number: int, before: timedelta) -> PublicAlert:
        return alert(number, at=NOON - before - 2 * HOUR, status=PublicStatus.EXPIRED)

    old = [ended(number, timedelta(days=15)) for number in range(1, 13)]
    lately = [ended(number, timedelta(days=13)) for number in range(20, 31)]
    files = folder(*old, *lately, alert(40))
    named = {one["_alerting"]["number"] for one in items(files, "feed/fr")}
    assert named == {*range(20, 31), 40}
    alone = folder(*old)
    assert {one["_alerting"]["number"] for one in items(alone, "feed/fr")} == {*range(1, 13)}
    few = folder(*old[:3], alert(40))
    assert {one["_alerting"]["number"] for one in items(few, "feed/fr")} == {1, 2, 3, 40}


def test_a_feed_never_has_more_than_a_hundred_entries_and_first_what_is_in_force() -> None:
    over = [
        alert(n, at=NOON - timedelta(minutes=n), status=PublicStatus.EXPIRED, expires_at=NOON)
        for n in range(1, MOST_IN_FEEDS + 20)
    ]
    found = items({"feed/fr.json": pages.lists_unit(
        world(*over, alert(500, at=NOON - timedelta(days=20), expires_at=NOON + 9 * HOUR)), SITE
    )["feed/fr.json"]}, "feed/fr")  # fmt: skip
    assert len(found) == MOST_IN_FEEDS
    assert found[0]["_alerting"]["number"] == 500


def test_active_json_gives_each_alert_the_moment_to_stop_showing_it() -> None:
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    told = json.loads(folder(old, new)["active.json"])
    assert told["as_of"] == "2026-11-23T13:00:00Z"
    (one,) = told["alerts"]
    assert (one["number"], one["valid_until"]) == (13, "2026-11-23T15:00:00Z")
    assert one["cap"] == f"{SITE.url}/a/2026/13/cap.xml"
    assert one["previous"] == f"{SITE.url}/a/2026/12/"
    assert one["languages"]["nl"]["headline"] == "Chemisch lek"
    assert one["nis"] == [LIEGE]


def test_the_old_gateway_is_told_as_its_readers_expect() -> None:
    """The shape that public consumers of it read: capitals, x and y, an item a language."""
    shape = polygon([[5.5, 50.6], [5.6, 50.6], [5.6, 50.7]])
    files = folder(alert(12, shape=shape))
    feed = json.loads(files["feed/index.json"])
    assert feed["description"] == "activeOnly: true"
    french, dutch = feed["items"]
    assert (french["language"], dutch["language"]) == ("fr-BE", "nl-BE")
    assert (french["title"], dutch["title"]) == ("Fuite chimique", "Chemisch lek")
    assert french["guid"] == dutch["guid"] == guid(alert(12).address)
    assert re.fullmatch("[0-9a-f]{24}", french["guid"])
    assert french["link"] == f"{SITE.url}/alert/{french['guid']}"
    assert french["category"] == ["CBRNE"]
    assert french["startDate"] == "2026-11-23T12:00:00Z"
    assert french["expirationDate"] == "2026-11-23T14:00:00Z"
    (area,) = french["area"]
    assert area["type"] == "Polygon"
    (line,) = area["coordinates"]
    assert line["type"] == "LineString"
    assert line["coordinates"][0] == line["coordinates"][-1] == {"x": 5.5, "y": 50.6}


@pytest.mark.parametrize(
    ("changed", "polygons"),
    [
        pytest.param({}, 1, id="a municipality is a disc"),
        pytest.param({"shape": circle(5.6, 50.6, 3)}, 1, id="a circle"),
        pytest.param({"area": tuple(SITE.gazetteer.place("10000").members)}, 1, id="a province"),
    ],
)
def test_every_area_is_polygons_at_the_old_gateway(changed: dict[str, Any], polygons: int) -> None:
    (one, _) = json.loads(folder(alert(12, **changed))["feed/index.json"])["items"]
    assert len(one["area"]) == polygons
    for area in one["area"]:
        for line in area["coordinates"]:
            points = [(point["x"], point["y"]) for point in line["coordinates"]]
            assert len(points) >= 4
            assert points[0] == points[-1]
            assert all(2 < x < 7 and 49 < y < 52 for x, y in points)


def test_rss_names_what_is_in_force() -> None:
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    channel = ET.fromstring(folder(old, new)["feed/rss"]).find("channel")  # noqa: S314
    assert channel is not None
    assert [one.findtext("title") for one in channel.findall("item")] == [
        "Fuite chimique", "Chemisch lek",
    ]  # fmt: skip
    guids = [one.findtext("guid") for one in channel.findall("item")]
    assert len(set(guids)) == 2
    assert channel.findtext("item/pubDate") == "Mon, 23 Nov 2026 13:00:00 +0000"


def test_the_sitemap_names_every_alert_in_every_language_with_its_last_change() -> None:
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    files = folder(old, new, alert(9, alert_class=AlertClass.EXERCISE))
    found = ET.fromstring(files["sitemap.xml"])  # noqa: S314
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    urls = {one.findtext("s:loc", "", space): one.findtext("s:lastmod", "", space) for one in found}
    assert urls[f"{SITE.url}/a/2026/12/nl/"] == "2026-11-23T13:00:00Z"
    assert f"{SITE.url}/de/verify/" in urls
    assert not [one for one in urls if "/a/2026/9/" in one or "exercises" in one]


def test_robots_are_led_to_it() -> None:
    assert f"Sitemap: {SITE.url}/sitemap.xml" in folder(alert(12))["robots.txt"].decode()


def test_names_of_entries_stay_when_pages_move_to_another_path() -> None:
    moved = replace(SITE, url="https://alerts.example.org/elsewhere")
    for site in (SITE, moved):
        unit = feeds.town_unit(LIEGE, world(alert(12)), site)
        assert json.loads(unit["fr.json"])["items"][0]["id"] == (
            "tag:alerts.example.org,2026:a/2026/12/fr"
        )
