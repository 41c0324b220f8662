"""The words of a draft, changed side by side: what each would look like, and what is wrong with it.

Words are kept as they are typed, for their writer alone; saved, they are a new version for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zlib import crc32

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from alerting.actions.alerts import queries, text_checks, text_drafts
from alerting.compose.relayout import without_mark
from alerting.domain.alert import Alert, AlertState
from alerting.domain.channel_profiles import PricedBy, profile_of
from alerting.domain.errors import AlertingError, NotFound, Outdated, Overtaken, TextsTooLong
from alerting.domain.exercise_marks import mark, title_with_mark, with_mark
from alerting.domain.four_eyes import hand_in
from alerting.domain.language import Language
from alerting.domain.message import (
    MAX_SUBJECT_CHARS,
    MAX_TEXT_CHARS,
    Message,
    max_chars,
    require_room,
    those_with_room,
)
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.hidden import made_visible
from alerting.i18n import Translator, translator_for
from alerting.services import Services
from alerting.web.auth import FRAMED, FRAMING, MayDraft, WordsOf
from alerting.web.console.alerts.text_metrics import shown
from alerting.web.console.alerts.texts import HTML_EMAIL
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.forms import number_in
from alerting.web.pages import PRIVATE, render_fragment, render_page
from alerting.web.state import state_of

OTHER_WINDOW: Final = "other_window"
"""The input that says which version of the kept words a choice was made beside."""

router = APIRouter(tags=["console"])
Key = tuple[str, Language]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Words being changed, and the version they were changed from."""

    words: Mapping[str, str]
    """`text.sms.fr` or `subject.email.fr` -> what stands in that input."""
    seen: str
    version: int
    kept: int = 0
    """The version of the kept words that this window began from; 0: none were kept."""
    kept_at: Any = None
    """Since when they are kept, where they are not what the draft says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextConflict:
    """One text two people changed: mine and theirs, and whose is proposed."""

    key: str
    channel: str
    language: Language
    mine: Message
    theirs: Message
    proposed: str


@router.get("/alerts/{number}/edit")
async def show_text_editor(
    request: Request, number: Number, officer: MayDraft, translate: WordsOf
) -> Response:
    """The editors, with what this officer typed earlier."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    if not alert.may_become(AlertState.DRAFT):
        return RedirectResponse(f"/alerts/{number}", status_code=303)
    kept_composition = await text_drafts.load_text_draft(services, number, by=officer)
    typed = _of(alert)
    if kept_composition and kept_composition.content["words"] != dict(typed.words):
        content = kept_composition.content
        typed = Typed(
            words={**typed.words, **content["words"]},
            seen=content["seen"],
            version=content["version"],
            kept=kept_composition.version,
            kept_at=kept_composition.updated_at,
        )
    elif kept_composition:
        typed = replace(typed, kept=kept_composition.version)
    return await _answer(request, translate, officer, alert, typed)


@router.post("/alerts/{number}/edit")
async def handle_text_editor(
    request: Request, number: Number, officer: MayDraft, translate: WordsOf
) -> Response:
    """Keep the words; save them as a version, put them into GSM-7, or let them go."""
    services = state_of(request).services
    form = await request.form()
    act = str(form.get("act", ""))
    alert = await queries.get_alert(services, number, by=officer)
    typed = _typed(form, alert)
    if act == "settle":
        typed = _settled(form, alert, typed, await _other_window(services, alert, by=officer))
    if act == "gsm7":
        typed = replace(typed, words={key: _plain(key, text) for key, text in typed.words.items()})
    kept_composition = None
    try:
        if act == "discard":
            await text_drafts.delete_text_draft(services, number, kept=typed.kept, by=officer)
            if form.get("then") == "alert":
                return _to(request, f"/alerts/{number}")
            return _again(request, number)
        kept_composition = await text_drafts.save_text_draft(
            services,
            number,
            typed.words,
            seen=typed.seen,
            version=typed.version,
            kept=typed.kept,
            by=officer,
        )
        typed = replace(typed, kept=kept_composition.version)
        if act == "gsm7" or (act == "settle" and OTHER_WINDOW in form):
            return _again(request, number)
        if act in {"save", "settle"}:
            changed = _changed(alert, typed)
            await text_drafts.save_texts(
                services,
                number,
                changed,
                seen=typed.seen,
                kept=kept_composition.version,
                by=officer,
            )
            return _to(request, f"/alerts/{number}")
    except AlertingError as refusal:
        conflict = isinstance(refusal, Outdated | Overtaken)
        if kept_composition is None and not conflict and "hx-request" in request.headers:
            raise  # the parts of the page would say that the words are kept
        return await _answer(request, translate, officer, alert, typed, problem=refusal)
    return await _answer(request, translate, officer, alert, typed)


