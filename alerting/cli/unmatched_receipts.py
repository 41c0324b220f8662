"""`alerting stray-receipts`: what providers reported about deliveries we do not know."""

from rich.table import Table

from alerting.actions.operations import unmatched_receipts as receipts
from alerting.cli.runtime import Token, acting, command, console, words


@command
async def stray(token: Token) -> None:
    """List receipts that fit no delivery of ours, for review."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await receipts.stray(opened, by=officer)
    table = Table("key", "kind", "trouble", "detail", "times", "first", "last")
    for one in found:
        first, last = say.moment(one.first_at), say.moment(one.last_at)
        table.add_row(one.key, one.kind, one.trouble, one.detail, str(one.n), first, last)
    console.print(table)
