"""Whatever field a link, a number, a look-alike or a hidden letter comes in by, it is found.

Words come into a message from details, edits, subjects and headlines, names of authorities and
entries of lists. What may be typed is looked at in what was made of it; what is kept and put in by
itself holds none of these to begin with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.actions.authorities.lists import ListEntryDetails
from alerting.actions.authorities.manage import AuthorityDetails
from alerting.checks.check_input import SUBJECT, TEXT, CheckInput
from alerting.checks.lint import lint
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertClass
from alerting.domain.authority_list import AuthorityList
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.errors import HiddenCharacter
from alerting.domain.finding import NEVER_OVERRIDDEN, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests.compose.samples import COMPOSER, LIBRARY, NOW, SENDER, draft
from tests.make import everywhere

MARKERS: Mapping[str, str] = {
    "foreign-link": "evil.click/x",
    "unknown-telephone": "0900 12 345",
    "other-alphabet": "poli\u0441e",
}
BY_PLACE = {"other-speaker", "no-source", "joined-mark", "detail-missing"}
"""What stands where: see `test_speaking_as_another.py`, `test_marks_alone.py` and
`test_fit_to_send.py`."""
ALL = "evil.click/x, 0900 12 345, poli\u0441e"
HIDDEN = "a\u202eb"
FR_NL = (Language.FR, Language.NL)


def blocked(*messages: Message) -> set[tuple[str, str, Language, str]]:
    """(rule, channel, language, field) of what no reason lifts."""
    subject = CheckInput(
        messages=messages,
        required=FR_NL,
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW.replace(year=2027),
        allowed_hosts=SENDER.hosts,
    )
    return {
        (one.rule, one.channel, one.language, one.field)
        for one in lint(subject)
        if one.rule in NEVER_OVERRIDDEN and one.severity is FindingSeverity.BLOCKS and one.language
    }


def holding(*messages: Message) -> set[tuple[str, str, Language, str]]:
    """(rule, channel, language, field) of every place where one of the markers stands."""
    return {
        (rule, one.channel, one.language, field)
        for one in messages
        for field, words in ((SUBJECT, one.subject), (TEXT, one.text))
        for rule, marker in MARKERS.items()
        if marker in words
    }


def details() -> Iterator[tuple[str, str]]:
    for name in LIBRARY.names():
        for one in LIBRARY.scenario(name).values:
            if one.kind is ValueKind.TEXT:
                yield name, one.name


def test_the_rules_are_those_that_no_reason_lifts() -> None:
    assert set(MARKERS) | BY_PLACE == NEVER_OVERRIDDEN


@pytest.mark.parametrize(("scenario", "detail"), list(details()))
def test_every_detail_of_every_scenario(scenario: str, detail: str) -> None:
    order = draft(scenario, languages=FR_NL)
    made = COMPOSER.compose_now(replace(order, values={**order.values, detail: everywhere(ALL)}))
    expected = holding(*made)
    assert {rule for rule, *_ in expected} == set(MARKERS), "it stands in no text"
    assert expected <= blocked(*made)


@pytest.mark.parametrize("channel", [*PROFILES, "a channel of tomorrow"])
@pytest.mark.parametrize("rule", MARKERS)
def test_every_field_of_every_text_that_is_edited(channel: str, rule: str) -> None:
    for parts in (
        {"text": f"Sortez {MARKERS[rule]} vite"},
        {"text": "Sortez", "subject": f"Sortez {MARKERS[rule]}"},
        {"text": "", "subject": MARKERS[rule]},
    ):
        one = Message(channel=channel, language=Language.EN, **parts)
        assert holding(one) <= blocked(one)


@pytest.mark.parametrize("part", ["authority", "town"])
def test_the_names_of_who_speaks(part: str) -> None:
    spoilt: Any = {part: dict.fromkeys(Language, f"Ville {ALL}")}
    sender = replace(SENDER, **spoilt)
    made = COMPOSER.compose_now(replace(draft(languages=FR_NL), sender=sender))
    assert {rule for rule, *_ in holding(*made)} == set(MARKERS)
    assert holding(*made) <= blocked(*made)


def test_links_are_looked_at_where_no_site_is_ours() -> None:
    one = Message(channel="sms", language=Language.FR, text="evil.click/x")
    subject = CheckInput(
        messages=(one,), required=(), alert_class=AlertClass.ALERT, now=NOW,
        expires_at=NOW.replace(year=2027),
    )  # fmt: skip
    assert "foreign-link" in {found.rule for found in lint(subject)}


AUTHORITY: Mapping[str, object] = {
    "code": "liege", "level": "municipal", "territory": ["62063"],
    "names": {"fr": "Ville de Liège"},
    "senders": {
        "authority": {"fr": "Bourgmestre de Liège"},
        "town": {"fr": "Liège"},
        "press_contact": {"fr": "Service de presse\n04 222 00 00\npresse@liege.example"},
        "url": {"fr": "https://www.liege.example"},
    },
}  # fmt: skip
BAD_NAMES = (*MARKERS.values(), HIDDEN, "a\nb", "Ville\u200b", "https://be-alert.be", "a@b.example")
BAD_CONTACTS = (HIDDEN, "poli\u0441e", "https://evil.com;.be-alert.be", "https://x@be-alert.be")


@pytest.mark.parametrize("bad", BAD_NAMES, ids=ascii)
@pytest.mark.parametrize("field", ["names", "authority", "town"])
def test_no_name_of_an_authority_brings_one(field: str, bad: str) -> None:
    AuthorityDetails.model_validate(AUTHORITY)
    senders = {**AUTHORITY["senders"], field: {"fr": bad}}  # type: ignore[dict-item]
    spoilt = {"names": {"fr": bad}} if field == "names" else {"senders": senders}
    with pytest.raises(ValidationError, match="contains"):
        AuthorityDetails.model_validate({**AUTHORITY, **spoilt})


@pytest.mark.parametrize("bad", BAD_CONTACTS, ids=ascii)
def test_a_contact_holds_numbers_and_addresses_and_no_tricks(bad: str) -> None:
    senders = {**AUTHORITY["senders"], "press_contact": {"fr": bad}}  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="contains"):
        AuthorityDetails.model_validate({**AUTHORITY, "senders": senders})


@pytest.mark.parametrize("bad", BAD_NAMES, ids=ascii)
@pytest.mark.parametrize("which", [one for one in AuthorityList if one != "telephone"])
def test_no_entry_of_a_list_brings_one(which: AuthorityList, bad: str) -> None:
    entry = {"authority": "liege", "list": which, "key": "chlore", "change": "add"}
    ListEntryDetails.model_validate({**entry, "texts": {"fr": "a", "nl": "a", "de": "a"}})
    with pytest.raises(ValidationError, match="contains"):
        ListEntryDetails.model_validate({**entry, "texts": {"fr": bad, "nl": "a", "de": "a"}})


WORDS = st.text("abc dÉ.,:\n0123456789-", max_size=40)


@given(WORDS, st.sampled_from(sorted(MARKERS)), WORDS, st.sampled_from(sorted(PROFILES)))
def test_wherever_it_stands_in_a_text(before: str, rule: str, after: str, channel: str) -> None:
    text = f"{before} a {MARKERS[rule]} a {after}"
    assert (rule, channel, Language.FR, TEXT) in blocked(
        Message(channel=channel, language=Language.FR, text=text)
    )


@given(st.sampled_from(["text", "subject", "html"]), st.sampled_from(sorted(PROFILES)), WORDS)
def test_and_a_hidden_letter_makes_no_message(part: str, channel: str, before: str) -> None:
    parts = {"text": "a", part: before.replace("\n", " ") + HIDDEN}
    with pytest.raises(HiddenCharacter):
        Message(channel=channel, language=Language.FR, **parts)


@pytest.mark.parametrize(
    "name",
    ["Le Premier ministre", "Centre de crise national", "Prernier Mlnistre", "\u041c\u041e\u0421"],
    ids=ascii,
)
@pytest.mark.parametrize("field", ["names", "authority", "town", "press_contact"])
def test_no_town_is_called_as_the_government_is(field: str, name: str) -> None:
    senders = {**AUTHORITY["senders"], field: {"fr": name}}  # type: ignore[dict-item]
    spoilt = {"names": {"fr": name}} if field == "names" else {"senders": senders}
    with pytest.raises(ValidationError, match=r"government|another alphabet"):
        AuthorityDetails.model_validate({**AUTHORITY, **spoilt})


def test_a_contact_holds_no_number_that_costs_more() -> None:
    senders = {**AUTHORITY["senders"], "press_contact": {"fr": "Presse 0900 12 345"}}  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="premium-rate"):
        AuthorityDetails.model_validate({**AUTHORITY, "senders": senders})
