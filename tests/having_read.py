"""Acts by somebody who has just read the alert, and what is under way beside it."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import unescape
from typing import Any

from alerting.actions.alerts import (
    approval,
    discarding,
    drafting,
    queries,
    scheduling,
    sending,
    text_checks,
)
from alerting.actions.recipients import lists as recipient_lists
from alerting.checks.audience import NOBODY
from alerting.domain.alert import Alert, StepReason
from alerting.domain.errors import LanguageMissing, NoPersonToReach, NotFit
from alerting.domain.message import Message
from alerting.domain.officer import Officer
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.entries import RecipientEntry


async def fingerprint(services: Services, number: int, *, by: Officer) -> str:
    """What the alert says now."""
    return (await queries.get_alert(services, number, by=by)).fingerprint()


ENTRY = re.compile(r"/(recipients|press-contacts)/\d+")
NOBODY_LISTED = "Nobody is on the lists yet."
"""Why an alert that reaches nobody goes on, in tests that are about something else."""


async def revise(
    services: Services, number: int, texts: Sequence[Message], *, by: Officer, **more: Any
) -> Alert:
    """Replace texts of what stands there now."""
    seen = await fingerprint(services, number, by=by)
    return await drafting.revise(services, number, texts, by=by, seen=seen, **more)


async def accept_rewrite(services: Services, number: int, *, by: Officer) -> Alert:
    """Take the rewrite of what stands there now."""
    seen = await fingerprint(services, number, by=by)
    return await drafting.accept_rewrite(services, number, by=by, seen=seen)


async def discard(services: Services, number: int, *, by: Officer, **more: Any) -> Alert:
    """Put aside what stands there now."""
    seen = await fingerprint(services, number, by=by)
    return await discarding.discard(services, number, by=by, seen=seen, **more)


async def submit(services: Services, number: int, *, by: Officer, note: str = "") -> Alert:
    """Ask for approval; where nobody is listed or a text is not ready, with a note."""
    try:
        return await approval.submit(services, number, by=by, note=note)
    except (NoPersonToReach, LanguageMissing, NotFit):
        return await approval.submit(services, number, by=by, note=NOBODY_LISTED)


async def approve(services: Services, number: int, *, by: Officer, **more: Any) -> Alert:
    """Approve it as it stands; where nothing blocks it but that nobody is listed, with a reason."""
    preview = await queries.preview(services, number, by=by)
    blocking = {one.rule for one in text_checks.blocking_findings(preview.findings)}
    if blocking == {NOBODY} and not preview.holes:
        more = {"reason": NOBODY_LISTED, **more}
    seen = preview.alert.fingerprint()
    return await approval.approve(services, number, by=by, seen=seen, **more)


async def send(services: Services, number: int, *, by: Officer, **more: Any) -> Alert:
    """Send it as it stands."""
    seen = await fingerprint(services, number, by=by)
    more = {"accept_same": True, **more}
    return await sending.send(services, number, by=by, seen=seen, **more)


async def send_now(services: Services, number: int, *, by: Officer, reason: str) -> Alert:
    """Send it alone as it stands."""
    seen = await fingerprint(services, number, by=by)
    return await sending.send_with_break_glass(
        services, number, by=by, reason=reason, seen=seen, accept_same=True
    )


async def schedule(
    services: Services, number: int, at: datetime, *, by: Officer, **more: Any
) -> Alert:
    """Schedule it as it stands."""
    seen = await fingerprint(services, number, by=by)
    more = {"accept_same": True, **more}
    return await scheduling.schedule(
        services, number, at, by=by, seen=seen, reason=StepReason.AGREED, **more
    )


async def edit_recipient(
    services: Services, kind: RecipientKind, number: int, fields: dict[str, str], *, by: Officer
) -> RecipientEntry:
    """Change an entry of a list as it stands."""
    async with services.reading() as reading:
        found = await recipient_rows.load(reading.connection, number)
    seen = found.fingerprint() if found else ""
    return await recipient_lists.edit_recipient(services, kind, number, fields, seen=seen, by=by)


def deciding_form(alert: Alert, **more: Any) -> dict[str, Any]:
    """The form of the page that approves, with every text waved through."""
    waived = [f"{one.channel}.{one.language}" for one in alert.messages]
    return {"seen": alert.fingerprint(), "waived": waived, **more}


async def unmasked(client: Any, path: str) -> str:
    """The page at a path, with the personal data that its button shows."""
    head, _, query = path.partition("?")
    return str((await client.post(f"{head}/personal-data?{query}")).text)


async def post_form(client: Any, path: str, data: dict[str, Any]) -> Any:
    """Send the form of a page, with what it hides; of an entry, once its data are shown."""
    page = await unmasked(client, path) if ENTRY.fullmatch(path) else (await client.get(path)).text
    hides = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page)
    return await client.post(path, data={**{name: unescape(is_) for name, is_ in hides}, **data})


async def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    """Post to the JSON API, with the fingerprint of what was read."""
    alert = (await client.get(path.rpartition("/")[0])).json()
    return await client.post(path, {"fingerprint": alert["fingerprint"], **(body or {})})
