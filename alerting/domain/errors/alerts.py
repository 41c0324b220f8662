"""Why an alert does not take the next step, from its composition to its end."""

from alerting.domain.errors.families import AlertingError, Invalid, NotFound, NotPossible, Refusal
from alerting.domain.text.i18n import msgid


class NeedsSecondPerson(Refusal):
    """Four eyes: `officer` had a hand in `alert`; `what` is a message id that says which."""

    remedy = msgid("Ask another user with permission to approve.")

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

    says = msgid(
        "Alert {alert} was changed while you were reading it, so your action was not carried out."
    )
    remedy = msgid("Read the current version, then decide.")


class TextsUnread(Refusal):
    """`texts` of `alert` were neither opened nor waved through."""

    says = msgid("You have not opened these texts of alert {alert} yet: {texts}.")
    remedy = msgid("Open each of them, or tick that you approve it without opening it.")


class EditedTexts(Refusal):
    """Other choices would replace `texts` of `alert` that somebody edited by hand."""

    says = msgid("Some texts of alert {alert} were edited by hand: {texts}.")
    remedy = msgid("Choose for each of them whether to keep it or replace it.")


class ApprovalLapsed(Refusal):
    """`approved_at` is further back than the `hours` an approval lasts."""

    says = msgid(
        "The approval of alert {alert} has expired: it was given on {approved_at} and is "
        "valid for {hours} hours."
    )
    remedy = msgid("Have it approved again; nothing was sent.")


class ApproverGone(Refusal):
    """`officer` approved `alert`, and may no longer approve."""

    says = msgid("{officer}, who approved alert {alert}, may no longer approve it.")
    remedy = msgid("Have it approved by a user with that permission; nothing was sent.")


class SchedulerGone(Refusal):
    """`officer` scheduled `alert`, and may no longer schedule."""

    says = msgid("{officer}, who scheduled alert {alert}, may no longer schedule it.")
    remedy = msgid(
        "A user with that permission must send it or schedule it again; nothing was sent."
    )


class AudienceChanged(Refusal):
    """Of the `approved` addresses on `channel`, too many differ now.

    `added`, `removed` and `changed` are counted one by one, not as the difference of two totals.
    """

    says = msgid(
        "The lists have changed since alert {alert} was approved. Addresses on “{channel}”: "
        "{approved} when approved, {added} added, {removed} removed, {changed} changed."
    )
    remedy = msgid(
        "Have an approver check the lists and approve the alert again for them; nothing "
        "more was sent."
    )


class TimesPassed(Refusal):
    """`times` in the texts of `alert` do not fit `at`, when it would leave."""

    says = msgid("If sent on {at}, alert {alert} would mention times that do not fit: {times}.")
    remedy = msgid(
        "Change the times in the texts or choose another time of sending, or confirm that "
        "it may be sent as it is."
    )


class SameUnderWay(Refusal):
    """`alert` would alert people to what `others` alerted or will alert them to."""

    says = msgid(
        "An alert about the same event is already in progress or scheduled in part of this "
        "area (alert {others}): with alert {alert}, recipients would be alerted twice."
    )
    remedy = msgid(
        "Create an update of alert {others} instead, or confirm that this one is to be "
        "sent as well."
    )


class Superseded(Refusal):
    """`alert` is over, because of the follow-up `newer`."""

    says = msgid("Alert {alert} is “{state}”: alert {newer} has replaced it.")
    remedy = msgid("Create the follow-up to alert {newer} instead.")


class NotPrepared(Refusal):
    """`why` says what keeps one person from sending `alert` alone."""

    says = msgid("Alert {alert} cannot be sent without a second person: {why}")
    remedy = msgid("Ask another user to approve it.")


class TypedWords(NotPrepared):
    """Somebody typed words for the details `fields` of `alert`."""

    says = msgid(
        "Alert {alert} cannot be sent without a second person: free text was entered for {fields}."
    )


class RetractedLate(NotPrepared):
    """The alert that `alert` retracts left more than `minutes` ago."""

    says = msgid(
        "Alert {alert} cannot be sent without a second person: the alert it withdraws was "
        "sent more than {minutes} minutes ago."
    )


class RetractionStands(Refusal):
    """`alert` is itself a retraction, which nothing retracts."""

    says = msgid("Alert {alert} is itself a false alarm message and cannot be withdrawn.")
    remedy = msgid("Draft a new alert, or an update, and have it approved.")


class Reviewed(Refusal):
    """`alert` was reviewed by `reviewer`."""

    says = msgid("Alert {alert} has already been reviewed by {reviewer}.")


