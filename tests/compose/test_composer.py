"""One alert becomes one message per channel and language, all saying the same."""

import asyncio
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.compose.composer import Composer
from alerting.compose.scenarios import Library
from alerting.domain.alert import AlertClass, Severity
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.errors import BadRequest, BadValues, UnknownScenario
from alerting.domain.language import Language
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.length import weighted
from tests.compose.samples import (
    COMPOSER,
    DE,
    FR,
    LIBRARY,
    NL,
    NOW,
    PLACES,
    SENDER,
    TEMPLATES,
    draft,
    samples,
)
from tests.make import everywhere

LONG = {
    "authority": "Burgemeester Sint-Pieters-Leeuw",
    "location": "Industriepark Sint-Pieters-Leeu",
}


async def test_messages_come_by_channel_and_then_by_language() -> None:
    messages = await COMPOSER.compose(draft(channels=("sms", "email"), languages=(NL, FR)))
    assert [(one.channel, one.language) for one in messages] == [
        ("sms", NL),
        ("sms", FR),
        ("email", NL),
        ("email", FR),
    ]


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_every_scenario_speaks_on_every_channel_in_every_language(scenario: str) -> None:
    messages = await COMPOSER.compose(draft(scenario))
    assert len({(one.channel, one.language) for one in messages}) == len(PROFILES) * len(Language)
    for message in (one.filled(NOW) for one in messages):
        assert message.text
        assert "{" not in message.text + message.subject
        assert "  " not in message.text.replace("-- ", "")
        assert "\n" not in message.subject


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_optional_details_may_all_be_left_out(scenario: str) -> None:
    values = {one.name: one.sample for one in LIBRARY.scenario(scenario).values if one.required}
    for message in await COMPOSER.compose(draft(scenario, values=values)):
        assert not re.search(r" [.,]|\.\.|:\.|\(\)|  ", message.text.replace("-- ", "")), message


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_numbers_that_must_agree_do(scenario: str) -> None:
    """Telephone numbers and links are the same in every language of a channel."""
    for channel in PROFILES:
        messages = await COMPOSER.compose(draft(scenario, channels=(channel,)))
        found = {
            tuple(sorted(set(re.findall(r"https://\S+|\b0\d{1,3}(?: \d\d+)+|\b1\d\d\d?\b", words))))
            for words in (message.text.split("\n-- ")[0] for message in messages)
        }
        assert len(found) == 1, (channel, found)


@pytest.mark.parametrize("channel", ["x", "mastodon", "bluesky", "cellbroadcast"])
@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_a_short_text_fits_even_with_long_details(scenario: str, channel: str) -> None:
    limit = {"x": 280, "mastodon": 500, "bluesky": 300, "cellbroadcast": 1395}[channel]
    known = {one.name for one in LIBRARY.scenario(scenario).values}
    values = samples(scenario) | {
        name: everywhere(text) for name, text in LONG.items() if name in known
    }
    area = tuple(
        PLACES.resolve("Sint-Pieters-Leeuw, Braine-l'Alleud, Eupen, 4000 Liège, Gent, 9300 Aalst")
    )
    for message in await COMPOSER.compose(
        draft(scenario, values=values, channels=(channel,), area=area)
    ):
        assert weighted(message.widest().text) <= limit, message


async def test_a_language_the_library_lacks_is_left_out_and_not_invented(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")
    file = tmp_path / "gas_leak" / "sms.toml"
    kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("de")]
    file.write_text("\n".join(kept), encoding="utf-8")
    composer = Composer(
        library=Library(tmp_path), layouts=TEMPLATES / "layouts", places=PLACES, sender=SENDER
    )
    messages = await composer.compose(draft("gas_leak", channels=("sms", "voice")))
    spoken = {(one.channel, one.language) for one in messages}
    assert ("sms", DE) not in spoken
    assert ("voice", DE) in spoken


@pytest.mark.parametrize("name", ["authority", "url"])
async def test_who_speaks_is_never_typed(name: str) -> None:
    """Neither the name nor the page of the authority is a detail of any scenario."""
    (usual,) = await COMPOSER.compose(draft(channels=("sms",), languages=(FR,)))
    assert "Bourgmestre de Liège" in usual.text
    values = {**samples("chem_shelter"), name: "https://alerts.example.org/7"}
    with pytest.raises(BadValues, match=name):
        await COMPOSER.compose(draft(values=values))


def test_an_empty_host_in_the_settings_opens_no_door() -> None:
    assert replace(SENDER, more_hosts=frozenset({""})).hosts == {"alerts.example.org"}


async def test_a_draft_that_cannot_be_is_refused() -> None:
    with pytest.raises(UnknownScenario):
        await COMPOSER.compose(replace(draft(), scenario="meteor"))
    with pytest.raises(BadRequest, match="carrier_pigeon"):
        await COMPOSER.compose(draft(channels=("sms", "carrier_pigeon")))


@pytest.mark.parametrize("scenario", ["exercise", "test"])
async def test_an_exercise_can_never_be_a_real_alert(scenario: str) -> None:
    with pytest.raises(BadRequest):
        await COMPOSER.compose(draft(scenario, alert_class=AlertClass.ALERT))


async def test_composing_is_quick_and_leaves_the_loop_free() -> None:
    chosen = draft()
    await COMPOSER.compose(chosen)
    began = time.perf_counter()
    await asyncio.gather(*(COMPOSER.compose(chosen) for _ in range(5)))
    assert (time.perf_counter() - began) / 5 < 0.25  # 15 ms on an idle machine


def test_severities_are_those_of_cap() -> None:
    assert LIBRARY.scenario("flood_evacuate").hazard.severity is Severity.EXTREME


FOUR = ("21004", "21001", "21012", "21009")
"""Bruxelles, Anderlecht, Molenbeek and Ixelles."""


def test_a_text_message_names_as_many_towns_as_its_segments_hold() -> None:
    values = {"next_update": "16:30"}
    told = draft("fire_smoke", values=values, channels=("sms", "x"), languages=(FR,), area=FOUR)
    for message in COMPOSER.compose_now(told):
        assert "autres communes" not in message.text
        assert all(PLACES.place(code).names[FR] in message.text for code in FOUR)
    alone = draft("fire_smoke", values=values, channels=("sms",), languages=(FR,), area=FOUR[:1])
    (short,) = COMPOSER.compose_now(alone)
    (long,) = COMPOSER.compose_now(replace(told, channels=("sms",)))
    assert measure(long.widest().text).segments == measure(short.widest().text).segments
