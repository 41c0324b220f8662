"""The library in force: read, shown with its samples, checked, exported."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath

from alerting.actions.templates.wording import SAMPLE_AREA, TemplateWarning, check_wording_of
from alerting.compose.composer import Draft
from alerting.compose.library_check import TemplateFault, check_library
from alerting.compose.scenarios import Library
from alerting.compose.toml_texts import Texts, read_texts
from alerting.compose.values import sample
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES, text_files
from alerting.domain.errors import BadRequest, NotAllowed
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import ROLE_NAMES, Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import templates as template_rows

MAX_FILE_CHARS = 100_000
"""Characters in one file of the library; those that ship have 6,000 at most."""
TOO_LARGE = msgid("A template file can have at most {most} characters")
FILE = msgid("There is no template “{name}”: give it as SCENARIO/FILE.toml")


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


_checked: dict[str, tuple[bytes, list[TemplateFault]]] = {}
"""Root of a library -> what it was when it was checked last, and what was found."""


def require_library_right(permission: Permission, *, by: Officer) -> None:
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


async def check_library_in_force(services: Services, *, by: Officer) -> list[TemplateFault]:
    """Everything wrong with the library in force; the same library is checked once.

    Not for partners: it takes a second of the processor, and they cannot mend what it finds.
    """
    require_library_right(Permission.READ, by=by)
    current = await list_scenarios(services)
    async with services.reading() as reading:
        changed = await template_rows.in_force(reading.connection)
    hosts = services.composer.sender.hosts
    state = sha256(repr((sorted(changed.items()), sorted(hosts))).encode()).digest()
    root = str(current.root)
    if (known := _checked.get(root)) is None or known[0] != state:
        look = partial(check_library, current, hosts=hosts)
        known = (state, await services.checks.templates.run(by.name, look))
        _checked[root] = known
    return list(known[1])


async def list_warnings(services: Services, name: str, *, by: Officer) -> list[TemplateWarning]:
    """What may be misread in a scenario of the library in force. Not for partners, as above."""
    require_library_right(Permission.READ, by=by)
    composer = services.composer.using(await list_scenarios(services))
    composer.library.scenario(name)
    look = partial(check_wording_of, composer, services.gazetteer, (name,))
    return await services.checks.templates.run(by.name, look)


async def get_texts(
    services: Services, name: str, *, languages: Sequence[Language], by: Officer
) -> tuple[Message, ...]:
    """A scenario on every channel, filled with its own samples."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    return await sample_messages(services, current, name, languages, tuple(PROFILES))


async def sample_messages(
    services: Services,
    current: Library,
    name: str,
    languages: Sequence[Language],
    channels: Sequence[str],
) -> tuple[Message, ...]:
    """A scenario of a library, filled with its own samples as if it were sent now."""
    scenario = current.scenario(name)
    now = services.now()
    messages = await services.composer.using(current).compose(
        Draft(
            scenario=name,
            values={declaration.name: sample(declaration, now) for declaration in scenario.values},
            area=services.gazetteer.resolve(SAMPLE_AREA),
            languages=tuple(languages),
            channels=tuple(channels),
            alert_class=scenario.only or AlertClass.ALERT,
            now=now,
            expires_at=now + scenario.validity,
        )
    )
    return tuple(message.filled(now) for message in messages)


async def export_scenario(services: Services, *, by: Officer) -> list[Exported]:
    """Every file of the library as it is in force: what `propose` takes back unchanged."""
    by.must(Permission.READ)
    current = await list_scenarios(services)
    return [
        Exported(f"{name}/{file}.toml", current.source(name, file))
        for name in current.names()
        for file in current.files(name)
    ]


def split_name(name: str) -> tuple[str, str]:
    """Scenario and file of `scenario/file.toml`."""
    path = PurePosixPath(name)
    if len(path.parts) != 2 or path.suffix != ".toml":
        raise BadRequest(FILE, name=name)
    return path.parts[0], path.stem
