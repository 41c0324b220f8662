"""Composing: find a scenario, say where and what, see it in every language, make the alert.

One form holds everything; each press of a button posts all of it, and so does a moment of quiet
while typing. Without JavaScript the answer is the page; with it, the parts that changed.
"""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from alerting.actions.alerts import (
    changing,
    compositions,
    follow_ups,
    previews,
    queries,
    translations,
)
from alerting.actions.alerts.changing import Choice, EditedText
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.previews import CompositionPreview
from alerting.actions.authorities import incidents
from alerting.actions.operations import map_outlines
from alerting.compose.values import MISSING
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.authority import PHASE_NAMES
from alerting.domain.channel_profiles import PROFILES, Reach
from alerting.domain.composition import Composition
from alerting.domain.enumeration import member_of
from alerting.domain.errors import (
    AlertingError,
    AmbiguousPlace,
    BadValues,
    NotFound,
    Overtaken,
    TranslationArrived,
    UnknownPlace,
)
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.place import PlaceRemark
from alerting.domain.text.i18n import Phrase, msgid
from alerting.domain.text.numbers import MAX_INTEGER, whole_number
from alerting.domain.translation import TranslationState
from alerting.geo.area_map import discs
from alerting.geo.gazetteer import split_places
from alerting.i18n import Translator, translator_for
from alerting.services import Services
from alerting.web.auth import FRAMED, FRAMING, MayDraft, MayRead, WordsOf
from alerting.web.console.alerts.merge import (
    ConflictSide,
    parts,
    resolve_conflict,
    with_area_of_page,
)
from alerting.web.console.alerts.scenario_form import (
    DURATIONS,
    MINUTES_AHEAD,
    content_from_form,
    copied,
    fields,
    offered,
    text_of,
)
from alerting.web.console.alerts.scenario_picker import grouped, may_begin, search
from alerting.web.console.alerts.shape_form import ACTS, shape_context, with_shape
from alerting.web.console.alerts.text_metrics import shown
from alerting.web.console.alerts.texts import HTML_EMAIL, sheets
from alerting.web.console.context import Number, about
from alerting.web.console.labels import NO_APPROVER
from alerting.web.errors import status_of
from alerting.web.forms import number_in
from alerting.web.pages import PRIVATE, render_fragment, render_page
from alerting.web.state import state_of

PLACES_SHOWN: Final = 8
RECENT: Final = 4
TRANSLATION_ACTS: Final = frozenset({"withdraw", "take", "decline"})
SEVERAL_PLACES: Final = msgid("“{place}” is the name of several places: choose one.")
WHICH_ONE: Final = msgid("Which one do you mean?")
DID_YOU_MEAN: Final = msgid("Did you mean one of these?")
NO_AREA_YET: Final = msgid("Choose an area first: where is the public in danger?")

