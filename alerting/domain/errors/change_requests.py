"""What one person proposes and another confirms."""

from alerting.domain.errors.families import Refusal
from alerting.domain.text.i18n import msgid


class NeedsOtherPerson(Refusal):
    """`officer` proposed `number`, or it is for them."""

    says = msgid("{officer} proposed request {number}, or it is for them, so cannot confirm it.")
    remedy = msgid("Ask another officer with the same right.")


class AlreadyDecided(Refusal):
    """`officer` decided on `number` before."""

    says = msgid("{officer} already decided on request {number}.")
    remedy = msgid("Propose it again if it is still wanted.")


class ProposalLapsed(Refusal):
    """`number` has waited longer than a request may."""

    says = msgid("Request {number} has lapsed: nobody decided on it in time.")
    remedy = msgid("Propose it again if it is still wanted.")


class Stale(Refusal):
    """What `number` would change is no longer as it was when it was proposed."""

    says = msgid("What request {number} would change has changed since it was proposed.")
    remedy = msgid("Look at how it stands now, and propose it again if it is still wanted.")


class ProposerShutOut(Refusal):
    """`officer`, who proposed `number`, could not propose it today."""

    says = msgid("{officer}, who proposed request {number}, could not propose it today.")
    remedy = msgid("Refuse it, and propose it yourself if it is right.")


class TooManyWaiting(Refusal):
    """Somebody asked for `number` things already that nobody decided on yet."""

    says = msgid("You have {number} requests that wait for somebody else; more are not taken.")
    remedy = msgid(
        "Take back what is no longer needed, or have some decided on. Each lapses after 24 hours."
    )


class TwoAreNeeded(Refusal):
    """There are administrators enough for two people to do it."""

    says = msgid("There are two administrators now, so one person alone no longer does this.")
    remedy = msgid("Propose it with your own token, and have the other one confirm it.")
