"""Anybody can tell whether a message is ours, from files alone."""

import json

import pytest

from alerting.actions.public.verification import (
    MOST_VERIFIED,
    normalised,
    text_hash,
    verification_list,
)
from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicText
from tests.actions.public.folder import folder
from tests.actions.public.made import HOUR, NOON, alert
from tests.actions.public.reading import Page

TEXT = PublicText(
    headline="Fuite de gaz",
    text="Sortez.\n\n1. N’allumez rien.",
    elsewhere=("BE-Alert 14h05. Fuite de gaz. Sortez à pied.",),
)
SENT = {Language.FR: TEXT}


@pytest.mark.parametrize(
    "pasted",
    [
        "Fuite de gaz",
        "Sortez.\n\n1. N’allumez rien.",
        "fuite de gaz\nSortez. 1. N'allumez rien",
        "BE-Alert 14h05. Fuite de gaz. Sortez a pied.",
        "  “BE-Alert 14H05 – Fuite de gaz – sortez à pied”",
    ],
)
def test_what_copying_does_to_a_text_does_not_matter(pasted: str) -> None:
    (one,) = json.loads(folder(alert(12, texts=SENT))["verify.json"])["alerts"]
    assert text_hash(pasted) in one["hashes"]
    assert (one["year"], one["number"], one["languages"]) == (2026, 12, ["fr"])


@pytest.mark.parametrize("pasted", ["Fuite de gaz. Payez ici: bit.ly/x", "", "Fuite"])
def test_what_was_changed_is_not_ours(pasted: str) -> None:
    assert text_hash(pasted).encode() not in folder(alert(12, texts=SENT))["verify.json"]


@pytest.mark.parametrize(
    "exchanged",
    [
        "Info: https://bealert.be/a/2026/12/fr. À 2.5 km, 10-15 min.",
        "Info: https://bé-alert.be/a/2026/12/fr. À 2.5 km, 10-15 min.",
        "Info: https://be--alert.be/a/2026/12/fr. À 2.5 km, 10-15 min.",
        "Info: https://be-alert.be.a/2026.12.fr. À 2.5 km, 10-15 min.",
        "Info: https://be-alert.be/a/2026/12/fr. À 25 km, 10-15 min.",
        "Info: https://be-alert.be/a/2026/12/fr. À 2.5 km, 1015 min.",
    ],
)
def test_another_link_or_number_is_another_text(exchanged: str) -> None:
    ours = "Info: https://be-alert.be/a/2026/12/fr. À 2.5 km, 10-15 min."
    assert text_hash(exchanged) != text_hash(ours)
    assert text_hash("info : HTTPS://BE-ALERT.BE/a/2026/12/fr  a 2.5 km 10-15 min") == text_hash(
        ours
    )


def test_letters_and_digits_of_every_alphabet_count_and_nothing_else() -> None:
    assert normalised("Été 2026 – Œuvre_n° ½, straße ΑΒΓ") == "ete2026œuvren12straßeαβγ"


def test_an_exercise_is_found_as_one_and_not_among_alerts() -> None:
    files = folder(alert(9, texts=SENT, alert_class=AlertClass.EXERCISE))
    assert json.loads(files["verify.json"])["alerts"] == []
    told = json.loads(files["verify-exercises.json"])
    assert told["exercises"] is True
    assert [one["number"] for one in told["alerts"]] == [9]


def test_without_its_script_the_page_names_the_latest_by_number_and_hour() -> None:
    page = Page(folder(alert(12, texts=SENT))["fr/verify/index.html"])
    (form,) = page.all("div", id="verify")
    assert "hidden" in form
    assert "23 novembre 2026 à 13h00" in page.text
    assert {"2026/12", "Fuite de gaz"} <= set(page.words)


def test_the_list_is_bounded_and_has_the_latest() -> None:
    alerts = [alert(n, at=NOON - n * HOUR, texts=SENT) for n in range(MOST_VERIFIED + 5)]
    told = json.loads(verification_list(alerts, exercises=False))["alerts"]
    assert [one["number"] for one in told] == list(range(MOST_VERIFIED))
