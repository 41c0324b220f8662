"""An authority's own wording of a scenario: proposed by one, approved by another, kept for ever."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from pydantic import Field

from alerting.actions import authorization, change_requests
from alerting.actions.change_requests import Details, Matter
from alerting.checks.check_input import SUBJECT, CheckInput
from alerting.checks.wording.articles import before_placeholders
from alerting.checks.wording.check import check_wording
from alerting.compose.composer import Composer, Draft
from alerting.compose.library_check import NOON, TemplateFault, check_library, check_scenario
from alerting.compose.scenarios import Library, Scenario
from alerting.compose.toml_texts import Texts, read_texts, strings_in
from alerting.compose.values import ValueKind, words_of
from alerting.domain.alert import AlertClass
from alerting.domain.authority import EVERYWHERE, NATIONAL
from alerting.domain.change_request import Act, Proposal
from alerting.domain.channel_profiles import PROFILES, channels_of, profile_of, text_files
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    ChangedMeanwhile,
    Invalid,
    NotAllowed,
    NotFound,
)
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import ROLE_NAMES, Officer, Permission
from alerting.domain.own_words import sentences
from alerting.domain.page import Page, page_of
from alerting.domain.template_version import TemplateVersion
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.geo.gazetteer import Gazetteer
from alerting.services import Services, place_names
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import change_requests as change_request_rows
from alerting.store import templates as template_rows

SAMPLE_AREA = "Eupen"
MAX_FILE_CHARS = 100_000
"""Characters in one file of the library; those that ship have 6,000 at most."""
MOST_OPEN = 20
"""Proposals of one person that wait for an approval."""
TOO_MANY_OPEN = msgid(
    "{most} of your template versions are waiting for approval: have some approved first"
)
PAGE_SIZE = 100
"""Wordings told at once."""
ARTICLE_BEFORE = (
    "“{words}” puts an article before what is filled in, which cannot be inflected: write a label "
    "and a colon"
)
TOO_LARGE = msgid("A template file can have at most {most} characters")
VERSION = msgid("template version")
FILE = msgid("There is no template “{name}”: give it as SCENARIO/FILE.toml")


class NotBetter(Invalid):
    """The library would no longer pass its check."""

    says = msgid("This template version cannot be used: {problems}")
    remedy = msgid("Correct it and propose it again; the active version remains in use.")


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of the library as it is in force."""

    name: str
    content: str


def fingerprint_of(content: str) -> str:
    """SHA-256 of one file's content, hexadecimal: given back by whoever changes it."""
    return sha256(content.encode()).hexdigest()


async def list_scenarios(services: Services) -> Library:
    """The library with the wording in force, read again only when a version was approved."""
    async with services.reading() as reading:
        changed = await template_rows.in_force(reading.connection)
    services.composer.library.change(changed)
    return services.composer.library


@dataclass(frozen=True, slots=True)
class Trial:
    """What a wording would do: the faults that keep it out, and the messages it makes."""

    faults: Sequence[TemplateFault]
    messages: Sequence[Message]


_checked: dict[str, tuple[bytes, list[TemplateFault]]] = {}
"""Root of a library -> what it was when it was checked last, and what was found."""


def _must_keep(permission: Permission, *, by: Officer) -> None:
    """The library is kept by authorities; partners read it and draft with it."""
    by.must(permission)
    if by.authority.partner:
        raise NotAllowed(officer=by.name, role=ROLE_NAMES[by.role], permission=permission)


