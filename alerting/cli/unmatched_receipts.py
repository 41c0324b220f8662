"""`alerting unmatched-receipts`: what providers reported that matches no delivery."""

from alerting.actions.operations import unmatched_receipts
from alerting.cli.runtime import Token, acting, command, console, table_of, words
from alerting.domain.delivery import MISMATCH_NAMES
from alerting.domain.text.i18n import msgid, msgid_in


@command
async def list_unmatched(token: Token) -> None:
    """List receipts that match no delivery, for review."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await unmatched_receipts.list_unmatched(opened, by=officer)
    table = table_of(
        say,
        msgid("Key"),
        msgid("Route"),
        msgid("Reference"),
        msgid("Reason"),
        msgid("Kind"),
        msgid("Cause"),
        msgid("Code"),
        msgid_in("column", "Times"),
        msgid_in("column", "First"),
        msgid_in("column", "Last"),
    )
    for unmatched_receipt in found:
        table.add_row(
            unmatched_receipt.key,
            f"{unmatched_receipt.channel} {unmatched_receipt.route}",
            unmatched_receipt.reference,
            say(MISMATCH_NAMES[unmatched_receipt.reason]),
            unmatched_receipt.kind,
            unmatched_receipt.failure_reason,
            unmatched_receipt.provider_code,
            str(unmatched_receipt.n),
            say.moment(unmatched_receipt.first_at),
            say.moment(unmatched_receipt.last_at),
        )
    console.print(table)
