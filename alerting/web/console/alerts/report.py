"""The course of an alert and its provinces: on the board, and as a report to print."""

import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response

from alerting.actions.alerts import queries
from alerting.actions.alerts.queries import AlertStatus
from alerting.actions.alerts.report import AlertReport, get_report
from alerting.domain.channel import FAILURE_REASON_ADVICE, FAILURE_REASON_NAMES
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import MayRead, WordsOf
from alerting.web.console import labels
from alerting.web.console.alerts.chart import HEIGHT, WIDTH, chart
from alerting.web.console.alerts.status_figures import ChannelFigures, board
from alerting.web.console.context import Number, about
from alerting.web.pages import render_page
from alerting.web.state import state_of

FRESH = 3.0
"""Seconds for which everyone who looks at one alert is told the same."""
KEPT = 50

router = APIRouter(tags=["console"])


@dataclass(slots=True)
class Reports:
    """The newest report of each alert that somebody looks at: it is made once for all of them."""

    _made: dict[int, tuple[float, AlertReport]] = field(default_factory=dict)

    async def of(self, services: Services, number: int, officer: Officer) -> AlertReport:
        """One that is fresh enough."""
        now = time.monotonic()
        made_at, alert_report = self._made.get(number, (0.0, None))
        if alert_report is None or now - made_at > FRESH:
            alert_report = await get_report(services, number, by=officer)
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[number] = (now, alert_report)
        return alert_report


@router.get("/alerts/{number}/course")
async def course(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """The piece of the board that comes after its figures, and comes again while it is sent."""
    services = state_of(request).services
    status = await queries.get_status(services, number, by=officer)
    return render_page(
        request,
        "alerts/_over_time.html",
        words=translate,
        officer=officer,
        **await _course(request, services, translate, officer, status),
    )


@router.get("/alerts/{number}/report")
async def show_report(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """Everything on one page, as it is now; for printing, not updated."""
    services = state_of(request).services
    status = await queries.get_status(services, number, by=officer)
    return render_page(
        request,
        "alerts/report.html",
        words=translate,
        officer=officer,
        board=board(status, services.now()),
        failure_reasons=FAILURE_REASON_NAMES,
        advice=FAILURE_REASON_ADVICE,
        **{
            **about(services, translate),
            **await _course(request, services, translate, officer, status),
        },
    )


async def _course(
    request: Request,
    services: Services,
    translate: Translator,
    officer: Officer,
    status: AlertStatus,
) -> dict[str, Any]:
    reports: Reports = request.app.state.reports
    alert_report = await reports.of(services, status.alert.id, officer)
    order = tuple(labels.COLUMNS)

    def province(nis_code: str) -> str:
        return services.gazetteer.place(nis_code).names[translate.language]

    return {
        "alert": status.alert,
        "report": alert_report,
        "provinces": [
            (
                province(one.nis_code),
                ChannelFigures({state: one.counts.get(state, 0) for state in order}),
            )
            for one in alert_report.provinces
        ],
        "chart": chart(alert_report.course, alert_report.planned),
        "width": WIDTH,
        "height": HEIGHT,
        "names": labels,
        "over": status.alert.over,
        "now": services.now(),
    }
