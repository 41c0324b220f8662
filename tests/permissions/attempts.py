"""Acts tried for real, by each kind of officer, here and elsewhere."""

import inspect
import itertools
from collections.abc import Sequence
from datetime import timedelta
from itertools import repeat

from alerting.actions.accounts import invitations
from alerting.domain.alert import Alert
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.errors import (
    CannotLead,
    LedByOther,
    NotAllowed,
    NotFound,
    NotInvited,
    OthersSpeak,
    OutsideTerritory,
    PartnerNeedsIncident,
)
from alerting.domain.officer import Officer, Permission, Role
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import GENT, channels, make_services, person
from tests.permissions.acts import ACTS
from tests.permissions.spy import Spy, spying
from tests.permissions.trial import Row, Trial
from tests.territory import PARTNER, Country

SEVERAL = (invitations.resend_invitation,)
"""Acts of several transactions: tests/actions/test_transactions.py has the reasons."""
INVITED = "partner, invited"
COLUMNS: Sequence[str] = (*(role.value for role in Role), INVITED)
YES, INSIDE, NO = "everywhere", "inside", "no"


DENIED = (
    NotAllowed,
    NotFound,
    OutsideTerritory,
    OthersSpeak,
    NotInvited,
    PartnerNeedsIncident,
    CannotLead,
    LedByOther,
)
"""How an act says that it is not this officer's; any other error is a mistake in the row."""


async def trial_of(officer: Officer, database: Database, clock: Clock) -> Trial:
    """Somebody of the whole country, who tries something inside."""
    services = make_services(database, clock)
    return Trial(Desk(services, clock), Country(services), officer, here=True, incident=0)


async def column(name: str, database: Database, clock: Clock) -> dict[str, str]:
    """What one kind of officer may do, tried out."""
    return (await tried(name, database, clock))[0]


async def tried(
    name: str, database: Database, clock: Clock
) -> tuple[dict[str, str], set[Permission]]:
    """What one kind of officer may do, and every right that was asked for."""
    nobody_reached = ScriptedChannel(
        "email",
        Tracking.ACCEPTANCE,
        script=repeat(Refused(FailureReason.ADDRESS_DEAD)),
    )
    services = make_services(database, clock, {**channels(), "email": nobody_reached})
    country, desk = await Country(services).founded(), Desk(services, clock)
    await desk.registers(person(1), person(2, nis_code=GENT))
    lead = await country.officer(Role.COMMUNICATOR, name="lead")
    other = await country.officer(Role.APPROVER, name="other")
    incident = await country.incident(by=lead)
    until = (services.now() + timedelta(days=1)).isoformat()
    await country.invites(incident, by=lead, second=other, until=until)
    if name == INVITED:
        officer = await country.officer(Role.COMMUNICATOR, PARTNER)
    else:
        officer = await country.officer(Role(name))
    serial, standing = itertools.count(), dict[bool, Alert]()
    found: dict[str, str] = {}
    asked: set[Permission] = set()
    for label, row in ACTS.items():
        allowed = []
        for here in (True, False):
            trial = Trial(desk, country, officer, here, incident.id, serial, standing)
            done, spy = await attempt(row, trial)
            assert not spy.early, f"“{label}” writes before it asks: {spy.early[0]}"
            assert spy.asked or not done, f"“{label}” asks for no right"
            once = spy.transactions <= 1 or row.act in SEVERAL
            assert once, f"“{label}” is several transactions"
            allowed.append(done)
            asked |= spy.asked
        assert allowed != [False, True], f"{name} may “{label}” outside only"
        found[label] = YES if all(allowed) else INSIDE if any(allowed) else NO
    return found, asked


async def attempt(row: Row, trial: Trial) -> tuple[bool, Spy]:
    """Whether it was done; refused is by one of DENIED, or by an answer that shows nothing."""
    try:
        call = await row.prepare(trial)
    except DENIED:  # what this officer cannot even prepare
        call = None
    with spying() as spy:
        if call is None:
            spy.asked.add(Permission.READ)
            return False, spy
        try:
            answer = row.act(trial.services, *call.given, by=trial.by, **call.named)
            if inspect.isasyncgen(answer):
                answer = [one async for one in answer]
            else:
                answer = await answer
        except DENIED:
            assert not spy.transactions, f"{row.act.__name__} was refused and wrote all the same"
            return False, spy
    return call.shows(answer), spy
