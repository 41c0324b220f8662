"""Where each alert stands in public: looked at, made anew, and a page withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerting.actions import authorization
from alerting.actions.alerts.guards import record_on_alert
from alerting.actions.public.alerts import PublicAlerts
from alerting.actions.public.origin import BEHIND, conflicts, read_origin, what_comes_back
from alerting.domain.alert import IN_FORCE, Alert, AlertClass, FollowUp
from alerting.domain.authority import scope_of
from alerting.domain.errors import BadRequest
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.public_alert import Address
from alerting.domain.publication import Publication, Withdrawal
from alerting.domain.reason import LONGEST_REASON, label_of
from alerting.domain.sending import of_alert
from alerting.domain.text.i18n import msgid
from alerting.services import PublicFolder, Services
from alerting.store import publications as publication_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.operations import installation
from alerting.store.unit_of_work import ReadTransaction

NO_CONTACT = msgid(
    "Nobody is named whom the public may write to or call, in: {languages}. The pages for contact, "
    "accessibility and privacy need that, and CAP messages: set {settings}."
)
SHOWN = 100
"""Alerts and publications shown at once."""
NO_REASON = msgid("To withdraw a public page, give a reason of at most {number} characters")
NO_PAGE = msgid("Alert {alert} has no public page: it was never sent, or it is a test")
STILL_HOLDS = msgid(
    "Alert {alert} is still active, so its page stays: send a correction, an all-clear or a false "
    "alarm first"
)
NEWER_FOLDER = msgid(
    "The public folder knows more than the database: read what making all pages anew would change, "
    "and say that the database is to be believed"
)
WITHDRAWN_BEFORE = msgid("The page of alert {alert} was withdrawn on {time}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """One alert as it stands in public."""

    alert: Alert
    """Without its texts."""
    address: str
    """Where everybody reads it."""
    publication: Publication | None
    """The last of it; None where its rows are older than they."""
    withdrawal: Withdrawal | None

    @property
    def may_be_withdrawn(self) -> bool:
        """Whether its words may be taken away: not while it holds."""
        return self.withdrawal is None and may_be_withdrawn(self.alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOverview:
    """Everything public that an officer may see, and what waits for the folder."""

    pages: Sequence[PublicPage]
    """The newest first, SHOWN at most."""
    waiting: Sequence[Publication]
    """The oldest first, SHOWN at most."""
    address: str
    """Where everybody reads the pages."""
    conflicts: Sequence[tuple[str, Mapping[str, str]]] = ()
    """Why the folder may show other than this installation would, with what the texts name."""
    knows_more: bool = False
    """Whether the folder is newer than the database, or of another: it is made anew only for
    somebody who says so."""
    notices: Sequence[tuple[str, Mapping[str, str]]] = ()
    """What is missing on the pages, with what the texts name."""


def may_be_withdrawn(alert: Alert) -> bool:
    """Whether nobody has to act on its words any more: it is over, or tells that another is, or
    only practised."""
    ends = alert.follow_up in {FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT}
    return alert.state not in IN_FORCE or ends or alert.alert_class is not AlertClass.ALERT


def address_of(services: Services, alert: Alert) -> str | None:
    """Where everybody reads an alert; None where it has no page."""
    if not of_alert(alert).is_public:
        return None
    folder = Address.of(alert.id, alert.created_at).folder
    return f"{services.pages_url}/{folder}/"


async def overview(services: Services, *, by: Officer) -> PublicOverview:
    """Where each alert stands in public."""
    by.must(Permission.READ)
    scope, now = scope_of(by.authority), services.now()
    async with services.reading() as reading:
        alerts = await alert_rows.newest(reading.connection, limit=SHOWN, scope=scope, now=now)
        pages = await _pages(services, reading, alerts)
        waiting = await publication_rows.waiting(reading.connection, limit=SHOWN)
        mark = await installation.mark(reading.connection)
    return PublicOverview(
        pages=pages,
        waiting=waiting,
        address=services.pages_url,
        conflicts=await conflicts_of(services),
        knows_more=knows_more(services, mark),
        notices=_missing_contacts(services.public) if services.public else (),
    )


async def conflicts_of(services: Services) -> Sequence[tuple[str, Mapping[str, str]]]:
    """Why the folder of this process may show other than whoever looks expects, and what making it
    anew would change."""
    if services.public is None:
        return []
    folder = services.public.folder
    async with services.reading() as reading:
        mark = await installation.mark(reading.connection)
        living = await publication_rows.living_workers(reading.connection)
    found: list[tuple[str, Mapping[str, str]]] = [*conflicts(folder, mark, living)]
    if read_origin(folder).behind is not None:
        public_alerts = PublicAlerts(services)
        alerts = await public_alerts.read()
        found.append((BEHIND, what_comes_back(folder, alerts, public_alerts.not_read)))
    return found


def _missing_contacts(public: PublicFolder) -> list[tuple[str, Mapping[str, str]]]:
    missing = [one for one in Language if not public.contact.get(one, "").strip()]
    if not missing:
        return []
    facts = {
        "languages": ", ".join(OWN_NAMES[one] for one in missing),
        "settings": ", ".join(f"ALERTING_PUBLIC_CONTACT_{one.upper()}" for one in missing),
    }
    return [(NO_CONTACT, facts)]


async def page_of(services: Services, alert: Alert, *, by: Officer) -> PublicPage | None:
    """One alert that this officer sees already; None where it has no page."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        pages = await _pages(services, reading, [alert])
    return pages[0] if pages else None


