"""Settle what workers that are gone left in their journals, in their name.

What a provider accepted is written down with its reference, route and time. What was begun and not
answered is in doubt. What was declined or never begun is not: it goes as if nothing had happened.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from alerting.delivery.journal import JournalFolder, LeftJournal, LeftMessage
from alerting.domain.channel import Deferred, FailureReason
from alerting.domain.delivery import AFTER_ACCEPTANCE, Verdict, settle
from alerting.domain.language import Language
from alerting.services import Services
from alerting.store import Database, outage
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import journaled, settlement
from alerting.store.deliveries.chunks import Due
from alerting.store.deliveries.journaled import LeftChunk
from alerting.store.deliveries.settlement import Settled
from alerting.store.operations import installation

LOST = Deferred(FailureReason.UNCLEAR, "worker died")
STILL_READ = timedelta(seconds=10)
"""A dead worker's last requests may still wait to be read: a provider that is asked before has
nothing, and the message would go twice."""

log = structlog.get_logger()


async def open_folder(services: Services, worker: str) -> JournalFolder | None:
    """Where this worker keeps its journals; None where the installation has no folder for them."""
    if services.journals is None:
        return None
    async with services.reading() as reading:
        mark = await installation.mark(reading.connection)
    return JournalFolder(services.journals, database=mark, worker=worker, now=services.now)


async def settle_left(services: Services, folder: JournalFolder) -> int:
    """Settle the journals of all workers of this machine that are gone; the number of them.

    Raises an error of the database where it is away: they wait for the next time.
    """
    settled = 0
    for remaining_journal in folder.left():
        settle_it = partial(_settle, services.database, remaining_journal, services.now())
        try:
            done = await services.database.at_once(settle_it)
        except Exception as error:
            if outage(error):
                raise
            # Without it, the chunk is in doubt as a whole: no worker ends of that.
            log.exception("journal.not_settled", path=str(remaining_journal.path))
            done = True
        if done:
            remaining_journal.path.unlink(missing_ok=True)
            settled += 1
    return settled


def _settle(
    database: Database, remaining_journal: LeftJournal, now: datetime, connection: Connection
) -> bool:
    """Whether all that the journal says is settled, and it may go."""
    if not remaining_journal.complete and journaled.worker_is_listed(
        connection, remaining_journal.worker
    ):
        return False  # of a machine whose locks say nothing here, or soon found to be gone
    chunk = journaled.hold_left_chunk(
        connection,
        remaining_journal.chunk_id,
        sending_id=remaining_journal.sending_id,
        channel=remaining_journal.channel,
        by=remaining_journal.worker,
    )
    if chunk is None:
        return True
    still_in_doubt = not remaining_journal.complete or _was_in_doubt(remaining_journal, chunk)
    attempts = _attempts(connection, remaining_journal, chunk, now)
    if not chunk.its_own and not attempts:
        return True
    settlement.settle(
        connection,
        database,
        chunk.held,
        attempts,
        began_at=chunk.began_at,
        now=now,
        still_in_doubt=still_in_doubt,
    )
    if chunk.its_own:
        journaled.make_due(connection, remaining_journal.chunk_id, now=now)
    accepted = sum(result.handed_over_at is not None for result in attempts)
    log.warning(
        "journal.settled",
        worker=remaining_journal.worker,
        chunk=remaining_journal.chunk_id,
        accepted=accepted,
        in_doubt=len(attempts) - accepted,
        whole_chunk_in_doubt=still_in_doubt,
    )
    return True


def _was_in_doubt(remaining_journal: LeftJournal, chunk: LeftChunk) -> bool:
    """Whether the chunk was in doubt before this worker had it.

    Where it was killed while it leased it, the row says so: or that the lease was ended since.
    """
    return chunk.held.in_doubt if remaining_journal.in_doubt is None else remaining_journal.in_doubt


def _attempts(
    connection: Connection, remaining_journal: LeftJournal, chunk: LeftChunk, now: datetime
) -> list[Settled]:
    """What the journal says of deliveries, and is not written down yet.

    Doubts are those of the chunk's last holder only: whoever had it since has it in doubt.
    """
    if not remaining_journal.messages:
        return []
    known = journaled.known_references(connection, chunk.held, remaining_journal.messages)
    whole = replace(chunk.held, in_doubt=True)
    waiting = {
        due.recipient_id: due for due in chunk_rows.due_deliveries(connection, whole, now=now)
    }
    attempts = []
    for number, message in remaining_journal.messages.items():
        due = waiting.get(number)
        if message.accepted_at is None:
            if due is not None and chunk.its_own:
                attempts.append(_in_doubt(due, message, chunk, now))
        elif (number, message.route, message.reference) not in known:
            attempts.append(_accepted(due or _moved_on(number), message, message.accepted_at))
    return attempts


def _moved_on(number: int) -> Due:
    """A delivery that waits no more; what else is known of it plays no part."""
    return Due(number, Language.FR, "", 0, "")


def _accepted(due: Due, message: LeftMessage, at: datetime) -> Settled:
    verdict = Verdict(AFTER_ACCEPTANCE[message.tracking], reference=message.reference)
    return Settled(due, verdict, at, message.route, possible_duplicate=message.unknown)


def _in_doubt(due: Due, message: LeftMessage, chunk: LeftChunk, now: datetime) -> Settled:
    verdict = settle(
        LOST,
        tracking=message.tracking,
        attempts=due.attempts + 1,
        now=now,
        expires=chunk.expires_at,
        jitter=random.random(),  # noqa: S311  spreads retries, guards nothing
    )
    if verdict.next_attempt_at is not None:
        verdict = verdict._replace(next_attempt_at=max(verdict.next_attempt_at, now + STILL_READ))
    return Settled(due, verdict, route=message.route, doubted_at=now)