async def texts(services: Services, scenario: str, file: str, *, by: Officer) -> tuple[Texts, str]:
    """The texts of one file in force, part -> language -> text; and the file's fingerprint."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    if file not in text_files() or file not in current.files(scenario):
        raise BadRequest(FILE, name=f"{scenario}/{file}.toml")
    source = current.source(scenario, file)
    return read_texts(source), fingerprint_of(source)


async def texts_seen(services: Services, name: str, seen: str, *, by: Officer) -> Texts | None:
    """The texts of the version with this fingerprint, be it in force or not; None: no such one."""
    scenario, file = _split(name)
    shipped = (await list_scenarios(services)).baseline(name)
    versions = await list_versions(services, by=by, scenario=scenario)
    contents = [shipped, *(one.content for one in versions.items if one.file == file)]
    return next((read_texts(one) for one in contents if fingerprint_of(one) == seen), None)


async def try_out(services: Services, name: str, content: str, *, by: Officer) -> Trial:
    """What proposing this content would answer, and how it reads with the samples."""
    _must_keep(Permission.DRAFT, by=by)
    scenario, file = _split(name)
    trial, faults = await _trial(services, name, content)
    if any(not one.language for one in faults):
        return Trial(faults, ())
    try:
        made = await _sample(services, trial, scenario, tuple(Language), channels_of(file))
    except AlertingError:  # what is wrong stands among the faults
        made = ()
    return Trial(faults, made)


async def _trial(
    services: Services, name: str, content: str
) -> tuple[Library, list[TemplateFault]]:
    scenario, file = _split(name)
    if len(content) > MAX_FILE_CHARS:
        raise BadRequest(TOO_LARGE, most=MAX_FILE_CHARS)
    current = await list_scenarios(services)
    if file not in current.files(scenario):
        raise BadRequest(FILE, name=name)
    async with services.reading() as reading:
        in_force = await template_rows.in_force(reading.connection)
    trial = Library(current.root, {**in_force, name: content})
    hosts = services.composer.sender.hosts
    return trial, await asyncio.to_thread(check_scenario, trial, scenario, hosts=hosts)


async def propose_version(
    services: Services, name: str, content: str, *, seen: str = "", by: Officer
) -> int:
    """Propose new content for `scenario/file.toml`; refused when the library would not pass.

    `seen` is the fingerprint of the content it was made from: ChangedMeanwhile where another one
    is in force now. Empty where nobody knows it: whoever approves reads every difference.
    Not by partners, who draft with the library that others keep.
    """
    _must_keep(Permission.DRAFT, by=by)
    async with services.reading() as reading:
        if await template_rows.waiting_of(reading.connection, by.name) >= MOST_OPEN:
            raise BadRequest(TOO_MANY_OPEN, most=MOST_OPEN)
    scenario, file = _split(name)
    _, faults = await _trial(services, name, content)
    if faults:
        raise NotBetter(problems="; ".join(map(str, faults)))
    shipped = services.composer.library.baseline(name)
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
        await unit.record(
            "template.proposed",
            by=by,
            about=f"template/{number}",
            at=services.now(),
            details={"file": name},
        )
        wanted = TemplateVersionDetails(version=number)
        matter = await ApproveTemplate().matter(services, unit, wanted, by=by)
        await change_requests.request_change(
            services, unit, Act.APPROVE_TEMPLATE, wanted, matter, by=by
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
        wanted: TemplateVersionDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The whole country's; what it would change is the scenario as it is in force."""
        found = await template_rows.load(reading.connection, wanted.version)
        if found is None:
            raise NotFound(what=VERSION, number=wanted.version)
        now = await template_rows.approved(reading.connection, found.scenario)
        hands = await _whose_words(services, reading, found)
        return Matter(NATIONAL.code, EVERYWHERE, now, hands=tuple(sorted(hands)))

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        wanted: TemplateVersionDetails,
        *,
        proposal: Proposal,
        by: Officer,
    ) -> str:
        """Note who vouches for it."""
        found = await template_rows.load(unit.connection, wanted.version, lock=True)
        if found is None:
            raise NotFound(what=VERSION, number=wanted.version)
        await template_rows.approve(
            unit.connection, found.id, approver=by.name, approved_at=services.now()
        )
        await unit.record(
            "template.approved",
            by=by,
            about=f"template/{found.id}",
            at=services.now(),
            details={"file": f"{found.scenario}/{found.file}.toml"},
        )
        return ""


async def _whose_words(
    services: Services, reading: ReadTransaction, found: TemplateVersion
) -> set[str]:
    """Its author, and whoever proposed any sentence before that it adds to what is in force."""
    versions = await template_rows.history(reading.connection, found.scenario, limit=MAX_INTEGER)
    added = await _added(services, reading, found)
    return {found.author} | {
        one.author for one in versions if added & await _added(services, reading, one)
    }


async def _added(
    services: Services, reading: ReadTransaction, version: TemplateVersion
) -> frozenset[str]:
    """The sentences of a version that are not in what it replaces or replaced."""
    before = await template_rows.before(reading.connection, version)
    if before is None:
        before = services.composer.library.baseline(f"{version.scenario}/{version.file}.toml")
    return _sentences_of(version.content) - _sentences_of(before)


def _sentences_of(content: str) -> frozenset[str]:
    return frozenset[str]().union(*map(sentences, strings_in(content)))


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
        found = await template_rows.load(reading.connection, number)
    if request is None or found is None:
        raise NotFound(what=VERSION, number=number)
    kinds = {Act.APPROVE_TEMPLATE: ApproveTemplate()}
    await change_requests.confirm_change(services, kinds, request, by=by)
    await list_scenarios(services)
    return found


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
        found = await template_rows.history(
            reading.connection, scenario, before=before, waiting=waiting, limit=PAGE_SIZE + 1
        )
    return page_of(found, PAGE_SIZE, lambda one: one.id)


async def check_library_in_force(services: Services, *, by: Officer) -> list[TemplateFault]:
    """Everything wrong with the library in force; the same library is checked once.

    Not for partners: it takes a second of the processor, and they cannot mend what it finds.
    """
    _must_keep(Permission.READ, by=by)
    current = await list_scenarios(services)
    async with services.reading() as reading:
        changed = await template_rows.in_force(reading.connection)
    hosts = services.composer.sender.hosts
    state = sha256(repr((sorted(changed.items()), sorted(hosts))).encode()).digest()
    root = str(current.root)
    if (known := _checked.get(root)) is None or known[0] != state:
        known = (state, await asyncio.to_thread(lambda: check_library(current, hosts=hosts)))
        _checked[root] = known
    return list(known[1])


