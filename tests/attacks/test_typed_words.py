"""A marker typed by an officer reaches no channel by any way past the second person.

Nothing is listed by hand: details come from the library, fields from the dataclasses, the API's
models, the options of commands and the inputs of pages. A field of a type this file cannot type
into is an error, so that a new one is thought about the day it is written.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from html import unescape
from inspect import signature
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import pytest
import typer
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from alerting.actions.alerts import compositions, drafting, follow_ups, queries
from alerting.actions.authorities import incidents
from alerting.cli import alerts as commands
from alerting.cli import lifecycle as later_commands
from alerting.cli.main import app as command_line
from alerting.compose.library_check import SamplePlaces
from alerting.compose.scenarios import Library
from alerting.compose.values import (
    AREA_NAME,
    AUTOMATIC,
    Declaration,
    ReadValue,
    ValueKind,
    read_values,
    typed_words,
)
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, Review, StepReason
from alerting.domain.authority import Phase
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.geo.presets import Preset
from alerting.services import Services
from tests import having_read
from tests.compose.samples import TEMPLATES
from tests.copying import copied
from tests.desk import CLOSED, DIRK, MILA, Desk
from tests.doubles import NOON
from tests.make import LIEGE
from tests.web.console import Browsers

MARKER = "Zzmarker"
LIBRARY = Library(TEMPLATES / "scenarios")
PREPARED = [one.name for one in LIBRARY if one.pre_approved]
UNDECLARED = (*AUTOMATIC, "authority", "url", "anything")
TEXTLESS = (bool, int, float, Enum, datetime, date, timedelta, NoneType, Path)
"""Types that cannot hold a word."""


def hostile(hint: Any) -> Iterator[Any]:
    """What an officer could type where a value of this type belongs, with the marker in it."""
    if hint is Any:
        yield from (MARKER, dict.fromkeys(Language, MARKER), [MARKER], {MARKER: MARKER})
        return
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from hostile(inside[0])
    elif origin in (Union, UnionType):
        for one in inside:
            yield from hostile(one)
    elif hint is str or origin is Literal:
        yield MARKER
    elif is_typeddict(hint):
        return  # a shape: numbers, and a word that is one of two
    elif origin in (list, tuple, Sequence, frozenset):
        yield from ([one] for one in hostile(inside[0]))
    elif origin in (dict, Mapping):
        # What stands in a mapping of details is attacked detail by detail below; here its names.
        yield {MARKER: MARKER}
        yield {**CLOSED, "location": MARKER}
    elif isinstance(hint, type) and issubclass(hint, TEXTLESS):
        return
    elif isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        for name, value in of_fields(get_type_hints(hint, include_extras=True)):
            yield {name: value}
    else:
        pytest.fail(f"nobody has thought about what can be typed into {hint}")


def of_fields(hints: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, hint in hints.items():
        for value in hostile(hint):
            yield name, value


def times(scenario: str) -> dict[str, Any]:
    """The details that must be there."""
    return {one.name: one.sample for one in LIBRARY.scenario(scenario).values if one.required}


async def sends_alone(desk: Desk) -> None:
    """Whatever is not decided on yet leaves by every way past the second person, if it can."""
    for one in (await queries.list_alerts(desk.services, by=DIRK, limit=200)).items:
        with suppress(AlertingError):
            await having_read.send_now(desk.services, one.id, by=DIRK, reason=MARKER)
        with suppress(AlertingError):
            await having_read.send(desk.services, one.id, by=MILA)


async def untouched(desk: Desk, alert: Alert | None) -> Alert:
    """The alert, if no attack has changed it yet; else a new one that could leave alone."""
    if alert is not None:
        now = await desk.reads(alert)
        if (now.state, now.version) == (AlertState.DRAFT, 1):
            return alert
    return await desk.drafts(by=DIRK, values=CLOSED)


async def nothing_typed_left(desk: Desk) -> None:
    await sends_alone(desk)
    await desk.works()
    for channel in desk.services.channels:
        assert MARKER not in repr(desk.channel(channel).sent), channel
    for one in (await queries.list_alerts(desk.services, by=DIRK, limit=200)).items:
        if one.sent_at is not None:
            told = (await queries.get_alert(desk.services, one.id, by=DIRK)).messages
            assert MARKER not in "".join(f"{text.subject}{text.text}{text.html}" for text in told)


def shapes(one: Declaration | None) -> Iterator[Any]:
    """Ways to write the marker into one detail, what is right for it included."""
    if one is None:
        yield MARKER
        return
    right = "112" if isinstance(one.sample, dict | list) else str(one.sample)
    yield from (MARKER, f"{right} {MARKER}", f"{MARKER}\n", [MARKER, MARKER], [[MARKER]])
    yield dict.fromkeys(Language, MARKER)
    yield {key: [MARKER] for key in Language}
    yield {MARKER: MARKER}
    yield f"{AREA_NAME} {MARKER}"
    for key in one.choices:
        yield {language: key if language is Language.FR else MARKER for language in Language}


@pytest.mark.parametrize("scenario", PREPARED)
async def test_no_typed_detail_leaves_by_breaking_the_glass(desk: Desk, scenario: str) -> None:
    await desk.registers_a_few()
    declared = {one.name: one for one in LIBRARY.scenario(scenario).values}
    for name in (*declared, *UNDECLARED):
        for value in shapes(declared.get(name)):
            typed = {**times(scenario), name: value}
            with suppress(AlertingError):
                alert = await desk.drafts(scenario=scenario, values=typed, by=DIRK)
                await having_read.send_now(desk.services, alert.id, by=DIRK, reason=MARKER)
                pytest.fail(f"{name}: {value!r} left alone")
    await desk.works()
    assert not any(desk.channel(one).sent for one in desk.services.channels)


async def test_no_typed_detail_leaves_in_a_retraction_sent_alone(desk: Desk) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    declared = {one.name: one for one in LIBRARY.scenario("false_alert").values}
    for name in (*declared, *UNDECLARED):
        for value in shapes(declared.get(name)):
            wanted = follow_ups.FollowUpRequest(
                how=FollowUp.FALSE_ALERT, values={name: value}, reason="No danger: checked"
            )
            with suppress(AlertingError):
                made = await follow_ups.create_follow_up(
                    desk.services, original.id, wanted, by=MILA
                )
                await desk.sends(made)
                pytest.fail(f"{name}: {value!r} left alone")


@pytest.mark.parametrize("kind", ValueKind)
def test_what_counts_as_closed_is_never_rendered_as_it_was_typed(kind: ValueKind) -> None:
    """For every kind there is, those of lists too: a new one that lets a word through is found."""
    languages = tuple(Language)
    words = dict.fromkeys(Language, "ready words")
    one = Declaration(name="x", kind=kind, required=False, choices={"key": words}, default=words)
    reading = ReadValue(languages, NOON, SamplePlaces(), frozenset({"be-alert.be"}))
    right = ("key", "16:30", "2026-11-23", "112", "3", words)
    tried = [*shapes(one), *right, *(f"{value}{MARKER}" for value in right[:-1])]
    if kind is ValueKind.PLACE:  # SamplePlaces knows every place; the gazetteer names its own
        tried = [value for value in tried if MARKER not in repr(value)]
    for value in tried:
        if typed_words([one], {"x": value}):
            continue
        with suppress(AlertingError):
            assert MARKER not in repr(read_values("s", [one], {"x": value}, reading)), value


async def test_no_field_of_a_draft_lets_a_word_out(desk: Desk) -> None:
    await desk.registers_a_few()
    usual = {"scenario": "chem_shelter", "area": ["4000 Liège"], "values": CLOSED}
    for name, value in of_fields(get_type_hints(drafting.DraftRequest, include_extras=True)):
        with suppress(AlertingError, AttributeError):  # `following` is no form of a door
            await desk.drafts(by=DIRK, **{**usual, name: value})
    await nothing_typed_left(desk)


async def test_no_field_of_a_follow_up_lets_a_word_out(desk: Desk) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    for name, value in of_fields(get_type_hints(follow_ups.FollowUpRequest, include_extras=True)):
        with suppress(AlertingError):
            wanted = replace(
                follow_ups.FollowUpRequest(how=FollowUp.FALSE_ALERT, reason="No danger: checked"),
                **{name: value},
            )
            await follow_ups.create_follow_up(desk.services, original.id, wanted, by=MILA)
    await nothing_typed_left(desk)


async def test_no_field_of_a_composition_lets_a_word_out(desk: Desk) -> None:
    await desk.registers_a_few()
    usual = compositions.CompositionContent(
        scenario="chem_shelter", area=(LIEGE,), values=CLOSED, channels=("sms", "email")
    )
    assert {one.name for one in fields(usual)} == set(usual.as_json())
    for name, value in of_fields(
        get_type_hints(compositions.CompositionContent, include_extras=True)
    ):
        content = replace(usual, **{name: value})
        with suppress(AlertingError):
            begun = await compositions.create_composition(
                desk.services, "chem_shelter", AlertClass.ALERT, by=DIRK
            )
            kept = await compositions.save_composition(
                desk.services, begun.id, content, seen=begun.version, by=DIRK
            )
            await compositions.create_draft(desk.services, kept, by=DIRK)
    await nothing_typed_left(desk)


async def test_names_beside_an_alert_reach_no_text(desk: Desk) -> None:
    """Of a prepared area, of an incident, of the officer who sends, of whoever wrote in a form."""
    await desk.registers_a_few()
    area = Preset("zone", dict.fromkeys(Language, MARKER), frozenset({LIEGE}))
    desk.services = replace(desk.services, presets=(area,))
    dirk = Officer(MARKER, Role.DUTY_OFFICER)
    lead = Officer("ada", Role.APPROVER)
    opened = await incidents.open_incident(
        desk.services, MARKER, ["4000 Liège"], Phase.FEDERAL, by=lead
    )
    alert = await desk.drafts(
        by=dirk, area=sorted(area.members), values=CLOSED, incident=opened.id, hands=[MARKER]
    )
    sent = await having_read.send_now(
        desk.services, alert.id, by=dirk, reason=f"{MARKER} {MARKER} {MARKER}"
    )
    assert MARKER in sent.bypass_reason
    retraction = await desk.follows_up(sent, FollowUp.FALSE_ALERT, by=MILA)
    await having_read.send(desk.services, retraction.id, by=MILA)
    await nothing_typed_left(desk)


async def test_an_alert_used_again_takes_its_typed_words_to_nobody(desk: Desk) -> None:
    await desk.registers_a_few()
    typed = await desk.drafts(values={**CLOSED, "location": MARKER})
    await copied(desk, typed, by=DIRK)
    await nothing_typed_left(desk)


def alert_routes(app: FastAPI) -> list[APIRoute]:
    """Everything about alerts that changes something, found in the application."""
    flat = [
        route
        for one in app.routes
        for route in (one, *getattr(getattr(one, "original_router", None), "routes", ()))
        if isinstance(route, APIRoute)
    ]
    return [
        one
        for one in flat
        if one.path.startswith("/api/alerts") and (one.methods or set()) & {"POST", "PUT", "PATCH"}
    ]


EXPORTS = frozenset(
    {"/api/alerts/{number}/deliveries.csv", "/api/alerts/{number}/deliveries/search"}
)
"""Asked by POST so that nobody's data stands in an address; they change nothing."""


