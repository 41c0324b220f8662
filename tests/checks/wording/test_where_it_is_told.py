"""Wording is warned of on drafts and in the check of the library, and blocks nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.actions.alerts import text_checks
from alerting.actions.templates.wording import check_wording_of
from alerting.checks.run import run_checks
from alerting.compose.composer import Composer
from alerting.compose.library_check import check_library
from alerting.compose.scenarios import Library
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.services import Services
from tests.checks.samples import subject
from tests.compose.samples import COMPOSER, PLACES, SENDER, TEMPLATES
from tests.desk import DETAILS, MILA, Desk

FR, NL, DE, EN = Language
ANYWHERE = ("4000 Liège", "Gent", "Eupen")
"""Where the law asks for three languages."""


async def test_a_place_that_stands_in_one_language_in_all_is_warned_of(
    desk: Desk, services: Services
) -> None:
    french = dict.fromkeys(("fr", "nl", "de"), "port de Liège")
    typed = await desk.drafts(area=ANYWHERE, values={**DETAILS, "location": french})
    found = await text_checks.findings(services, typed, by=MILA, now=services.now())
    warned = [one for one in found if one.rule == "place-language"]
    assert {one.language for one in warned} == {NL, DE}
    assert {one.facts.get("right") for one in warned} == {"Luik", "Lüttich", None}
    assert {one.severity for one in warned} == {"warns"}
    right = await desk.drafts(area=ANYWHERE)
    assert "place-language" not in {
        one.rule for one in await text_checks.findings(services, right, by=MILA, now=services.now())
    }


async def test_an_article_typed_with_a_name_is_warned_of(desk: Desk, services: Services) -> None:
    values = {"fr": "l'Ourthe", "nl": "de Ourthe", "de": "die Ourthe"}
    typed = await desk.drafts(area=ANYWHERE, values={**DETAILS, "substance": values})
    found = await text_checks.findings(services, typed, by=MILA, now=services.now())
    assert {one.language for one in found if one.rule == "article"} == {FR, NL, DE}


async def test_an_hour_that_is_changed_by_hand_is_warned_of(desk: Desk, services: Services) -> None:
    drafted = await desk.drafts()
    messages = tuple(
        replace(one, text=f"{one.text} de 22h00 à 6h00 le 24 novembre")
        if one.language is FR
        else one
        for one in drafted.messages
    )
    found = await text_checks.findings(
        services, replace(drafted, messages=messages), by=MILA, now=services.now()
    )
    assert {one.language for one in found if one.rule == "period-one-date"} == {FR}


def test_the_warning_is_told_in_the_language_of_the_officer() -> None:
    given = subject()
    spoilt = replace(
        given,
        messages=tuple(
            replace(one, subject="Partez maintenant – Liège") for one in given.messages[-4:]
        ),
    )
    (found,) = {one.says for one in run_checks(spoilt) if one.rule == "subject-without-danger"}
    told = {language: translator_for(language)(found, words="x") for language in Language}
    assert len(set(told.values())) == len(Language)


@pytest.fixture
def spoilt(tmp_path: Path) -> Library:
    """A library of one scenario that may be misread, and has no fault."""
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")
    for file, old, new in (
        ("email.toml", "Fuite de gaz\u00a0: quittez le bâtiment maintenant", "Sortez maintenant"),
        ("web.toml", "Lieu\u00a0: {{ location }}", "Près de la {{ location }}"),
    ):
        path = tmp_path / "gas_leak" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return Library(tmp_path)


def test_the_library_is_warned_of_and_passes_its_check(spoilt: Library) -> None:
    composer = Composer(library=spoilt, layouts=TEMPLATES / "layouts", places=PLACES, sender=SENDER)
    warned = [str(one) for one in check_wording_of(composer, PLACES)]
    assert [one.split(" ", 1)[0].split(":")[0] for one in warned] == [
        "gas_leak/web.toml",
        "gas_leak/email.toml",
        "gas_leak/email.toml",
    ]
    assert "“de la {{ location }}”" in warned[0]
    assert all("[fr]" in one for one in warned)
    assert [str(one) for one in check_library(spoilt)] == []
    assert check_wording_of(COMPOSER, PLACES, ["gas_leak"]) == []
