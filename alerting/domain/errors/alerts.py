"""Why an alert does not take the next step, from its composition to its end."""

from alerting.domain.errors.families import AlertingError, Invalid, NotFound, NotPossible, Refusal
from alerting.domain.text.i18n import msgid


class NeedsSecondPerson(Refusal):
    """Four eyes: `officer` had a hand in `alert`; `what` is a message id that says which."""

    remedy = msgid("Ask another officer with the right to approve.")

    def __init__(self, what: str, **facts: object) -> None:
        self.says = what
        super().__init__(**facts)


class WrongState(Refusal):
    """`alert` is in `state`, and `act` does not follow from there."""

    says = msgid("Alert {alert} is “{state}”: “{act}” is not possible now.")
    remedy = msgid("Look at the alert's history to see who did what, and when.")


class Changed(Refusal):
    """The fingerprint of the content is not the approved one."""

    says = msgid("Alert {alert} changed after it was approved.")
    remedy = msgid("Have it approved again; nothing was sent.")


class Outdated(Refusal):
    """The alert was revised between being read and being decided on."""

    says = msgid("Alert {alert} was changed while you were reading it, so nothing was done.")
    remedy = msgid("Read what it says now, then decide.")


class ApprovalLapsed(Refusal):
    """`approved_at` is further back than the `hours` an approval lasts."""

    says = msgid(
        "The approval of alert {alert} has lapsed: it was given on {approved_at} and lasts "
        "{hours} hours."
    )
    remedy = msgid("Have it approved again; nothing was sent.")


class ApproverGone(Refusal):
    """`officer` approved `alert`, and may no longer approve."""

    says = msgid("{officer}, who approved alert {alert}, may no longer approve it.")
    remedy = msgid("Have it approved by somebody who may; nothing was sent.")


class SchedulerGone(Refusal):
    """`officer` scheduled `alert`, and may no longer schedule."""

    says = msgid("{officer}, who scheduled alert {alert}, may no longer schedule it.")
    remedy = msgid("Somebody who may must send it, or schedule it anew; nothing was sent.")


class AudienceChanged(Refusal):
    """Of the `approved` addresses on `channel`, too many differ now.

    `added`, `removed` and `changed` are counted one by one, not as the difference of two totals.
    """

    says = msgid(
        "Since alert {alert} was approved for {approved} addresses by {channel}, the lists "
        "changed: {added} added, {removed} removed, {changed} changed."
    )
    remedy = msgid(
        "Have an approver look at the lists and approve it again for them; nothing more was sent."
    )


class TimesPassed(Refusal):
    """`times` in the texts of `alert` do not fit `at`, when it would leave."""

    says = msgid("Leaving on {at}, alert {alert} would name hours that do not fit: {times}.")
    remedy = msgid(
        "Change the hours in its texts or let it leave at another moment; or confirm that it may "
        "leave as it is."
    )


class SameUnderWay(Refusal):
    """`alert` would alert people to what `others` alerted or will alert them to."""

    says = msgid(
        "The same is under way or scheduled in part of this area already (alert {others}): with "
        "alert {alert}, people would be alerted twice."
    )
    remedy = msgid(
        "Make an update of alert {others} instead; or confirm that this one may leave as well."
    )


class Superseded(Refusal):
    """`alert` is over, because of the follow-up `newer`."""

    says = msgid("Alert {alert} is “{state}”: alert {newer} took its place.")
    remedy = msgid("Follow up alert {newer} instead.")


class NotPrepared(Refusal):
    """`why` says what keeps one person from sending `alert` alone."""

    says = msgid("Alert {alert} cannot be sent by one person alone: {why}")
    remedy = msgid("Ask another officer to approve it.")


class TypedWords(NotPrepared):
    """Somebody typed words for the details `fields` of `alert`."""

    says = msgid("Alert {alert} cannot be sent by one person alone: words were typed for {fields}.")


class RetractedLate(NotPrepared):
    """The alert that `alert` retracts left more than `minutes` ago."""

    says = msgid(
        "Alert {alert} cannot be sent by one person alone: the alert it retracts left more than "
        "{minutes} minutes ago."
    )


class RetractionStands(Refusal):
    """`alert` is itself a retraction, which nothing retracts."""

    says = msgid("Alert {alert} is a retraction itself and cannot be retracted.")
    remedy = msgid("Draft a new alert, or an update, and have it approved.")


class Reviewed(Refusal):
    """`alert` was reviewed by `reviewer`."""

    says = msgid("Alert {alert} was reviewed already, by {reviewer}.")