async def test_no_field_of_the_api_lets_a_word_out(
    desk: Desk, app: FastAPI, as_role: Callable[[Role], Any]
) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    people = [as_role(Role.DUTY_OFFICER), as_role(Role.COMMUNICATOR)]
    tried, alert = 0, None
    for route in alert_routes(app):
        for param in route.dependant.body_params:
            model: Any = param.field_info.annotation
            model = next((one for one in get_args(model) if one is not NoneType), model)
            if route.path in EXPORTS:
                continue
            assert issubclass(model, BaseModel), route.path
            examples = model.model_config.get("json_schema_extra", {}).get("examples", [{}])
            hints = get_type_hints(model, include_extras=True)
            hints = {key: hints[key] for key in model.model_fields}
            for name, value in of_fields(hints):
                alert = await untouched(desk, alert)
                number = original.id if "follow-ups" in route.path else alert.id
                body = {**examples[0], name: value}
                if "fingerprint" in hints and name != "fingerprint":
                    body["fingerprint"] = alert.fingerprint()
                for somebody in people:
                    answer = await somebody.request(
                        min(route.methods or {""}),
                        route.path.replace("{number}", str(number)),
                        json=body,
                    )
                    assert answer.status_code != 500, (route.path, name)
                    tried += 1
    assert tried > 40
    await nothing_typed_left(desk)


