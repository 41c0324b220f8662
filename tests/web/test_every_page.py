"""No page of an alert crashes, whatever its texts are; what crashes all the same says so, in every
language, with a way back and a number that is in the log.
"""

import re
from collections.abc import Awaitable, Callable

import httpx2
import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI

from alerting.actions.alerts import changing, queries
from alerting.domain.alert import UNSENT, Alert, AlertClass
from alerting.domain.language import Language
from alerting.domain.message import MAX_SUBJECT_CHARS, max_chars
from alerting.domain.officer import Officer, Role
from alerting.store import tables
from tests import having_read
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.web.console import Browsers
from tests.web.test_route_permissions import api_routes

TEXTS = {"empty": "", "blank": " \n\n ", "one long line": "a" * 20_000}
DECIDED_BY_ANOTHER = ("approve", "return", "review")
ENDLESS = {"/alerts/{number}/live"}
"""A stream, which goes on for as long as the alert does."""


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts()


async def approved(desk: Desk) -> Alert:
    return await desk.approves(await desk.drafts())


async def sent(desk: Desk) -> Alert:
    await desk.registers_a_few()
    return await desk.issues()


async def says(desk: Desk, alert: Alert, text: str) -> None:
    """Every text says this, past everything that would refuse it."""
    row = tables.alert_text
    async with desk.services.unit() as unit:
        for channel in alert.channels:
            await unit.connection.execute(
                sa.update(row)
                .where(row.c.alert_id == alert.id, row.c.channel == channel)
                .values(
                    text=text[: max_chars(channel)],
                    subject=" ".join(text.split())[:MAX_SUBJECT_CHARS],
                )
            )


def pages(app: FastAPI) -> list[str]:
    """Every page of an alert."""
    return sorted(
        route.path
        for route in api_routes(app)
        if route.path.startswith("/alerts/{number}")
        and "GET" in (route.methods or ())
        and route.path not in ENDLESS
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize("made", [drafted, approved, sent], ids=lambda one: one.__name__)
async def test_every_page_of_an_alert_is_shown_whatever_its_texts_are(
    desk: Desk,
    browsers: Browsers,
    app: FastAPI,
    made: Callable[[Desk], Awaitable[Alert]],
    text: str,
) -> None:
    alert = await made(desk)
    await says(desk, alert, text)
    found = pages(app)
    assert len(found) > 15
    mila, leen = await browsers(MILA), await browsers(LEEN)
    for path in ("/", *found):
        filled = path.format(number=alert.id, channel="email", language="fr", key="none")
        browser = leen if path.endswith(DECIDED_BY_ANOTHER) else mila
        answer = await browser.get(filled)
        assert answer.status_code < 500, (path, answer.text)
    if alert.state in UNSENT:
        form = await changing.begin_change(desk.services, alert.id, by=MILA)
        assert (await mila.get(f"/compose/{form.id}")).status_code == 200


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_text_is_refused_in_place(desk: Desk, browsers: Browsers, text: str) -> None:
    for alert_class in (AlertClass.ALERT, AlertClass.EXERCISE):
        alert = await desk.drafts(alert_class=alert_class)
        form = {"text.sms.fr": text, "seen": alert.fingerprint(), "version": "1", "act": "save"}
        refused = await (await browsers(MILA)).post(f"/alerts/{alert.id}/edit", data=form)
        assert refused.status_code == 422
        assert "A text is empty: Text message (French)." in refused.text
        assert (await queries.get_alert(desk.services, alert.id, by=MILA)) == alert


async def test_nobody_proposes_an_empty_text(desk: Desk, browsers: Browsers) -> None:
    alert = await having_read.submit(desk.services, (await desk.drafts()).id, by=MILA)
    form = {"said": "Shorter words are better", "text.sms.fr": " "}
    refused = await (await browsers(JORIS)).post(f"/alerts/{alert.id}/return", data=form)
    assert refused.status_code == 422
    assert "A text is empty: Text message (French)." in refused.text


@pytest.fixture
def broken(app: FastAPI) -> FastAPI:
    """With two addresses at which nothing works."""

    async def breaks() -> None:
        raise ZeroDivisionError("a secret of the service")

    app.add_api_route("/breaks", breaks)
    app.add_api_route("/api/breaks", breaks)
    return app


async def asked(app: FastAPI, path: str, **headers: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://alerting.test") as client:
        return await client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


async def test_a_crash_shows_a_page_in_every_language_with_a_number_that_is_in_the_log(
    broken: FastAPI,
) -> None:
    with structlog.testing.capture_logs() as logged:
        page = await asked(broken, "/breaks", accept="text/html", accept_language="nl")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert page.text.count('href="/"') >= len(Language)
    assert page.text.index('lang="nl">') < page.text.index("<section")
    (entry,) = [one for one in logged if one["event"] == "request.crashed"]
    for language in Language:
        (section,) = re.findall(
            rf'<section[^>]*lang="{language}".*?</section>', page.text, re.DOTALL
        )
        assert entry["reference"] in section
    assert "default-src" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_a_program_gets_the_same_number_in_a_problem_document(broken: FastAPI) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = await asked(broken, "/api/breaks", accept_language="en")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["status"]) == ("urn:alerting:crashed", 500)
    assert problem["reference"] in problem["detail"]
    assert problem["reference"] in {one.get("reference") for one in logged}


@pytest.mark.parametrize("path", ["/audit", "/alerts/abc", "/alerts/999999999999999999999"])
async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(
    app: FastAPI, browsers: Browsers, path: str
) -> None:
    page = await (await browsers(Officer("ada", Role.ADMINISTRATOR))).get(path)
    assert page.status_code == 404
    assert "There is no page at this address." in page.text
    assert '<a href="/">' in page.text
    for asked_for in (path, f"/api{path}"):
        answer = await asked(app, asked_for, accept="application/json")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code in (401, 404, 422)