class RefusedBefore(Refusal):
    """`officer` of `authority` said no to `alert` on `refused_at`.

    `refused` is the alert it was said of: this one, or another.
    """

    says = msgid(
        "Alert {alert} cannot be sent by one person alone: {officer} ({authority}) said no to it "
        "on {refused_at}."
    )
    remedy = msgid("Have it approved by a second person, who may be whoever said no.")


class RefusedSame(RefusedBefore):
    """… to `refused`, which has the same details; that binds everybody until `until`."""

    says = msgid(
        "Alert {alert} cannot be sent by one person alone until {until}: {officer} ({authority}) "
        "said no on {refused_at} to alert {refused}, which has the same details."
    )
    remedy = msgid(
        "Have it approved by a second person, who may be whoever said no. With other details, "
        "whoever took no part in alert {refused} may send it alone."
    )


class RefusedToOfficer(RefusedBefore):
    """… to `refused`, in which whoever asks took part; that binds them until `until`."""

    says = msgid(
        "You took part in alert {refused}, about the same, to which {officer} ({authority}) said "
        "no on {refused_at}: until {until} you cannot send alert {alert} alone."
    )
    remedy = msgid(
        "Have it approved by a second person, who may be whoever said no; or ask somebody who took "
        "no part in alert {refused} to judge anew and send it."
    )


class Unreviewed(Refusal):
    """`officer` sent `alert` alone, and nobody reviewed it while that was due."""

    says = msgid("Nobody has reviewed alert {alert}, which {officer} sent alone, in time.")
    remedy = msgid("Have somebody else review or approve it; nothing more was sent.")


class NotJustified(Refusal):
    """`alert` was sent by one person alone, and `reviewer` judged that not justified."""

    says = msgid("{reviewer} judged that alert {alert} was sent alone without good reason.")
    remedy = msgid("Draft a new alert, or an update, and have it approved.")


class Missed(Refusal):
    """`due` passed `alert` by while the service stood still."""

    says = msgid("Alert {alert} should have left on {due}, when the service was not running.")
    remedy = msgid("Check that it still holds, then send it or schedule it anew.")


class ChangedMeanwhile(Refusal):
    """It was changed by others between being opened and being saved."""

    says = msgid("Somebody changed this while you had it open, so nothing of yours was saved.")
    remedy = msgid("Compare what you typed with what stands there now, and save what is to stay.")


class Overtaken(Refusal):
    """`officer` wrote on `composition` after it was opened here."""

    says = msgid("{officer} changed this meanwhile; nothing of yours or theirs is lost.")
    remedy = msgid("Compare both, and choose what stays.")


class LanguageMissing(Refusal):
    """`missing` lists every hole as channel and language."""

    says = msgid("Alert {alert} lacks texts the law requires for its area: {missing}.")
    remedy = msgid("Write the missing texts; or approve with a reason, which is recorded.")


class NotFit(Refusal):
    """`findings` says in English what the checks found, for programs; pages show each finding."""

    says = msgid("Alert {alert} is not fit to be sent: {findings}")
    remedy = msgid(
        "Mend the texts. For some findings a reason, which is recorded, is enough; never for"
        " foreign links, unknown telephone numbers or mixed alphabets."
    )


class Ended(Invalid):
    """`end` has passed."""

    says = msgid("The alert would end on {end}, which has passed.")
    remedy = msgid("Draft it again with a later end.")


class CompositionGone(NotFound):
    """`officer` threw away the draft somebody is typing in."""

    says = msgid("This draft is gone: {officer} discarded it. What you type is not saved.")


class CompositionMade(NotFound):
    """`officer` made alert `alert` of the draft somebody is typing in."""

    says = msgid(
        "This draft is gone: {officer} made alert {alert} of it. What you type is not saved."
    )


class NobodyToReach(AlertingError):
    """Sending would reach no one: a wrong area, or recipients not imported yet."""

    says = msgid("Alert {alert} would reach nobody: no recipient of its channels is in its area.")
    remedy = msgid("Check the area, or import recipients first.")


class ChecksUnfinished(NotPossible):
    """The checks were not through after `seconds`; nothing was decided."""

    says = msgid("The checks of these texts were not through after {seconds} seconds.")
    remedy = msgid("Try again, or shorten the texts.")


class TooManyChecks(NotPossible):
    """One person asked for more checks at once than run for one."""

    says = msgid("More checks of texts were asked for in your name at once than are run for one.")
    remedy = msgid("Wait a moment and try again.")
