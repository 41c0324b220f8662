"""Words for what the domain only knows by a code: classes, severities, channels, permissions."""

from collections.abc import Mapping

from alerting.actions.alerts.follow_ups import NoApprover
from alerting.domain.alert import AlertClass, FollowUp, Severity, UnreachedPolicy
from alerting.domain.change_request import Act
from alerting.domain.channel_profiles import PROFILES, profile_of
from alerting.domain.delivery import State
from alerting.domain.language import OWN_NAMES
from alerting.domain.ledger import ActorKind
from alerting.domain.officer import Permission
from alerting.domain.text.i18n import msgid, msgid_in

CLASS_MEANINGS: Mapping[AlertClass, str] = {
    AlertClass.ALERT: msgid("This is not an exercise: the public will act on it."),
    AlertClass.EXERCISE: msgid(
        "No real danger. Every text starts and ends with the label EXERCISE."
    ),
    AlertClass.TEST: msgid("No real danger. Every text starts and ends with the label TEST."),
}
SEVERITY_NAMES: Mapping[Severity, str] = {
    Severity.EXTREME: msgid("severity: extreme"),
    Severity.SEVERE: msgid("severity: severe"),
    Severity.MODERATE: msgid("severity: moderate"),
    Severity.MINOR: msgid("severity: minor"),
    Severity.UNKNOWN: msgid("severity: unknown"),
}
PART_NAMES: Mapping[str, str] = {
    "text": msgid("Text"),
    "subject": msgid("Subject"),
    "body": msgid("Body"),
    "title": msgid("Title"),
    "lead": msgid("Lead"),
}
"""The parts of a text; those called as a channel are that channel's."""
COLUMNS: Mapping[State, str] = {
    State.DELIVERED: msgid("delivered"),
    State.ACCEPTED: msgid("accepted by the relay"),
    State.SENT: msgid("receipt expected"),
    State.WAITING: msgid("waiting"),
    State.UNCONFIRMED: msgid("unconfirmed"),
    State.EXPIRED: msgid("expired"),
    State.FAILED: msgid("failed"),
}
"""Short enough for the head of a column; in the order of the bars."""
MEANINGS: Mapping[State, str] = {
    State.DELIVERED: msgid("The provider has confirmed delivery, or the text has been published."),
    State.ACCEPTED: msgid("The mail relay accepted it; whether it was delivered is not reported."),
    State.SENT: msgid("Accepted by the provider; a receipt is expected."),
    State.WAITING: msgid("Not handed to the provider yet, or waiting for another attempt."),
    State.UNCONFIRMED: msgid(
        "Handed to the provider, or possibly handed over; no receipt arrived in time."
    ),
    State.EXPIRED: msgid("Not sent: the alert had ended."),
    State.FAILED: msgid("Rejected, or given up after several attempts."),
}
ACTORS: Mapping[str, str] = {
    ActorKind.SHELL: msgid("a system operator (on the server)"),
    ActorKind.SERVICE: msgid("the service"),
}
"""What acts without being a person."""
ENDS = msgid("Ends")
NO_APPROVER: Mapping[str, str] = {
    NoApprover.NOBODY_MAY: msgid(
        "At present no user could approve this message: none has the permission to approve for "
        "its authority. An administrator can give it to somebody."
    ),
    NoApprover.ALL_WROTE: msgid(
        "At present no other user could approve this message: all who have the permission to "
        "approve for its authority worked on it ({people})."
    ),
    NoApprover.WORDS_OF_OTHERS: msgid(
        "As filled in now, no other user could approve this message: it contains text typed by "
        "those who have the permission to ({people}). Replace that text with your own."
    ),
}
"""Why nobody could approve a follow-up."""
HISTORY: Mapping[str, str] = {
    "alert.drafted": msgid("drafted the alert"),
    "alert.revised": msgid("edited a text"),
    "alert.changed": msgid("changed the alert"),
    "alert.test-copied": msgid("sent a test copy"),
    "alert.submitted": msgid("submitted the alert for approval"),
    "alert.returned": msgid("returned the alert to the author"),
    "alert.approved": msgid("approved the alert"),
    "alert.overridden": msgid(
        "approved the alert despite missing texts or open findings, with a reason"
    ),
    "alert.scheduled": msgid("scheduled the sending"),
    "alert.unscheduled": msgid("cancelled the scheduled sending"),
    "alert.not-sent": msgid("could not send the alert at the scheduled time"),
    "alert.sent": msgid("sent the alert"),
    "alert.stopped": msgid("stopped the sending"),
    "alert.stop-explained": msgid("gave the reason for stopping"),
    "alert.retried": msgid("retried the failed deliveries"),
    "alert.resumed": msgid("resumed the sending"),
    "alert.discarded": msgid("discarded the alert"),
    "alert.followed": msgid("replaced the alert with a newer one"),
    "alert.finished": msgid("completed all deliveries"),
    "alert.expired": msgid("ended the alert: its validity had expired"),
    "alert.archived": msgid("archived the deliveries in a file"),
    "alert.deliveries-deleted": msgid("deleted the archived deliveries from the database"),
    "alert.reviewed": msgid("reviewed the sending without a second person"),
    "incident.exempted": msgid("stated that the alert is not part of an incident"),
    "deliveries.exported": msgid("exported the list of deliveries"),
}
"""What the ledger calls by a dotted word."""