async def withdraw(services: Services, number: int, *, reason: str, by: Officer) -> Withdrawal:
    """Take the words of a page away for good; its address stays and says so.

    Not while the alert holds: people would look in vain for what they were told. BadRequest then,
    without a reason, where it has no page, and where that was done before.
    """
    by.must(Permission.MANAGE_PAGES)
    reason, now = label_of(reason), services.now()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise BadRequest(NO_REASON, number=LONGEST_REASON)
    async with services.unit() as unit:
        alert = await authorization.authorize_on_alert(
            services, unit, number, Permission.MANAGE_PAGES, by=by
        )
        if not of_alert(alert).is_public:
            raise BadRequest(NO_PAGE, alert=number)
        if not may_be_withdrawn(alert):
            raise BadRequest(STILL_HOLDS, alert=number)
        withdrawal = Withdrawal(alert=number, at=now, officer=by.name, reason=reason)
        if not await publication_rows.withdraw(unit.connection, withdrawal):
            known_withdrawal = (await publication_rows.withdrawals(unit.connection))[number]
            raise BadRequest(WITHDRAWN_BEFORE, alert=number, time=known_withdrawal.at)
        more = {"reason": reason}
        await record_on_alert(unit, alert, "alert.page-withdrawn", by=by, at=now, more=more)
    return withdrawal


async def request_rebuild(
    services: Services, *, by: Officer, believes_database: bool = False
) -> None:
    """Have everything made anew by whoever has the folder; asked for once, however often.

    BadRequest where the folder of this process knows more than the database, but for somebody who
    says that the database is to be believed.
    """
    by.must(Permission.MANAGE_PAGES)
    if not by.authority.territory.everywhere:
        raise authorization.outside_country(services, by)
    async with services.unit() as unit:
        mark = await installation.mark(unit.connection)
        if not believes_database and knows_more(services, mark):
            raise BadRequest(NEWER_FOLDER)
        if await publication_rows.is_rebuild_waiting(
            unit.connection, believes_database=believes_database
        ):
            return
        await publication_rows.add(unit.connection, None, believes_database=believes_database)
        details = {"believes_database": True} if believes_database else None
        await unit.record(
            "public.rebuilt", by=by, about="public", at=services.now(), details=details
        )


def knows_more(services: Services, mark: str) -> bool:
    """Whether the folder here is newer than the database with this mark, or of another one."""
    return services.public is not None and read_origin(services.public.folder).knows_more_than(mark)


async def _pages(
    services: Services, reading: ReadTransaction, alerts: Sequence[Alert]
) -> list[PublicPage]:
    shown = [(alert, address) for alert in alerts if (address := address_of(services, alert))]
    numbers = [alert.id for alert, _ in shown]
    newest = await publication_rows.newest_of(reading.connection, numbers)
    withdrawn = await publication_rows.withdrawals(reading.connection)
    return [
        PublicPage(
            alert=alert,
            address=address,
            publication=newest.get(alert.id),
            withdrawal=withdrawn.get(alert.id),
        )
        for alert, address in shown
    ]
