"""Prepare a follow-up: everything known from the alert stands in the form already."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from alerting.actions.alerts import confirmation, follow_ups, queries
from alerting.actions.alerts.follow_ups import FollowUpRequest, Prefilled
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertClass, FollowUp, UnreachedPolicy
from alerting.domain.enumeration import member_of
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.reason import reason_of
from alerting.domain.text.i18n import ByLanguage
from alerting.i18n import Translator
from alerting.web.auth import MayFollowUp, WordsOf
from alerting.web.console.context import Number, about
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

router = APIRouter(tags=["console"])
NOTHING_TYPED = FormData()
INPUTS = {ValueKind.NUMBER: "number", ValueKind.DATE: "date", ValueKind.PHONE: "tel"}


@router.get("/alerts/{number}/follow-up")
async def ask(
    request: Request,
    number: Number,
    officer: MayFollowUp,
    words: WordsOf,
    how: Annotated[FollowUp, Query()],
) -> Response:
    """The form, with what is known."""
    return await _form(request, number, how, officer, words)


@router.post("/alerts/{number}/follow-up")
async def prepare(
    request: Request,
    number: Number,
    officer: MayFollowUp,
    words: WordsOf,
    how: Annotated[FollowUp, Query()],
) -> Response:
    """Draft it and show it; that an alert was a false alarm, only with a reason and its words."""
    form = await request.form()
    services = state_of(request).services
    wanted = FollowUpRequest(
        how=how,
        values=_values(form),
        more_area=[one for one in str(form.get("more_area", "")).split(",") if one.strip()],
        unreached_policy=member_of(UnreachedPolicy, form.get("unreached_policy")),
    )
    try:
        if how is FollowUp.FALSE_ALERT:
            original = await queries.get_alert(services, number, by=officer)
            confirmation.require_false_alarm(original, str(form.get("word", "")))
            wanted = replace(wanted, reason=reason_of(str(form.get("said", "")), needed=True))
        made = await follow_ups.create_follow_up(services, number, wanted, by=officer)
    except AlertingError as problem:
        return await _form(request, number, how, officer, words, typed=form, problem=problem)
    return RedirectResponse(f"/alerts/{made.id}", status_code=303)


def _values(form: FormData) -> dict[str, Any]:
    """`value.name` and `value.name.fr` become what a draft takes; an empty field says nothing."""
    values: dict[str, Any] = {}
    for key, text in form.multi_items():
        what, _, rest = key.partition(".")
        if what != "value" or not isinstance(text, str) or not text.strip():
            continue
        name, _, language = rest.partition(".")
        if language:
            values.setdefault(name, {})[language] = text
        else:
            values[name] = text
    return values


def _fields(ready: Prefilled, typed: FormData, words: Translator) -> list[dict[str, Any]]:
    """One row for each detail: its label, and an input for each language where it is words.

    What was typed stands in it, also where a field was emptied; else what is known.
    """
    rows = []
    for one in ready.scenario.values:
        known = ready.values.get(one.name, "")
        languages: tuple[Language | None, ...] = (
            ready.original.languages if one.by_language else (None,)
        )
        rows.append(
            {
                "name": one.name,
                "label": one.help.get(words.language, one.name),
                "required": one.required,
                "type": INPUTS.get(one.kind, "text"),
                "choices": {
                    key: ByLanguage(said).told(words.language) for key, said in one.choices.items()
                },
                "inputs": [
                    (
                        language,
                        typed.get(
                            f"value.{one.name}.{language}" if language else f"value.{one.name}",
                            _known(known, language, position),
                        ),
                    )
                    for position, language in enumerate(languages)
                ],
            }
        )
    return rows


def _known(known: Any, language: Language | None, position: int) -> Any:
    """What is known in one language; words of none in particular stand in the first input only."""
    if isinstance(known, Mapping):
        return known.get(language, "")
    return "" if position else known


async def _form(
    request: Request,
    number: int,
    how: FollowUp,
    officer: Officer,
    words: Translator,
    *,
    typed: FormData = NOTHING_TYPED,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    ready = await follow_ups.prefill(services, number, how, by=officer)
    return render_page(
        request,
        "alerts/false_alarm.html" if how is FollowUp.FALSE_ALERT else "alerts/follow_up.html",
        words=words,
        status=status_of(problem) if problem else 200,
        officer=officer,
        alert=ready.original,
        how=how,
        typed=typed,
        word=words(confirmation.FALSE_WORD)
        if ready.original.alert_class is AlertClass.ALERT
        else "",
        fields=_fields(ready, typed, words),
        more_area=typed.get("more_area", ""),
        unreached_policy=member_of(UnreachedPolicy, typed.get("unreached_policy"))
        or ready.unreached_policy,
        problem=words.error(problem) if problem else "",
        approvers=await follow_ups.expected_approvers(services, ready, by=officer),
        now=services.now(),
        **about(services, words),
    )
