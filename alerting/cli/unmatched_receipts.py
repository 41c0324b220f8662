"""`alerting unmatched-receipts`: what providers reported that matches no delivery."""

from rich.table import Table

from alerting.actions.operations import unmatched_receipts
from alerting.cli.runtime import Token, acting, command, console, words
from alerting.domain.delivery import MISMATCH_NAMES


@command
async def list_unmatched(token: Token) -> None:
    """List receipts that match no delivery, for review."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await unmatched_receipts.list_unmatched(opened, by=officer)
    columns = (
        "key",
        "route",
        "reference",
        "why",
        "kind",
        "cause",
        "code",
        "times",
    )
    table = Table(*columns, "first", "last")
    for one in found:
        table.add_row(
            one.key,
            f"{one.channel} {one.route}",
            one.reference,
            say(MISMATCH_NAMES[one.reason]),
            one.kind,
            one.failure_reason,
            one.provider_code,
            str(one.n),
            say.moment(one.first_at),
            say.moment(one.last_at),
        )
    console.print(table)
