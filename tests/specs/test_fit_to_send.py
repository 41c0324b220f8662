"""Nothing unfit is approved; what goes in spite of that goes with a reason, which is recorded."""

from dataclasses import replace

import pytest

from alerting.actions.alerts import drafting, queries
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.errors import BadRequest, BadValues, HiddenCharacter, LanguageMissing, NotFit
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from alerting.i18n import translator_for
from alerting.store import ledger as ledger_rows
from tests import having_read
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.make import EUPEN, person

DE = Language.DE


async def revised(desk: Desk, alert: Alert, language: Language, before: str, after: str) -> None:
    message = alert.message("sms", language)
    assert message is not None
    assert before in message.text
    text = Message(channel="sms", language=language, text=message.text.replace(before, after, 1))
    await having_read.revise(desk.services, alert.id, [text], by=MILA)


async def emptied(desk: Desk, alert: Alert, language: Language) -> None:
    """A text message that says nothing, as no user can leave one any more."""
    hole = Message(channel="sms", language=language, text="")
    revision = await drafting.read_revision(desk.services, alert.id, [hole], by=MILA)
    async with desk.services.unit() as unit:
        await drafting.save_revision(
            desk.services, unit, alert.id, revision, by=MILA, seen=alert.fingerprint()
        )


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_emptied_text_is_refused_whoever_sends_it(desk: Desk, text: str) -> None:
    alert = await desk.drafts(area=["Eupen"])
    hole = Message(channel="sms", language=Language.FR, text=text)
    with pytest.raises(BadRequest, match="sms/fr"):
        await having_read.revise(desk.services, alert.id, [hole], by=MILA)


async def test_a_missing_language_is_refused_by_name(desk: Desk) -> None:
    alert = await desk.drafts(area=["Eupen"])
    await emptied(desk, alert, Language.FR)
    with pytest.raises(LanguageMissing, match="sms/fr"):
        await desk.approves(alert)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        pytest.param("https://www.be-alert.be/fr", "https://bit.ly/x", "link", id="foreign link"),
        pytest.param("ammoniac", "TODO", "unfinished", id="unresolved mark"),
    ],
)
async def test_what_blocks_is_refused_and_says_how_to_mend_it(
    desk: Desk, before: str, after: str, rule: str
) -> None:
    alert = await desk.drafts(area=["Eupen"])
    await revised(desk, alert, Language.FR, before, after)
    with pytest.raises(NotFit) as refusal:
        await desk.approves(alert)
    assert "sms/fr" in str(refusal.value)
    told = translator_for(Language.FR).error(refusal.value)
    assert "SMS (français) : " in told.replace("\N{NO-BREAK SPACE}", " ")
    assert rule in str(refusal.value.facts) or after in str(refusal.value)


async def test_a_reason_lets_it_go_in_what_is_ready(desk: Desk) -> None:
    await desk.registers(
        person(1, nis_code=EUPEN, language=Language.DE),
        person(2, nis_code=EUPEN, language=Language.FR),
    )
    alert = await desk.drafts(area=["Eupen"], channels=["sms"])
    await emptied(desk, alert, Language.FR)
    await having_read.approve(
        desk.services, alert.id, by=JORIS, reason="Toxic cloud, no translator"
    )
    await desk.sends(alert)
    await desk.works()
    assert len(desk.channel("sms").sent) == 2, "who reads French gets the German text"
    async with desk.services.reading() as reading:
        (entry,) = [
            one
            for one in await ledger_rows.entries(reading.connection)
            if one.what == "alert.overridden"
        ]
    assert entry.details["reason"] == "Toxic cloud, no translator"
    assert entry.details["missing"] == ["sms/fr"]
    assert entry.by == JORIS.name


async def test_no_reason_lets_an_exercise_pass_for_real(desk: Desk) -> None:
    alert = await desk.drafts(area=["Eupen"], alert_class=AlertClass.EXERCISE)
    for message in alert.messages:
        words = {Language.FR: "EXERCICE", Language.DE: "ÜBUNG"}[message.language]
        assert message.text.startswith(words)
        assert message.text.endswith(words)


async def test_an_exercise_stays_marked_whatever_its_reviser_writes(desk: Desk) -> None:
    alert = await desk.drafts(area=["Eupen"], alert_class=AlertClass.EXERCISE)
    text = Message(channel="sms", language=Language.FR, text="Sortez tous.")
    saved = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    message = saved.message("sms", Language.FR)
    assert message is not None
    assert message.text == "EXERCICE: Sortez tous. EXERCICE"


