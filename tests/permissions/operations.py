"""Notices, the ledger, receipts, routes and the map."""

import json
from collections.abc import Mapping
from dataclasses import replace

from alerting.actions import ledger, places
from alerting.actions.alerts import shapes, stopping
from alerting.actions.operations import map_outlines, routes, unmatched_receipts
from alerting.actions.public import administration as pages
from alerting.actions.public import cap_writing
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import AlertState
from alerting.domain.route import Override
from alerting.domain.shape import circle
from alerting.store.alerts import repository as alert_rows
from tests.make import LIEGE
from tests.permissions.trial import Call, Row, Trial, plain

OUTLINES = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"nis": LIEGE},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]],
                },
            }
        ],
    }
).encode()
LOCALITIES = b"name,language,postal_code,municipality\nSclessin,fr,4000,62063\n"


async def in_the_ledger(one: Trial) -> Call:
    made = await one.there()
    return Call(about=f"alert/{made.id}").showing(lambda found: bool(found.items))


async def notice(one: Trial) -> Call:
    made = await one.there()
    async with one.services.unit() as unit:
        told = {"officer": "mila", "problem": "none"}
        await inbox.notify(one.services, unit, made, {one.by.name}, stopping.NOT_RESUMED, **told)
    waiting = await inbox.list_unread(one.services, by=one.by)
    return Call(max([found.id for found in waiting], default=10**6))


async def a_route(one: Trial) -> Call:
    channel, (route, *_) = next(iter(one.services.routes.items()))
    return Call(channel, route.route, Override.OFF, reason="maintenance")


async def a_mail_route(one: Trial) -> Call:
    await one.signed_in()
    return Call("email", one.services.routes["email"][0].route)


async def an_alert(one: Trial) -> Call:
    return Call((await one.there()).id)


async def an_ended_page(one: Trial) -> Call:
    sent = await one.sent()
    async with one.services.unit() as unit:
        await alert_rows.save(unit.connection, replace(sent, state=AlertState.EXPIRED))
    return Call(sent.id, reason="it names a person")


ROWS: Mapping[str, Row] = {
    "see notifications": Row(inbox.list_unread, lambda _: plain()),
    "mark a notification as read": Row(inbox.mark_read, notice),
    "read the audit log": Row(ledger.list_entries, in_the_ledger),
    "see unmatched receipts": Row(unmatched_receipts.list_unmatched, lambda _: plain()),
    "see routes": Row(routes.list_routes, lambda _: plain()),
    "see workers": Row(routes.list_workers, lambda _: plain()),
    "switch a route off or on": Row(routes.override_route, a_route),
    "send oneself a test message by a route": Row(routes.send_test_message, a_mail_route),
    "see one's own test messages": Row(routes.list_test_messages, lambda _: plain()),
    "see the map": Row(map_outlines.outlines, lambda _: plain()),
    "see what a circle or polygon touches": Row(
        shapes.shares_inside, lambda _: plain(circle(5.58, 50.64, 1))
    ),
    "check a list of localities": Row(
        places.check_localities, lambda _: plain(LOCALITIES, file="a.csv")
    ),
    "replace the list of localities": Row(
        places.import_localities, lambda _: plain(LOCALITIES, file="a.csv")
    ),
    "write the CAP message of an alert": Row(cap_writing.write_cap_message, an_alert),
    "see where alerts stand in public": Row(pages.overview, lambda _: plain()),
    "withdraw the public page of an alert that is over": Row(pages.withdraw, an_ended_page),
    "have all public pages made anew": Row(pages.request_rebuild, lambda _: plain()),
    "replace the map": Row(
        map_outlines.import_outlines, lambda _: plain(OUTLINES, file="a.geojson")
    ),
}
