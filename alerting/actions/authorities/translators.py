"""Lists of translators: who is asked where a detail of an authority's draft lacks a language."""

from typing import Annotated

from pydantic import Field

from alerting.actions import authorization
from alerting.actions.change_requests import Details
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.domain.translation import ListedTranslator
from alerting.services import Services
from alerting.store.authorities import translators as rows

ENTRY = msgid("translator")
UNKNOWN = msgid("“{officer}” may not draft alerts here, and so cannot translate for this authority")
LISTED = msgid("“{officer}” is on the list for {language} already")
TOO_MANY = msgid("A list of translators has at most {most} entries")
MAX_ENTRIES = 50


class TranslatorRequest(Details):
    """Who translates, into which language."""

    officer: Annotated[str, Field(min_length=1, max_length=64)]
    language: Language


async def list_translators(services: Services, code: str, *, by: Officer) -> list[ListedTranslator]:
    """An authority's list, by language and name."""
    by.must(Permission.READ)
    if by.authority.partner and code != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=code)
    async with services.reading() as reading:
        authority = await authorization.authority(services, reading.connection, code)
        return await rows.list_of(reading.connection, authority.code)


async def add_translator(
    services: Services, code: str, translator_request: TranslatorRequest, *, by: Officer
) -> ListedTranslator:
    """Put somebody on the list; for administrators of the authority, or of one above.

    BadRequest for whoever could not see its drafts, and where the list is full.
    """
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        await authorization.require_may_manage(
            services, unit, Permission.MANAGE_ACCESS, code, by=by
        )
        members = await authorization.members_who_see(services, unit, code, Permission.DRAFT)
        if not any(
            officer.name == translator_request.officer
            for _, existing_officers in members
            for officer in existing_officers
        ):
            raise BadRequest(UNKNOWN, officer=translator_request.officer)
        if len(await rows.list_of(unit.connection, code)) >= MAX_ENTRIES:
            raise BadRequest(TOO_MANY, most=MAX_ENTRIES)
        entry = ListedTranslator(authority=code, **translator_request.model_dump())
        number = await rows.add(unit.connection, unit.database, entry)
        if number is None:
            raise BadRequest(
                LISTED,
                officer=translator_request.officer,
                language=OWN_NAMES[translator_request.language],
            )
        await unit.record(
            "translator.added",
            by=by,
            about=f"authority/{code}",
            at=services.now(),
            details={"entry": number, **translator_request.model_dump(mode="json")},
        )
    return ListedTranslator(id=number, authority=code, **translator_request.model_dump())


async def remove_translator(services: Services, code: str, number: int, *, by: Officer) -> None:
    """Take an entry off the list; NotFound where it is not on it."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        await authorization.require_may_manage(
            services, unit, Permission.MANAGE_ACCESS, code, by=by
        )
        if not await rows.remove(unit.connection, code, number):
            raise NotFound(what=ENTRY, number=number)
        await unit.record(
            "translator.removed",
            by=by,
            about=f"authority/{code}",
            at=services.now(),
            details={"entry": number},
        )
