"""Another version of a template: tried out, proposed by one person, approved by another, kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, ClassVar

from pydantic import Field

from alerting.actions import authorization, change_requests
from alerting.actions.change_requests import Details, Matter
from alerting.actions.templates.scenarios import (
    FILE,
    MAX_FILE_CHARS,
    TOO_LARGE,
    fingerprint_of,
    list_scenarios,
    require_library_right,
    sample_messages,
    split_name,
)
from alerting.actions.templates.wording import TemplateWarning, check_wording_of
from alerting.checks.queue import CheckTurn
from alerting.compose.library_check import TemplateFault, check_scenario
from alerting.compose.scenarios import Library
from alerting.compose.toml_texts import Texts, read_texts, strings_in
from alerting.domain.authority import EVERYWHERE, NATIONAL
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.channel_profiles import channels_of
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    ChangedMeanwhile,
    Invalid,
    NotFound,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.own_words import runs
from alerting.domain.page import Page, page_of
from alerting.domain.template_version import TemplateVersion
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import change_requests as change_request_rows
from alerting.store import templates as template_rows

MOST_OPEN = 20
"""Proposals of one person that wait for an approval."""
TOO_MANY_OPEN = msgid(
    "{most} of your template versions are waiting for approval: have some approved first"
)
PAGE_SIZE = 100
"""Wordings told at once."""
VERSION = msgid("template version")


class NotBetter(Invalid):
    """The library would no longer pass its check."""

    says = msgid("This template version cannot be used: {problems}")
    remedy = msgid("Correct it and propose it again; the active version remains in use.")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a wording would do: the faults that keep it out, what may be misread in it, and the
    messages it makes."""

    faults: Sequence[TemplateFault]
    messages: Sequence[Message] = ()
    warnings: Sequence[TemplateWarning] = ()


async def texts_seen(services: Services, name: str, seen: str, *, by: Officer) -> Texts | None:
    """The texts of the version with this fingerprint, be it in force or not; None: no such one."""
    scenario, file = split_name(name)
    shipped = (await list_scenarios(services)).baseline(name)
    known = await list_versions(services, by=by, scenario=scenario)
    contents = [shipped, *(version.content for version in known.items if version.file == file)]
    return next(
        (read_texts(content) for content in contents if fingerprint_of(content) == seen), None
    )


async def try_out(services: Services, name: str, content: str, *, by: Officer) -> Trial:
    """What proposing this content would answer, and how it reads with the samples."""
    require_library_right(Permission.DRAFT, by=by)
    async with services.checks.templates.turn(by.name) as turn:
        return await _tried_out(services, name, content, turn)


async def _tried_out(services: Services, name: str, content: str, turn: CheckTurn) -> Trial:
    scenario, file = split_name(name)
    trial, faults = await _trial(services, name, content, turn)
    if any(not fault.language for fault in faults):
        return Trial(faults)
    try:
        messages = await sample_messages(
            services, trial, scenario, tuple(Language), channels_of(file)
        )
    except AlertingError:  # what is wrong stands among the faults
        messages = ()
    if faults:
        return Trial(faults, messages)
    composer = services.composer.using(trial)
    look = partial(check_wording_of, composer, services.gazetteer, (scenario,))
    warnings = await turn.in_thread(look)
    return Trial(faults, messages, [warning for warning in warnings if warning.file == name])


async def _trial(
    services: Services, name: str, content: str, turn: CheckTurn
) -> tuple[Library, list[TemplateFault]]:
    scenario, file = split_name(name)
    if len(content) > MAX_FILE_CHARS:
        raise BadRequest(TOO_LARGE, most=MAX_FILE_CHARS)
    current = await list_scenarios(services)
    if file not in current.files(scenario):
        raise BadRequest(FILE, name=name)
    async with services.reading() as reading:
        in_force = await template_rows.in_force(reading.connection)
    trial = Library(current.root, {**in_force, name: content})
    hosts = services.composer.sender.hosts
    look = partial(check_scenario, trial, scenario, hosts=hosts)
    return trial, await turn.in_thread(look)


