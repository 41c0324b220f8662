"""Whoever leaves a list is erased wherever their addresses stand, not on the list alone."""

from dataclasses import asdict, dataclass

from alerting.actions import authorization
from alerting.actions.recipients.import_jobs import import_folder
from alerting.delivery.contents import audience_of
from alerting.domain.jobs import SendChunk
from alerting.domain.officer import Officer
from alerting.domain.recipient import own_addresses
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.accounts import one_time_tokens
from alerting.store.deliveries import erasure as delivery_erasure
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries import unmatched_receipts
from alerting.store.deliveries.erasure import NotSent
from alerting.store.recipients import import_jobs as job_rows
from alerting.store.recipients.entries import RecipientEntry
from alerting.store.recipients.erasure import erase_entry
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Erased:
    """In how many rows of what an address was erased, beside the list itself."""

    deliveries: int
    receipts: int
    uploads: int
    forms: int
    handed_on: int = 0
    """Messages that waited for them and now go to the next entry with the same address."""

    def numbers(self) -> dict[str, int]:
        """For the ledger."""
        return asdict(self)


async def erase_recipient(
    services: Services,
    unit: UnitOfWork,
    before: RecipientEntry,
    owner: ListOwner,
    *,
    requested: bool,
    by: Officer,
) -> Erased:
    """End an entry, and take its addresses out of all that was kept, in the caller's transaction.

    Who shares an address with them, and was not written to because they were, is from now on.

    Of uploaded files and saved forms those that hold an address are deleted, where they are of
    people who work within the owner's territory: a file cannot be corrected as its owner would.
    The list of those who said no keeps HMACs.
    """
    connection, now = unit.connection, services.now()
    addresses = own_addresses(before.who)
    officers = await _officers_within(services, unit, by=by)
    sending = await sending_rows.hold_all_sending(connection)
    hmacs = services.opt_out_hmacs()
    await erase_entry(
        connection,
        unit.database,
        before,
        hmacs,
        now,
        owner=owner,
        requested=requested,
    )
    erased, not_sent = await delivery_erasure.erase(
        connection, unit.database, before.id, hmacs, now=now
    )
    handed_on = [
        await _hand_on(services, unit, one) for one in not_sent if one.sending_id in sending
    ]
    return Erased(
        deliveries=erased,
        handed_on=sum(handed_on),
        receipts=await unmatched_receipts.erase(connection, addresses),
        uploads=await job_rows.forget_naming(
            connection, import_folder(services), addresses, officers
        ),
        forms=await one_time_tokens.delete_forms_naming(connection, addresses, officers),
    )


async def _hand_on(services: Services, unit: UnitOfWork, remaining_not_sent: NotSent) -> bool:
    """Whether another entry is written to in the place of one that left."""
    channel = services.channels.get(remaining_not_sent.channel)
    if channel is None:
        return False
    sending = await sending_rows.load(unit.connection, remaining_not_sent.sending_id)
    audience = await audience_of(services, unit.connection, sending, channel)
    chunk = await planning_rows.hand_on(
        unit.connection,
        unit.database,
        sending_id=sending.id,
        criteria=audience.criteria,
        address=remaining_not_sent.address,
        precedence=audience.precedence,
        now=services.now(),
    )
    if chunk is not None:
        unit.after_commit(
            SendChunk(sending.id, remaining_not_sent.channel, chunk, audience.precedence)
        )
    return chunk is not None


async def _officers_within(
    services: Services, unit: UnitOfWork, *, by: Officer
) -> frozenset[str] | None:
    """Names of those who work inside an officer's territory and nowhere else; None: everybody."""
    inside = await authorization.authorities_within(services, unit, by=by)
    if inside is None:
        return None
    living = await membership_rows.by_person(unit.connection)
    names = {
        memberships[0].officer
        for memberships in living.values()
        if {membership.authority for membership in memberships} <= inside
    }
    return frozenset(names | {by.name})