async def test_no_option_of_a_command_lets_a_word_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    who = DIRK

    @asynccontextmanager
    async def acting(_: str) -> AsyncIterator[tuple[Services, Officer]]:
        yield desk.services, who

    homes = (commands, later_commands)
    for home in homes:
        monkeypatch.setattr(home, "acting", acting)
    tried, alert = 0, None
    for command in command_line.registered_commands:
        act: Any = command.callback
        if act.__module__ not in {home.__name__ for home in homes}:
            continue
        do: Callable[..., Awaitable[Any]] = act.__wrapped__
        hints = get_type_hints(do, include_extras=True)
        needed = [key for key, one in signature(do).parameters.items() if one.default is one.empty]
        for name, value in of_fields(hints):
            alert = await untouched(desk, alert)
            usual = {
                "number": original.id if command.name == "follow-up" else alert.id,
                "seen": alert.fingerprint(),
                "confirm": "ALERT",
                "scenario": "chem_shelter",
                "area": ["4000 Liège"],
                "value": [f"{key}={one}" for key, one in CLOSED.items()],
                "how": FollowUp.FALSE_ALERT,
                "at": desk.clock.now + timedelta(hours=1),
                "verdict": Review.JUSTIFIED,
                "reason": StepReason.AGREED if takes(hints.get("reason"), StepReason) else "Why",
            }
            assert set(needed) <= usual.keys(), command.name
            given = {key: one for key, one in usual.items() if key in hints} | {name: value}
            for detail in ([], [f"location={MARKER}"], [f"{MARKER}={MARKER}"]):
                typed = {**given, "value": [*value_of(given), *detail]}
                for officer in (DIRK, MILA):
                    who = officer
                    tried += 1
                    with suppress(AlertingError, typer.Exit):
                        await do(**{key: one for key, one in typed.items() if key in hints})
                if "value" not in hints:
                    break
    assert tried > 40
    await nothing_typed_left(desk)