@router.get("/alerts/{number}/edit/{channel}.{language}.html")
async def html_email(
    request: Request,
    number: Number,
    channel: str,
    language: Language,
    officer: MayDraft,
    translate: WordsOf,
) -> Response:
    """The e-mail as the words being typed would make it, for a frame that can do nothing."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    kept_composition = await text_drafts.load_text_draft(services, number, by=officer)
    typed = kept_composition.content["words"] if kept_composition else {}
    preview = _preview(alert, (channel, language), typed)
    (message,) = await text_drafts.laid_out(services, alert, [preview], by=officer)
    if not message.html:
        raise NotFound(what=HTML_EMAIL, number=f"{number}.{channel}.{language}")
    return HTMLResponse(
        translator_for(language).late(message.html),
        headers={**FRAMED, "Content-Language": language},
    )


async def _answer(
    request: Request,
    translate: Translator,
    officer: Officer,
    alert: Alert,
    typed: Typed,
    *,
    problem: AlertingError | None = None,
) -> Response:
    """The page, or what changed on it."""
    services = state_of(request).services
    previews = [_preview(alert, key, typed.words) for key in _keys(alert)]
    try:
        require_room(previews)
    except TextsTooLong as refusal:
        problem = problem or refusal
    fitting = those_with_room(previews)
    messages = await text_drafts.laid_out(services, alert, fitting, by=officer)
    as_typed = replace(alert, messages=messages)
    context = {
        "typed": typed,
        "problem": translate.error(problem) if problem else "",
        **await _conflicts(services, officer, alert, as_typed, typed, problem),
        **await _texts_context(services, officer, alert, as_typed),
        **about(services, translate),
    }
    if "hx-request" in request.headers:
        return HTMLResponse(
            render_fragment(
                "alerts/_text_editor_update.html", words=translate, officer=officer, **context
            ),
            headers=PRIVATE,
        )
    # Told once, where the page is opened: what is kept while typing asks for it no more.
    costs_approval = officer.may(Permission.APPROVE) and not hand_in(alert, officer.name)
    others = await queries.other_approvers(services, alert, by=officer) if costs_approval else []
    return render_page(
        request,
        "alerts/text_editor.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        headers=FRAMING,
        costs_approval=costs_approval,
        others=others,
        **context,
    )


async def _conflicts(
    services: Services,
    officer: Officer,
    alert: Alert,
    as_typed: Alert,
    typed: Typed,
    problem: AlertingError | None,
) -> dict[str, Any]:
    """`rivals`: texts somebody else changed (Outdated), or the same officer elsewhere (Overtaken).

    `other_window`: the words that were kept there; None where it was somebody else, or nobody.
    """
    if not isinstance(problem, Outdated | Overtaken):
        return {"rivals": (), "other_window": None}
    base = await text_drafts.texts_of(services, alert.id, typed.version, by=officer)
    if isinstance(problem, Outdated):
        return {"rivals": _rivals(alert, as_typed, base), "other_window": None}
    other_window = await _other_window(services, alert, by=officer)
    messages = [_message(alert, key, other_window.words) for key in _keys(alert)]
    theirs = replace(alert, messages=those_with_room(messages))
    return {"rivals": _rivals(theirs, as_typed, base), "other_window": other_window}


async def _texts_context(
    services: Services, officer: Officer, alert: Alert, as_typed: Alert
) -> dict[str, Any]:
    """The texts as typed and what is wrong with each, by the names that the templates use."""
    findings = await text_drafts.findings_of(services, as_typed, by=officer)
    return {
        "alert": alert,
        "as_typed": as_typed,
        "findings": findings,
        "required": text_checks.required(services, alert.area),
        "by_text": {
            (channel, language): [
                finding
                for finding in findings
                if (finding.channel, finding.language) == (channel, language)
            ]
            for channel, language in _keys(alert)
        },
        "marks": {one: mark(alert.alert_class, one) for one in alert.languages},
        "inputs": inputs(as_typed),
        "shown": shown,
        "seal": lambda html: crc32(html.encode()),  # an e-mail is loaded anew when it changed
        "rewritable": any(
            (found := shown(message)).rewritten is not None
            and found.size is not None
            and found.size.culprits
            for message in as_typed.messages
        ),
        "now": services.now(),
    }


def changed_texts(form: FormData, alert: Alert) -> list[Message]:
    """The texts whose inputs hold anything but what the alert says."""
    return _changed(alert, _typed(form, alert))


def inputs(alert: Alert) -> dict[Key, tuple[str, str]]:
    """Subject and text of each text as they are typed: without the mark of its class."""
    return {
        (message.channel, message.language): (
            without_mark(message.subject, mark(alert.alert_class, message.language)),
            without_mark(message.text, mark(alert.alert_class, message.language)),
        )
        for message in alert.messages
    }


def _keys(alert: Alert) -> list[Key]:
    return [(channel, language) for channel in alert.text_channels for language in alert.languages]


def _of(alert: Alert) -> Typed:
    """What the draft says, as inputs: without the mark of its class, which nobody types."""
    words: dict[str, str] = {}
    for message in alert.messages:
        stamp = mark(alert.alert_class, message.language)
        words[f"text.{message.channel}.{message.language}"] = without_mark(message.text, stamp)
        if profile_of(message.channel).has_html:
            key = f"subject.{message.channel}.{message.language}"
            words[key] = without_mark(message.subject, stamp)
    return Typed(words=words, seen=alert.fingerprint(), version=alert.version)


async def _other_window(services: Services, alert: Alert, *, by: Officer) -> Typed:
    """The words this officer kept last, from whichever window."""
    kept_composition = await text_drafts.load_text_draft(services, alert.id, by=by)
    typed = _of(alert)
    if kept_composition is None:
        return typed
    return replace(
        typed,
        words={**typed.words, **kept_composition.content["words"]},
        kept=kept_composition.version,
    )


def _typed(form: FormData, alert: Alert) -> Typed:
    """What stands in the inputs; words that no one changed keep their spaces as they were."""
    known, words = _of(alert).words, {}
    for channel, language in _keys(alert):
        for part in ("text", "subject"):
            if (key := f"{part}.{channel}.{language}") in form:
                said, before = _read(part, str(form[key])), known.get(key, "")
                words[key] = before if said == _read(part, before) else said
    return Typed(
        words=words,
        seen=str(form.get("seen", "")),
        version=number_in(form, "version"),
        kept=number_in(form, "kept"),
    )


def _settled(form: FormData, alert: Alert, typed: Typed, other_window: Typed) -> Typed:
    """With what was chosen of a colleague's version, or of what another window has kept."""
    theirs = other_window if OTHER_WINDOW in form else _of(alert)
    words = dict(typed.words)
    for channel, language in _keys(alert):
        if form.get(f"choice.{channel}.{language}") == "theirs":
            for part in ("text", "subject"):
                key = f"{part}.{channel}.{language}"
                if key in words:
                    words[key] = theirs.words.get(key, "")
    if OTHER_WINDOW in form:
        return replace(typed, words=words, kept=number_in(form, OTHER_WINDOW))
    return replace(typed, words=words, seen=str(form.get("theirs", "")))


