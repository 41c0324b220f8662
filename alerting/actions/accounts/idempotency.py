"""A request with an Idempotency-Key is carried out once, however often it comes.

After the IETF draft draft-ietf-httpapi-idempotency-key-header. The row of a key is marked in the
transaction of the act itself (`UnitOfWork.record`): a server that dies in the middle leaves either
an act and the mark, or neither. Only what was done is remembered: a request that did nothing is
judged anew when it comes again.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import timedelta
from json import dumps, loads
from zlib import compress, decompress

from alerting.actions.accounts.credentials import hash_of
from alerting.domain.errors import AnswerLost, FirstInProgress, KeyMissing, KeyReused, TooManyKeys
from alerting.services import Services
from alerting.store.accounts import idempotency_keys
from alerting.store.accounts.idempotency_keys import KnownRequest

ABANDONED_AFTER = timedelta(minutes=2)
"""Then a server that neither acted nor answered is taken for dead; if it lives, it cannot act."""

MOST_KEYS = 5_000
"""Of one credential within the time they are remembered: more than any program has acts to do."""

acting_for = idempotency_keys.acting_for


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: str


async def begin_request(
    services: Services, credential: int, key: str, request: str
) -> str | SavedAnswer:
    """The id to act for, or the answer that was given already.

    `request` is its method, address and body. Raises KeyReused, FirstInProgress, AnswerLost,
    TooManyKeys.
    """
    now = services.now()
    since = now - services.retention.idempotency_keys
    async with services.unit() as unit:
        # Before the new one is there: what was answered once is answered, however many there are.
        full = (
            await idempotency_keys.count_keys(unit.connection, credential, since=since) >= MOST_KEYS
        )
        found = await idempotency_keys.claim(
            unit.connection,
            unit.database,
            credential=credential,
            key_hash=hash_of(key),
            request_hash=hash_of(request),
            now=now,
            forgotten=since,
            abandoned=now - ABANDONED_AFTER,
        )
        if full and isinstance(found, str):
            raise TooManyKeys(most=MOST_KEYS)
    if isinstance(found, str):
        return found
    if found.request_hash != hash_of(request):
        raise KeyReused
    return _answer(services, found, abandoned=now - ABANDONED_AFTER > (found.acted_at or now))


def _answer(services: Services, known_request: KnownRequest, *, abandoned: bool) -> SavedAnswer:
    if known_request.answer_sealed is None:
        raise AnswerLost if abandoned else FirstInProgress
    try:
        packed = services.keyring.open(known_request.answer_sealed, about=_about(known_request.id))
    except KeyMissing:  # retired since
        raise AnswerLost from None
    return SavedAnswer(**loads(decompress(b64decode(packed))))


async def save_answer(services: Services, claimed: str, answer: SavedAnswer) -> None:
    """Keep it, sealed: it may hold a secret that is shown once."""
    content = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    packed = b64encode(compress(dumps(content).encode())).decode()  # texts: a tenth of their size
    sealed = services.keyring.seal(packed, about=_about(claimed))
    async with services.unit() as unit:
        await idempotency_keys.save_answer(unit.connection, claimed, sealed)


async def release_request(services: Services, claimed: str) -> bool:
    """Let the same request come again, unless something was done for it; False then."""
    async with services.unit() as unit:
        return await idempotency_keys.release(unit.connection, claimed)


def _about(claimed: str) -> str:
    return f"answer to request {claimed}"
