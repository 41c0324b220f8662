"""Programs do every act of an alert's life, and are refused in the same words as people."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from alerting.domain.officer import Role
from tests import having_read
from tests.desk import CLOSED, Desk
from tests.doubles import Clock
from tests.staff import member
from tests.web.conftest import AsRole

As = Callable[[Role], AsRole]


async def test_a_real_alert_asks_for_confirmation(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    mila = as_role(Role.COMMUNICATOR)
    for body in (None, {"confirm": "yes"}):
        refused = await having_read.post(mila, f"/api/alerts/{alert.id}/send", body)
        assert refused.status_code == 422
        assert "type ALERT or the name of the area" in refused.json()["detail"]
    sent = await having_read.post(mila, f"/api/alerts/{alert.id}/send", {"confirm": "Liège"})
    assert sent.json()["state"] == "sending"


async def test_what_was_not_sent_is_changed_and_no_text_is_emptied(as_role: As, desk: Desk) -> None:
    alert = await desk.drafts(channels=("sms", "email"))
    way, mila = f"/api/alerts/{alert.id}", as_role(Role.COMMUNICATOR)
    emptied = [{"channel": "sms", "language": "fr", "text": " "}]
    refused = await mila.put(f"{way}/texts", {"texts": emptied, "fingerprint": alert.fingerprint()})
    assert (refused.status_code, "Text message (French)" in refused.json()["detail"]) == (422, True)
    change = {"values": {"next_update": "2030-01-15T08:00"}, "valid_minutes": 90}
    refused = await having_read.post(mila, f"{way}/change", change)
    assert refused.status_code == 422
    assert "has passed: enter a later time" in refused.json()["detail"]
    change["values"] = {"next_update": "2030-01-15T14:00"}
    changed = (await having_read.post(mila, f"{way}/change", change)).json()
    assert (changed["version"], changed["state"]) == (2, "draft")
    assert "14h00" in next(one["text"] for one in changed["texts"] if one["channel"] == "email")


async def test_from_review_to_a_stop_and_on(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    way = f"/api/alerts/{(await desk.drafts()).id}"
    mila, joris = as_role(Role.COMMUNICATOR), as_role(Role.APPROVER)
    dirk = as_role(Role.DUTY_OFFICER)  # had no hand in it: whoever was told no does not go on
    assert (await mila.post(f"{way}/submit")).json()["state"] == "in-review"
    back = (await joris.post(f"{way}/return", {"reason": "Wrong street"})).json()
    assert (back["state"], back["note"], back["noted_by"]) == ("returned", "Wrong street", "joris")
    again = (await mila.post(f"{way}/submit", {"note": "Mended by the provider"})).json()
    assert (again["submitter"], again["note"]) == ("mila", "Mended by the provider")
    approved = (await having_read.post(joris, f"{way}/approve")).json()
    assert approved["approved_audience"] == {"sms": 2, "email": 2, "x": 1, "press": 1}
    later = {"reason": "agreed", "at": "2030-01-15T15:00", "confirm": "ALERT"}
    scheduled = (await having_read.post(mila, f"{way}/schedule", later)).json()
    assert (scheduled["state"], scheduled["send_at"]) == ("scheduled", "2030-01-15T14:00:00Z")
    assert (await joris.post(f"{way}/unschedule", {"reason": "situation"})).json()[
        "state"
    ] == "approved"
    assert (await having_read.post(mila, f"{way}/send", {"confirm": "ALERT"})).status_code == 200
    assert (await joris.post(f"{way}/stop", {"note": "Wrong town in the text"})).json()[
        "state"
    ] == "stopped"
    assert (await dirk.post(f"{way}/resume", {"reason": "mended"})).json()["state"] == "sending"
    history = (await mila.get(f"{way}/history")).json()
    assert [one["what"].partition(".")[2] for one in history] == [
        "drafted",
        "submitted",
        "returned",
        "submitted",
        "approved",
        "scheduled",
        "unscheduled",
        "sent",
        "stopped",
        "resumed",
    ]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        pytest.param("2030-03-31T02:30", "The next time that exists is 03:00", id="in no zone"),
        pytest.param("2030-10-27T02:30", "occurs twice", id="twice"),
        pytest.param("2029-01-15T15:00", "has passed", id="past"),
        pytest.param("soon", "at", id="no time"),
    ],
)
async def test_a_time_that_means_nothing_is_refused(
    as_role: As, desk: Desk, at: str, says: str
) -> None:
    alert = await desk.approves(await desk.drafts())
    body = {"reason": "agreed", "at": at, "confirm": "ALERT"}
    answer = await having_read.post(
        as_role(Role.COMMUNICATOR), f"/api/alerts/{alert.id}/schedule", body
    )
    assert answer.status_code == 422
    assert says in answer.text


async def test_a_retraction_in_two_requests(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = as_role(Role.COMMUNICATOR)
    ready = (await mila.get(f"/api/alerts/{alert.id}/follow-ups/false-alert")).json()
    assert (ready["missing"], ready["unreached_policy"]) == ([], "skip")
    path, wanted = f"/api/alerts/{alert.id}/follow-ups", {"how": "false-alert"}
    refused = await mila.post(path, wanted)
    assert refused.status_code == 422, "only with a reason, as on the page"
    made = await mila.post(path, {**wanted, "reason": "A test went out as real"})
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    sent = (await having_read.post(mila, f"/api/alerts/{number}/send")).json()
    assert (sent["state"], sent["bypass"], sent["approver"]) == ("sending", "false-alert", "")
    assert (await mila.get(f"/api/alerts/{alert.id}")).json()["state"] == "cancelled"
    (follower,) = (await mila.get(f"/api/alerts/{alert.id}/follow-ups")).json()
    assert (follower["id"], follower["previous_alert"]) == (number, alert.id)


async def test_an_incomplete_follow_up_says_what_it_lacks(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = as_role(Role.COMMUNICATOR)
    missing = (await mila.get(f"/api/alerts/{alert.id}/follow-ups/all-clear")).json()["missing"]
    refused = await mila.post(f"/api/alerts/{alert.id}/follow-ups", {"how": "all-clear"})
    assert refused.status_code == 422
    assert all(f"“{name}”: missing" in refused.json()["detail"] for name in missing)


async def test_breaking_the_glass_is_reviewed(as_role: As, desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED)
    dirk, joris = as_role(Role.DUTY_OFFICER), as_role(Role.APPROVER)
    body = {"reason": "Nobody answers", "confirm": "ALERT"}
    for officer in (joris, as_role(Role.COMMUNICATOR)):
        assert (
            await having_read.post(officer, f"/api/alerts/{alert.id}/break-glass", body)
        ).status_code == 403
    sent = (await having_read.post(dirk, f"/api/alerts/{alert.id}/break-glass", body)).json()
    assert (sent["bypass"], sent["bypass_reason"]) == ("break-glass", "Nobody answers")
    (notice,) = (await joris.get("/api/notifications")).json()
    assert "dirk sent alert 1 without a second person" in notice["says"]
    assert (await joris.post(f"/api/notifications/{notice['id']}/read")).status_code == 204
    assert (await joris.get("/api/notifications")).json() == []
    desk.clock.forward(hours=25)
    (open_one,) = (await joris.get("/api/reviews")).json()
    assert (open_one["alert"], open_one["overdue"]) == (alert.id, True)
    own = await dirk.post(f"/api/alerts/{alert.id}/review", {"verdict": "justified"})
    assert own.status_code == 403
    done = await joris.post(f"/api/alerts/{alert.id}/review", {"verdict": "justified"})
    assert done.json()["review"] == "justified"
    assert (await joris.get("/api/reviews")).json() == []


def every_shape(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for shape in above.__subclasses__():
        if shape.__module__.startswith("alerting.web.api."):
            yield shape
        yield from every_shape(shape)


def test_every_example_in_the_description_is_accepted_by_its_shape(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    looked_at = 0
    for shape in every_shape(BaseModel):
        for example in schemas.get(shape.__name__, {}).get("examples", []):
            shape.model_validate(example)
            looked_at += 1
    assert looked_at >= 8


async def test_a_copy_is_sent_and_followed_by_program(
    as_role: As, desk: Desk, clock: Clock
) -> None:
    await member(desk.services, clock, "mila", Role.COMMUNICATOR)
    way = f"/api/alerts/{(await desk.drafts()).id}/test-copies"
    mila = as_role(Role.COMMUNICATOR)
    wanted = {"channels": ["sms"], "languages": ["fr"]}
    (made,) = (await mila.post(way, wanted)).json()
    assert (made["users"], made["carrier"], made["deliveries"]) == (["mila"], "email", [])
    await desk.sweeps()
    (found,) = (await mila.get(way)).json()
    assert [(one["user"], one["state"]) for one in found["deliveries"]] == [("mila", "accepted")]
    refused = await mila.post(way, {"users": ["someone@example.org"]})
    assert refused.status_code == 422
    assert "someone@example.org" in refused.json()["detail"]


async def test_a_route_is_tried_by_program(as_role: As, desk: Desk, clock: Clock) -> None:
    await member(desk.services, clock, "joris", Role.APPROVER)
    joris = as_role(Role.APPROVER)
    assert (await joris.post("/api/routes/email/main/test")).status_code == 201
    await desk.sweeps()
    (found,) = (await joris.get("/api/routes/tests")).json()
    assert (found["route"], found["deliveries"][0]["state"]) == ("main", "accepted")
    refused = await as_role(Role.COMMUNICATOR).post("/api/routes/email/main/test")
    assert refused.status_code == 403
