"""Programs do every act of a release's life, and are told what is missing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from alerting.domain.officer import Role
from tests.desk import Desk
from tests.press_office import TEXTS, PressOffice, newsroom
from tests.web.conftest import AsRole

As = Callable[[Role], AsRole]
BODY: dict[str, Any] = {
    language: {
        **text,
        "quotes": [
            {"text": one.text, "speaker": one.speaker, "function": one.function}
            for one in text["quotes"]
        ],
        "facts": [{"label": one.label, "value": one.value} for one in text["facts"]],
    }
    for language, text in TEXTS.items()
}


async def test_a_release_from_its_first_word_to_its_correction(as_role: As, desk: Desk) -> None:
    await desk.registers(newsroom("le-pays"))
    pia, leen = as_role(Role.PRESS_OFFICER), as_role(Role.APPROVER)
    wanted = {"area": ["4000 Liège"], "also_in": ["nl", "de"], "topics": ["exercice"]}
    begun = (await pia.post("/api/releases", wanted)).json()
    way = f"/api/releases/{begun['id']}"
    assert (begun["state"], begun["languages"]) == ("draft", ["fr", "nl", "de"])
    assert begun["missing"]["fr"] == ["headline", "lead", "body"]
    refused = await pia.post(f"{way}/submit", {"fingerprint": begun["fingerprint"]})
    assert refused.status_code == 409
    assert "Headline (French)" in refused.json()["detail"]
    saved = (await pia.patch(way, {"revision": 0, "texts": BODY})).json()
    assert (saved["revision"], saved["missing"]) == (1, {})
    assert (await pia.get(f"{way}/findings")).json() == []
    mails = (await pia.get(f"{way}/mails")).json()
    assert [one["language"] for one in mails] == ["fr", "nl", "de"]
    assert (await as_role(Role.AUDITOR).get(way)).status_code == 404
    seen = {"fingerprint": saved["fingerprint"]}
    assert (await pia.post(f"{way}/submit", seen)).json()["state"] == "in-review"
    assert (await pia.post(f"{way}/approve", seen)).status_code == 409
    assert (await leen.post(f"{way}/approve", seen)).json()["state"] == "approved"
    published = (await pia.post(f"{way}/publish", seen)).json()
    assert published["state"] == "released"
    assert (await as_role(Role.AUDITOR).get(way)).json()["id"] == begun["id"]
    assert [name for name, _ in await PressOffice(desk).mailed()] == ["le-pays"]
    (mail,) = (await as_role(Role.AUDITOR).get(f"{way}/deliveries")).json()
    assert (mail["outlet"], mail["state"]) == ("le-pays", "accepted")
    correction = (await pia.post(f"{way}/correction")).json()
    assert correction["previous_release"] == begun["id"]
    assert correction["missing"] == {one: ["changed"] for one in ("fr", "nl", "de")}


async def test_an_embargo_is_typed_in_belgian_time(as_role: As, desk: Desk) -> None:
    pia = as_role(Role.PRESS_OFFICER)
    way = f"/api/releases/{(await pia.post('/api/releases', {})).json()['id']}"
    typed = {"revision": 0, "embargo_until": "2030-07-12T11:00"}
    saved = (await pia.patch(way, typed)).json()
    assert saved["embargo_until"] == "2030-07-12T09:00:00Z"
    twice = {"revision": 1, "embargo_until": "2027-10-31T02:30"}
    refused = await pia.patch(way, twice)
    assert "occurs twice" in refused.json()["detail"]
    later = (await pia.patch(way, {**twice, "which": "later"})).json()
    assert later["embargo_until"] == "2027-10-31T01:30:00Z"
    free = (await pia.patch(way, {"revision": 2, "embargo_until": None})).json()
    assert free["embargo_until"] is None


async def test_an_embargo_is_armed_disarmed_and_lifted(as_role: As, desk: Desk) -> None:
    office = PressOffice(desk)
    pia, leen = as_role(Role.PRESS_OFFICER), as_role(Role.APPROVER)
    await office.sets_clock()
    release = await office.writes(embargo_until=await office.now() + timedelta(hours=1))
    release = await office.approves(await office.submits(release))
    way, seen = f"/api/releases/{release.id}", {"fingerprint": release.fingerprint()}
    refused = await pia.post(f"{way}/publish", seen)
    assert (refused.status_code, "is under embargo until" in refused.json()["detail"]) == (
        409,
        True,
    )
    assert (await pia.post(f"{way}/arm", seen)).json()["state"] == "armed"
    reason = {"reason": "The minister speaks later"}
    assert (await leen.post(f"{way}/disarm", reason)).json()["state"] == "approved"
    assert (await leen.post(f"{way}/lift", seen | reason)).json()["state"] == "released"
    withdrawn = (await leen.post(f"{way}/withdraw", reason)).json()
    assert (withdrawn["state"], withdrawn["withdrawn_reason"]) == ("withdrawn", reason["reason"])


async def test_two_programs_that_change_the_same_field(as_role: As, desk: Desk) -> None:
    pia = as_role(Role.PRESS_OFFICER)
    way = f"/api/releases/{(await pia.post('/api/releases', {})).json()['id']}"
    first = {"revision": 0, "texts": {"fr": {"headline": "Un"}}}
    assert (await pia.patch(way, first)).status_code == 200
    refused = await pia.patch(way, {"revision": 0, "texts": {"fr": {"headline": "Deux"}}})
    assert refused.status_code == 409
    assert "changed these fields" in refused.json()["detail"]
    discarded = await pia.post(f"{way}/discard", {"reason": "Nobody needs it any more"})
    assert discarded.json()["state"] == "discarded"