class RefusedBefore(Refusal):
    """`officer` of `authority` said no to `alert` on `refused_at`.

    `refused` is the alert it was said of: this one, or another.
    """

    says = msgid(
        "Alert {alert} cannot be sent without a second person: {officer} ({authority}) "
        "rejected it on {refused_at}."
    )
    remedy = msgid("Have it approved by a second person; this may be the person who rejected it.")


class RefusedSame(RefusedBefore):
    """… to `refused`, which has the same details; that binds everybody until `until`."""

    says = msgid(
        "Until {until}, alert {alert} cannot be sent without a second person: on "
        "{refused_at}, {officer} ({authority}) rejected alert {refused}, which has the "
        "same details."
    )
    remedy = msgid(
        "Have it approved by a second person; this may be the person who rejected it. With "
        "other details, a user who took no part in alert {refused} may send it without a "
        "second person."
    )


class RefusedToOfficer(RefusedBefore):
    """… to `refused`, in which whoever asks took part; that binds them until `until`."""

    says = msgid(
        "You took part in alert {refused} for the same place, which {officer} "
        "({authority}) rejected on {refused_at}: until {until} you cannot send alert "
        "{alert} without a second person, whatever its scenario."
    )
    remedy = msgid(
        "Have it approved by a second person; this may be the person who rejected the "
        "other alert. Or ask a user who took no part in alert {refused} to assess the "
        "situation again and send this one."
    )


class Unreviewed(Refusal):
    """`officer` sent `alert` alone, and nobody reviewed it while that was due."""

    says = msgid(
        "Alert {alert}, which {officer} sent without a second person, was not reviewed in time."
    )
    remedy = msgid("Ask another user to review or approve it; nothing more was sent.")


class NotJustified(Refusal):
    """`alert` was sent by one person alone, and `reviewer` judged that not justified."""

    says = msgid(
        "{reviewer} judged that sending alert {alert} without a second person was not justified."
    )
    remedy = msgid("Draft a new alert, or an update, and have it approved.")


class Missed(Refusal):
    """`due` passed `alert` by while the service stood still."""

    says = msgid("Alert {alert} was due to be sent on {due}, but the service was not running.")
    remedy = msgid("Check that it is still valid, then send it or schedule it again.")


class ChangedMeanwhile(Refusal):
    """It was changed by others between being opened and being saved."""

    says = msgid("Another user changed this while you had it open, so your changes were not saved.")
    remedy = msgid(
        "Compare your entries with the current version, then save what you want to keep."
    )


class Overtaken(Refusal):
    """`officer` wrote on `composition` after it was opened here."""

    says = msgid("{officer} changed this in the meantime; both versions are kept.")
    remedy = msgid("Compare both, and choose which version to keep.")


class UnsavedTexts(Refusal):
    """Words typed in `alert` at `time` are kept and not yet said by it."""

    says = msgid("Your changes of {time} to the texts are not saved as a version yet.")
    remedy = msgid("Save or discard them first.")


class TranslationAnswered(Refusal):
    """`officer` answered first."""

    says = msgid("{officer} has already sent this translation. You have nothing to do.")


class TranslationArrived(Refusal):
    """Whoever makes an alert of a composition has not read what a colleague just answered."""

    says = msgid("A colleague’s translation has just been filled in, so nothing was created yet.")
    remedy = msgid("Read it, then try again.")


class TooManyTranslations(Refusal):
    """Whoever asks waits for `most` answers already."""

    says = msgid("You are waiting for {most} translations already.")
    remedy = msgid("Withdraw a request that is no longer needed, or wait for an answer.")


class LanguageMissing(Refusal):
    """`missing` lists every hole as channel and language."""

    says = msgid("Alert {alert} lacks texts the law requires for its area: {missing}.")
    remedy = msgid("Write the missing texts, or approve with a reason, which is recorded.")


class TooManyVersions(Refusal):
    """Whoever asks made `most` versions of alert `alert`, which is as many as one person may."""

    says = msgid("You have already made {most} versions of alert {alert}.")
    remedy = msgid("Have a colleague change it, or create a new alert from it.")


class TooManyFollowUps(Refusal):
    """Whoever asks drafted `most` follow-ups of alert `alert` that nobody sent."""

    says = msgid("You have already drafted {most} follow-ups of alert {alert} that were not sent.")
    remedy = msgid("Continue with one of them, or ask a colleague to draft the new one.")