def _read(part: str, text: str) -> str:
    """A subject is one line, however it was pasted; what is too long is refused when saved."""
    text = text.replace("\r\n", "\n").replace("\t", " ").strip()[: MAX_TEXT_CHARS + 1]
    return " ".join(text.split()) if part == "subject" else text


def _message(alert: Alert, key: Key, words: Mapping[str, str]) -> Message:
    """One text as typed: its HTML only where it is what the draft has."""
    channel, language = key
    known_message = alert.message(channel, language)
    old = known_message or Message(channel=channel, language=language, text="")
    stamp = mark(alert.alert_class, language)
    text, subject = (
        without_mark(words.get(f"{part}.{channel}.{language}", was), stamp)
        for part, was in (("text", old.text), ("subject", old.subject))
    )
    if (text, subject) == (without_mark(old.text, stamp), without_mark(old.subject, stamp)):
        return old
    apart = profile_of(channel).has_html
    return replace(
        old,
        text=with_mark(text, stamp, apart=apart),
        subject=title_with_mark(subject, stamp, language),
        html="",
    )


def _preview(alert: Alert, key: Key, words: Mapping[str, str]) -> Message:
    """One text while it is being typed: what cannot be saved is shown as far as it can be.

    What nobody can see stands there as U+FFFD, and what is too long is cut; checks say so.
    """
    room = {"text": max_chars(key[0]), "subject": MAX_SUBJECT_CHARS}
    stamp = 2 * (len(mark(alert.alert_class, key[1])) + 2)
    typed = {f"{part}.{key[0]}.{key[1]}": most - stamp for part, most in room.items()}
    return _message(
        alert,
        key,
        {name: made_visible(words[name])[:most] for name, most in typed.items() if name in words},
    )


def _changed(alert: Alert, typed: Typed) -> list[Message]:
    """The texts that are not what the draft says."""
    messages = [_message(alert, key, typed.words) for key in _keys(alert)]
    return [
        message
        for message in messages
        if message
        != (
            alert.message(message.channel, message.language)
            or replace(message, text="", subject="")
        )
    ]


def _rivals(alert: Alert, mine: Alert, base: Sequence[Message]) -> list[TextConflict]:
    """Every text that differs; whoever changed it since the version both knew is proposed."""
    first = {
        (message.channel, message.language): (message.subject, message.text) for message in base
    }
    text_conflicts = []
    for key in _keys(alert):
        channel, language = key
        empty = Message(channel=channel, language=language, text="")
        own = mine.message(channel, language) or empty
        their_message = alert.message(channel, language) or empty
        if (own.subject, own.text) == (their_message.subject, their_message.text):
            continue
        touched = first.get(key, ("", "")) != (own.subject, own.text)
        text_conflicts.append(
            TextConflict(
                key=f"{channel}.{language}",
                channel=channel,
                language=language,
                mine=own,
                theirs=their_message,
                proposed="mine" if touched else "theirs",
            )
        )
    return text_conflicts


def _plain(key: str, text: str) -> str:
    part, channel, _ = key.split(".")
    billed = profile_of(channel).priced_by is PricedBy.SEGMENT
    return rewrite(text).text if part == "text" and billed else text


def _again(request: Request, number: int) -> Response:
    if "hx-request" in request.headers:
        return Response(headers={"HX-Refresh": "true"})
    return RedirectResponse(f"/alerts/{number}/edit", status_code=303)


def _to(request: Request, path: str) -> Response:
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)
