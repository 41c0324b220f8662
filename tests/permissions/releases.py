"""Press releases: from the first word to their withdrawal."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from alerting.actions.press import publishing, queries, review, writing
from alerting.actions.press.writing import ReleaseChanges, ReleaseRequest
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.press.release import Release
from tests.permissions.trial import Call, Row, Trial, plain
from tests.press_office import PressOffice, newsroom

REASON = "The number of people was wrong"


async def draft(one: Trial) -> Release:
    """Of the press office of the place, by a colleague."""
    author = await one.second(Role.PRESS_OFFICER)
    return await PressOffice(one.desk).writes(by=author, area=(one.place,))


async def submitted(one: Trial) -> Release:
    return await PressOffice(one.desk).submits(
        await draft(one), by=await one.second(Role.PRESS_OFFICER)
    )


async def approved(one: Trial) -> Release:
    return await PressOffice(one.desk).approves(
        await submitted(one), by=await one.second(Role.APPROVER)
    )


async def armed(one: Trial) -> Release:
    office = PressOffice(one.desk)
    release = await one_under_embargo(one)
    before, one.desk.clock.now = one.desk.clock.now, datetime.now(UTC)
    try:
        return await office.arms(release, by=await one.second(Role.PRESS_OFFICER))
    finally:
        one.desk.clock.now = before


async def one_under_embargo(one: Trial) -> Release:
    office = PressOffice(one.desk)
    author = await one.second(Role.PRESS_OFFICER)
    until = datetime.now(UTC) + timedelta(hours=1)
    release = await office.writes(by=author, area=(one.place,), embargo_until=until)
    release = await office.submits(release, by=author)
    return await office.approves(release, by=await one.second(Role.APPROVER))


async def published(one: Trial) -> Release:
    return await PressOffice(one.desk).publishes(
        await approved(one), by=await one.second(Role.PRESS_OFFICER)
    )


async def a_draft(one: Trial) -> Call:
    return Call((await draft(one)).id)


async def a_published_one(one: Trial) -> Call:
    return Call((await published(one)).id)


async def a_published_one_with_mail(one: Trial) -> Call:
    await one.desk.registers(newsroom("everywhere", nis_code=one.nis_code))
    number = (await published(one)).id
    await one.desk.plans()
    return Call(number)


async def listed(one: Trial) -> Call:
    number = (await draft(one)).id
    return Call().showing(lambda page: number in {view.release.id for view in page.items})


async def saved(one: Trial) -> Call:
    release = await draft(one)
    texts = {release.languages[0]: {"subtitle": one.new("subtitle")}}
    return Call(release.id, ReleaseChanges(revision=release.revision, texts=texts))


async def submitted_now(one: Trial) -> Call:
    release = await draft(one)
    return Call(release.id, seen=release.fingerprint())


async def returned(one: Trial) -> Call:
    return Call((await submitted(one)).id, reason=REASON)


async def approved_now(one: Trial) -> Call:
    release = await submitted(one)
    return Call(release.id, seen=release.fingerprint())


async def published_now(one: Trial) -> Call:
    release = await approved(one)
    return Call(release.id, seen=release.fingerprint())


async def lifted(one: Trial) -> Call:
    release = await one_under_embargo(one)
    return Call(release.id, seen=release.fingerprint(), reason=REASON)


async def arm_now(one: Trial) -> Call:
    """What is missing is the clock of the process alone: whoever may not, learns nothing of it."""
    release = await one_under_embargo(one)
    one.desk.clock.now = datetime.now(UTC)
    return Call(release.id, seen=release.fingerprint())


async def with_reason(release: Release) -> Call:
    return Call(release.id, reason=REASON)


async def disarmed(one: Trial) -> Call:
    return await with_reason(await armed(one))


async def withdrawn(one: Trial) -> Call:
    return await with_reason(await published(one))


async def discarded(one: Trial) -> Call:
    return await with_reason(await draft(one))


ROWS: Mapping[str, Row] = {
    "read a press release before it is public": Row(queries.get_release, a_draft),
    "read a published press release": Row(queries.get_release, a_published_one),
    "find a press release in the list": Row(queries.list_releases, listed),
    "see its mails": Row(queries.preview_messages, a_draft),
    "see what became of its mails": Row(queries.list_mails, a_published_one_with_mail),
    "have a press release checked": Row(queries.review_findings, a_draft),
    "begin a press release": Row(
        writing.create_release,
        lambda one: plain(ReleaseRequest(area=(one.place,), also_in=(Language.EN,))),
    ),
    "write in a press release": Row(writing.save_release, saved),
    "discard a press release": Row(writing.discard_release, discarded),
    "submit a press release": Row(review.submit_release, submitted_now),
    "return a press release": Row(review.return_release, returned),
    "approve a press release": Row(review.approve_release, approved_now),
    "publish a press release": Row(publishing.publish_release, published_now),
    "lift an embargo early": Row(publishing.lift_early, lifted),
    "have it published at the end of its embargo": Row(publishing.arm_release, arm_now),
    "cancel that": Row(publishing.disarm_release, disarmed),
    "correct a press release": Row(writing.correct_release, a_published_one),
    "withdraw a press release": Row(publishing.withdraw_release, withdrawn),
}
