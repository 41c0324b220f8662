"""What one person requests and another confirms."""

from alerting.domain.errors.families import Refusal
from alerting.domain.text.i18n import msgid


class NeedsOtherPerson(Refusal):
    """`officer` requested `number`, or it is for them."""

    says = msgid("{officer} made request {number} or is the subject of it, so cannot confirm it.")
    remedy = msgid("Ask another user with the same permission.")


class AlreadyDecided(Refusal):
    """`officer` decided on `number` before."""

    says = msgid("{officer} has already decided on request {number}.")
    remedy = msgid("If it is still needed, make a new request.")


class ChangeRequestLapsed(Refusal):
    """`number` has waited longer than a request may."""

    says = msgid("Request {number} has expired: no one decided on it in time.")
    remedy = msgid("If it is still needed, make a new request.")


class Stale(Refusal):
    """What `number` would change is no longer as it was when it was requested."""

    says = msgid(
        "What request {number} would change has already changed since the request was made."
    )
    remedy = msgid("Check the current state and make a new request if necessary.")


class RequesterShutOut(Refusal):
    """`officer`, who made `number`, could not make it today."""

    says = msgid(
        "{officer}, who made request {number}, would no longer be allowed to make it today."
    )
    remedy = msgid("Refuse it; if the change is justified, make the request yourself.")


class TooManyWaiting(Refusal):
    """Somebody asked for `number` things already that nobody decided on yet."""

    says = msgid(
        "{number} of your requests are already waiting for another user; no more are accepted."
    )
    remedy = msgid(
        "Withdraw requests you no longer need, or ask for a decision. Each request expires "
        "after 24 hours."
    )


class TwoAreNeeded(Refusal):
    """There are administrators enough for two people to do it."""

    says = msgid("There are now two administrators, so this requires a second person.")
    remedy = msgid(
        "Make the request with your own token, and have the other administrator confirm it."
    )
