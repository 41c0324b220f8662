"""Nobody writes over what they have not seen: the second of two is refused, and reads both.

A form opened before an import and saved after it put the old number, language and town back.
"""

import html
import re
from collections.abc import Callable

import pytest

from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.templates import scenarios, versions
from alerting.domain.errors import ChangedMeanwhile
from alerting.domain.officer import Role
from alerting.domain.recipient import RecipientKind
from alerting.store.recipients.entries import RecipientEntry
from alerting.web.console.recipients.pages import as_typed
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.web.conftest import AsRole
from tests.web.console import Browsers

PERSON = RecipientKind.PERSON
FIRST = {
    "reference": "R1",
    "name": "Anne",
    "language": "fr",
    "municipality": "Liège",
    "phone": "+32470123456",
    "email": "anne@example.org",
    "consent_date": "2025-01-02",
    "consent_source": "form 1",
    "channels": "sms,email",
    "groups": "North",
}
OTHER = {
    "name": "Anne Peeters",
    "language": "nl",
    "municipality": "Gent",
    "phone": "+32499111111",
    "email": "anne@example.net",
    "consent_date": "2026-01-02",
    "consent_source": "form 2",
    "channels": "sms,voice,email",
    "groups": "South",
}
FILE = "chem_shelter/sms.toml"
FORM = "/library/chem_shelter/sms"


async def imports(desk: Desk, **row: str) -> None:
    fields = {**FIRST, **row}
    text = ";".join(fields) + "\n" + ";".join(fields.values()) + "\n"
    await importing.import_file(desk.services, text.encode(), file="l.csv", kind=PERSON, by=MILA)


async def entry(desk: Desk) -> RecipientEntry:
    return await recipient_lists.get_recipient(desk.services, PERSON, 1, by=MILA)


async def hidden_fields(browser: object, path: str) -> dict[str, str]:
    page = (
        await having_read.unmasked(browser, path)
        if having_read.ENTRY.fullmatch(path)
        else (await browser.get(path)).text  # type: ignore[attr-defined]
    )
    found = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


@pytest.mark.parametrize("field", OTHER)
async def test_whatever_an_import_changed_is_not_put_back(desk: Desk, field: str) -> None:
    await imports(desk)
    seen = await entry(desk)
    await imports(desk, **{field: OTHER[field]})
    now = await entry(desk)
    typed = {**as_typed(seen.who), "name": "Anne Dupont"}
    with pytest.raises(ChangedMeanwhile):
        await recipient_lists.edit_recipient(
            desk.services, PERSON, 1, typed, seen=seen.fingerprint(), by=MILA
        )
    assert (await entry(desk)).who == now.who


async def test_an_import_that_changes_nothing_is_in_nobodys_way(desk: Desk) -> None:
    await imports(desk)
    seen = await entry(desk)
    await imports(desk)
    typed = {**as_typed(seen.who), "name": "Anne Dupont"}
    await recipient_lists.edit_recipient(
        desk.services, PERSON, 1, typed, seen=seen.fingerprint(), by=MILA
    )
    assert (await entry(desk)).who.name == "Anne Dupont"


async def test_the_form_shows_both_and_saves_what_was_typed_with_what_stands_there(
    desk: Desk, browsers: Browsers
) -> None:
    await imports(desk, channels="")
    mila = await browsers(MILA)
    form = await hidden_fields(mila, "/recipients/1")
    typed = {name: form[f"was.{name}"] for name in as_typed((await entry(desk)).who)}
    await imports(desk, channels="", language="nl", municipality="Gent", phone="+32499111111")
    refused = await mila.post("/recipients/1", data={**form, **typed, "name": "Anne Dupont"})
    assert refused.status_code == 409
    text = html.unescape(refused.text)
    assert "Changed in the meantime from +32470123456 to +32499111111." in text
    assert 'value="Anne Dupont"' in text
    found = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', text)
    shown = {name.removeprefix("was."): value for name, value in found}
    again = await mila.post("/recipients/1", data={**dict(found), **shown, "name": "Anne Dupont"})
    assert again.status_code == 303, again.text
    who = (await entry(desk)).who
    assert (who.name, who.language, who.phone) == ("Anne Dupont", "nl", "+32499111111")


async def test_a_form_refused_for_a_fault_still_knows_what_was_seen(
    desk: Desk, browsers: Browsers
) -> None:
    await imports(desk)
    mila = await browsers(MILA)
    form = await hidden_fields(mila, "/recipients/1")
    typed = {name: form[f"was.{name}"] for name in as_typed((await entry(desk)).who)}
    answer = await mila.post("/recipients/1", data={**form, **typed, "phone": "12"})
    assert answer.status_code == 422
    assert f'name="seen" value="{form["seen"]}"' in answer.text


async def test_a_form_that_says_not_what_was_seen_saves_nothing(
    desk: Desk, browsers: Browsers
) -> None:
    await imports(desk)
    mila = await browsers(MILA)
    assert (await mila.post("/recipients/1", data=OTHER)).status_code == 409
    assert (await entry(desk)).who.phone == FIRST["phone"]


async def words_changed(desk: Desk) -> str:
    """Somebody else's wording comes in force; its content comes back."""
    texts, _ = await scenarios.texts(desk.services, "chem_shelter", "sms", by=MILA)
    first = desk.services.composer.library.source("chem_shelter", "sms")
    assert "Rentrez" in texts["text"]["fr"]  # type: ignore[index]
    content = first.replace("Rentrez", "Revenez")
    number = await versions.propose_version(desk.services, FILE, content, by=MILA)
    await versions.approve_version(desk.services, number, by=JORIS)
    return content


async def test_a_wording_is_not_proposed_over_one_that_nobody_read(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    page = (await mila.get(FORM)).text
    area = re.compile(r'name="(\w+\.\w\w)".*?>\n(.*?)</textarea>', re.DOTALL)
    typed = {name: html.unescape(text) for name, text in area.findall(page)}
    form = await hidden_fields(mila, FORM)
    await words_changed(desk)
    typed["text.en"] = typed["text.en"].replace("NOW", "AT ONCE")
    answer = await mila.post(FORM, data={**form, **typed, "act": "propose"})
    assert answer.status_code == 409
    assert "Changed in the meantime. Active text now:" in answer.text
    merged = {name: html.unescape(text) for name, text in area.findall(answer.text)}
    assert "Revenez" in merged["text.fr"]
    assert merged["text.en"] == typed["text.en"]
    assert len((await versions.list_versions(desk.services, by=MILA)).items) == 1


async def test_a_program_says_which_wording_it_changes(
    desk: Desk, as_role: Callable[[Role], AsRole]
) -> None:
    mila = as_role(Role.COMMUNICATOR)
    first = (await mila.get("/api/templates/files")).json()[FILE]
    made = first.replace("NOW", "AT ONCE")
    body = {"name": FILE, "content": made, "fingerprint": scenarios.fingerprint_of(first)}
    await words_changed(desk)
    assert (await mila.post("/api/templates/wordings", body)).status_code == 409
    now = (await mila.get("/api/templates/files")).json()[FILE]
    body["fingerprint"] = scenarios.fingerprint_of(now)
    assert (await mila.post("/api/templates/wordings", body)).status_code == 201
