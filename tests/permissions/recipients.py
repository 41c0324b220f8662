"""The lists of recipients, and files brought for them."""

from collections.abc import Mapping
from typing import Any

from alerting.actions.recipients import import_jobs, importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.search import PersonalData
from alerting.domain.recipient import RecipientKind
from alerting.store.recipients import repository as recipient_rows
from tests.make import person
from tests.permissions.trial import Call, Row, Trial, plain


async def counted(one: Trial) -> Call:
    before = (await importing.count_recipients(one.services, by=one.by))[RecipientKind.PERSON]
    await one.entry()
    return Call().showing(lambda found: found[RecipientKind.PERSON] > before)


async def somebody(one: Trial) -> Call:
    somebody = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(somebody)
    return Call(somebody.email).showing(bool)


async def on_the_list(one: Trial) -> Call:
    somebody = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(somebody)
    sought = recipient_lists.RecipientSearch(text=somebody.reference)
    return Call(RecipientKind.PERSON, sought, limit=5).showing(lambda found: bool(found.items))


async def corrected(one: Trial) -> Call:
    fields = {
        "name": "Y",
        "language": "fr",
        "municipality": one.place,
        "phone": "",
        "email": "y@example.org",
    }
    number = await one.entry()
    async with one.services.reading() as reading:
        entry = await recipient_rows.load(reading.connection, number)
    seen = entry.fingerprint() if entry else ""
    return Call(RecipientKind.PERSON, number, fields, seen=seen)


async def press_file(_: Trial) -> Call:
    data = b"reference;outlet;name;language;email;phone\nx;X;;fr;x@example.org;\n"
    return Call(data, file="press.csv", kind=RecipientKind.PRESS)


async def list_entry(one: Trial, **more: Any) -> Call:
    return Call(RecipientKind.PERSON, await one.entry(), **more)


async def group_number(one: Trial, *more: Any) -> Call:
    return Call(RecipientKind.PERSON, await one.group(), *more)


async def arrived(one: Trial) -> Call:
    upload = await one.uploading(one.rows())
    return Call(upload, file="people.csv", kind=RecipientKind.PERSON)


async def brought(one: Trial) -> Call:
    return Call(await one.upload(), kind=RecipientKind.PERSON)


ROWS: Mapping[str, Row] = {
    "count recipients": Row(importing.count_recipients, counted),
    "search for a recipient": Row(importing.find_recipients, somebody),
    "search the list": Row(recipient_lists.list_recipients, on_the_list),
    "open an entry": Row(recipient_lists.get_recipient, list_entry),
    "show the addresses of an entry": Row(
        recipient_lists.get_recipient,
        lambda one: list_entry(one, data=PersonalData.ASKED_FOR),
    ),
    "correct an entry": Row(recipient_lists.edit_recipient, corrected),
    "see who shares an address": Row(recipient_lists.list_sharing, list_entry),
    "remove a recipient from the list": Row(recipient_lists.end_recipient, list_entry),
    "import recipients": Row(
        importing.import_file,
        lambda one: plain(one.rows(), file="people.csv", kind=RecipientKind.PERSON),
    ),
    "import newsrooms": Row(importing.import_file, press_file),
    "upload a file": Row(import_jobs.start_import, arrived),
    "see one's own import": Row(import_jobs.get_import, brought),
    "see recent imports": Row(import_jobs.list_imports, lambda _: plain(kind=RecipientKind.PERSON)),
    "preview a file": Row(
        importing.inspect_file,
        lambda one: plain(one.rows(), kind=RecipientKind.PERSON),
    ),
    "confirm one's own import": Row(import_jobs.confirm_import, brought),
    "cancel one's own import": Row(import_jobs.cancel_import, brought),
    "see groups": Row(recipient_lists.list_groups, lambda _: plain(RecipientKind.PERSON)),
    "create a group": Row(
        recipient_lists.create_group, lambda one: plain(RecipientKind.PERSON, one.new("group"))
    ),
    "rename a group": Row(
        recipient_lists.rename_group, lambda one: group_number(one, one.new("group"))
    ),
    "remove a group": Row(recipient_lists.remove_group, group_number),
}
