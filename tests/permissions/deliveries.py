"""What was sent to whom."""

from collections.abc import Mapping

from alerting.actions import deliveries
from alerting.domain.delivery import DeliveryKey
from tests.make import person
from tests.permissions.trial import Call, Row, Trial, looked_at, numbered


async def a_delivery(one: Trial) -> Call:
    who = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(who)
    made = await one.sent(channels=("sms",))
    await one.desk.works()
    (row,) = [row for row in await one.desk.deliveries(made) if row.address == who.phone]
    return Call(made.id, str(DeliveryKey(made.id, "sms", row.recipient_id)))


ROWS: Mapping[str, Row] = {
    "see its deliveries": Row(
        deliveries.list_deliveries, lambda one: numbered(one.there(), limit=1)
    ),
    "read one of its deliveries": Row(deliveries.get_delivery, a_delivery),
    "export its deliveries": Row(deliveries.export_deliveries, looked_at),
}
