"""An authority's own wording of a scenario: proposed by one, approved by another, kept for ever."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from alerting.actions import authorization as standing
from alerting.compose.channels import RECIPES
from alerting.compose.composer import Draft
from alerting.compose.library_check import Fault, check_library, check_scenario
from alerting.compose.scenarios import FILES, Library
from alerting.compose.toml_texts import Texts, read_texts
from alerting.domain.alert import AlertClass
from alerting.domain.errors import AlertingError, BadRequest, Invalid, NotFound, Refusal
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.canonical_json import fingerprint
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import templates
from alerting.store.templates import TemplateVersion

SAMPLE_AREA = "Eupen"
VERSION = msgid("wording")
LONGEST = 64_000
"""Letters of one file; the longest that ships has 6,000."""
MOST_OPEN = 20
PAGE = 50
TOO_LONG = msgid("A wording has at most {most} letters")
TOO_MANY_OPEN = msgid("{most} of your wordings wait for an approval: have some approved first")
FILE = msgid("“{name}” is not SCENARIO/FILE.toml of the library")


_CHECKED: dict[str, list[Fault]] = {}
"""The faults of the library as it was last looked at, by the fingerprint of all that is in it."""


class OwnWording(Refusal):
    """Whoever proposed a wording tried to approve it."""

    says = msgid("{officer} proposed wording {number}, so {officer} cannot approve it.")
    way_out = msgid("Ask another officer with the right to approve.")


class Decided(Refusal):
    """It was approved before."""

    says = msgid("Wording {number} was approved already.")


class NotBetter(Invalid):
    """The library would no longer pass its check."""

    says = msgid("This wording cannot be used: {problems}")
    way_out = msgid("Mend it and propose it again; the wording in force stays.")


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of the library as it is in force."""

    name: str
    content: str


async def library(services: Services) -> Library:
    """The library with the wording in force, read again only when a version was approved."""
    async with services.reading() as reading:
        changed = await templates.in_force(reading.connection)
    services.composer.library.change(changed)
    return services.composer.library


@dataclass(frozen=True, slots=True)
class Trial:
    """What a wording would do: the faults that keep it out, and the messages it makes."""

    faults: Sequence[Fault]
    messages: Sequence[Message]


async def texts(services: Services, scenario: str, file: str, *, by: Officer) -> Texts:
    """The texts of one file in force: part -> language -> text."""
    by.must(Permission.READ)
    current = await library(services)
    if file not in FILES or file not in current.files(scenario):
        raise BadRequest(FILE, name=f"{scenario}/{file}.toml")
    return read_texts(current.source(scenario, file))


async def try_out(services: Services, name: str, content: str, *, by: Officer) -> Trial:
    """What proposing this content would answer, and how it reads with the samples."""
    by.must(Permission.READ)
    if by.authority.partner:
        raise standing.outside_country(services, by)
    scenario, file = _split(name)
    trial, faults = await _trial(services, name, content)
    if any(not one.language for one in faults):
        return Trial(faults, ())
    try:
        made = await _sample(services, trial, scenario, tuple(Language), _channels_of(file))
    except AlertingError:  # what is wrong stands among the faults
        made = ()
    return Trial(faults, made)


async def _trial(services: Services, name: str, content: str) -> tuple[Library, list[Fault]]:
    if len(content) > LONGEST:
        raise BadRequest(TOO_LONG, most=LONGEST)
    scenario, file = _split(name)
    current = await library(services)
    if file not in current.files(scenario):
        raise BadRequest(FILE, name=name)
    async with services.reading() as reading:
        in_force = await templates.in_force(reading.connection)
    trial = Library(current.root, {**in_force, name: content})
    hosts = services.composer.sender.hosts
    return trial, await asyncio.to_thread(check_scenario, trial, scenario, hosts=hosts)


