"""Every delivery can be found, and what a person received can be read by those who may."""

from urllib.parse import parse_qsl

import pytest

from alerting.actions import deliveries
from alerting.actions.alerts.retry import retry_failed
from alerting.delivery import receipts
from alerting.domain.alert import StepReason
from alerting.domain.channel import Accepted, FailureReason, Refused
from alerting.domain.jobs import PlanChannel
from alerting.domain.officer import Officer, Role
from alerting.settings import Settings
from alerting.web.api.deliveries.schemas import DeliveryOut
from alerting.web.app import create_app
from channels.sandbox.inbox import ReceivedMessage as Kept
from channels.sandbox.server import running
from tests import having_read
from tests.desk import JORIS, Desk
from tests.doubles import ListedQueue, lost
from tests.make import person
from tests.server import nothing_beside
from tests.web.console import Browsers

VERA = Officer("vera", Role.AUDITOR)


@pytest.fixture
async def number(desk: Desk) -> int:
    """An alert that went to fifteen people by two channels; one text message failed."""
    desk.channel("sms")._answers = iter([Refused(FailureReason.ADDRESS_DEAD, "30005")])
    await desk.registers(*(person(serial) for serial in range(1, 16)))
    alert = await desk.issues(channels=["sms", "email"])
    await desk.works()
    return alert.id


async def test_pages_follow_each_other_to_the_end(number: int, browsers: Browsers) -> None:
    joris = await browsers(JORIS)
    seen, path = [], f"/alerts/{number}/deliveries?state=&channel=email"
    while path:
        page = (await joris.get(path)).text
        seen += [line for line in page.split('"') if f"deliveries/{number}.email." in line]
        following = page.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        path = following.replace("&amp;", "&")
        path = path if 'rel="next"' in page else ""
    assert len(seen) == len(set(seen)) == 15


async def test_a_filter_leaves_what_it_names(number: int, browsers: Browsers) -> None:
    page = (await (await browsers(JORIS)).get(f"/alerts/{number}/deliveries?state=failed")).text
    assert page.count('<tr role="row" class=') == 1
    assert "address no longer exists" in page
    assert "30005" in page
    assert "deliveries.csv?state=failed" in page
    assert "download" in page


async def test_a_filter_nobody_knows_shows_everything(number: int, browsers: Browsers) -> None:
    answer = await (await browsers(JORIS)).get(f"/alerts/{number}/deliveries?state=x&channel=y")
    assert answer.status_code == 200
    assert answer.text.count('<tr role="row" class=') == 10


async def test_one_delivery_tells_all_about_itself(number: int, browsers: Browsers) -> None:
    path = f"/alerts/{number}/deliveries/{number}.sms.1"
    page = await having_read.unmasked(await browsers(JORIS), path)
    for said in ("+32470000001", "Person 1", "Liège", "30005", "Correct or remove the address"):
        assert said in page


async def test_the_tries_before_the_latest_are_told_on_the_page_and_by_the_api(
    number: int, desk: Desk, browsers: Browsers
) -> None:
    key = f"{number}.sms.2"
    await receipts.apply_receipts(desk.services, [lost(key)])
    await desk.sweeps_only()
    await retry_failed(desk.services, number, by=JORIS, reason=StepReason.MENDED)
    desk.channel("sms")._answers = iter([Accepted("SM-again-1"), Accepted("SM-again-2")])
    await desk.works()
    page = (await (await browsers(JORIS)).get(f"/alerts/{number}/deliveries/{key}")).text
    told = page.partition("Earlier attempts")[2]
    for said in ("main", "failed", "phone or mailbox not reachable", "30003", f"ref-{key}"):
        assert said in told
    found = await deliveries.list_deliveries(desk.services, number, by=JORIS, limit=100)
    shown = {row.key: row.earlier for row in (DeliveryOut.of(number, one) for one in found.items)}
    assert [(one.number, one.reference) for one in shown[key]] == [(1, f"ref-{key}")]
    assert shown[f"{number}.email.2"] == []


@pytest.mark.parametrize("key", ["1.sms.999", "2.sms.1", "1.sms.0", "nonsense", "1.x.1"])
async def test_a_delivery_that_is_not_there_is_not_found(
    number: int, browsers: Browsers, key: str
) -> None:
    answer = await (await browsers(JORIS)).get(f"/alerts/{number}/deliveries/{key}")
    assert answer.status_code == 404


async def test_an_auditor_sees_masked_addresses(number: int, browsers: Browsers) -> None:
    vera = await browsers(VERA)
    for path in ("", f"/{number}.sms.1"):
        page = (await vera.get(f"/alerts/{number}/deliveries{path}")).text
        assert "+32470000001" not in page
        assert "Person 1" not in page