class FollowsNothing(Refusal):
    """The `scenario` says something of an alert that was sent, and none is named."""

    says = msgid(
        "The scenario “{scenario}” follows up an alert that was sent; no new alert begins with it."
    )
    remedy = msgid("Open the alert that is in force, and draft the follow-up from it.")


class TooManySubmitted(Refusal):
    """Whoever asks has `number` alerts waiting for approval, which is as many as one may have."""

    says = msgid("{number} alerts that you submitted are already waiting for approval.")
    remedy = msgid(
        "Ask for a decision on them, or discard those that are no longer needed. A colleague can "
        "submit this one at once."
    )


class NoMailbox(Invalid):
    """A test copy for `officers`, who have no address or may not open it."""

    says = msgid("No test copy can be sent to {officers}.")
    remedy = msgid(
        "It is only sent to users who have signed in with an account of their own; that of an "
        "alert, to those who may open it."
    )


class TooManyCopies(Refusal):
    """`officer` sent, or was sent by whoever asks, as many test copies in an hour as may be."""

    says = msgid("Too many test copies within an hour: “{officer}”.")
    remedy = msgid("Wait a while, or choose fewer texts, languages or colleagues.")


class AskedOften(Refusal):
    """Whoever asks asked for `most` translations within an hour, withdrawn ones included."""

    says = msgid("You have asked for {most} translations within an hour.")
    remedy = msgid("Wait a while, or write the words yourself.")


class NotFit(Refusal):
    """`findings` says what the checks found, and in which texts."""

    says = msgid("Alert {alert} is not ready to be sent: {findings}")
    remedy = msgid(
        "Correct the texts. Some findings can be accepted with a reason, which is "
        "recorded; links to unknown websites, unknown telephone numbers, mixed alphabets "
        "and marks of missing words never can."
    )


class Ended(Invalid):
    """`end` has passed."""

    says = msgid("The alert would end on {end}, which has passed.")
    remedy = msgid("Choose a later end.")


class CompositionGone(NotFound):
    """`officer` threw away the draft somebody is typing in."""

    says = msgid("This draft no longer exists: {officer} discarded it. What you type is not saved.")


class CompositionMade(NotFound):
    """`officer` made alert `alert` of the draft somebody is typing in."""

    says = msgid(
        "This draft no longer exists: {officer} created alert {alert} from it. What you "
        "type is not saved."
    )


class TranslationNotNeeded(NotFound):
    """Whoever was asked for words comes when nobody waits for them any more."""

    says = msgid("This translation is no longer needed. You have nothing to do.")


class NobodyToReach(AlertingError):
    """Sending would reach no one: a wrong area, or recipients not imported yet."""

    says = msgid(
        "Alert {alert} would reach no one: none of the recipients on its channels is in its area."
    )
    remedy = msgid("Check the area, or import recipients first.")


class NoPersonToReach(AlertingError):
    """No channel to the people on the lists reaches anybody; newsrooms and posts do not count."""

    says = msgid("Alert {alert} reaches nobody: no person on the lists is in its area.")
    remedy = msgid(
        "Check the area, or import recipients first. If the alert is needed all the same, say why: "
        "in the note when you submit it, as the reason when you approve it."
    )


class ChecksUnfinished(NotPossible):
    """The checks were not through after `seconds`; nothing was decided."""

    says = msgid("The checks of these texts were not finished after {seconds} seconds.")
    remedy = msgid("Try again, or shorten the texts.")


class TooManyChecks(NotPossible):
    """One person asked for more checks at once than run for one."""

    says = msgid("Too many checks are running in your name at the same time.")
    remedy = msgid("Wait a moment and try again.")


class TooManyRequests(NotPossible):
    """One person waits for `most` answers, which is as many as may be."""

    says = msgid("{most} requests are waiting for an answer in your name at the same time.")
    remedy = msgid("Wait for the answers and try again.")


class NotArchivable(Refusal):
    """The deliveries of `alert` may still change, or be needed by one of its chain."""

    says = msgid("The deliveries of alert {alert} cannot be archived yet.")
    remedy = msgid(
        "An alert is archived once it and every alert it follows, or that follows it, have ended, "
        "all messages are completed and no more receipts are expected."
    )


class DeliveriesArchived(Refusal):
    """Those of `alert` are in an archive since `archived_at`, and no longer in the database."""

    says = msgid(
        "The deliveries of alert {alert} were archived on {archived_at} and are no longer in the "
        "database."
    )
    remedy = msgid("Its counters and its report stay; ask an administrator for the archive.")
