"""Words for what the domain only knows by a code: classes, severities, channels, permissions."""

from collections.abc import Mapping

from alerting.domain.alert import AlertClass, FollowUp, Severity, UnreachedPolicy
from alerting.domain.channel_profiles import PROFILES, profile_of
from alerting.domain.delivery import State
from alerting.domain.language import OWN_NAMES
from alerting.domain.ledger import ActorKind
from alerting.domain.officer import Permission
from alerting.domain.text.i18n import msgid

CLASS_NAMES: Mapping[AlertClass, str] = {
    AlertClass.ALERT: msgid("real alert"),
    AlertClass.EXERCISE: msgid("exercise"),
    AlertClass.TEST: msgid("test"),
}
CLASS_MEANINGS: Mapping[AlertClass, str] = {
    AlertClass.ALERT: msgid("This is not an exercise: people will act on it."),
    AlertClass.EXERCISE: msgid(
        "No real danger. Every text begins and ends with the exercise mark."
    ),
    AlertClass.TEST: msgid("No real danger. Every text begins and ends with the word TEST."),
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
    State.DELIVERED: msgid("The provider confirms that it arrived, or it is published."),
    State.ACCEPTED: msgid("The mail relay accepted it; whether it arrived is not reported."),
    State.SENT: msgid("The provider took it and will report."),
    State.WAITING: msgid("Not handed over yet, or to be tried again."),
    State.UNCONFIRMED: msgid("Handed over, or perhaps; no receipt came in time."),
    State.EXPIRED: msgid("Could no longer help, so it was not sent."),
    State.FAILED: msgid("Refused for good."),
}
ACTORS: Mapping[str, str] = {
    ActorKind.SHELL: msgid("an operator on the server"),
    ActorKind.SERVICE: msgid("the service"),
}
"""What acts without being a person."""
HISTORY: Mapping[str, str] = {
    "alert.drafted": msgid("wrote it"),
    "alert.revised": msgid("changed a text"),
    "alert.submitted": msgid("asked for approval"),
    "alert.returned": msgid("gave it back"),
    "alert.approved": msgid("approved it"),
    "alert.overridden": msgid("let it go as it was, with a reason"),
    "alert.scheduled": msgid("scheduled it"),
    "alert.unscheduled": msgid("took the time back"),
    "alert.not-sent": msgid("could not be sent at its time"),
    "alert.sent": msgid("sent it"),
    "alert.stopped": msgid("stopped it"),
    "alert.stop-explained": msgid("said why it was stopped"),
    "alert.retried": msgid("tried the failed ones again"),
    "alert.resumed": msgid("let it go on"),
    "alert.followed": msgid("replaced it with a newer alert"),
    "alert.finished": msgid("every message came to its end"),
    "alert.expired": msgid("its time ended"),
    "alert.reviewed": msgid("reviewed it"),
    "incident.exempted": msgid("said that it is no part of an incident"),
    "deliveries.exported": msgid("took the list of deliveries along"),
}
"""What the ledger calls by a dotted word."""

FOLLOW_UP_MEANINGS: Mapping[FollowUp, str] = {
    FollowUp.UPDATE: msgid("Says what has changed since; the danger goes on."),
    FollowUp.CORRECTION: msgid("Puts right what was wrong in the alert."),
    FollowUp.ALL_CLEAR: msgid("Says that the danger is over."),
    FollowUp.FALSE_ALERT: msgid("Takes the alert back: there never was any danger."),
}
UNREACHED_WORDS: Mapping[UnreachedPolicy, str] = {
    UnreachedPolicy.INCLUDE: msgid("they get it too"),
    UnreachedPolicy.SKIP: msgid("they do not get it"),
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
    Permission.DRAFT: msgid("draft"),
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
}
"""The ids are the permissions themselves, because refusals carry these in their facts."""