async def propose(services: Services, name: str, content: str, *, by: Officer) -> int:
    """Propose new content for `scenario/file.toml`; refused when the library would not pass.

    Nobody has more than `MOST_OPEN` that wait for an approval; partners propose none, since they
    work on the incidents they are invited to.
    """
    by.must(Permission.DRAFT)
    if by.authority.partner:
        raise standing.outside_country(services, by)
    async with services.reading() as reading:
        if await templates.waiting_of(reading.connection, by.name) >= MOST_OPEN:
            raise BadRequest(TOO_MANY_OPEN, most=MOST_OPEN)
    scenario, file = _split(name)
    _, faults = await _trial(services, name, content)
    if faults:
        raise NotBetter(problems="; ".join(map(str, faults)))
    async with services.unit() as unit:
        number = await templates.add(
            unit.connection,
            scenario=scenario,
            file=file,
            content=content,
            author=by.name,
            created_at=services.now(),
        )
        await unit.record(
            "template.proposed",
            by=by.name,
            about=f"template/{number}",
            at=services.now(),
            details={"file": name},
        )
    return number


async def approve(services: Services, number: int, *, by: Officer) -> TemplateVersion:
    """Put a proposal in force, as somebody other than its author.

    The library is everybody's: only who speaks to the whole country changes it.
    """
    by.must(Permission.APPROVE)
    if not by.authority.territory.everywhere:
        raise standing.outside_country(services, by)
    async with services.unit() as unit:
        found = await templates.load(unit.connection, number)
        if found is None:
            raise NotFound(what=VERSION, number=number)
        if found.approved_at is not None:
            raise Decided(number=number)
        if found.author == by.name:
            raise OwnWording(number=number, officer=by.name)
        await templates.approve(
            unit.connection, number, approver=by.name, approved_at=services.now()
        )
        await unit.record(
            "template.approved",
            by=by.name,
            about=f"template/{number}",
            at=services.now(),
            details={"file": f"{found.scenario}/{found.file}.toml"},
        )
    await library(services)
    return found


async def history(
    services: Services,
    *,
    by: Officer,
    scenario: str | None = None,
    waiting: bool = False,
    before: int | None = None,
    limit: int = PAGE,
) -> list[TemplateVersion]:
    """Versions ever proposed, newest first: a page of them, those with a number below `before`.

    `waiting` leaves out those that were approved.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await templates.history(
            reading.connection, scenario, waiting=waiting, before=before, limit=limit
        )


async def check(services: Services, *, by: Officer) -> list[Fault]:
    """Everything wrong with the library in force, which is looked at once for each state of it."""
    by.must(Permission.READ)
    current = await library(services)
    hosts = services.composer.sender.hosts
    async with services.reading() as reading:
        changed = await templates.in_force(reading.connection)
    state = fingerprint([str(current.root), sorted(changed.items()), sorted(hosts)])
    if state not in _CHECKED:
        found = await asyncio.to_thread(lambda: check_library(current, hosts=hosts))
        _CHECKED.clear()
        _CHECKED[state] = found
    return _CHECKED[state]


async def show(
    services: Services, name: str, *, languages: Sequence[Language], by: Officer
) -> tuple[Message, ...]:
    """A scenario on every channel, filled with its own samples."""
    by.must(Permission.READ)
    current = await library(services)
    return await _sample(services, current, name, languages, tuple(RECIPES))


async def _sample(
    services: Services,
    current: Library,
    name: str,
    languages: Sequence[Language],
    channels: Sequence[str],
) -> tuple[Message, ...]:
    scenario = current.scenario(name)
    now = services.now()
    return await services.composer.using(current).compose(
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


async def version(services: Services, number: int, *, by: Officer) -> tuple[TemplateVersion, str]:
    """One version, and the content it replaces or replaced."""
    by.must(Permission.READ)
    current = await library(services)
    async with services.reading() as reading:
        found = await templates.look(reading.connection, number)
        if found is None:
            raise NotFound(what=VERSION, number=number)
        before = await templates.before(reading.connection, found)
    name = f"{found.scenario}/{found.file}.toml"
    return found, before if before is not None else current.baseline(name)


async def export(services: Services, *, by: Officer) -> list[Exported]:
    """Every file of the library as it is in force: what `propose` takes back unchanged."""
    by.must(Permission.READ)
    current = await library(services)
    return [
        Exported(f"{name}/{file}.toml", current.source(name, file))
        for name in current.names()
        for file in current.files(name)
    ]


def _channels_of(file: str) -> tuple[str, ...]:
    return tuple(name for name, recipe in RECIPES.items() if recipe.file == file)


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    if len(path.parts) != 2 or path.suffix != ".toml":
        raise BadRequest(FILE, name=name)
    return path.parts[0], path.stem
