"""How an alert looks in a terminal: its progress as a table."""

from collections.abc import Callable

from rich.table import Table

from alerting.actions.alerts import Status
from alerting.catalogue import Words
from alerting.domain.channel import TROUBLE_NAMES
from alerting.domain.delivery import State
from alerting.domain.words import msgid

COLUMNS: tuple[tuple[str, Callable[[State], bool]], ...] = (
    (msgid("planned"), lambda state: True),
    (
        msgid("sent"),
        lambda state: state in {State.SENT, State.ACCEPTED, State.DELIVERED, State.UNCONFIRMED},
    ),
    (msgid("delivered"), lambda state: state in {State.DELIVERED, State.ACCEPTED}),
    (msgid("failed"), lambda state: state is State.FAILED),
    (msgid("expired"), lambda state: state is State.EXPIRED),
    (msgid("unconfirmed"), lambda state: state is State.UNCONFIRMED),
    (msgid("waiting"), lambda state: state is State.WAITING),
    (msgid("receipt expected"), lambda state: state is State.SENT),
)
TIMES = (msgid("first"), msgid("50 %"), msgid("95 %"), msgid("last"))
TOTAL = msgid("total")


def progress(status: Status, say: Words) -> Table:
    """Planned, sent, delivered, failed, waiting: a row a channel and language, and their sum."""
    table = Table("", "", *(say(name) for name, _ in COLUMNS), box=None, pad_edge=False)
    rows = sorted({(one.channel, one.language) for one in status.counts})
    for channel, language in rows:
        mine = [one for one in status.counts if (one.channel, one.language) == (channel, language)]
        table.add_row(
            channel,
            language,
            *(say.number(sum(c.n for c in mine if belongs(c.state))) for _, belongs in COLUMNS),
        )
    table.add_section()
    table.add_row(
        say(TOTAL),
        "",
        *(
            say.number(sum(c.n for c in status.counts if belongs(c.state)))
            for _, belongs in COLUMNS
        ),
        style="bold",
    )
    return table


def timing(status: Status, say: Words) -> Table:
    """Seconds until the first, half, 95 % and the last had left, per channel."""
    table = Table("", *(say(name) for name in TIMES), box=None, pad_edge=False)
    for one in sorted(status.times, key=lambda one: one.channel):
        figures = (one.first, one.half, one.most, one.last)
        table.add_row(
            one.channel,
            *("" if figure is None else f"{say.number(round(figure, 2))} s" for figure in figures),
        )
    return table


def reasons(status: Status, say: Words) -> Table:
    """Why deliveries failed or wait, with what to do."""
    table = Table("", say(msgid("reason")), say(msgid("number")), box=None, pad_edge=False)
    troubled: dict[tuple[str, str, str], int] = {}
    for one in status.counts:
        if one.trouble is not None and one.state is not State.DELIVERED:
            key = (one.channel, one.state, TROUBLE_NAMES[one.trouble])
            troubled[key] = troubled.get(key, 0) + one.n
    for (channel, state, trouble), n in sorted(troubled.items()):
        table.add_row(f"{channel} {say(state)}", say(trouble), say.number(n))
    return table


def unreached(status: Status) -> int:
    """Deliveries that ended without the message getting through, as far as anyone knows."""
    lost = {State.FAILED, State.EXPIRED, State.UNCONFIRMED}
    return sum(one.n for one in status.counts if one.state in lost)
