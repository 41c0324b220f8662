"""The newsroom: what is published stands on pages, in lists and feeds; nothing else ever does."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from alerting.actions.press import publishing, writing
from alerting.actions.press.writing import ReleaseChanges
from alerting.actions.public.newsroom import slug
from alerting.domain.language import Language
from alerting.domain.press.release import Release
from alerting.domain.press.states import ReleaseState
from alerting.store import Database
from tests.actions.public.standins import MAKERS, publisher, publishes_all, served
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.press_office import LEEN, PIA, TEXTS, PressOffice

HEADLINE = str(TEXTS[Language.FR]["headline"])
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def office(database: Database, clock: Clock) -> PressOffice:
    return PressOffice(Desk(make_services(database, clock), clock))


async def published(office: PressOffice, path: Path) -> dict[str, bytes]:
    made = await publisher(office.desk, path, makers=MAKERS)
    await publishes_all(made)
    return dict(served(path))


def folder_of(release: Release) -> str:
    return f"r/{release.created_at.year}/{release.id}"


async def test_a_release_stands_in_all_its_languages_and_in_every_list(
    office: PressOffice, tmp_path: Path
) -> None:
    release = await office.brings_to(ReleaseState.RELEASED)
    found = await published(office, tmp_path)
    folder = folder_of(release)
    for language in (Language.FR, Language.NL, Language.DE):
        page = found[f"{folder}/{language}/index.html"].decode()
        for words in ("headline", "lead", "place"):
            assert str(TEXTS[language][words]) in page
        assert "Anne Dupont" in page
        assert "+32 4 221 80 00" in page
        assert f'href="../../../../{folder}/nl/"' in page or language is Language.NL
        listed = found[f"newsroom/{language}/index.html"].decode()
        assert str(TEXTS[language]["headline"]) in listed
        assert (
            str(TEXTS[language]["headline"])
            in found[f"newsroom/{language}/archive/index.html"].decode()
        )
        feed = etree.fromstring(found[f"newsroom/{language}/feed.atom"])
        (entry,) = feed.findall(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}title") == TEXTS[language]["headline"]
        assert entry.findtext(f"{ATOM}id", "").endswith(f"{folder}/{language}/")
    assert HEADLINE in found["newsroom/en/index.html"].decode()  # what there is
    data = json.loads(found[f"{folder}/release.json"])
    assert data["pubstatus"] == "usable"
    assert data["languages"]["fr"]["headline"] == HEADLINE
    assert folder in found["newsroom/sitemap.xml"].decode()


@pytest.mark.parametrize(
    "state",
    [state for state in ReleaseState if state not in {"released", "corrected", "withdrawn"}],
)
async def test_what_is_not_public_is_in_no_file(
    office: PressOffice, tmp_path: Path, state: ReleaseState
) -> None:
    release = await office.brings_to(state)
    beside = await office.brings_to(ReleaseState.RELEASED)
    texts = {Language.FR: {"headline": "Un autre titre"}}
    changes = ReleaseChanges(revision=release.revision, texts=texts)
    if state in {ReleaseState.DRAFT, ReleaseState.IN_REVIEW}:
        await writing.save_release(office.services, release.id, changes, by=PIA)
    found = await published(office, tmp_path)
    assert any(name.startswith(folder_of(beside)) for name in found)
    assert not any(name.startswith(f"{folder_of(release)}/") for name in found)
    for content in found.values():
        assert f"{folder_of(release)}/".encode() not in content
        assert b"Un autre titre" not in content


async def test_everything_of_a_release_appears_at_its_time_and_nothing_before(
    office: PressOffice, tmp_path: Path
) -> None:
    await office.sets_clock()
    until = await office.now() + timedelta(milliseconds=500)
    release = await office.writes(embargo_until=until)
    armed = await office.arms(await office.approves(await office.submits(release)))
    made = await publisher(office.desk, tmp_path, makers=MAKERS)
    await made.rebuild()
    while True:
        before = dict(served(tmp_path))
        if (await office.reads(armed)).released_at is not None:
            break
        assert not any(HEADLINE.encode() in content for content in before.values())
        await publishing.keep_lifting(office.services)
    await publishes_all(made)
    found = served(tmp_path)
    assert HEADLINE in found[f"{folder_of(armed)}/fr/index.html"].decode()
    assert HEADLINE in found["newsroom/fr/index.html"].decode()


async def test_a_correction_and_what_it_corrects_lead_to_each_other(
    office: PressOffice, tmp_path: Path
) -> None:
    first = await office.brings_to(ReleaseState.RELEASED)
    await published(office, tmp_path)
    correction = await office.approves(await office.submits(await office.corrects(first)))
    await office.publishes(correction)
    found = await published(office, tmp_path)
    old = found[f"{folder_of(first)}/fr/index.html"].decode()
    new = found[f"{folder_of(correction)}/fr/index.html"].decode()
    assert f'{folder_of(correction)}/fr/"' in old
    assert "Une rectification a été publiée" in old
    assert f'{folder_of(first)}/fr/"' in new
    assert "Ce qui change" in new
    assert "RECTIFICATION" in found["newsroom/fr/feed.atom"].decode()


async def test_of_a_withdrawn_release_the_address_and_nothing_else_is_left(
    office: PressOffice, tmp_path: Path
) -> None:
    release = await office.brings_to(ReleaseState.RELEASED)
    before = await published(office, tmp_path)
    ids = etree.fromstring(before["newsroom/fr/feed.atom"]).findtext(f"{ATOM}entry/{ATOM}id")
    await publishing.withdraw_release(
        office.services, release.id, by=LEEN, reason="It named a victim"
    )
    found = await published(office, tmp_path)
    page = found[f"{folder_of(release)}/fr/index.html"].decode()
    assert "Ce communiqué de presse a été retiré" in page
    for content in found.values():
        for words in (HEADLINE, "Anne Dupont", "named a victim"):
            assert words.encode() not in content
    feed = etree.fromstring(found["newsroom/fr/feed.atom"])
    assert feed.findtext(f"{ATOM}entry/{ATOM}id") == ids
    assert json.loads(found[f"{folder_of(release)}/release.json"])["pubstatus"] == "canceled"


async def test_made_anew_the_newsroom_has_the_same_bytes(
    office: PressOffice, tmp_path: Path
) -> None:
    await office.brings_to(ReleaseState.CORRECTED)
    await office.brings_to(ReleaseState.WITHDRAWN)
    found = await published(office, tmp_path / "one")
    anew = await publisher(office.desk, tmp_path / "two", makers=MAKERS)
    await anew.rebuild()
    again = served(tmp_path / "two")
    assert {name for name in again if name.startswith(("r/", "newsroom/"))} == found.keys()
    assert {name: again[name] for name in found} == found


@pytest.mark.parametrize(
    ("topic", "part"), [("Sécurité civile", "securite-civile"), ("  ", "topic"), ("A/B", "a-b")]
)
def test_a_topic_has_an_address(topic: str, part: str) -> None:
    assert slug(topic) == part