router = APIRouter(tags=["console"])
ASKED_FOR = re.compile(rf"(\w{{1,64}}):({'|'.join(Language)})", re.ASCII)
"""A detail, and the language it is missing in, as its button says."""
CompositionNumber = Annotated[int, Path(ge=1, le=MAX_INTEGER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAction:
    """What a form asked for beside keeping what it holds."""

    act: str = ""
    """“”: only keep; find, save, make, drop, settle; add/remove/toggle:CODE of a place,
    preset:KEY of a prepared area, copy:NAME of a detail into its other languages, or
    ready:NAME:KEY, a sentence that a detail offers, time:NAME:MINUTES and time:NAME:DAY-AND-HOUR of
    a detail that is a time, ask:NAME:LANGUAGE of a detail for a translation, withdraw/take/decline
    a translation that was asked for by its number."""
    place: str = ""
    """What stands in the search for places; once they were looked up, what is left unclear."""
    tried: bool = False
    """Whether the alert was asked for, so that what is missing is said."""
    spoken: str = ""
    """The languages the page shows inputs for."""
    version: int = 0
    """The version of the composition that the form began from."""

    @classmethod
    def of(cls, form: FormData) -> Self:
        """As the form was posted."""
        act = str(form.get("act", ""))
        if act == "find" and not form.get("place") and form.get("circle_radius"):
            act = "circle"  # Enter in its inputs presses the first button of the form
        return cls(
            act=act,
            place=str(form.get("place", ""))[:200],
            tried="tried" in form or form.get("act") == "make",
            spoken=str(form.get("spoken", "")),
            version=number_in(form, "version"),
        )

    @property
    def moved(self) -> bool:
        """Whether the button changed the area, or settled a conflict."""
        kind = self.act.partition(":")[0]
        return kind in {"find", "add", "remove", "toggle", "preset", "settle", *ACTS}


@router.get("/compose")
async def choose_scenario(
    request: Request,
    officer: MayDraft,
    translate: WordsOf,
    alert_class: Annotated[AlertClass, Query(alias="class")] = AlertClass.ALERT,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The scenarios of a class, found by a word in any language."""
    services = state_of(request).services
    library = list(services.composer.library)
    newest = await queries.list_alerts(services, by=officer)
    used = [alert.scenario for alert in newest.items]
    recent = [
        scenario
        for name in dict.fromkeys(used)
        for scenario in library
        if scenario.name == name and may_begin(scenario, alert_class)
    ]
    return render_page(
        request,
        "alerts/new.html",
        words=translate,
        officer=officer,
        alert_class=alert_class,
        q=q,
        found=search(library, alert_class, q),
        groups=grouped(library, alert_class),
        recent=recent[:RECENT] if not q else [],
        **about(services, translate),
    )


@router.post("/compose")
async def begin_composition(
    request: Request,
    officer: MayDraft,
    scenario: Annotated[str, Form(max_length=64)],
    alert_class: Annotated[AlertClass, Form()] = AlertClass.ALERT,
) -> Response:
    """A composition from a scenario; what follows an alert begins at one that is in force."""
    library = state_of(request).services.composer.library
    if any(one.name == scenario and one.is_follow_up for one in library):
        return RedirectResponse("/#in-force", status_code=303)
    composition = await compositions.create_composition(
        state_of(request).services, scenario, alert_class, by=officer
    )
    return RedirectResponse(f"/compose/{composition.id}", status_code=303)


@router.post("/alerts/{number}/again")
async def begin_from_earlier(request: Request, number: Number, officer: MayDraft) -> Response:
    """A composition from an alert there was."""
    composition = await compositions.create_composition_from_alert(
        state_of(request).services, number, by=officer
    )
    return RedirectResponse(f"/compose/{composition.id}", status_code=303)


@router.post("/alerts/{number}/change")
async def change_alert(request: Request, number: Number, officer: MayDraft) -> Response:
    """The composition that changes an alert which was not sent."""
    composition = await changing.begin_change(state_of(request).services, number, by=officer)
    return RedirectResponse(f"/compose/{composition.id}", status_code=303)


@router.get("/places.json")
async def outlines(request: Request, officer: MayRead, translate: WordsOf) -> Response:
    """The map: an outline of each municipality, or of each province, with its name."""
    services = state_of(request).services
    found = await map_outlines.outlines(services, by=officer)
    features = []
    for nis_code, shape in found.items():
        place = services.gazetteer.place(nis_code)
        told = {"nis": nis_code, "name": place.names[translate.language], "members": place.members}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    return JSONResponse(
        {"type": "FeatureCollection", "features": features},
        headers={"Cache-Control": "private, max-age=300", "Vary": PRIVATE["Vary"]},
    )


@router.get("/compose/{number}")
async def show_composition(
    request: Request, number: CompositionNumber, officer: MayDraft, translate: WordsOf
) -> Response:
    """One composition, with what its texts would say now."""
    services = state_of(request).services
    composition = await compositions.get_composition(services, number, by=officer)
    content = CompositionContent.of(composition.content)
    typed: dict[str, str] = getattr(request.state, "kept", {})
    if not typed:
        return await _answer(request, translate, officer, composition, content, FormAction())
    # What was typed when the session ended; where somebody saved since, both are there to choose.
    scenario = services.composer.library.scenario(content.scenario)
    mine = replace(content, values=content_from_form(scenario, FormData(typed), content).values)
    version = number_in(FormData(typed), "version")
    overtaken = version != composition.version and mine != content
    return await _answer(
        request,
        translate,
        officer,
        composition,
        mine,
        FormAction(place=typed.get("place", "")[:200], version=version),
        overtaken=overtaken,
        restored=not overtaken,
    )


@router.post("/compose/{number}")
async def handle_composition(
    request: Request, number: CompositionNumber, officer: MayDraft, translate: WordsOf
) -> Response:
    """Keep what the form holds, and do what its button says.

    In one piece: each button of the form is one case.
    """
    services = state_of(request).services
    form = await request.form()
    composition = await compositions.get_composition(services, number, by=officer)
    stored = CompositionContent.of(composition.content)
    action = FormAction.of(form)
    read = _posted(services, form, stored, action)
    content = read.content
    posted = content.values
    action = replace(action, place=read.unclear)
    if original := await follow_ups.get_followed_alert(services, composition, by=officer):
        content = follow_ups.with_original(services, content, original)
    shape_problem = None
    if action.act.partition(":")[0] in ACTS:
        try:
            content = await with_shape(services, content, form, action.act, by=officer)
        except AlertingError as refusal:
            shape_problem = refusal
    content = await _with_words(services, content, stored, action, by=officer)
    refused: AlertingError | None = read.problem
    try:
        if action.act == "drop":
            await compositions.delete_composition(services, number, seen=action.version, by=officer)
            return _to(request, f"/alerts/{original.id}" if original else "/")
        kept = await compositions.save_composition(
            services,
            number,
            content,
            seen=number_in(form, "theirs" if action.act == "settle" else "version"),
            by=officer,
        )
        arrived = CompositionContent.of(kept.content) != content
        content = CompositionContent.of(kept.content)
        if arrived and action.act == "make":
            refused = TranslationArrived()
        elif action.act == "make" and content.area:
            try:
                alert = await _make(services, kept, form, by=officer)
            except Overtaken:
                raise
            except AlertingError as refusal:
                # What is wrong with a detail is said at that detail.
                refused = None if isinstance(refusal, BadValues) else refusal
            else:
                return _to(request, f"/alerts/{alert.id}")
        act, _, rest = action.act.partition(":")
        if act == "ask" and (match := ASKED_FOR.fullmatch(rest)):
            return _to(request, f"/compose/{number}/ask/{match[1]}/{match[2]}")
        if act in TRANSLATION_ACTS and (decided := whole_number(rest)):
            kept = await _decided(services, kept, act, min(decided, MAX_INTEGER), by=officer)
            content = CompositionContent.of(kept.content)
    except Overtaken as refusal:
        composition = await compositions.get_composition(services, number, by=officer)
        return await _answer(
            request,
            translate,
            officer,
            composition,
            content,
            action,
            problem=refusal,
            overtaken=True,
        )
    return await _answer(
        request,
        translate,
        officer,
        kept,
        content,
        action,
        problem=refused,
        remarks=read.remarks,
        posted=posted,
        shape_problem=shape_problem,
    )


async def _decided(
    services: Services, kept_composition: Composition, act: str, number: int, *, by: Officer
) -> Composition:
    """The composition, once something was decided on a translation that was asked for."""
    match act:
        case "take":
            return await translations.take_proposal(
                services,
                number,
                composition=kept_composition.id,
                seen=kept_composition.version,
                by=by,
            )
        case "decline":
            await translations.decline_proposal(
                services, number, composition=kept_composition.id, by=by
            )
        case "withdraw":
            await translations.withdraw_translation(
                services, number, composition=kept_composition.id, by=by
            )
    return kept_composition


@router.get("/compose/{number}/answers")
async def answers(
    request: Request,
    number: CompositionNumber,
    officer: MayDraft,
    version: Annotated[int, Query(ge=0, le=MAX_INTEGER)],
) -> Response:
    """Tell a page that shows a version whether a colleague answered since, so that it asks."""
    services = state_of(request).services
    asked = await translations.list_translations(services, number, by=officer)
    came = any((translation.composition_version or 0) > version for translation in asked)
    return Response(status_code=204, headers={"HX-Trigger": "answered"} if came else {})


async def _make(
    services: Services, composition: Composition, form: FormData, *, by: Officer
) -> Alert:
    """The alert, a follow-up, or the new version of the one it changes."""
    if composition.follows_alert is not None:
        return await follow_ups.create_composed_follow_up(services, composition, by=by)
    if composition.changes_alert is None:
        return await compositions.create_draft(services, composition, by=by)
    return await changing.change_alert(
        services, composition, _text_choices(form), by=by, seen=str(form.get("edited_seen", ""))
    )


def _text_choices(form: FormData) -> dict[tuple[str, Language], Choice]:
    """What was chosen for each text edited by hand: `edited.sms.fr` is “kept” or “replaced”."""
    choices = {}
    for name, value in form.items():
        part, _, rest = str(name).partition(".")
        channel, _, code = rest.rpartition(".")
        language, choice = member_of(Language, code), member_of(Choice, value)
        if part == "edited" and language and choice:
            choices[channel, language] = choice
    return choices


@router.get("/compose/{number}/emails/{channel}.{language}.html")
async def html_email(
    request: Request,
    number: CompositionNumber,
    channel: str,
    language: Language,
    officer: MayDraft,
    translate: WordsOf,
) -> Response:
    """An e-mail as it would leave, for a frame that can do nothing."""
    services = state_of(request).services
    composition = await compositions.get_composition(services, number, by=officer)
    content = CompositionContent.of(composition.content)
    preview = (await _seen(services, composition, content, by=officer)).look
    message = preview.preview.alert.message(channel, language) if preview.preview else None
    if message is None or not message.html:
        raise NotFound(what=HTML_EMAIL, number=f"{number}.{channel}.{language}")
    return HTMLResponse(
        translator_for(language).late(message.html),
        headers={**FRAMED, "Content-Language": language},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedComposition:
    """A composition looked at, with the alert it changes or follows, if any."""

    look: CompositionPreview
    changes: Alert | None
    follows: Alert | None


async def _seen(
    services: Services, composition: Composition, content: CompositionContent, *, by: Officer
) -> ViewedComposition:
    changes = await changing.get_changed_alert(services, composition, by=by)
    follows = await follow_ups.get_followed_alert(services, composition, by=by)
    preview = await previews.preview_composition(
        services,
        content,
        composition.alert_class,
        by=by,
        changes=changes,
        follows=follow_ups.following(composition, follows) if follows else None,
    )
    return ViewedComposition(look=preview, changes=changes, follows=follows)


def _with_area(
    services: Services, content: CompositionContent, action: FormAction
) -> CompositionContent:
    """The area after a button was pressed; UnknownPlace where it names no place."""
    act, _, code = action.act.partition(":")
    towns = set(compositions.expanded(services, content.area))
    if act in {"add", "remove", "toggle"}:
        members = set(services.gazetteer.place(code).members)
        gone = act == "remove" or (act == "toggle" and members <= towns)
        towns = towns - members if gone else towns | members
    elif act == "preset":
        prepared = next((preset for preset in services.presets if preset.key == code), None)
        if prepared is None:
            raise UnknownPlace(place=code)
        gone = prepared.members <= towns
        towns = towns - prepared.members if gone else towns | prepared.members
    return replace(content, area=compositions.gathered(services, sorted(towns)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a form holds once its button was pressed."""

    content: CompositionContent
    unclear: str = ""
    """The names in the search that are not known, or are several places."""
    problem: UnknownPlace | None = None
    """Why the first of them was not taken."""
    remarks: Sequence[PlaceRemark] = ()


def _posted(
    services: Services, form: FormData, stored: CompositionContent, action: FormAction
) -> Posted:
    scenario = services.composer.library.scenario(stored.scenario)
    content = content_from_form(scenario, form, stored)
    content = with_area_of_page(services, content, stored, form)
    if action.act == "settle":
        return Posted(content=resolve_conflict(content, stored, form))
    if action.act == "find" and action.place.strip():
        return _looked_up(services, content, action.place)
    try:
        return Posted(content=_with_area(services, content, action), unclear=action.place)
    except UnknownPlace as refusal:
        return Posted(content=content, unclear=action.place, problem=refusal)


def _looked_up(services: Services, content: CompositionContent, text: str) -> Posted:
    """The area with every place that is clear; the others stay in the search."""
    towns = set(compositions.expanded(services, content.area))
    unclear: list[str] = []
    problem: UnknownPlace | None = None
    remarks: list[PlaceRemark] = []
    for part in split_places(text):
        try:
            place_read = services.gazetteer.read(part)
        except UnknownPlace as refusal:
            unclear.append(part)
            problem = problem or refusal
        else:
            towns |= set(place_read.municipalities)
            remarks += place_read.remarks
    if not unclear and not split_places(text):
        problem = UnknownPlace(place=text.strip())
    return Posted(
        content=replace(content, area=compositions.gathered(services, sorted(towns))),
        unclear=", ".join(unclear),
        problem=problem,
        remarks=remarks,
    )


async def _with_words(
    services: Services,
    content: CompositionContent,
    stored: CompositionContent,
    action: FormAction,
    *,
    by: Officer,
) -> CompositionContent:
    """The details, with known names filled in, and what a button says: one copied or chosen, or a
    time.
    """
    act, _, rest = action.act.partition(":")
    name, _, at = rest.partition(":")
    if act == "ready":
        content = await compositions.with_ready_sentence(services, content, name, at, by=by)
    if act == "copy" and name in content.values:
        languages = compositions.languages_asked(services, content, by=by)
        values = {**content.values, name: copied(content.values[name], languages)}
        content = replace(content, values=values)
    if act == "time" and (time := offered(at, services.now())):
        content = replace(content, values={**content.values, name: time})
    return await compositions.fill_known_names(services, content, stored, by=by)


async def _answer(
    request: Request,
    translate: Translator,
    officer: Officer,
    composition: Composition,
    content: CompositionContent,
    action: FormAction,
    *,
    problem: AlertingError | None = None,
    remarks: Sequence[PlaceRemark] = (),
    overtaken: bool = False,
    posted: Mapping[str, Any] | None = None,
    shape_problem: AlertingError | None = None,
    restored: bool = False,
) -> Response:
    """The page, or what changed on it; `posted`: the details as they stand in its inputs.

    In one piece: what one page shows.
    """
    services, form = state_of(request).services, await request.form()
    viewed_composition = await _seen(services, composition, content, by=officer)
    preview, follows = viewed_composition.look, viewed_composition.follows
    differences: list[ConflictSide] = []
    if overtaken:
        stored = CompositionContent.of(composition.content)
        differences = parts(services, preview.scenario, content, stored, translate)
    left = action.place if problem or not action.moved else ""
    context = {
        "problem": _said_of(problem, translate) if problem else "",
        "remarks": [translate(remark.says, **remark.facts) for remark in remarks],
        "differences": differences,
        "version": action.version if overtaken else composition.version,
        "restored": restored,
        "rewritten": _rewritten(posted, content.values),
        "changes": viewed_composition.changes,
        **await _followed(services, composition, content, follows, by=officer),
        **await _edited(services, composition, preview, action, form, by=officer),
        **shape_context(services, content, preview, form, translate),
        "shape_problem": _said_of(shape_problem, translate) if shape_problem else "",
        "shape_meanings": services.gazetteer.meanings(str(shape_problem.facts["place"]))
        if isinstance(shape_problem, AmbiguousPlace)
        else (),
        **await _form_context(
            services, translate, officer, composition, content, action, preview, follows
        ),
        "moved": action.moved or overtaken,
        **_area(services, content, preview, translate, search=left),
        **_choices(services, preview, problem, action),
        **_switches(services, content, preview),
        **about(services, translate),
    }
    if "hx-request" in request.headers:
        took = action.act.partition(":")[0] in {"find", "add"}
        cleared = {"HX-Trigger": json.dumps({"place-chosen": {"left": left}})} if took else {}
        text = render_fragment(
            "alerts/_composition_update.html", words=translate, officer=officer, **context
        )
        return HTMLResponse(text, headers={**PRIVATE, **cleared})
    return render_page(
        request,
        "alerts/composition.html",
        words=translate,
        officer=officer,
        status=status_of(refused)
        if (refused := problem or shape_problem)
        else 422
        if action.tried and not preview.complete
        else 200,
        headers=FRAMING,
        **context,
    )


def _said_of(problem: AlertingError, translate: Translator) -> str:
    """What is wrong; of a place without the suggestions, which are buttons under the search."""
    if isinstance(problem, AmbiguousPlace):
        return translate(SEVERAL_PLACES, place=str(problem.facts["place"]))
    if isinstance(problem, UnknownPlace) and "near" in problem.facts:
        return translate(problem.says, **problem.facts)
    return translate.error(problem)


async def _followed(
    services: Services,
    composition: Composition,
    content: CompositionContent,
    follows: Alert | None,
    *,
    by: Officer,
) -> dict[str, Any]:
    """What a follow-up shows besides: the alert before it, and who could approve it."""
    if follows is None:
        return {"follows": None, "kept_towns": frozenset(), "taken_over": frozenset()}
    filled = replace(composition, content=content.as_json())
    return {
        "follows": follows,
        "how": composition.follow_up,
        "kept_towns": frozenset(follows.area),
        "taken_over": follow_ups.TAKEN_OVER,
        "unreached_policy": follow_ups.following(filled, follows).unreached_policy,
        "no_approver": NO_APPROVER,
        "approvers": await follow_ups.expected_approvers(services, filled, follows, by=by),
    }


async def _edited(
    services: Services,
    composition: Composition,
    preview: CompositionPreview,
    action: FormAction,
    form: FormData,
    *,
    by: Officer,
) -> dict[str, Any]:
    """The texts edited by hand that need a choice, once the change was asked for."""
    edited: Sequence[EditedText] = ()
    if action.tried and composition.changes_alert is not None and preview.complete:
        with contextlib.suppress(AlertingError):  # said by the attempt itself
            edited = await changing.edited_texts(services, composition, by=by)
    return {"edited": edited, "chosen": _text_choices(form)}


def _rewritten(posted: Mapping[str, Any] | None, values: Mapping[str, Any]) -> frozenset[str]:
    """Names of the inputs that hold something else than was posted in them."""
    if posted is None:
        return frozenset()
    names = {*posted, *values}
    return frozenset(
        f"value.{name}.{language}"
        for name in names
        for language in Language
        if _said(posted.get(name), language) != _said(values.get(name), language)
    ) | {f"value.{name}" for name in names if posted.get(name) != values.get(name)}


def _said(value: Any, language: Language) -> Any:
    return value.get(language, "") if isinstance(value, Mapping) else value


async def _form_context(
    services: Services,
    translate: Translator,
    officer: Officer,
    composition: Composition,
    content: CompositionContent,
    action: FormAction,
    preview: CompositionPreview,
    follows: Alert | None,
) -> dict[str, Any]:
    """What the form and the texts beside it show, by the names that the templates use.

    In one piece: a list of names.
    """
    languages = compositions.languages_asked(services, content, by=officer)
    spoken = ",".join(languages)
    alone = preview.scenario.alone_for(officer.authority) and officer.may(Permission.BREAK_GLASS)
    requests = await translations.list_translations(services, composition.id, by=officer)
    context: dict[str, Any] = {
        "composition": composition,
        "content": content,
        "scenario": preview.scenario,
        "look": preview,
        "wish": action,
        "anew": spoken != action.spoken or action.act == "settle",
        "spoken": spoken,
        "refusal": translate.error(preview.refusal) if preview.refusal else "",
        "incidents": [
            incident
            for incident in (await incidents.list_incidents(services, by=officer)).items
            if incident.closed_at is None or incident.id == content.incident
        ],
        "phases": PHASE_NAMES,
        "no_area": translate(NO_AREA_YET) if action.tried and not content.area else "",
        "details": fields(
            preview.scenario,
            content,
            languages,
            _told(preview, action),
            translate,
            alone=alone,
            requests=requests,
            follows_event=await follow_ups.get_event(services, follows, by=officer)
            if follows
            else "",
        ),
        "text_of": text_of,
        "waiting_for_words": any(
            translation.state is TranslationState.OPEN for translation in requests
        ),
        "durations": [
            (duration, services.now() + timedelta(minutes=duration)) for duration in DURATIONS
        ],
        "minutes_ahead": MINUTES_AHEAD,
        "now": services.now(),
        "shown": shown,
    }
    if preview.preview:
        context |= {
            "alert": preview.preview.alert,
            "sheets": [
                (channel, sorted(texts, key=lambda pair: pair[0] is not translate.language))
                for channel, texts in sheets(preview.preview.alert)
            ],
        }
    return context


def _told(preview: CompositionPreview, action: FormAction) -> dict[str, Phrase]:
    """The problems worth saying now: nobody is told that something is missing before they ended."""
    return {
        name: problem
        for name, problem in preview.problems.items()
        if action.tried or problem.says != MISSING
    }


def _area(
    services: Services,
    content: CompositionContent,
    preview: CompositionPreview,
    translate: Translator,
    *,
    search: str,
) -> dict[str, Any]:
    """What the area's part of the page shows."""
    gazetteer, towns = services.gazetteer, set(preview.towns)
    return {
        "chips": [gazetteer.place(code) for code in content.area],
        "larger": [
            (area, len(towns & set(area.members)), len(area.members)) for area in gazetteer.areas()
        ],
        "presets": [
            (preset, len(towns & preset.members), len(preset.members))
            for preset in services.presets
        ],
        "search": search,
        "towns": " ".join(preview.towns),
        "discs": [
            [disc.nis_code, disc.latitude, disc.longitude, disc.radius]
            for disc in discs(services.gazetteer, preview.towns)
        ],
        "area_name": gazetteer.area_name(preview.towns, translate.language)
        if preview.towns
        else "",
    }


def _choices(
    services: Services,
    preview: CompositionPreview,
    problem: AlertingError | None,
    action: FormAction,
) -> dict[str, Any]:
    """The places offered for what stands in the search, and under which heading."""
    gazetteer, text, heading = services.gazetteer, action.place, ""
    if action.moved and not problem:
        return {"found": [], "found_heading": ""}
    match problem:
        case AmbiguousPlace():
            meanings = gazetteer.meanings(str(problem.facts["place"]))
            return {"found": meanings, "found_heading": WHICH_ONE}
        case UnknownPlace():
            text = str(problem.facts["place"])
    meanings = () if isinstance(problem, UnknownPlace) else gazetteer.search(text, PLACES_SHOWN)
    if not meanings:
        meanings, heading = gazetteer.similar(text), DID_YOU_MEAN
    towns = set(preview.towns)
    return {
        "found": [meaning for meaning in meanings if not towns.issuperset(meaning.place.members)],
        "found_heading": heading,
    }


def _switches(
    services: Services, content: CompositionContent, preview: CompositionPreview
) -> dict[str, Any]:
    """Every channel there are texts for, with what it would cost and how long it would take."""
    estimates = (
        {estimate.channel: estimate for estimate in preview.preview.estimates}
        if preview.preview
        else {}
    )
    offered = [name for name, row in PROFILES.items() if preview.scenario.has_texts_for(row)]
    return {
        "switches": [
            (name, name in services.channels, name in content.channels, estimates.get(name))
            for name in sorted(offered, key=lambda one: one not in services.channels)
        ],
        "newsrooms": services.channels_by(Reach.NEWSROOM),
        "accounts": services.channels_by(Reach.ACCOUNT),
        "tongues": list(Language),
        "own_names": OWN_NAMES,
        "required": preview.required,
    }


def _to(request: Request, path: str) -> Response:
    """Another page: a script has to be told, a browser is simply sent."""
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)
