"""Pages that outlive the service: whole, in four languages, and true whenever they are read."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from babel.messages.pofile import read_po

from alerting.actions.public import feeds, pages
from alerting.actions.public.rendering import asset
from alerting.domain.alert import AlertClass, FollowUp, Severity
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicStatus
from alerting.domain.shape import circle
from alerting.i18n import LOCALES, translator_for
from tests.actions.public.folder import Folder, folder
from tests.actions.public.made import (
    HAZARD,
    HOUR,
    NOON,
    SITE,
    alert,
    followed,
    missing_person,
    words,
    world,
)
from tests.actions.public.reading import Page, target
from tests.make import EUPEN, GENT, LIEGE

FR, NL, DE, EN = Language
GERMAN_ONLY = {DE: words("Hochwasser")}


@cache
def of_all_kinds() -> Folder:
    """An alert with its update, one that is over, a false alarm, a person, an exercise."""
    first, update = followed(alert(1, shape=circle(5.6, 50.6, 3)), FollowUp.UPDATE, 2)
    over, end = followed(alert(3, area=(EUPEN,), texts=GERMAN_ONLY), FollowUp.ALL_CLEAR, 4)
    wrong, retraction = followed(alert(5, area=(GENT,)), FollowUp.FALSE_ALERT, 6)
    person, found = followed(missing_person(7), FollowUp.ALL_CLEAR, 8)
    exercise = alert(9, alert_class=AlertClass.EXERCISE)
    expired = alert(10, at=NOON - timedelta(days=200), status=PublicStatus.EXPIRED)
    return folder(
        first, update, over, end, wrong, retraction, person, found, exercise, expired,
        missing_person(11),
    )  # fmt: skip


def html_of(files: Folder) -> dict[str, Page]:
    return {path: Page(data) for path, data in files.items() if path.endswith(".html")}


@cache
def read() -> Mapping[str, Page]:
    return html_of(of_all_kinds())


def test_every_page_is_whole() -> None:
    assert len(read()) > 120
    assert {path: page.faults for path, page in read().items() if page.faults} == {}


def test_every_page_says_its_language_and_has_one_heading_and_a_title() -> None:
    for path, page in read().items():
        (html,) = page.all("html")
        assert html["lang"] in set(Language), path
        assert len(page.all("h1")) == 1, path
        assert len(page.all("title")) >= 1, path


def test_every_relative_link_leads_to_a_file_of_the_folder() -> None:
    for path, page in read().items():
        for link in page.links:
            if re.match(r"https?:|mailto:", link):
                assert not link.startswith(SITE.url), (path, link)
            else:
                below = link.removeprefix("/public/") if path == "404.html" else link
                found = target(path, below)
                written = found in of_all_kinds() or re.match(r"municipality/\d{5}/", found)
                assert written, (path, link)


def test_no_page_has_style_or_script_in_it() -> None:
    for path, page in read().items():
        for tag, given in page.found:
            assert tag != "style", path
            data = given.get("type") == "application/ld+json"
            assert tag != "script" or given.get("src") or data, path
            assert not any(name == "style" or name.startswith("on") for name in given), path


def too_heavy(files: Folder) -> dict[str, int]:
    """Pages that with what they load have 50 kB and more."""
    weights = {}
    for path, data in files.items():
        if path.endswith(".html"):
            loaded = {
                target(path, link) for link in Page(data).links if link.endswith((".css", ".js"))
            }
            weights[path] = len(data) + sum(len(files[one]) for one in loaded if one in files)
    return {path: weight for path, weight in weights.items() if weight >= 50_000}


def test_no_page_with_its_style_and_scripts_is_heavier_than_50_kb() -> None:
    assert too_heavy(of_all_kinds()) == {}


@pytest.mark.parametrize("language", Language)
def test_every_kind_of_page_is_there_in_every_language(language: Language) -> None:
    kinds = ("", "archive/", "archive/2026/", "verify/", "exercises/", "embed/", "signage/",
             "accessibility/", "privacy/", "contact/", "feeds/", "feeds/10000/")  # fmt: skip
    for kind in kinds:
        page = read()[f"{language}/{kind}index.html"]
        assert page.all("html", lang=language)
        others = {one["hreflang"] for one in page.all("link", rel="alternate") if "hreflang" in one}
        assert others == ({*Language} - {language} if kind not in {"embed/", "signage/"} else set())


@pytest.mark.parametrize("language", [FR, NL, DE])
def test_no_word_of_a_page_is_left_in_english(language: Language) -> None:
    words = translator_for(language)
    mine = {path: page for path, page in read().items() if f"{language}/" in path}
    assert len(mine) > 20
    with (LOCALES / "alerting.pot").open("rb") as source:
        texts = [one.id for one in read_po(source) if isinstance(one.id, str) and one.id]
    english = {one for one in texts if words.gettext(one) != one}
    for path, page in mine.items():
        assert english.isdisjoint({*page.words, *(one.rstrip(".") for one in page.words)}), path


def test_the_root_lets_people_choose_a_language() -> None:
    links = [one for one in read()["index.html"].all("a") if "hreflang" in one]
    assert [(one["href"], one["hreflang"]) for one in links] == [(f"{i}/", i) for i in Language]


def test_an_alert_says_who_speaks_since_when_until_when_where_and_what_to_do() -> None:
    page = Page(folder(alert(12))["a/2026/12/nl/index.html"])
    for told in (
        "Chemisch lek", "Geldig tot 23 november 2026, 15.00 uur.", "Nationaal Crisiscentrum",
        "23 november 2026, 13.00 uur", "Luik", "2026/12", "Ga naar binnen.", "Sluit de ramen.",
    ):  # fmt: skip
        assert told in page.text, told
    assert {one["hreflang"] for one in page.all("a", lang="fr")} == {"fr"}
    assert page.all("a", href="../cap.xml")
    assert page.all("a", href="../alert.json")


def test_an_alert_has_a_page_in_each_of_its_languages_and_one_to_choose_among_them() -> None:
    unit = pages.alert_unit(alert(12), [alert(12)], SITE, cap=None)
    assert set(unit) == {"index.html", "fr/index.html", "nl/index.html", "alert.json"}
    choice = Page(unit["index.html"])
    assert {"Fuite chimique", "Chemisch lek"} <= set(choice.words)
    assert [one["lang"] for one in choice.all("li") if "lang" in one] == ["fr", "nl"]
    assert "Valable jusqu’au 23 novembre 2026 à 15h00." in choice.text
    assert "Geldig tot 23 november 2026, 15.00 uur." in choice.text


def test_choosing_the_language_of_what_is_over_one_sees_that_it_is() -> None:
    old, end = followed(alert(12), FollowUp.ALL_CLEAR, 13)
    choice = Page(folder(old, end)["a/2026/12/index.html"])
    assert {"Alerte terminée", "Alarmering voorbij"} <= set(choice.words)
    assert "Valable" not in choice.text


def test_what_is_in_another_language_says_so() -> None:
    page = Page(folder(alert(12, texts=GERMAN_ONLY))["fr/index.html"])
    (headline,) = page.all("a", hreflang="de", href="../a/2026/12/de/")
    assert headline["lang"] == "de"


@pytest.mark.parametrize(
    ("how", "said", "label"),
    [
        pytest.param(FollowUp.UPDATE, "Replaced at 14:00", "Replaced by a newer", id="update"),
        pytest.param(FollowUp.ALL_CLEAR, "Over since 14:00", "Alert over", id="all-clear"),
        pytest.param(FollowUp.FALSE_ALERT, "Withdrawn at 14:00", "false alarm", id="false alarm"),
    ],
)
def test_an_alert_that_was_followed_says_so_first_and_leads_on(
    how: FollowUp, said: str, label: str
) -> None:
    texts = {EN: words("Gas leak")}
    old, new = followed(alert(12, texts=texts), how, 13, texts={EN: words("The newer one")})
    page = Page(folder(old, new)["a/2026/12/en/index.html"])
    assert label in page.text
    assert said in page.text
    assert page.all("a", href="../../../../a/2026/13/en/")
    assert "Valid until" not in page.text
    assert not any("data-until" in given for _, given in page.found)


@pytest.mark.parametrize(
    ("how", "kind", "says"),
    [
        (FollowUp.ALL_CLEAR, "end", "The danger is over."),
        (FollowUp.FALSE_ALERT, "false-alarm", "There was no danger"),
    ],
)
def test_an_end_is_never_shown_as_a_warning(how: FollowUp, kind: str, says: str) -> None:
    texts = {EN: words("It is over")}
    files = folder(*followed(alert(12, texts=texts), how, 13, texts=texts))
    page, home = Page(files["a/2026/13/en/index.html"]), Page(files["en/index.html"])
    (article,) = page.all("article")
    assert f"kind-{kind}" in article["class"]
    assert "kind-warning" not in article["class"]
    assert says in page.text
    assert "Valid until" not in page.text
    assert "There is no active alert." in home.text
    assert says in home.text
    assert json.loads(files["active.json"])["alerts"] == []


def test_the_end_stands_in_words_and_the_clock_of_the_reader_finds_it() -> None:
    """What the script turns is written out beforehand, in the language of the page."""
    page = Page(folder(alert(12, texts={EN: words("Gas leak")}))["a/2026/12/en/index.html"])
    (article,) = page.all("article")
    assert article["data-until"] == "2026-11-23T14:00:00Z"
    assert "Valid until 15:00 on 23 November 2026." in page.text
    expired = [given["data-expired"] for given in page.all("span") if "data-expired" in given]
    assert expired == ["No longer valid", "No longer valid since 15:00 on 23 November 2026."]
    assert not re.search(r"\b(is active|in force)\b", page.text)


def test_words_for_another_moment_are_in_attributes_alone() -> None:
    """Readers in a terminal and scrapers do not honour `hidden`: they would read two states."""
    for path, data in of_all_kinds().items():
        if path.endswith(".html"):
            page = Page(data)
            hidden = [(tag, given) for tag, given in page.found if "hidden" in given]
            assert {given.get("id", "") for _, given in hidden} <= {"verify"}, path
            assert not page.all("template"), path
    page = Page(folder(alert(12, texts={EN: words("Gas leak")}))["en/index.html"])
    assert "No longer valid" not in page.text
    assert "out of date" not in page.text


def test_a_screen_shows_the_gravest_first_and_leaves_none_out() -> None:
    minor = replace(HAZARD, severity=Severity.MINOR)
    late = [alert(n, at=NOON + n * HOUR / 60, hazard=minor, texts={EN: words(f"Minor {n}")})
            for n in range(1, 6)]  # fmt: skip
    files = folder(alert(20, texts={EN: words("Extreme")}), *late)
    for path in ("en/signage/index.html", "en/index.html", "en/embed/index.html"):
        said = Page(files[path]).words
        assert said.index("Extreme") < said.index("Minor 5") < said.index("Minor 4")
    assert len(Page(files["en/signage/index.html"]).all("li", **{"data-places": LIEGE})) == 6


def test_a_screen_says_what_to_do_and_for_which_places() -> None:
    antwerp = tuple(sorted(SITE.gazetteer.place("10000").members))
    steps = "A leak.\n\nDo this now:\n\n1. Close the windows.\n2. Stay inside.\n\nMore later."
    one = "Danger: smoke.\n\nWhat you must do now: stay inside.\n\nMore later."
    files = folder(
        alert(1, area=(*antwerp, LIEGE), texts={EN: words("Leak", steps)}),
        alert(2, area=(EUPEN,), texts={EN: words("Smoke", one)}),
    )
    page = Page(files["en/signage/index.html"])
    assert page.all("li", **{"data-places": "10000 62063", "data-provinces": "10000 60000"})
    assert page.all("li", **{"data-places": "63023", "data-provinces": "60000"})
    assert "Close the windows. Stay inside." in page.text
    assert "Do this now: Close the windows." in page.text
    assert "What you must do now: stay inside." in page.text
    assert "More later" not in page.text
    province = Page(files["en/feeds/60000/index.html"])
    assert province.all("a", href="../../../en/signage/?place=62063.60000")


def test_an_hour_that_comes_twice_says_which_it_is() -> None:
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    page = Page(folder(alert(12, expires_at=twice))["a/2026/12/fr/index.html"])
    assert "2h30 (heure d'hiver)" in page.text.replace("’", "'")


def test_a_list_says_as_of_when_it_is_and_no_page_says_the_hour_it_was_made() -> None:
    """So that making everything again gives the same bytes, whenever that is."""
    old, new = followed(alert(12), FollowUp.UPDATE, 13)
    first, again = folder(old, new), folder(old, new)
    assert "Situation au 23 novembre 2026 à 14h00." in Page(first["fr/index.html"]).text
    assert first == again


def test_what_has_expired_leaves_the_lists_of_what_is_active_and_its_end_is_their_moment() -> None:
    files = folder(alert(12, status=PublicStatus.EXPIRED))
    assert "Situation au 23 novembre 2026 à 15h00." in Page(files["fr/index.html"]).text
    assert "Aucune alerte en cours." in Page(files["fr/index.html"]).text


def test_the_archive_keeps_every_alert_by_the_month_in_which_it_was_sent() -> None:
    at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    files = folder(alert(3, at=at), alert(12))
    years = Page(files["fr/archive/index.html"]).links
    assert {"../../archive/2026/01/fr/", "../../archive/2026/11/fr/"} <= set(years)
    assert "archive/2025/12/fr/index.html" not in files, "in Belgium it was January"
    assert "../../../../a/2025/3/fr/" in Page(files["archive/2026/01/fr/index.html"]).links


def test_years_of_ended_alerts_and_exercises_keep_every_list_below_50_kb() -> None:
    of_kinds = {"status": PublicStatus.EXPIRED}, {"alert_class": AlertClass.EXERCISE}
    files = folder(*(alert(n, **of_kinds[n % 2]) for n in range(300)))
    assert too_heavy(files) == {}


def test_a_month_of_many_alerts_is_pages_and_one_more_changes_one_of_them() -> None:
    many = [alert(n, at=NOON - (194 - n) * HOUR) for n in range(194)]
    files, more = folder(*many), folder(*many, alert(194))
    loaded = sum(len(files[f"assets/{one}"]) for one in ("public.css", "public.js", "verify.js"))
    heaviest = max(len(data) for path, data in files.items() if "archive/" in path)
    assert loaded + heaviest < 50_000
    months = {path: page for path, page in html_of(files).items() if path.startswith("archive/")}
    named = [link for path, page in months.items() if re.match(r"archive/2026/11/fr/\d", path)
             for link in page.links if "/a/2026/" in link]  # fmt: skip
    assert len(named) == len(set(named)) == 194
    for path, page in months.items():
        assert {target(path, one) for one in page.links if one.startswith("..")} <= set(files)
    old = {path for path in months if files[path] != more[path]}
    assert old == {f"archive/2026/11/{one}/{n}index.html" for one in Language for n in ("", "13/")}


def test_an_exercise_is_on_a_page_of_its_own_and_nowhere_else() -> None:
    exercise = alert(9, alert_class=AlertClass.EXERCISE)
    files = folder(exercise, alert(12))
    naming = {path for path, data in files.items() if b"a/2026/9/" in data}
    own = {path for path in files if path.startswith("a/2026/9/")}
    assert naming - own == {f"{language}/exercises/index.html" for language in Language}
    assert "municipality/62063/fr.atom" in files
    assert feeds.towns_touched(exercise) == ()


@pytest.mark.parametrize(("language", "mark"), [(FR, "EXERCICE"), (NL, "OEFENING")])
def test_an_exercise_is_marked_before_and_after_all_it_says(language: Language, mark: str) -> None:
    files = folder(alert(9, alert_class=AlertClass.EXERCISE))
    page = Page(files[f"a/2026/9/{language}/index.html"])
    said = [index for index, one in enumerate(page.words) if one == mark]
    heading = page.words.index({FR: "Fuite chimique", NL: "Chemisch lek"}[language])
    assert said[0] < heading < said[-1]
    assert page.words[0].startswith(f"{mark} – ")
    assert page.all("meta", name="robots", content="noindex")
    assert json.loads(files["a/2026/9/alert.json"])["cap"] is None


def withdrawn(number: int = 12, **changed: Any) -> PublicAlert:
    """One whose page an administrator withdrew, three hours after it was sent."""
    given = {"status": PublicStatus.EXPIRED, "withdrawn_at": NOON + 3 * HOUR, **changed}
    return replace(alert(number), texts={}, shape=None, **given)


@pytest.mark.parametrize("alert_class", [AlertClass.ALERT, AlertClass.EXERCISE])
def test_a_page_that_was_withdrawn_says_so_and_nothing_else_names_it(
    alert_class: AlertClass,
) -> None:
    files = folder(withdrawn(alert_class=alert_class), alert(13))
    page = Page(files["a/2026/12/fr/index.html"])
    assert "Page dépubliée" in page.text
    assert "Le texte de cette alerte ne figure plus sur ces pages." in page.text
    assert ("EXERCICE" in page.text) is (alert_class is AlertClass.EXERCISE)
    assert "Fuite chimique" not in page.text
    assert "a/2026/12/cap.xml" not in files
    assert {path for path, data in files.items() if b"a/2026/12/" in data} == {
        path for path in files if path.startswith("a/2026/12/")
    }


def test_a_list_that_lost_an_alert_is_as_of_that_moment() -> None:
    """So that no feed is ever updated to an earlier moment."""
    files = folder(withdrawn(), alert(13))
    assert "Situation au 23 novembre 2026 à 16h00." in Page(files["fr/index.html"]).text
    assert b"<updated>2026-11-23T15:00:00Z" in files["municipality/62063/fr.atom"]


def test_the_map_of_an_alert_shows_what_the_console_shows() -> None:
    shown = alert(12, area=tuple(sorted(SITE.gazetteer.place("10000").members)))
    page = Page(folder(shown)["a/2026/12/fr/index.html"])
    assert len(page.all("path", **{"class": "outline outline-all"})) == 1
    assert "Carte : Province d’Anvers" in page.text.replace("\xa0", " ")


def test_words_below_a_map_explain_what_is_drawn_on_it() -> None:
    drawn = alert(12, shape=circle(5.6, 50.6, 3), texts={EN: words("Leak")})
    said = Page(folder(drawn)["a/2026/12/en/index.html"]).text
    assert "Dashed line, filled: the area drawn by the authority." in said
    assert "Filled: the area of the alert." not in said
    assert "Filled: the areas of all active alerts." in Page(folder(drawn)["en/index.html"]).text
    calm = Page(folder()["en/index.html"]).text
    assert "The outlines are the provinces." in calm
    assert "Filled" not in calm


def test_outlines_of_municipalities_are_drawn_where_the_installation_has_them() -> None:
    ring = [[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]
    site = replace(SITE, outlines={LIEGE: {"type": "MultiPolygon", "coordinates": [[ring]]}})
    for where, kind in ((SITE, "disc"), (site, "all")):
        page = Page(pages.alert_unit(alert(12), [alert(12)], where, cap=None)["fr/index.html"])
        assert page.all("path", **{"class": f"outline outline-{kind}"})


def test_an_asset_changes_its_address_with_its_bytes_and_every_asset_is_there() -> None:
    unit = pages.assets_unit(SITE)
    assert re.fullmatch(r"assets/public\.css\?[0-9a-f]{12}", asset("public.css"))
    cards = {f"card-{kind}-{one}.png" for kind in ("alert", "exercise") for one in Language}
    assert {
        *cards,
        "public.css",
        "newsroom.js",
        "public.js",
        "signage.js",
        "verify.js",
        "icon.svg",
    } == set(unit)
    for name in cards:
        assert unit[name][16:24] == bytes.fromhex("000004b000000276"), "1200 x 630"


def test_a_page_leads_to_the_last_message_of_its_chain() -> None:
    first, update = followed(alert(12), FollowUp.UPDATE, 13)
    update, end = followed(update, FollowUp.ALL_CLEAR, 14)
    page = Page(folder(first, update, end)["a/2026/12/fr/index.html"])
    assert "Lisez le message plus récent" in page.text
    assert "Suivez le message plus récent" not in page.text


def test_every_municipality_of_an_area_is_named_on_the_page_of_an_alert() -> None:
    gazetteer = SITE.gazetteer
    towns = [one.nis_code for one in gazetteer.municipalities()][5:300:29]
    page = Page(folder(alert(12, area=tuple(sorted(towns))))["a/2026/12/fr/index.html"]).text
    missing = [
        one for code in towns if (one := gazetteer.place(code).names[Language.FR]) not in page
    ]
    assert missing == []


def test_the_title_of_an_exercise_has_its_mark_once_before_and_once_after() -> None:
    texts = {FR: words("EXERCICE\N{NO-BREAK SPACE}: Fuite EXERCICE")}
    page = folder(alert(1, alert_class=AlertClass.EXERCISE, texts=texts))["a/2026/1/fr/index.html"]
    title = page.decode().partition("<title>")[2].partition("</title>")[0]
    assert title.startswith("EXERCICE\N{NO-BREAK SPACE}: Fuite EXERCICE – ")


def test_a_page_that_is_not_there_works_on_a_mirror_of_another_host() -> None:
    page = Page(folder()["404.html"])
    assert "/public/fr/" in page.links
    assert not [link for link in page.links if "://" in link]


def test_a_month_of_numbered_pages_stands_at_one_address() -> None:
    files = folder(*(alert(n) for n in range(1, 18)))
    last = Page(files["archive/2026/11/fr/2/index.html"])
    assert last.all("link", rel="canonical", href=f"{SITE.url}/archive/2026/11/fr/")
    assert "17 messages" in Page(files["fr/archive/index.html"]).text


def test_the_accessibility_statement_says_how_far_the_pages_comply() -> None:
    files = folder()
    for language, says in ((FR, "partiellement conformes"), (NL, "voldoen gedeeltelijk"),
                           (DE, "teilweise vereinbar"), (EN, "partially compliant")):  # fmt: skip
        assert says in Page(files[f"{language}/accessibility/index.html"]).text


def test_an_authority_of_no_federal_kind_names_who_hears_complaints() -> None:
    site = replace(SITE, complaints={FR: "Médiateur de la Wallonie\nrue 1"})
    page = Page(pages.lists_unit(world(), site)["fr/accessibility/index.html"])
    assert "Médiateur de la Wallonie rue 1" in page.text
    assert "Médiateur fédéral" not in page.text


def test_every_list_says_in_the_language_of_its_reader_what_happened() -> None:
    names = {one: f"Danger ({one})" for one in Language}
    leak = alert(1, titles=names, texts={FR: words("Fuite de gaz")})
    leak, update = followed(leak, FollowUp.UPDATE, 2, texts={FR: words("Sortez")})
    files = folder(leak, update)
    for page in ("", "embed/", "signage/", "verify/"):
        assert "Danger (de)" in Page(files[f"de/{page}index.html"]).text, page
    assert "Danger (fr)" in Page(files["a/2026/2/fr/index.html"]).text


def test_an_exercise_and_a_search_end_as_what_they_were() -> None:
    exercise, _ = followed(alert(1, alert_class=AlertClass.EXERCISE), FollowUp.ALL_CLEAR, 2)
    person, _ = followed(missing_person(7), FollowUp.ALL_CLEAR, 8)
    files = folder(exercise, person)
    assert "Oefening voorbij" in Page(files["a/2026/1/nl/index.html"]).text
    assert "Zoekactie voorbij" in Page(files["a/2026/7/nl/index.html"]).text


def test_an_end_of_a_search_says_that_and_no_more() -> None:
    person, end = followed(missing_person(7), FollowUp.ALL_CLEAR, 8)
    page = Page(folder(person, end)["a/2026/8/nl/index.html"])
    assert "Chemical leak – zoekactie voorbij" in page.text


def test_where_112_cannot_be_reached_no_page_says_to_call_it() -> None:
    hazard = replace(HAZARD, event="emergency_numbers_outage")
    files = folder(alert(12, hazard=hazard))
    for path in ("a/2026/12/fr/index.html", "fr/index.html"):
        assert "Appelez le 112" not in Page(files[path]).text
    assert "Appelez le 112" in Page(files["fr/verify/index.html"]).text
