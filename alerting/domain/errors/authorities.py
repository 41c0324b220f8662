"""Who speaks where, on which channel and in which incident."""

from alerting.domain.errors.families import Refusal
from alerting.domain.text.i18n import msgid


class OutsideTerritory(Refusal):
    """`places` names what of the area lies outside the territory of `authority`."""

    says = msgid("{officer} acts for {authority}, whose territory does not include: {places}.")
    remedy = msgid(
        "Remove these municipalities, or ask an authority whose territory covers the whole area."
    )


class SpeaksHigher(Refusal):
    """`incident` is in a `phase` above the level of `authority`.

    `lead_authority` leads it; `call` says whom to call there.
    """

    says = msgid("Incident {incident} is in the {phase}: {authority} can no longer decide on it.")
    remedy = msgid(
        "Ask “{lead_authority}”, the lead authority, to approve and send the alert, or to "
        "state that it is not part of the incident. Contact: {call}. You can still work on "
        "drafts."
    )


class ConfirmedFromAbove(Refusal):
    """What `authority` says of itself is agreed to by nobody of its own level."""

    says = msgid(
        "The name of “{authority}”, its territory and the links in its texts must be "
        "confirmed by a higher authority."
    )
    remedy = msgid(
        "Ask an administrator of a higher authority; for a website other than the official "
        "ones, an administrator of the national authority."
    )


class WorksElsewhere(Refusal):
    """`officer` works for `authority`, which nobody asked who may answer for it."""

    says = msgid("{officer} works for {authority}, which has not agreed to a second membership.")
    remedy = msgid(
        "This request must be confirmed by an administrator of that authority who also "
        "manages the new one, or by an administrator of an authority above both."
    )


class LedByOther(Refusal):
    """`incident` is led by `lead_authority`, neither the officer's authority nor below it."""

    says = msgid("Incident {incident} is led by {lead_authority}.")
    remedy = msgid("Ask that authority or a higher one to decide on it.")


class NoChannelAccount(Refusal):
    """`authority` may use no account on `channel`."""

    says = msgid(
        "{authority} has no account on “{channel}”, so nothing can be posted there in its name."
    )
    remedy = msgid(
        "Remove the channel, or ask an administrator of the national authority to set up "
        "an account."
    )


class CannotLead(Refusal):
    """`authority` is below `phase`, or its territory does not hold the incident's area."""

    says = msgid("{authority} cannot lead this incident in the {phase}.")
    remedy = msgid("Ask an authority of that level whose territory covers the whole area.")


class TooManyIncidents(Refusal):
    """`incidents` are open in `phase` over `place`, which are as many as may be.

    `call` says whom to call who leads the first.
    """

    says = msgid(
        "No more incidents can be open in the {phase} for {place}: incidents {incidents} "
        "already are."
    )
    remedy = msgid(
        "Continue with one of them, or have one that is over closed, or handed over to you, by who "
        "leads it. Contact: {call}"
    )


class OpenedTooMany(TooManyIncidents):
    """Whoever asks opened `number` over `place` in a day, closed ones included."""

    says = msgid("You have already opened {number} incidents for {place} in the last 24 hours.")
    remedy = msgid("Continue with an open incident, or ask a colleague to open the new one.")


class ChangedPhaseTooOften(TooManyIncidents):
    """Whoever asks changed phases `number` times over `place` in a day, and wants a higher one."""

    says = msgid(
        "You have already changed the phase of incidents {number} times for {place} in the last "
        "24 hours."
    )
    remedy = msgid("Leave the incident in its phase, or ask a colleague to declare a higher one.")


class OthersSpeak(Refusal):
    """Alert `alert` is the word of `authority`, which is not below the officer's own."""

    says = msgid("Alert {alert} belongs to {authority}: you can only read it.")
    remedy = msgid("Ask that authority or a higher one, or draft your own alert.")


class PartnerNeedsIncident(Refusal):
    """`authority` is a partner, and speaks nowhere but in an incident."""

    says = msgid(
        "{authority} is a partner service: it can only draft alerts in an incident to which it "
        "is invited."
    )
    remedy = msgid("Specify the incident, or ask the lead authority for an invitation.")


class NotInvited(Refusal):
    """No invitation of `authority` to `incident` is alive."""

    says = msgid("{authority} is not, or no longer, invited to incident {incident}.")
    remedy = msgid("Ask the lead authority for an invitation.")


class IncidentClosed(Refusal):
    """`incident` was closed: nothing new begins in it."""

    says = msgid("Incident {incident} is closed.")
    remedy = msgid("Open a new incident, or proceed without an incident.")
