"""How an alert looks in a terminal: its progress as a table."""

from collections.abc import Callable, Sequence

from rich.console import Group
from rich.table import Table

from alerting.actions.alerts.queries import AlertStatus
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.delivery import HANDED_OVER, STATE_NAMES, State
from alerting.domain.delivery_figures import Count
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator

Belongs = Callable[[State], bool]
COLUMNS: tuple[tuple[str, Belongs, bool], ...] = (
    # A heading, the states that count, and whether it is shown even when nothing is in it.
    (msgid("planned"), lambda state: True, True),
    (msgid("sent"), lambda state: state in HANDED_OVER, True),
    (msgid("delivered"), lambda state: state is State.DELIVERED, True),
    (msgid("accepted by the relay"), lambda state: state is State.ACCEPTED, False),
    (msgid("failed"), lambda state: state is State.FAILED, True),
    (msgid("waiting"), lambda state: state is State.WAITING, True),
    (msgid("receipt expected"), lambda state: state is State.SENT, False),
    (msgid("unconfirmed"), lambda state: state is State.UNCONFIRMED, False),
    (msgid("expired"), lambda state: state is State.EXPIRED, False),
)
TIMES = (msgid("first"), msgid("50 %"), msgid("95 %"), msgid("last"))
TOTAL = msgid("total")
NOT_CONCERNED = msgid("not concerned: {n}")


def progress(status: AlertStatus, say: Translator) -> Table:
    """Planned, sent, delivered, failed, waiting: a row a channel and language, and their sum."""
    shown = [
        (name, belongs)
        for name, belongs, always in COLUMNS
        if always or any(belongs(count.state) for count in status.concerned)
    ]
    table = Table("", "", box=None, pad_edge=False)
    for name, _ in shown:
        table.add_column(say(name), justify="right")

    def row(counts: Sequence[Count]) -> list[str]:
        return [say.number(sum(c.n for c in counts if belongs(c.state))) for _, belongs in shown]

    for channel, language in sorted(
        {(count.channel, count.language) for count in status.concerned}
    ):
        mine = [
            count
            for count in status.concerned
            if (count.channel, count.language) == (channel, language)
        ]
        table.add_row(channel, language, *row(mine))
    table.add_section()
    table.add_row(say(TOTAL), "", *row(status.concerned), style="bold")
    return table


def timing(status: AlertStatus, say: Translator) -> Table:
    """Seconds until the first, half, 95 % and the last had left, per channel."""
    table = Table("", box=None, pad_edge=False)
    for name in TIMES:
        table.add_column(say(name), justify="right")
    for one in sorted(status.times, key=lambda one: one.channel):
        figures = (one.first, one.half, one.most, one.last)
        table.add_row(
            one.channel,
            *("" if figure is None else f"{say.number(round(figure, 2))} s" for figure in figures),
        )
    return table


def reasons(status: AlertStatus, say: Translator) -> Table | None:
    """Why deliveries failed or wait; None where none did."""
    troubled: dict[tuple[str, str, str], int] = {}
    for count in status.concerned:
        if count.failure_reason is not None and count.state is not State.DELIVERED:
            key = (
                count.channel,
                STATE_NAMES[count.state],
                FAILURE_REASON_NAMES[count.failure_reason],
            )
            troubled[key] = troubled.get(key, 0) + count.n
    if not troubled:
        return None
    table = Table("", "", say(msgid("cause")), box=None, pad_edge=False)
    table.add_column(say(msgid("number")), justify="right")
    for (channel, state, failure_reason), n in sorted(troubled.items()):
        table.add_row(channel, say(state), say(failure_reason), say.number(n))
    return table


def board(status: AlertStatus, say: Translator) -> Group:
    """Its tables, as far as there is something in them."""
    left_out = status.not_concerned
    left = say(NOT_CONCERNED, n=say.number(left_out)) if left_out else None
    parts = (progress(status, say), left, reasons(status, say), timing(status, say))
    return Group(*(piece for part in parts if part for piece in (part, "")))


def unreached(status: AlertStatus) -> int:
    """Deliveries that ended without the message getting through, as far as anyone knows."""
    lost = {State.FAILED, State.EXPIRED, State.UNCONFIRMED}
    return sum(count.n for count in status.concerned if count.state in lost)
