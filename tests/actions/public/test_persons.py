"""Of an alert about a person nothing remains once it is over, but that it was there."""

import json
from dataclasses import replace

import pytest

from alerting.actions.public.units import Edition
from alerting.actions.public.verification import text_hash
from alerting.domain.alert import FollowUp
from alerting.domain.public_alert import PublicAlert, PublicStatus, is_over, without_person
from alerting.domain.shape import circle
from tests.actions.public.folder import Folder, folder
from tests.actions.public.made import SITE, followed, missing_person, words
from tests.actions.public.reading import Page
from tests.make import EUPEN, LIEGE

SEEN = circle(5.5712, 50.6401, 2)


def telling(files: Folder) -> set[str]:
    """The files with anything of that person, or of where they were seen."""
    hashes = [text_hash(text).encode() for one in missing_person().texts.values()
              for text in (one.headline, one.text, f"{one.headline} {one.text}")]  # fmt: skip
    told = (b"Lotte", b"Peeters", b"veste", b"rode jas", b"5.5712", b"50.6401", *hashes)
    return {path for path, data in files.items() if any(one in data for one in told)}


def while_it_lasts() -> Folder:
    return folder(missing_person(30, shape=SEEN))


def ended(how: FollowUp) -> tuple[PublicAlert, ...]:
    first, update = followed(missing_person(30, shape=SEEN), FollowUp.UPDATE, 31)
    return first, *followed(update, how, 32, texts=missing_person().texts)


def test_while_it_lasts_everybody_is_told() -> None:
    told = telling(while_it_lasts())
    assert {"a/2026/30/fr/index.html", "fr/index.html", "verify.json", "active.json",
            "feed/fr.atom", "feed/index.json", "municipality/63023/nl.json"} <= told  # fmt: skip


@pytest.mark.parametrize("how", [FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT])
def test_at_its_end_no_file_has_a_word_of_it(how: FollowUp) -> None:
    """Of the first alert, of its update, and of the message that ended it."""
    assert telling(folder(*ended(how))) == set()


def test_when_it_expires_no_file_has_a_word_of_it() -> None:
    expired = missing_person(30, shape=SEEN, status=PublicStatus.EXPIRED)
    assert telling(folder(expired)) == set()


def test_what_took_its_place_goes_with_it_and_what_it_updated_stays_until_then() -> None:
    first, update = followed(missing_person(30), FollowUp.UPDATE, 31)
    assert not is_over([first, update])
    assert without_person(first, [first, update]) is first
    assert "a/2026/30/fr/index.html" in telling(folder(first, update))


def test_the_feeds_of_every_municipality_of_the_chain_are_made_again() -> None:
    """Its update, and the word of its end, were for fewer."""
    first, update, end = ended(FollowUp.ALL_CLEAR)
    alerts = (replace(end, area=(LIEGE,)), replace(update, area=(LIEGE,)), first)
    assert Edition(alerts, SITE).towns([32]) == sorted([LIEGE, EUPEN])


def test_its_address_stays_and_says_so() -> None:
    files = folder(*ended(FollowUp.ALL_CLEAR))
    for number in (30, 31, 32):
        page = Page(files[f"a/2026/{number}/nl/index.html"])
        assert "Deze alarmering ging over een persoon. Ze is voorbij" in page.text
        assert page.all("meta", name="robots", content="noindex")
        assert not page.all("path", **{"class": "outline outline-drawn"})
        assert json.loads(files[f"a/2026/{number}/alert.json"])["erased"] is True
        assert json.loads(files[f"a/2026/{number}/alert.json"])["cap"].endswith("/cap.xml")
        assert f"a/2026/{number}/cap.xml" in files, "who read CAP is told to forget it, too"
        assert f"2026/{number}" in Page(files["archive/2026/11/nl/index.html"]).text


def test_feeds_tell_apps_to_forget_it() -> None:
    """The same entry, changed at the end of the chain, with the fixed words in place of its own."""
    before = json.loads(while_it_lasts()["feed/fr.json"])["items"]
    after = json.loads(folder(*ended(FollowUp.ALL_CLEAR))["feed/fr.json"])
    (first,) = [one for one in after["items"] if one["id"] == before[0]["id"]]
    assert "\n\nCette alerte concernait une personne." in first["content_text"]
    assert first["date_modified"] == "2026-11-23T14:00:00Z"


def test_an_alert_about_no_person_keeps_its_words() -> None:
    old, end = followed(missing_person(30, personal=False), FollowUp.ALL_CLEAR, 31,
                        texts={"fr": words("Fin")})  # fmt: skip
    assert without_person(old, [old, end]) is old
