"""Half a character, as clients leave it that cut between UTF-16 units, is refused in words."""

import json
from typing import Any

import httpx2
import pytest

from alerting.actions.accounts.tokens import make_token
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from tests.desk import Desk

HALVES = {
    "a place": ("POST", "/api/alerts", {"area": ["Wal\ud800court"]}, Role.COMMUNICATOR),
    "a text": (
        "PUT",
        "/api/alerts/1/texts",
        {"messages": [{"channel": "sms", "language": "fr", "text": "Alerte \ud83d"}]},
        Role.COMMUNICATOR,
    ),
    "a subject": (
        "PUT",
        "/api/alerts/1/texts",
        {"messages": [{"channel": "email", "language": "fr", "subject": "x\ud83d", "text": "y"}]},
        Role.COMMUNICATOR,
    ),
    "an address": (
        "POST",
        "/api/recipients/search",
        {"address": "a\ud800@example.org"},
        Role.COMMUNICATOR,
    ),
    "a person among deliveries": (
        "POST",
        "/api/alerts/1/deliveries/search",
        {"person": "a\ud800@example.org"},
        Role.AUDITOR,
    ),
    "a reason": ("POST", "/api/alerts/1/return", {"reason": "a\ud800"}, Role.APPROVER),
    "a note": ("POST", "/api/alerts/1/stop", {"note": "a\ud800"}, Role.COMMUNICATOR),
}


@pytest.mark.parametrize(("method", "path", "body", "role"), HALVES.values(), ids=HALVES)
async def test_it_is_refused_with_a_sentence_wherever_it_stands(
    desk: Desk,
    anyone: httpx2.AsyncClient,
    method: str,
    path: str,
    body: dict[str, Any],
    role: Role,
) -> None:
    await desk.drafts()
    wanted = {"scenario": "chem_shelter", "values": {}, **body} if path == "/api/alerts" else body
    token = await make_token(desk.services, Officer("sam", role), by=SHELL)
    answer = await anyone.request(
        method,
        path,
        content=json.dumps(wanted),  # in ASCII, with escapes
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert "caractère incomplet" in answer.json()["detail"]
    assert "\\ud8" not in answer.text