async def test_the_gsm7_rewrite_is_proposed_and_only_taken_when_accepted(desk: Desk) -> None:
    alert = await desk.drafts(area=["5000 Namur"])
    made = alert.message("sms", Language.FR)
    assert made is not None
    assert "fenetres" in made.text  # what is composed is in that alphabet from the start
    before = replace(made, text=made.text.replace("fenetres", "fenêtres"))
    await having_read.revise(desk.services, alert.id, [before], by=MILA)
    seen = await queries.preview(desk.services, alert.id, by=MILA)
    assert "sms-encoding" in {one.rule for one in seen.findings}
    after = (await having_read.accept_rewrite(desk.services, alert.id, by=MILA)).message(
        "sms", Language.FR
    )
    assert after is not None
    assert "fenetres" in after.text
    assert after.text.replace("fenetres", "fenêtres") == before.text
    seen = await queries.preview(desk.services, alert.id, by=MILA)
    assert "sms-encoding" not in {one.rule for one in seen.findings}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        pytest.param("Alerte\r\nBcc: everyone@example.org", "Sortez.", id="header injection"),
        pytest.param("Alerte", "Sor\u200btez.", id="zero width"),
        pytest.param("Alerte", "Sortez \u202eeniamed", id="right to left"),
        pytest.param("Alerte", "Sortez\x07", id="control"),
    ],
)
async def test_a_text_with_something_invisible_is_refused(
    desk: Desk, subject: str, text: str
) -> None:
    alert = await desk.drafts(area=["5000 Namur"])

    def wanted() -> list[Message]:
        return [Message(channel="email", language=Language.FR, subject=subject, text=text)]

    with pytest.raises(HiddenCharacter, match="invisible"):
        await having_read.revise(desk.services, alert.id, wanted(), by=MILA)
    assert (await desk.reads(alert)).version == 1


FRENCH_ONLY = {**DETAILS, "location": {"fr": "port de Liège"}}


async def test_a_detail_of_one_language_only_is_a_finding_that_names_the_other(desk: Desk) -> None:
    alert = await desk.drafts(area=["Eupen"], channels=["sms", "email"], values=FRENCH_ONLY)
    preview = await queries.preview(desk.services, alert.id, by=JORIS)
    found = [one for one in preview.findings if one.rule == "detail-missing"]
    assert {(one.channel, one.language) for one in found} == {("sms", DE), ("email", DE)}
    german = alert.message("sms", DE)
    assert german is not None
    assert "[DE? Wo es passiert]" in german.text
    assert "port de" not in german.text


async def test_it_may_be_submitted_is_never_approved_and_is_mended_in_the_text(desk: Desk) -> None:
    await desk.registers(person(1, nis_code=EUPEN))
    first = await desk.drafts(area=["Eupen"], channels=["sms"], values=FRENCH_ONLY)
    second = await desk.drafts(area=["Eupen"], channels=["sms"], values=FRENCH_ONLY)
    await having_read.submit(desk.services, first.id, by=MILA)
    with pytest.raises(NotFit, match="missing in: Deutsch"):
        await desk.approves(first)
    with pytest.raises(NotFit, match="missing in: Deutsch"):
        await having_read.approve(desk.services, first.id, by=JORIS, reason="Toxic cloud")
    await revised(desk, second, DE, "[DE? Wo es passiert]", "Hafen von Lüttich")
    await desk.approves(second)


@pytest.mark.parametrize(
    ("location", "area", "says"),
    [
        pytest.param("port", ["Eupen"], "location.de, location.fr", id="of no language"),
        pytest.param({"it": "porto"}, ["Eupen"], "no language “it”", id="a language nobody asks"),
    ],
)
async def test_words_that_belong_to_no_language_are_refused(
    desk: Desk, location: object, area: list[str], says: str
) -> None:
    with pytest.raises(BadValues) as refused:
        await desk.drafts(area=area, values={**DETAILS, "location": location})
    assert says in str(refused.value)


async def test_a_known_place_is_kept_by_its_name_in_each_language(desk: Desk) -> None:
    given = {**DETAILS, "location": {"fr": "Verviers, Liège"}}
    alert = await desk.drafts(area=["Eupen", "1000"], values=given)
    kept = await queries.get_alert(desk.services, alert.id, by=JORIS)
    assert kept.values["location"] == {
        "fr": "Verviers, Liège", "de": "Verviers, Lüttich", "nl": "Verviers, Luik",
    }  # fmt: skip
    assert drafting.filled_in(kept, given) == {
        "location": {"de": "Verviers, Lüttich", "nl": "Verviers, Luik"}
    }
    assert "[" not in "".join(one.text for one in kept.messages)


async def test_text_messages_are_in_gsm7_unless_accents_are_asked_for(desk: Desk) -> None:
    plain = await desk.drafts(channels=["sms"])
    kept = await desk.drafts(channels=["sms"], accents=True)
    bare, accented = (
        message.text for one in (plain, kept) if (message := one.message("sms", Language.FR))
    )
    assert "fenetres" in bare
    assert "fenêtres" in accented
    assert measure(bare).segments < measure(accented).segments
    for one in (plain, kept):
        assert await drafting.as_composed(desk.services, one), "neither is somebody's own wording"
