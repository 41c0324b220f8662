"""CAP messages for the public folder, signed with the keys there are at that moment."""

from collections.abc import Callable, Sequence

import structlog

from alerting.actions.public.cap_messages import cap_message
from alerting.actions.public.signing import list_signing_keys, open_signer
from alerting.actions.public.site import Site
from alerting.cap.signature import Signer
from alerting.domain.errors import CapNotRight, KeyMissing
from alerting.domain.public_alert import PublicAlert
from alerting.services import Services

log = structlog.get_logger()


async def open_cap_maker(
    services: Services,
) -> Callable[[PublicAlert, Sequence[PublicAlert], Site], bytes | None]:
    """What makes the message of an alert, of its chain and the site; the first key is made here.

    None of what is not published as CAP. Where a message would not be right, or there is no key,
    there is none, and the log says why: neither alerts nor their pages wait for that.
    """
    try:
        await open_signer(services)
    except KeyMissing as fault:
        log.error("cap.no_key", key=str(fault.facts["key"]))  # noqa: TRY400  no traceback

    def make(alert: PublicAlert, chain: Sequence[PublicAlert], site: Site) -> bytes | None:
        try:
            keys = tuple(key.key for key in list_signing_keys(services))
            if not keys:
                return None
            return cap_message(alert, chain, site, identity=services.cap, signer=Signer(keys))
        except (CapNotRight, KeyMissing) as fault:
            log.error("cap.not_made", alert=alert.address.number, reason=str(fault))  # noqa: TRY400
            return None

    return make
