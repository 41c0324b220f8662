"""Nobody makes the service read more than a text can be.

Every detail, text, subject and file of the library is bounded before anything reads it; what is
refused says how much is too much.
"""

from dataclasses import replace

import pytest

from alerting.actions.templates import scenarios, versions
from alerting.compose import library_check
from alerting.compose.values import MAX_VALUES, Declaration, ReadValue, ValueKind, read_values
from alerting.domain.authority import Level
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.errors import BadRequest, BadValues, NotAllowed, TextTooLong
from alerting.domain.language import Language
from alerting.domain.message import MAX_SUBJECT_CHARS, MAX_TEXT_CHARS, Message, max_chars
from alerting.domain.officer import Permission
from alerting.domain.text.folding import MAX_FOLDED_CHARS, folded
from tests.compose.samples import COMPOSER, LIBRARY, NOW, PLACES, draft
from tests.desk import MILA, Desk
from tests.make import everywhere

LONG = "a" * 5000
MUCH: tuple[tuple[str, object], ...] = (
    ("one text", LONG),
    ("a list", ["abc"] * 2000),
    ("a list of long texts", [LONG] * 3),
    ("a list of nothing", [""] * 5000),
    ("a language nobody asked for", {"fr": "a", "nl": "a", "en": LONG}),
    ("many languages", {f"x{n}": "a" for n in range(5000)}),
    ("depth", [[[[LONG]]]]),
    ("digits", "9" * 5000),
)


@pytest.mark.parametrize("kind", ValueKind)
@pytest.mark.parametrize(("what", "given"), MUCH, ids=[name for name, _ in MUCH])
def test_no_detail_is_longer_than_a_detail_can_be(
    kind: ValueKind, what: str, given: object
) -> None:
    one = Declaration(name="x", kind=kind, choices={"a": dict.fromkeys(Language, "a")})
    reading = ReadValue((Language.FR, Language.NL), NOW, PLACES, frozenset())
    with pytest.raises(BadValues) as refused:
        read_values("s", [one], {"x": given}, reading)
    assert len(str(refused.value)) < 2000


@pytest.mark.parametrize(
    "given", [{f"x{n}": "a" for n in range(MAX_VALUES + 1)}, {"x" * 100_000: "a"}]
)
def test_there_are_no_more_details_than_a_scenario_has(given: dict[str, object]) -> None:
    with pytest.raises(BadValues) as refused:
        read_values("s", [], given, ReadValue((Language.FR,), NOW, PLACES, frozenset()))
    assert len(str(refused.value)) < 2000


@pytest.mark.parametrize("channel", [*PROFILES, "anything"])
def test_no_text_is_longer_than_its_channel_can_use(channel: str) -> None:
    most = max_chars(channel)
    Message(channel=channel, language=Language.FR, text="a" * most)
    for parts in (
        {"text": "a" * (most + 1)},
        {"text": "a", "subject": "a" * (MAX_SUBJECT_CHARS + 1)},
    ):
        with pytest.raises(TextTooLong):
            Message(channel=channel, language=Language.FR, **parts)
    assert most <= MAX_TEXT_CHARS


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_the_longest_details_still_make_a_text_that_can_be_shortened(scenario: str) -> None:
    values = {
        one.name: everywhere("abcdefghi " * 30)
        for one in LIBRARY.scenario(scenario).values
        if one.kind is ValueKind.TEXT and not one.choices
    }
    given = {**draft(scenario).values, **values}
    await COMPOSER.compose(draft(scenario, values=given, channels=tuple(PROFILES)))


async def test_no_file_of_the_library_is_without_a_bound(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="at most"):
        await versions.propose_version(
            desk.services, "chem_shelter/sms.toml", "#" * (scenarios.MAX_FILE_CHARS + 1), by=MILA
        )


async def test_no_history_is_told_in_one_piece(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PAGE_SIZE", 2)
    name = "chem_shelter/sms.toml"
    content = (await scenarios.list_scenarios(desk.services)).source("chem_shelter", "sms")
    made = [await versions.propose_version(desk.services, name, content, by=MILA) for _ in range(3)]
    first = await versions.list_versions(desk.services, by=MILA)
    rest = await versions.list_versions(desk.services, by=MILA, before=first.next or 0)
    assert [one.id for one in (*first.items, *rest.items)] == made[::-1]


async def test_a_partner_has_the_library_neither_checked_nor_changed(desk: Desk) -> None:
    partner = replace(MILA, authority=replace(MILA.authority, level=Level.PARTNER))
    assert partner.may(Permission.DRAFT)
    name = "chem_shelter/sms.toml"
    with pytest.raises(NotAllowed):
        await scenarios.check_library_in_force(desk.services, by=partner)
    with pytest.raises(NotAllowed):
        await versions.propose_version(desk.services, name, "", by=partner)
    with pytest.raises(NotAllowed):
        await versions.try_out(desk.services, name, "", by=partner)


async def test_nobody_has_the_same_library_checked_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often somebody asks; a new wording in force is looked at again."""
    calls: list[object] = []

    def counted(*given: object, **more: object) -> list[library_check.TemplateFault]:
        calls.append(given)
        return []

    monkeypatch.setattr(scenarios, "check_library", counted)
    monkeypatch.setattr(scenarios, "_checked", {})
    for _ in range(3):
        await scenarios.check_library_in_force(desk.services, by=MILA)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "content",
    [
        "a" + ".a" * 40_000 + "=1",
        "[a" + " . a" * 20_000 + "]",
        "x={'a'" + '."b"' * 20_000 + "=1}",
        "[text]\nfr=" + "[" * 40_000,
        "x = " + "{a=" * 20_000,
    ],
)
async def test_no_depth_of_a_file_is_parsed(desk: Desk, content: str) -> None:
    """Dotted keys take the parser minutes; nothing is asked of it here."""
    with pytest.raises(versions.NotBetter, match="nested too deeply"):
        await versions.propose_version(desk.services, "chem_shelter/sms.toml", content, by=MILA)


def test_a_letter_that_unfolds_costs_no_more_than_a_name_has_room_for() -> None:
    """U+FDFA becomes eighteen letters: ten megabytes of it kept a processor for a minute."""
    assert len(folded("\ufdfa" * 100_000)) <= 18 * MAX_FOLDED_CHARS