async def test_there_is_no_inbox_with_real_providers(browsers: Browsers) -> None:
    answer = await (await browsers(JORIS)).get("/inbox")
    assert answer.status_code == 503
    assert "not set up here" in answer.text


async def test_what_a_person_received_is_read_from_the_sandbox(
    number: int, desk: Desk, browsers: Browsers
) -> None:
    async with running() as sandbox:
        text = {"Body": "Entrez maintenant"}
        sandbox.inbox.twilio.add(
            Kept(at=1.0, to=("+32470000002",), key="k", reference="SM1", fields=text)
        )
        settings = Settings(sandbox_url=sandbox.control_url)
        browsers.app = create_app(desk.services, settings, alongside=nothing_beside)
        joris = await browsers(JORIS)
        page = await having_read.unmasked(joris, f"/alerts/{number}/deliveries/{number}.sms.2")
        assert "Entrez maintenant" in page
        sandbox.inbox.x.add(
            Kept(at=2.0, to=("@us",), key="p", reference="1789", fields={"text": "Publié"})
        )
        desk.channel("x")._answers = iter([Accepted("1789")])
        post = await desk.issues(channels=["x"])
        await desk.works()
        row = (await desk.deliveries(post))[0]
        path = f"/alerts/{post.id}/deliveries/{post.id}.x.{row.recipient_id}"
        assert "Publié" in await having_read.unmasked(joris, path)
        found = (await joris.post("/inbox", data={"address": "+32470000002"})).text
        assert "Entrez maintenant" in found
        nothing = (await joris.post("/inbox", data={"address": "nobody@example.org"})).text
        assert "has received nothing for this address" in nothing
        assert (await (await browsers(VERA)).get("/inbox")).status_code == 403


async def test_a_sandbox_that_is_away_is_said_to_be(
    number: int, desk: Desk, browsers: Browsers
) -> None:
    settings = Settings(sandbox_url="http://127.0.0.1:9")
    browsers.app = create_app(desk.services, settings, alongside=nothing_beside)
    path = f"/alerts/{number}/deliveries/{number}.sms.2"
    page = await having_read.unmasked(await browsers(JORIS), path)
    assert "The sandbox does not answer" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("person=Person+7", 2, id="a name"),
        pytest.param("person=0470+00+00+07", 2, id="a number"),
        pytest.param("person=p-7&channel=sms", 1, id="a reference, on one channel"),
        pytest.param("person=nobody", 0, id="nobody"),
        pytest.param("failure_reason=address-dead", 1, id="a reason"),
        pytest.param("language=de", 0, id="a language"),
        pytest.param("since=2030-01-15T13:00&until=2030-01-15T13:01", 10, id="a time in Brussels"),
        pytest.param("since=2030-01-15T14:00", 0, id="later"),
    ],
)
async def test_deliveries_are_found_by(
    number: int, browsers: Browsers, query: str, found: int
) -> None:
    joris = await browsers(JORIS)
    to = await joris.post(f"/alerts/{number}/deliveries", data=dict(parse_qsl(query)))
    page = (await joris.get(to.headers["location"])).text
    assert page.count('<tr role="row" class=') == found


async def test_the_download_holds_what_the_filter_shows(number: int, browsers: Browsers) -> None:
    joris = await browsers(JORIS)
    asked = {"channel": "sms", "person": "Person 7"}
    to = await joris.post(f"/alerts/{number}/deliveries", data=asked)
    page = (await joris.get(to.headers["location"])).text
    link = page.partition("/api/alerts/")[2].partition('"')[0].replace("&amp;", "&")
    assert 'name="person" value="Person 7"' in page
    answer = await joris.post(f"/api/alerts/{link}", data={"person": "Person 7"})
    rows = answer.text.splitlines()
    assert len(rows) == 1 + 1
    assert "+32470000007" in rows[1]


async def test_a_report_tells_times_course_and_provinces(number: int, browsers: Browsers) -> None:
    vera = await browsers(VERA)
    for path in ("report", "course"):
        page = (await vera.get(f"/alerts/{number}/{path}")).text
        assert "Province of Liège" in page or "Liège" in page
        assert "Timeline" in page
        assert 'role="img"' in page
        legend = page.partition('<ul class="legend">')[2].partition("</ul>")[0]
        assert "<strong>" not in legend, "totals are told by the figures alone"
    assert "90%" in (await vera.get(f"/alerts/{number}")).text
    assert "still being counted" not in (await vera.get(f"/alerts/{number}")).text


async def test_an_audience_still_being_counted_is_said_to_be(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms", "email"])
    queue = desk.services.queue
    assert isinstance(queue, ListedQueue)
    planned = [one for one in queue.waiting if isinstance(one.job, PlanChannel)]
    queue.waiting.remove(planned[-1])  # one channel is not planned yet
    await desk.works()
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert "1 planned so far; the recipients are still being counted" in page