async def propose_version(
    services: Services, name: str, content: str, *, seen: str = "", by: Officer
) -> int:
    """Propose new content for `scenario/file.toml`; refused when the library would not pass.

    `seen` is the fingerprint of the content it was made from: ChangedMeanwhile where another one
    is in force now. Empty where nobody knows it: whoever approves reads every difference.
    Not by partners, who draft with the library that others keep.
    """
    require_library_right(Permission.DRAFT, by=by)
    async with services.reading() as reading:
        if await template_rows.waiting_of(reading.connection, by.name) >= MOST_OPEN:
            raise BadRequest(TOO_MANY_OPEN, most=MOST_OPEN)
    scenario, file = split_name(name)
    async with services.checks.templates.turn(by.name) as turn:
        _, faults = await _trial(services, name, content, turn)
        if faults:
            raise NotBetter(problems="; ".join(map(str, faults)))
        shipped = services.composer.library.baseline(name)
        # Remembered: within the transaction nobody waits for what takes 40 ms a text.
        for text in (content, services.composer.library.source(scenario, file)):
            await turn.in_thread(partial(_runs_of, text))
    async with services.unit() as unit:
        in_force = (await template_rows.in_force(unit.connection)).get(name, shipped)
        if seen and seen != fingerprint_of(in_force):
            raise ChangedMeanwhile
        number = await template_rows.add(
            unit.connection,
            scenario=scenario,
            file=file,
            content=content,
            author=by.name,
            created_at=services.now(),
        )
        added = _runs_of(content) - _runs_of(in_force)
        await template_rows.add_runs(unit.connection, number, added)
        await unit.record(
            "template.proposed",
            by=by,
            about=f"template/{number}",
            at=services.now(),
            details={"file": name},
        )
        details = TemplateVersionDetails(version=number)
        matter = await ApproveTemplate().matter(services, unit, details, by=by)
        await change_requests.add_change_request(
            services, unit, Act.APPROVE_TEMPLATE, details, matter, by=by
        )
    return number


class TemplateVersionDetails(Details):
    """Which version is to be in force."""

    version: Annotated[int, Field(ge=1, le=MAX_INTEGER)]


class ApproveTemplate:
    """Put a wording in force.

    The library is everybody's: only the national centre changes it. Words that somebody proposed
    before are theirs still, whoever proposes them again.
    """

    permission: ClassVar = Permission.APPROVE
    details: ClassVar = TemplateVersionDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: TemplateVersionDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The whole country's; what it would change is the scenario as it is in force."""
        version = await template_rows.load(reading.connection, details.version)
        if version is None:
            raise NotFound(what=VERSION, number=details.version)
        now = await template_rows.approved(reading.connection, version.scenario)
        hands = await _whose_words(services, reading, version)
        return Matter(NATIONAL.code, EVERYWHERE, now, hands=tuple(sorted(hands)))

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: TemplateVersionDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Note who vouches for it."""
        version = await template_rows.load(unit.connection, details.version, lock=True)
        if version is None:
            raise NotFound(what=VERSION, number=details.version)
        await template_rows.approve(
            unit.connection, version.id, approver=by.name, approved_at=services.now()
        )
        await unit.record(
            "template.approved",
            by=by,
            about=f"template/{version.id}",
            at=services.now(),
            details={"file": f"{version.scenario}/{version.file}.toml"},
        )
        return ""


async def _whose_words(
    services: Services, reading: ReadTransaction, version: TemplateVersion
) -> set[str]:
    """Its author, and whoever proposed any words before that it adds to what is in force."""
    before = await template_rows.before(reading.connection, version)
    if before is None:
        before = services.composer.library.baseline(f"{version.scenario}/{version.file}.toml")
    added = _runs_of(version.content) - _runs_of(before)
    authors = await template_rows.authors(reading.connection, added)
    return {version.author, *authors}


@lru_cache(maxsize=16)
def _runs_of(content: str) -> frozenset[int]:
    return frozenset[int]().union(*map(runs, strings_in(content)))


async def approve_version(services: Services, number: int, *, by: Officer) -> TemplateVersion:
    """Confirm the request that waits for a version: put it in force, as somebody else."""
    by.must(Permission.APPROVE)
    if not by.authority.territory.everywhere:
        raise authorization.outside_country(services, by)
    async with services.reading() as reading:
        details = TemplateVersionDetails(version=number).model_dump(mode="json")
        request = await change_request_rows.newest_for(
            reading.connection, Act.APPROVE_TEMPLATE, details
        )
        version = await template_rows.load(reading.connection, number)
    if request is None or version is None:
        raise NotFound(what=VERSION, number=number)
    # Remembered, as when it was proposed.
    await services.checks.templates.run(by.name, partial(_runs_of, version.content))
    kinds = {Act.APPROVE_TEMPLATE: ApproveTemplate()}
    await change_requests.confirm_change(services, kinds, request, by=by)
    await list_scenarios(services)
    return version


async def list_versions(
    services: Services,
    *,
    by: Officer,
    scenario: str | None = None,
    before: int = 0,
    waiting: bool = False,
) -> Page[TemplateVersion, int]:
    """Versions ever proposed, newest first, PAGE_SIZE at once, from below `before`, if any.

    `waiting`: only those that nobody approved yet.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        versions = await template_rows.history(
            reading.connection, scenario, before=before, waiting=waiting, limit=PAGE_SIZE + 1
        )
    return page_of(versions, PAGE_SIZE, lambda version: version.id)


async def get_version(
    services: Services, number: int, *, by: Officer
) -> tuple[TemplateVersion, str]:
    """One version, and the content it replaces or replaced."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    async with services.reading() as reading:
        version = await template_rows.load(reading.connection, number)
        if version is None:
            raise NotFound(what=VERSION, number=number)
        before = await template_rows.before(reading.connection, version)
    name = f"{version.scenario}/{version.file}.toml"
    return version, before if before is not None else current.baseline(name)
