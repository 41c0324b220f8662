"""What the engine asks of an alert stands in `sending` and nowhere else."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, UnreachedPolicy, Urgency
from alerting.domain.sending import of_alert
from alerting.store import Database, deliveries, tables
from alerting.store import sendings as sending_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import unit
from tests import make
from tests.doubles import NOON

FIRST = make.alert()
CHANGED = {
    "class": replace(FIRST, alert_class=AlertClass.TEST),
    "urgency": replace(FIRST, hazard=replace(make.HAZARD, urgency=Urgency.FUTURE)),
    "follow-up": replace(
        FIRST,
        previous_alert=1,
        follow_up=FollowUp.FALSE_ALERT,
        unreached_policy=UnreachedPolicy.SKIP,
    ),
    "end": replace(FIRST, expires_at=FIRST.expires_at + timedelta(hours=1)),
    "sent": replace(FIRST, sent_at=NOON, finished_at=NOON, approved_fingerprint="read"),
}


def test_no_column_but_the_number_stands_in_both() -> None:
    assert set(tables.alert.c.keys()) & set(tables.sending.c.keys()) == {"id"}


def test_whatever_is_sent_is_referred_to_by_its_number() -> None:
    """What belongs to deliveries has no column for alerts alone."""
    found = {
        table.name
        for table in tables.metadata.sorted_tables
        if "sending_id" in table.c and "alert_id" not in table.c
    }
    assert found == {
        "archived_spread",
        "publication",
        "delivery_archive",
        "sending_channel",
        "chunk",
        "delivery",
        "delivery_attempt",
        "alerted_address",
        "delivery_count",
        "delivery_timeline",
        "route_outcome_count",
        "unmatched_receipt",
    }


@pytest.mark.parametrize("wanted", CHANGED.values(), ids=CHANGED)
async def test_an_alert_and_its_sending_never_differ(database: Database, wanted: Alert) -> None:
    async with unit(database) as opened:
        connection = opened.connection
        drafted = await alert_rows.save(connection, FIRST)
        changed = await alert_rows.save(
            connection, replace(wanted, id=drafted.id, state=AlertState.IN_REVIEW)
        )
        made = await alert_rows.save(connection, wanted)
        for saved in (changed, made):
            assert await sending_rows.load(connection, saved.id) == of_alert(saved)


def test_the_engine_names_no_table_of_alerts() -> None:
    """What it must know of an alert stands in `sending`, or is given to it with the content."""
    of_alerts = {"alert", "alert_place", "alert_text", "composition"}
    assert of_alerts <= set(vars(tables))
    store = Path(deliveries.__file__).parent
    files = [*sorted(store.glob("*.py")), store.parent / "sendings.py"]
    named = [
        f"{file.name}:{node.lineno} {alias.name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "alerting.store.tables"
        for alias in node.names
        if alias.name in of_alerts
    ]
    assert named == []
    assert len(files) > 10
