"""A text message to an officer is one segment in GSM-7, and says nothing of an alert or of anybody.

Of every notice that is e-mailed to officers, only calls to approve a real alert are texted.
"""

import re
import typing
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alerting.actions
from alerting.actions.alerts import calls
from alerting.actions.staff_notifications.text import CALL, CALLS, CODE, in_one_segment
from alerting.domain.language import Language
from alerting.domain.mobile_number import new_code
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.gsm7 import Encoding, measure
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.i18n import translator_for
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock, must_be_filled
from tests.staff import administrator, has_mobile, member, send_mails, texts

CALL_TEXTS = {calls.SUBMITTED, calls.STILL_WAITING, calls.NEXT_ON_CALL}
"""The notices that are texted, for real alerts and to whoever is called."""
NUMBERS = st.integers(1, MAX_INTEGER)
LINKS = st.from_regex(r"https://[a-z0-9.\-]{4,70}", fullmatch=True)


@settings(deadline=None)
@given(
    st.sampled_from(Language),
    st.sampled_from([CALL, CALLS]),
    st.fixed_dictionaries(
        {"name": st.text(max_size=400), "alert": NUMBERS, "number": NUMBERS, "link": LINKS}
    ),
)
def test_a_call_is_one_segment_whatever_the_authority_is_called(
    language: Language, text: str, facts: dict[str, typing.Any]
) -> None:
    told = in_one_segment(language, text, facts)
    found = measure(told)
    assert (found.encoding, found.segments) == (Encoding.GSM7, 1)
    assert str(facts["alert"]) in told


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("text", [CALL, CALLS])
def test_a_usual_one_is_whole(language: Language, text: str) -> None:
    facts: dict[str, str | int] = {
        "name": "Nationaal Crisiscentrum",
        "alert": 12_345,
        "number": 20,
        "link": "https://alerting.crisiscentrum.be",
    }
    told = in_one_segment(language, text, facts)
    for fact in ("Nationaal Crisiscentrum", "12345", "https://alerting.crisiscentrum.be"):
        assert fact in told
    must_be_filled(told)


@pytest.mark.parametrize("language", Language)
def test_a_code_is_one_segment_and_begins_with_the_code(language: Language) -> None:
    code = new_code()
    told = in_one_segment(language, CODE, {"code": code})
    assert told.startswith(code)
    assert measure(told).segments == 1
    assert measure(told).encoding is Encoding.GSM7
    whole = translator_for(language)(CODE, code=code)
    assert len(told) == len(whole), "nothing is cut"


def notices() -> dict[str, NoticeText]:
    """Every notice there is, by the name of its constant."""
    found = {}
    for one in walk_packages(alerting.actions.__path__, "alerting.actions."):
        for name, value in vars(import_module(one.name)).items():
            if isinstance(value, NoticeText):
                found[f"{one.name}.{name}"] = value
    return found


def test_what_is_texted_is_every_call_and_nothing_else() -> None:
    told = {id(one): one for one in notices().values()}.values()
    assert len(told) > len(CALL_TEXTS)
    assert {one for one in told if one.gravity is Gravity.CALL} == CALL_TEXTS


def test_the_documentation_has_the_same_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "authorities.md"
    for row in ("it is submitted", "after 2 minutes", "after 5 minutes"):
        assert re.search(rf"\| {row} \|.*text message", page.read_text("utf-8"))


FACTS: dict[str, str | int] = {"name": "", "alert": 1, "link": ""}
PLANTED = "Zwartebroek"
"""Typed wherever an alert takes words."""


async def test_no_word_of_an_alert_and_nobodys_name_is_in_it(desk: Desk, clock: Clock) -> None:
    services = desk.services
    for name in ("ada", "bo"):
        await administrator(services, clock, name)
    await member(services, clock, MILA.name, MILA.role)
    await member(services, clock, JORIS.name, JORIS.role)
    await has_mobile(services, JORIS, "+32470123456")
    details = {
        **DETAILS,
        "location": dict.fromkeys(("fr", "nl", "de"), PLANTED),
        "substance": dict.fromkeys(("fr", "nl", "de"), PLANTED),
    }
    alert = await desk.submits(await desk.drafts(values=details), note=f"{PLANTED} !")
    await send_mails(services)
    told = texts(services)[-1][1]
    titles = services.composer.library.scenario(alert.scenario).titles.values()
    words = {word for title in titles for word in re.findall(r"\w{5,}", title.casefold())}
    words |= {
        word
        for message in alert.messages
        for word in re.findall(r"\w{8,}", f"{message.subject} {message.text}".casefold())
    }
    said = {*re.findall(r"\w+", told.casefold())}
    known = {*re.findall(r"\w+", in_one_segment(Language.NL, CALL, FACTS).casefold())}
    assert not (words & said) - known - {"crisiscentrum", "nationaal"}
    for secret in (PLANTED, "Liège", "mila", "joris", "Peeters", "+32470123456", "470123456"):
        assert secret.casefold() not in told.casefold()