def value_of(given: Mapping[str, Any]) -> list[Any]:
    return list(given.get("value") or [])


def takes(hint: Any, wanted: type) -> bool:
    return wanted in (hint, *get_args(hint))


def inputs(page: str) -> dict[str, str]:
    """The names of everything a page's forms send, with what stands there."""
    found = dict.fromkeys(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page), "")
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and value and 'type="checkbox"' not in tag:
            found[name[1]] = unescape(value[1])
    return found


async def test_no_input_of_a_page_lets_a_word_out(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    attacked: set[str] = set()
    dirk, mila = await browsers(DIRK), await browsers(MILA)
    tried = 0

    async def attacks(browser: Any, page: str, post: str, more: dict[str, str]) -> set[str]:
        nonlocal tried
        known = inputs((await browser.get(page)).text)
        for name in known:
            form = {**known, **more, name: MARKER}
            answer = await browser.post(post, data=form)
            assert answer.status_code < 500, (page, name)
            tried += 1
        return set(known)

    for scenario in PREPARED:
        begun = await dirk.post("/compose", data={"scenario": scenario, "alert_class": "alert"})
        composition = begun.headers["location"]
        await dirk.post(composition, data={"version": "1", "act": f"add:{LIEGE}", "channel": "sms"})
        names = inputs((await dirk.get(composition)).text)
        required = {f"value.{name}": str(value) for name, value in times(scenario).items()}
        assert required.keys() <= names.keys()
        for name in names.keys() - attacked:
            attacked.add(name)
            begun = await dirk.post("/compose", data={"scenario": scenario, "alert_class": "alert"})
            form = {"area": LIEGE, "channel": "sms", **required, "version": "1", "act": "make"}
            form |= {"spoken": "fr", name: MARKER}
            answer = await dirk.post(begun.headers["location"], data=form)
            assert answer.status_code < 500, name
            tried += 1
    for act in ("break-glass", "submit", "edit", "send"):
        alert = await desk.drafts(by=DIRK, values=CLOSED)
        page = f"/alerts/{alert.id}/{act}"
        await attacks(dirk, page, page, {"word": "ALERT", "reason": MARKER})
    for how in FollowUp:
        if how is FollowUp.FALSE_ALERT:
            page = f"/alerts/{original.id}/false-alarm"
        else:
            begun = await mila.post(f"/alerts/{original.id}/follow-up", data={"how": how})
            page = begun.headers["location"]
        await attacks(mila, page, page, {})
    assert tried > 60
    await nothing_typed_left(desk)


async def test_the_marker_itself_is_seen_where_two_people_let_it_go(desk: Desk) -> None:
    """Without this, all of the above could pass because nobody looks where words arrive."""
    await desk.registers_a_few()
    alert: Alert = await desk.drafts(values={**CLOSED, "location": MARKER})
    await desk.sends(await desk.approves(alert))
    with pytest.raises(AssertionError):
        await nothing_typed_left(desk)
