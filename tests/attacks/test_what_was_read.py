"""Whatever changes, decides on or ends what an alert says answers for what was read: by every door.

A colleague's sentence, saved in between, is never lost without a word.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alerting.actions.alerts import (
    approval,
    changing,
    discarding,
    drafting,
    scheduling,
    sending,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Role
from tests import having_read
from tests.desk import LEEN, MILA, Desk
from tests.web.conftest import AsRole

ACTS: list[Callable[..., Any]] = [
    approval.approve,
    drafting.accept_proposal,
    changing.change_choices,
    discarding.discard,
    drafting.accept_rewrite,
    drafting.revise,
    drafting.save_revision,
    scheduling.schedule,
    sending.send,
    sending.send_with_break_glass,
]
HERS = Message(channel="sms", language=Language.FR, text="BE-Alert: Fermez aussi les aérations.")


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_asks_what_was_read(act: Callable[..., Any]) -> None:
    seen = inspect.signature(act).parameters["seen"]
    assert seen.default is inspect.Parameter.empty
    assert "None" not in str(seen.annotation)


@pytest.mark.parametrize("door", ["texts", "gsm7", "discard"])
async def test_what_a_colleague_saved_meanwhile_is_not_overwritten_by_a_program(
    desk: Desk, as_role: Callable[[Role], AsRole], door: str
) -> None:
    alert = await desk.drafts(by=MILA)
    read = alert.fingerprint()
    await having_read.revise(desk.services, alert.id, [HERS], by=LEEN)
    other = replace(HERS, text="BE-Alert: autre chose.")
    texts = [{"channel": other.channel, "language": other.language, "text": other.text}]
    mila, way = as_role(Role.COMMUNICATOR), f"/api/alerts/{alert.id}/{door}"
    sent: dict[str, dict[str, Any]] = {
        "texts": {"fingerprint": read, "texts": texts},
        "gsm7": {"fingerprint": read},
        "discard": {"fingerprint": read, "reason": "duplicate"},
    }
    ask = mila.put if door == "texts" else mila.post
    unread = {name: value for name, value in sent[door].items() if name != "fingerprint"}
    assert (await ask(way, unread)).status_code == 422
    assert (await ask(way, sent[door])).status_code == 409
    now = await desk.reads(alert)
    assert HERS.text in {one.text for one in now.messages}
    now_read = sent[door] | {"fingerprint": now.fingerprint()}
    assert (await ask(way, now_read)).status_code == 200
