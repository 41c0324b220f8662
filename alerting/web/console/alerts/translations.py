"""A translation asked of a colleague: the page that asks, and the page with that one field."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.alerts import translations
from alerting.actions.alerts.translations import MissingWords
from alerting.domain.errors import AlertingError, BadValues
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.text.i18n import Phrase
from alerting.domain.translation import TranslationRequest, TranslationState
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import MayDraft, WordsOf
from alerting.web.console.alerts.scenario_form import (
    LONGEST_VALUE,
    example_of,
    is_list,
    problem_text,
    text_of,
    words_typed,
)
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"])


@router.get("/compose/{number}/ask/{detail}/{language}")
async def choose_translator(
    request: Request,
    number: Number,
    detail: str,
    language: Language,
    officer: MayDraft,
    translate: WordsOf,
) -> Response:
    """Whom to ask for a detail in a language."""
    return await _choice(request, number, detail, language, officer, translate)


@router.post("/compose/{number}/ask/{detail}/{language}")
async def request_translation(
    request: Request,
    number: Number,
    detail: str,
    language: Language,
    officer: MayDraft,
    translate: WordsOf,
    name: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Ask a colleague by name, or with none the translators."""
    try:
        await translations.request_translation(
            state_of(request).services, number, detail, language, officer=name, by=officer
        )
    except AlertingError as problem:
        return await _choice(request, number, detail, language, officer, translate, problem=problem)
    return RedirectResponse(f"/compose/{number}#f-{detail}", status_code=303)


@router.get("/translations/{number}")
async def show_translation(
    request: Request, number: Number, officer: MayDraft, translate: WordsOf
) -> Response:
    """The one field; for whoever asked, the composition it is in."""
    translation, missing = await translations.get_translation(
        state_of(request).services, number, by=officer
    )
    if officer.name == translation.asked_by:
        return RedirectResponse(
            f"/compose/{translation.composition_id}#f-{translation.value_name}", status_code=303
        )
    return _field(request, translation, missing, officer, translate)


@router.post("/translations/{number}")
async def answer_translation(
    request: Request,
    number: Number,
    officer: MayDraft,
    translate: WordsOf,
    typed: Annotated[str, Form(max_length=LONGEST_VALUE)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Send the words, and nothing else."""
    services = state_of(request).services
    translation, missing = await translations.get_translation(services, number, by=officer)
    try:
        given = words_typed(missing.detail, typed)
        await translations.answer_translation(services, number, given, seen=seen, by=officer)
    except AlertingError as problem:
        translation, missing = await translations.get_translation(services, number, by=officer)
        return _field(
            request, translation, missing, officer, translate, typed=typed, problem=problem
        )
    return RedirectResponse(f"/translations/{number}", status_code=303)


async def _choice(
    request: Request,
    number: int,
    detail: str,
    language: Language,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    missing, askable = await translations.find_askable(
        services, number, detail, language, by=officer
    )
    return render_page(
        request,
        "alerts/ask_translation.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        missing=missing,
        askable=askable,
        problem=translate.error(problem) if problem else "",
        text_of=text_of,
        **about(services, translate),
    )


def _field(
    request: Request,
    translation: TranslationRequest,
    missing: MissingWords,
    officer: Officer,
    translate: Translator,
    *,
    typed: str = "",
    problem: AlertingError | None = None,
) -> Response:
    services: Services = state_of(request).services
    return render_page(
        request,
        "alerts/translation.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        asked=translation,
        missing=missing,
        open=translation.state is TranslationState.OPEN,
        place=services.gazetteer.area_name(missing.towns, translate.language)
        if missing.towns
        else "",
        example=example_of(missing.detail, missing.language),
        several=is_list(missing.detail),
        typed=typed,
        longest=LONGEST_VALUE,
        problem=_said(problem, missing, translate) if problem else "",
        text_of=text_of,
        **about(services, translate),
    )


def _said(problem: AlertingError, missing: MissingWords, translate: Translator) -> str:
    """What is wrong with the words, as the form of the composition says it."""
    if isinstance(problem, BadValues):
        fields: dict[str, Phrase] = problem.facts["fields"]  # type: ignore[assignment]
        return problem_text(missing.detail, fields.get(missing.detail.name), translate)
    return translate.error(problem)
