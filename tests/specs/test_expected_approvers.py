"""Whoever fills in a follow-up reads who could approve it, or the true reason why nobody could."""

from dataclasses import replace

import pytest

from alerting.actions.alerts import follow_ups
from alerting.actions.alerts.follow_ups import ExpectedApprovers, NoApprover
from alerting.domain.alert import FollowUp
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.staff import member


@pytest.mark.parametrize(
    ("able", "drafts", "first_by", "wrote", "expected"),
    [
        pytest.param(
            ("joris", "leen"), MILA, MILA, (), ExpectedApprovers(("joris", "leen")), id="two may"
        ),
        pytest.param(
            ("joris", "leen"), JORIS, MILA, (), ExpectedApprovers(("leen",)), id="one is left"
        ),
        pytest.param(
            (), MILA, MILA, (), ExpectedApprovers((), NoApprover.NOBODY_MAY), id="nobody may"
        ),
        pytest.param(
            (),
            MILA,
            JORIS,
            ("joris",),
            ExpectedApprovers((), NoApprover.NOBODY_MAY),
            id="nobody may, whoever wrote",
        ),
        pytest.param(
            ("joris",),
            JORIS,
            MILA,
            (),
            ExpectedApprovers((), NoApprover.ALL_WROTE, ("joris",)),
            id="only whoever drafts it may",
        ),
        pytest.param(
            ("joris", "leen"),
            JORIS,
            MILA,
            ("leen",),
            ExpectedApprovers((), NoApprover.ALL_WROTE, ("joris", "leen")),
            id="all who may wrote in the form",
        ),
        pytest.param(
            ("joris",),
            MILA,
            JORIS,
            (),
            ExpectedApprovers((), NoApprover.WORDS_OF_OTHERS, ("joris",)),
            id="words of the only one who may",
        ),
        pytest.param(
            ("joris", "leen"),
            MILA,
            JORIS,
            ("leen",),
            ExpectedApprovers((), NoApprover.WORDS_OF_OTHERS, ("joris",)),
            id="one wrote, and words of the other",
        ),
    ],
)
async def test_who_could_approve_a_follow_up_or_why_nobody_could(
    desk: Desk,
    services: Services,
    clock: Clock,
    able: tuple[str, ...],
    drafts: Officer,
    first_by: Officer,
    wrote: tuple[str, ...],
    expected: ExpectedApprovers,
) -> None:
    for name in able:
        await member(services, clock, name, Role.APPROVER)
    await desk.registers_a_few()
    first = await desk.sends(await desk.approves(await desk.drafts(by=first_by), by=LEEN))
    form = await follow_ups.begin_follow_up(services, first.id, FollowUp.UPDATE, by=drafts)
    form = replace(form, hands=wrote)
    assert await follow_ups.expected_approvers(services, form, first, by=drafts) == expected