def check_wording_of(
    composer: Composer, gazetteer: Gazetteer, names: Sequence[str] = ()
) -> list[TemplateFault]:
    """What the checks of wording say about a library, all of it or some scenarios: warnings.

    Read are the sources, and every message with all the samples, with the least there may be, and
    with each choice.
    """
    found: list[TemplateFault] = []
    for name in names or composer.library.names():
        scenario = composer.library.scenario(name)
        found += _articles(scenario)
        full = {one.name: one.sample for one in scenario.values}
        least = {one.name: one.sample for one in scenario.values if one.required}
        chosen = [
            {**full, one.name: key}
            for one in scenario.values
            for key in one.choices
            if key != one.sample
        ]
        for values in (full, least, *chosen):
            draft = Draft(
                scenario=name,
                values=values,
                area=gazetteer.resolve(SAMPLE_AREA),
                languages=tuple(Language),
                channels=tuple(PROFILES),
                alert_class=scenario.only or AlertClass.ALERT,
                now=NOON,
                expires_at=NOON + scenario.validity,
            )
            given = CheckInput(
                messages=composer.compose_now(draft),
                required=draft.languages,
                alert_class=draft.alert_class,
                now=draft.now,
                expires_at=draft.expires_at,
                typed={
                    one.name: words_of(one, values.get(one.name, one.default))
                    for one in scenario.values
                    if one.kind is ValueKind.TEXT
                },
                known_places=place_names(gazetteer),
            )
            found += [_warning(scenario, one) for one in check_wording(given)]
    return list(dict.fromkeys(found))


def _articles(scenario: Scenario) -> Iterator[TemplateFault]:
    """Articles before a detail that is a name; one whose sample is a measure takes “de” and “à”."""
    for texts in scenario.texts.values():
        for language, text in texts.items():
            names = {
                one.name
                for one in scenario.values
                if one.kind in {ValueKind.TEXT, ValueKind.PLACE}
                and not words_of(one, one.sample).get(language, "")[:1].isdigit()
            }
            for start, end in before_placeholders(
                text.source, language, names | {"area", "authority"}
            ):
                line = text.line + text.source.count("\n", 0, start)
                reason = ARTICLE_BEFORE.format(words=text.source[start:end])
                yield TemplateFault(text.file, line, reason, language)


def _warning(scenario: Scenario, finding: Finding) -> TemplateFault:
    profile = profile_of(finding.channel)
    while profile.borrows and (profile.file, profile.parts[-1]) not in scenario.texts:
        profile = profile.borrows
    part = profile.parts[0 if finding.field == SUBJECT else -1]
    language = finding.language or Language.EN
    text = scenario.texts[profile.file, part][language]
    return TemplateFault(text.file, text.line, finding.in_english(), language)


async def get_texts(
    services: Services, name: str, *, languages: Sequence[Language], by: Officer
) -> tuple[Message, ...]:
    """A scenario on every channel, filled with its own samples."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    return await _sample(services, current, name, languages, tuple(PROFILES))


async def _sample(
    services: Services,
    current: Library,
    name: str,
    languages: Sequence[Language],
    channels: Sequence[str],
) -> tuple[Message, ...]:
    scenario = current.scenario(name)
    now = services.now()
    made = await services.composer.using(current).compose(
        Draft(
            scenario=name,
            values={one.name: one.sample for one in scenario.values},
            area=services.gazetteer.resolve(SAMPLE_AREA),
            languages=tuple(languages),
            channels=tuple(channels),
            alert_class=scenario.only or AlertClass.ALERT,
            now=now,
            expires_at=now + scenario.validity,
        )
    )
    return tuple(one.filled(now) for one in made)


async def get_version(
    services: Services, number: int, *, by: Officer
) -> tuple[TemplateVersion, str]:
    """One version, and the content it replaces or replaced."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    async with services.reading() as reading:
        found = await template_rows.load(reading.connection, number)
        if found is None:
            raise NotFound(what=VERSION, number=number)
        before = await template_rows.before(reading.connection, found)
    name = f"{found.scenario}/{found.file}.toml"
    return found, before if before is not None else current.baseline(name)


async def export_scenario(services: Services, *, by: Officer) -> list[Exported]:
    """Every file of the library as it is in force: what `propose` takes back unchanged."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    return [
        Exported(f"{name}/{file}.toml", current.source(name, file))
        for name in current.names()
        for file in current.files(name)
    ]


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    if len(path.parts) != 2 or path.suffix != ".toml":
        raise BadRequest(FILE, name=name)
    return path.parts[0], path.stem
