"""An authority's own wording of a scenario: proposed by one, approved by another, kept for ever."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from alerting.actions import standing
from alerting.compose.check import Fault, check_library, check_scenario
from alerting.compose.composer import Draft
from alerting.compose.library import Library
from alerting.compose.recipes import RECIPES
from alerting.domain.alert import AlertClass
from alerting.domain.errors import BadRequest, Invalid, NotFound, Refusal
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.services import Services
from alerting.store import templates
from alerting.store.templates import TemplateVersion

SAMPLE_AREA = "Eupen"
VERSION = msgid("wording")
FILE = msgid("“{name}” is not SCENARIO/FILE.toml of the library")


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


async def propose(services: Services, name: str, content: str, *, by: Officer) -> int:
    """Propose new content for `scenario/file.toml`; refused when the library would not pass."""
    by.must(Permission.DRAFT)
    scenario, file = _split(name)
    current = await library(services)
    if file not in current.files(scenario):
        raise BadRequest(FILE, name=name)
    async with services.reading() as reading:
        in_force = await templates.in_force(reading.connection)
    trial = Library(current.root, {**in_force, name: content})
    problems = await asyncio.to_thread(_problems, trial, scenario, services)
    if problems:
        raise NotBetter(problems="; ".join(problems))
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
    services: Services, *, by: Officer, scenario: str | None = None
) -> list[TemplateVersion]:
    """Every version ever proposed, newest first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await templates.history(reading.connection, scenario)


async def check(services: Services, *, by: Officer) -> list[Fault]:
    """Everything wrong with the library in force."""
    by.must(Permission.READ)
    current = await library(services)
    hosts = services.composer.sender.hosts
    return await asyncio.to_thread(lambda: check_library(current, hosts=hosts))


async def show(
    services: Services, name: str, *, languages: Sequence[Language], by: Officer
) -> tuple[Message, ...]:
    """A scenario on every channel, filled with its own samples."""
    by.must(Permission.READ)
    scenario = (await library(services)).scenario(name)
    now = services.now()
    return await services.composer.compose(
        Draft(
            scenario=name,
            values={one.name: one.sample for one in scenario.values},
            area=services.gazetteer.resolve(SAMPLE_AREA),
            languages=tuple(languages),
            channels=tuple(RECIPES),
            alert_class=scenario.only or AlertClass.ALERT,
            now=now,
            expires_at=now + scenario.validity,
        )
    )


async def export(services: Services, *, by: Officer) -> list[Exported]:
    """Every file of the library as it is in force: what `propose` takes back unchanged."""
    by.must(Permission.READ)
    current = await library(services)
    return [
        Exported(f"{name}/{file}.toml", current.source(name, file))
        for name in current.names()
        for file in current.files(name)
    ]


def _problems(trial: Library, scenario: str, services: Services) -> list[str]:
    hosts = services.composer.sender.hosts
    return [str(one) for one in check_scenario(trial, scenario, hosts=hosts)]


def _split(name: str) -> tuple[str, str]:
    path = PurePosixPath(name)
    if len(path.parts) != 2 or path.suffix != ".toml":
        raise BadRequest(FILE, name=name)
    return path.parts[0], path.stem
