"""Who speaks where, on which channel and in which incident."""

from alerting.domain.errors.families import Refusal
from alerting.domain.text.i18n import msgid


class OutsideTerritory(Refusal):
    """`places` names what of the area lies outside the territory of `authority`."""

    says = msgid("{officer} speaks for {authority}, which does not reach: {places}.")
    remedy = msgid(
        "Leave these places out, or ask an authority whose territory holds the whole area."
    )


class SpeaksHigher(Refusal):
    """`incident` is in a `phase` above the level of `authority`.

    `lead_authority` leads it; `call` says whom to call there.
    """

    says = msgid("Incident {incident} is in its {phase}: {authority} may no longer decide on it.")
    remedy = msgid(
        "Ask “{lead_authority}”, which leads it, to approve and send, or to say that the alert is "
        "no part of it. Whom to call: {call}. Drafts stay open to you."
    )


class ConfirmedFromAbove(Refusal):
    """What `authority` says of itself is agreed to by nobody of its own level."""

    says = msgid(
        "What “{authority}” is called, where it speaks and where its texts lead is confirmed by an "
        "authority above it."
    )
    remedy = msgid(
        "Ask an administrator of the authority above it; for a site outside the official ones, "
        "one of the national authority."
    )


class WorksElsewhere(Refusal):
    """`officer` works for `authority`, which nobody asked who may answer for it."""

    says = msgid("{officer} works for {authority}, which has not agreed to a second membership.")
    remedy = msgid(
        "An administrator of it who manages the new authority, too, or one of an authority above "
        "both, confirms this request."
    )


class LedByOther(Refusal):
    """`incident` is led by `lead_authority`, neither the officer's authority nor below it."""

    says = msgid("Incident {incident} is led by {lead_authority}.")
    remedy = msgid("Ask them, or an authority above them, to decide on it.")


class NoChannelAccount(Refusal):
    """`authority` may use no account on `channel`."""

    says = msgid("{authority} has no account on “{channel}”: nothing is posted there for it.")
    remedy = msgid(
        "Leave the channel out, or ask the administrators of the whole country to give it one."
    )


class CannotLead(Refusal):
    """`authority` is below `phase`, or its territory does not hold the incident's area."""

    says = msgid("{authority} cannot lead this incident in its {phase}.")
    remedy = msgid("Ask an authority of that level, whose territory holds the whole area.")


class OthersSpeak(Refusal):
    """Alert `alert` is the word of `authority`, which is not below the officer's own."""

    says = msgid("Alert {alert} is the word of {authority}, so you can read it and no more.")
    remedy = msgid("Ask them, or an authority above them; or draft your own.")


class PartnerNeedsIncident(Refusal):
    """`authority` is a partner, and speaks nowhere but in an incident."""

    says = msgid("{authority} is a partner: it drafts only in an incident it is invited to.")
    remedy = msgid("Name the incident, or ask whoever leads it for an invitation.")


class NotInvited(Refusal):
    """No invitation of `authority` to `incident` is alive."""

    says = msgid("{authority} is not invited to incident {incident}, or no longer.")
    remedy = msgid("Ask whoever leads it for an invitation.")


class IncidentClosed(Refusal):
    """`incident` was closed: nothing new begins in it."""

    says = msgid("Incident {incident} is closed.")
    remedy = msgid("Open a new one, or act without an incident.")
