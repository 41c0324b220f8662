"""X refuses a text it has: an alert with the words of an earlier one was not posted by that."""

import json
from typing import Any

from alerting.domain.delivery import State
from alerting.store import Database
from tests.channels.conftest import SwitchOn, switch_on  # noqa: F401  a fixture
from tests.channels.providers import X_KEYS
from tests.channels.wire import Request, answer, http_server
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import channels, make_services, person

WORDS = "You are not allowed to create a Tweet with duplicate content."
DAY = 24 * 3600


async def test_an_alert_is_never_published_by_the_post_of_another(
    switch_on: SwitchOn,  # noqa: F811
    sqlite: Database,
    clock: Clock,
) -> None:
    posts: list[dict[str, Any]] = []

    def reply(request: Request) -> bytes:
        if request.method == "GET":
            return answer(200, {"data": posts[::-1]})
        text = json.loads(request.body)["text"]
        if any(one["text"] == text for one in posts):
            return answer(403, {"title": "Forbidden", "status": 403, "detail": WORDS})
        number = str(len(posts) + 1)
        posts.append({"id": number, "text": text, "created_at": clock.now.isoformat()})
        return answer(201, {"data": posts[-1]})

    async with http_server(reply) as site:
        x = switch_on("x", **X_KEYS, api_base=site.url)
        desk = Desk(make_services(sqlite, clock, over={**channels(), "x": (x,)}), clock)
        await desk.registers(person(1))
        found = []
        for _ in range(2):
            alert = await desk.issues(channels=["x"])
            for _ in range(3):
                await desk.sweeps()
                clock.forward(seconds=10)
            found.append(await desk.deliveries(alert))
            clock.forward(seconds=DAY)
    first, second = found
    assert {row.state for row in first} == {State.DELIVERED}
    if len(posts) == len(first):  # the texts were the same
        assert State.DELIVERED not in {row.state for row in second}
    references = {row.reference for row in first}
    assert not any(row.reference in references for row in second if row.reference)