REQUEST_NAMES: Mapping[Act, str] = {
    Act.INVITE: msgid("invite a user"),
    Act.INVITE_AGAIN: msgid("send another invitation"),
    Act.CHANGE_ROLE: msgid("change a role"),
    Act.END_MEMBERSHIP: msgid("end a membership"),
    Act.END_ACCOUNT: msgid("close an account"),
    Act.GRANT_MEMBERSHIP: msgid("grant a membership"),
    Act.INVITE_PARTNER: msgid("invite a partner"),
    Act.MAKE_TOKEN: msgid("create an access token"),
    Act.KEEP_AUTHORITY: msgid("create or change an authority"),
    Act.KEEP_LIST_ENTRY: msgid("add, change or remove a list entry"),
    Act.KEEP_ACCOUNT: msgid("change which accounts and newsrooms an authority uses"),
    Act.APPROVE_TEMPLATE: msgid("activate a template version"),
}
"""What two people are asked for."""
CHANGED: Mapping[str, str] = {
    "area": msgid("area"),
    "channels": msgid("channels"),
    "languages": msgid("languages"),
    "shape": msgid("circle or polygon"),
    "details": msgid_in("alert", "details"),
    "end": msgid_in("alert", "end"),
}
"""What a change of an alert's choices changed."""

FOLLOW_UP_MEANINGS: Mapping[FollowUp, str] = {
    FollowUp.UPDATE: msgid("Says what has changed; the danger continues."),
    FollowUp.CORRECTION: msgid("Corrects what was wrong in the alert."),
    FollowUp.ALL_CLEAR: msgid("Says that the danger is over."),
    FollowUp.FALSE_ALERT: msgid(
        "Withdraws the alert as a false alarm: there never was any danger."
    ),
}
UNREACHED_WORDS: Mapping[UnreachedPolicy, str] = {
    UnreachedPolicy.INCLUDE: msgid("will also receive the message"),
    UnreachedPolicy.SKIP: msgid("will not receive the message"),
}


CODE_NAMES: Mapping[str, str] = {
    **{language.value: name for language, name in OWN_NAMES.items()},
    "text": msgid("Text"),
    "subject": msgid("Subject"),
}


def file_label(file: str) -> str:
    """What a file of a scenario is called."""
    if file == "scenario":
        return msgid("Scenario")
    return next(
        (row.file_label or row.label for row in PROFILES.values() if row.file == file), file
    )


def part_label(part: str) -> str:
    """What a table of such a file is called."""
    return PART_NAMES.get(part) or profile_of(part).label


def in_words(fact: object) -> object:
    """What findings call by a code, in words: channels, languages, the fields of a message."""
    code = str(fact)
    return PROFILES[code].label if code in PROFILES else CODE_NAMES.get(code, fact)


PERMISSION_WORDS: Mapping[Permission, str] = {
    Permission.READ: msgid("read"),
    Permission.DRAFT: msgid_in("permission", "draft"),
    Permission.SUBMIT: msgid("submit"),
    Permission.RETURN: msgid("return"),
    Permission.APPROVE: msgid("approve"),
    Permission.SEND: msgid("send"),
    Permission.SCHEDULE: msgid("schedule"),
    Permission.STOP: msgid("stop"),
    Permission.RESUME: msgid("resume"),
    Permission.FOLLOW_UP: msgid("follow-up"),
    Permission.RETRY: msgid("retry"),
    Permission.BREAK_GLASS: msgid("break-glass"),
    Permission.REVIEW_BREAK_GLASS: msgid("review-break-glass"),
    Permission.LEAD_INCIDENTS: msgid("lead-incidents"),
    Permission.IMPORT_PEOPLE: msgid("import-people"),
    Permission.IMPORT_PRESS: msgid("import-press"),
    Permission.SEE_ADDRESSES: msgid("see-addresses"),
    Permission.READ_LEDGER: msgid("read-ledger"),
    Permission.MANAGE_ACCESS: msgid("manage-access"),
    Permission.MANAGE_PEOPLE: msgid("manage-people"),
    Permission.MANAGE_AUTHORITIES: msgid("manage-authorities"),
    Permission.MANAGE_ROUTES: msgid("manage-routes"),
    Permission.MANAGE_PAGES: msgid("manage-pages"),
    Permission.WRITE_RELEASES: msgid("write-releases"),
    Permission.REVIEW_RELEASES: msgid("review-releases"),
    Permission.PUBLISH_RELEASES: msgid("publish-releases"),
    Permission.WITHDRAW_RELEASES: msgid("withdraw-releases"),
}
"""The ids are the permissions themselves, because refusals carry these in their facts."""
