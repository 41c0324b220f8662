"""Everything this service raises on purpose.

* AlertingError
  + Refusal              the caller may not, or not now
    x NotSignedIn        nobody we know is asking
      - InvalidCredentials  a name, password, code or passkey that is not right
      - CodeAlreadyUsed  a code that has opened once already
      - TokenReplayed    a token that was ended is tried again
      - NoMembership     an account whose holder is nothing anywhere
      - NotForTokens     a token on the sign-in page
      - TooManyAttempts  too soon after others that failed
      - NoAccount        the provider knows them, we do not (web.console.accounts.oidc)
      - NotCompleted     refused there, or begun elsewhere (web.console.accounts.oidc)
    x SessionNotFresh    the last proof of who one is is too long ago
    x NeedsSecondFactor  the role needs two factors, the session was proved with one
    x OneMembership      a session from a one-time link, and another membership
    x NameTaken          the name or address belongs to somebody, or is asked for already
    x NotAllowed         the role lacks the permission
    x OutsideTerritory   the area is not, or not wholly, the officer's to speak to
    x SpeaksHigher       the incident is led at a higher level, which now has the word
    x ConfirmedFromAbove What `authority` says of itself is agreed to by nobody of its own level
    x LedByOther         the incident is led by an authority that is not below
    x NoChannelAccount   whoever speaks may use no account on the channel
    x CannotLead         an authority too low or too small to lead an incident in a phase
    x OthersSpeak        the alert is the word of an authority that is not below
    x PartnerNeedsIncident  a partner tried to draft outside an incident
    x NotInvited         a partner without a living invitation to the incident
    x IncidentClosed     the incident is over
    x OnlyExercises      a training account, or a training installation, and a real alert
    x OnlyDrafts         a training account tried more than drafting on a live installation
    x NeedsOtherPerson   whoever proposed something, or is it for, tried to confirm it
    x AlreadyDecided     a proposal was decided on before
    x ProposalLapsed     a proposal has waited too long
    x Stale              what a proposal would change was changed meanwhile
    x TooManyWaiting     Somebody asked for `number` things already that nobody decided on yet
    x TwoAreNeeded       the shell's short way, after there are two administrators
    x NeedsSecondPerson  somebody tried to approve what they had a hand in
    x WrongState         e.g. sending what was never approved, or sending twice
    x Changed            what was approved is not what is about to be sent
    x Outdated           what the officer read is no longer what the alert says
    x ApprovalLapsed     it was approved too long ago
    x AudienceChanged    too many addresses came, went or changed since it was approved
    x TimesPassed        `times` in the texts of `alert` do not fit `at`, when it would leave
    x SameUnderWay       `alert` would alert people to what `others` alerted or will alert them to
    x Superseded         the alert to follow is over: a newer one took its place
    x NotPrepared        one person alone may only send what was prepared and approved before
      - TypedWords       … with no word of that person in it
      - RetractedLate    … and a false alert only for a while
    x RetractionStands   a retraction is not retracted
    x Reviewed           somebody has reviewed it already
    x NotJustified       sent by one person alone, and judged not justified
    x Missed             its time had come, and nothing was there to send it
    x Overtaken          somebody else wrote on the same composition meanwhile
    x LanguageMissing    a language the law requires has no text
    x NotFit             a check found what must not go out
    x NothingFailed      nothing to be tried again (actions.alerts.retry)
  + Invalid              the input cannot mean anything
    x UnknownPlace       a municipality nobody knows
      - AmbiguousPlace   a name that is a municipality and a province
      - ContradictoryPlace  a code and a name beside it that disagree
    x UnknownScenario    a scenario that is not in the library
    x BadValues          missing, surplus or unreadable placeholders
    x BadTemplate        a template that cannot be rendered safely
    x BadFile            an import with rows that are not right
      - FileRefused      … with every fault (actions.recipients.importing)
    x BadRequest         anything else that cannot be read, said in `what`
    x HiddenCharacter    a text with something in it that nobody can see
    x TextTooLong        a text far longer than its channel can carry
    x WeakPassword       a password that is too short, or that others would guess
    x Ended              the end of the alert has passed
    x BadEntry           fields of a list that are not right (actions.recipients.lists)
    x NotBetter          the library would not pass its check (actions.templates)
  + NotFound             nothing there under that number
    x CompositionGone    `officer` threw away the draft somebody is typing in
    x CompositionMade    `officer` made alert `alert` of the draft somebody is typing in
    x NoSuchPage         An address nothing is served at (web.errors)
  + NobodyToReach        the audience is empty
  + NotPossible          this installation lacks what the act needs
    x ChannelOff         a channel has no settings
    x ChecksUnfinished   the checks of a text took too long
    x LiveInTraining     a training installation with credentials of real providers
    x OtherData          a training installation on live data, or the other way round
    x OpenToOthers       a file or folder of ours that others may change
    x KeyMissing         a key the data need is not in the secrets folder
    x KeyInTheWay        a key under that name is there already
    x KeyInUse           a key to retire still closes something
    x WellKnownSecret    a secret that stands in the documentation, or sandboxes, in production
    x StoreFull          the disk below the database is full
    x OlderDatabase      the database was made by a version whose steps are not known
    x StoreAway          the database does not answer
  + AreasWrong           a list of prepared areas that is not one (geo.presets)
  + CrossSite            a form that was not ours (web.auth)
  + SettingsWrong        settings of a provider (channels._routes)
  + RouteIncomplete      a further route without its settings (channels._routes)

A door (web, command line) turns these into its own kind of answer; no HTTP status lives here.
"""

from collections.abc import Mapping

from alerting.domain.text.i18n import msgid


def sentence(text: str) -> str:
    """`text` with a full stop where it has no end of its own."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


class AlertingError(Exception):
    """What happened (`says`) and the way out (`remedy`), as message ids with named fields.

    `facts` fill the fields, so that a door can translate the sentence first and fill it after.
    """

    says = msgid("Something went wrong: {what}")
    remedy = ""

    def __init__(self, **facts: object) -> None:
        self.facts: Mapping[str, object] = facts
        super().__init__(self.in_english())

    def in_english(self) -> str:
        """The sentence and its way out, untranslated: for logs and programs."""
        parts = (part.format(**self.facts) for part in (self.says, self.remedy) if part)
        return " ".join(map(sentence, parts))

    @property
    def code(self) -> str:
        """A stable name for programs, e.g. `needs-second-person`."""
        return "".join(
            f"-{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__
        ).lstrip("-")


class Refusal(AlertingError):
    """The request is understood, and the answer is no."""


class NotSignedIn(Refusal):
    """No token, a wrong one, or one that has ended."""

    says = msgid("You are not signed in, or your access has ended.")
    remedy = msgid("Sign in again, or ask an administrator for a new token.")


class InvalidCredentials(NotSignedIn):
    """Which part was wrong is not said, nor whether there is such a person."""

    says = msgid("That did not match, so you are not signed in.")
    remedy = msgid("Check the name and what you typed, and try again.")


class CodeAlreadyUsed(NotSignedIn):
    """A code opens once (RFC 6238, 5.2)."""

    says = msgid("This code was used already, or is older than the last one used.")
    remedy = msgid("Wait for the next code in your app; it changes every 30 seconds.")


class TokenReplayed(NotSignedIn):
    """The token ended at `ended`; the ledger holds that it was tried again."""

    says = msgid("This access ended on {ended}; that it was tried again is recorded.")
    remedy = msgid("Ask an administrator for a new token.")


class NoMembership(NotSignedIn):
    """An account proves who one is; a membership says what, and it has none."""

    says = msgid("“{officer}” has an account, but works for no authority now.")
    remedy = msgid("Ask an administrator for a membership.")


class NotForTokens(NotSignedIn):
    """A token opens no browser session: it has no second factor, and its scopes bound it."""

    says = msgid("This token is for programs.")
    remedy = msgid("Sign in with your password or a passkey.")


class TooManyAttempts(NotSignedIn):
    """Wait `seconds`; other people's sign-ins are not concerned."""

    says = msgid("There were several tries that did not match. Wait {seconds} seconds.")
    remedy = msgid("From a device you have signed in on before, you need not wait for others.")


class SessionNotFresh(Refusal):
    """The act is grave, and the last proof of who is asking is too long ago."""

    says = msgid("Before this step, prove again who you are.")
    remedy = msgid("What you typed is kept meanwhile.")


class NeedsSecondFactor(Refusal):
    """The session was proved with one factor, and its holder's role needs two by now."""

    says = msgid("Your role needs a second factor, and you signed in without one.")
    remedy = msgid("Sign in again with your second factor, or set one up.")


class OneMembership(Refusal):
    """A session never rises above what opened it, and a one-time link is for one membership."""

    says = msgid("You signed in by a one-time link, which is for one membership only.")
    remedy = msgid("Sign in with your account to work under another.")


class NameTaken(Refusal):
    """`name` or the address is in use or asked for."""

    says = msgid("“{name}” or this address belongs to an account or to an open request already.")
    remedy = msgid("Look at the list of people, or choose another name.")


class NotAllowed(Refusal):
    """`officer`, `role` and `permission` say who lacked what."""

    says = msgid("{officer} ({role}) may not do this: it needs “{permission}”.")
    remedy = msgid("Ask a colleague whose role allows it.")


class OutsideTerritory(Refusal):
    """`places` names what of the area lies outside the territory of `authority`."""

    says = msgid("{officer} speaks for {authority}, which does not reach: {places}.")
    remedy = msgid(
        "Leave these places out, or ask an authority whose territory holds the whole area."
    )


class SpeaksHigher(Refusal):
    """`incident` is in a `phase` above the level of `authority`.

    `leading` leads it; `call` says whom to call there.
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


class LedByOther(Refusal):
    """`incident` is led by `leading`, which is neither the officer's authority nor below it."""

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
    """`incident` was closed."""

    says = msgid("Incident {incident} is closed.")
    remedy = msgid("Open a new one, or act without an incident.")


class OnlyExercises(Refusal):
    """Nothing real may begin in training."""

    says = msgid("{officer} works in training: only exercises can be drafted here.")
    remedy = msgid("Draft it as an exercise, or sign in to the live service with a live account.")


class OnlyDrafts(Refusal):
    """A training account on a live installation."""

    says = msgid("{officer} has a training account: on the live service it only drafts exercises.")
    remedy = msgid("Practise the rest on the training service.")


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


class NotJustified(Refusal):
    """`alert` was sent by one person alone, and `reviewer` judged that not justified."""

    says = msgid("{reviewer} judged that alert {alert} was sent alone without good reason.")
    remedy = msgid("Draft a new alert, or an update, and have it approved.")


class Missed(Refusal):
    """`due` passed `alert` by while the service stood still."""

    says = msgid("Alert {alert} should have left on {due}, when the service was not running.")
    remedy = msgid("Check that it still holds, then send it or schedule it anew.")


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


class Invalid(AlertingError):
    """The input cannot mean anything; nothing was changed."""


class UnknownPlace(Invalid):
    """`place` is neither a name nor a code of a Belgian municipality, province or region."""

    says = msgid("“{place}” is not a municipality, province or region we know.")
    remedy = msgid("Use its name in French, Dutch or German, its postal code or its NIS code.")


class AmbiguousPlace(UnknownPlace):
    """`place` names a municipality (its NIS code: `municipality`) and a province (`province`)."""

    says = msgid("“{place}” is a municipality and a province.")
    remedy = msgid(
        "Write “municipality of {place}” or “province of {place}”, or one of the NIS codes: "
        "{municipality}, {province}."
    )


class ContradictoryPlace(UnknownPlace):
    """In `place`, a code stands for `by_code` and a name beside it for `by_name`."""

    says = msgid("“{place}” contradicts itself: the code is {by_code}, the name is {by_name}.")
    remedy = msgid("Correct the code or the name.")


class UnknownScenario(Invalid):
    """`scenario` is not in the library; `known` lists what is."""

    says = msgid("There is no scenario “{scenario}”.")
    remedy = msgid("Choose one of: {known}.")


class BadValues(Invalid):
    """`problems` says which placeholder, and what is wrong with it."""

    says = msgid("The details for “{scenario}” are not right: {problems}.")
    remedy = msgid("It takes: {expected}.")


class BadTemplate(Invalid):
    """`file` and `line` say where, `reason` why."""

    says = msgid("{file}, line {line}: {reason}.")
    remedy = msgid("Mend the template and run “alerting templates check”.")


class BadFile(Invalid):
    """`bad` rows of `file`; the caller holds the full list of faults."""

    says = msgid("{file}: nothing was imported, because of rows that are not right ({bad}).")
    remedy = msgid("Mend the rows listed, or choose to import the good rows only.")


class BadRequest(Invalid):
    """Anything else that cannot be read: `what` is a message id of its own, with its fields."""

    def __init__(self, what: str, **facts: object) -> None:
        self.says = what
        super().__init__(**facts)


class HiddenCharacter(Invalid):
    """The text of `channel` in `language` holds `letter`, or a line end where one line stands."""

    says = msgid("The text for “{channel}” in “{language}” holds something invisible: {letter}")
    remedy = msgid("Delete it and write the words around it again.")


class TextTooLong(Invalid):
    """The text or the subject of `channel` in `language` has `count` characters, `most` at most."""

    says = msgid(
        "The text for “{channel}” in “{language}” has {count} characters; {most} is the most."
    )
    remedy = msgid("Shorten it: say first what people must do, and leave the rest to the page.")


class WeakPassword(Invalid):
    """`reason` is a message id."""

    says = msgid("This password cannot be used: {reason}.")
    remedy = msgid("Take a longer one, for example four or five words that do not belong together.")


class Ended(Invalid):
    """`end` has passed."""

    says = msgid("The alert would end on {end}, which has passed.")
    remedy = msgid("Draft it again with a later end.")


class NotFound(AlertingError):
    """`what` with that `number` does not exist, or not for this officer."""

    says = msgid("There is no {what} {number}.")


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


class NotPossible(AlertingError):
    """`what` is not set up on this installation."""

    says = msgid("{what} is not set up here.")
    remedy = msgid("{remedy}")


class ChannelOff(NotPossible):
    """`channel` names those that are wanted and off."""

    says = msgid("The channel is not set up here: {channel}.")
    remedy = msgid("Leave it out, or have an administrator set it up.")


class ChecksUnfinished(NotPossible):
    """The checks were not through after `seconds`; nothing was decided."""

    says = msgid("The checks of these texts were not through after {seconds} seconds.")
    remedy = msgid("Try again, or shorten the texts.")


class LiveInTraining(NotPossible):
    """`channel` names the channels whose credentials lead to real providers."""

    says = msgid(
        "This is a training installation, and these channels would reach people: {channel}."
    )
    remedy = msgid("Point them at the sandbox, or set ALERTING_TRAINING to false.")


class OtherData(NotPossible):
    """The database belongs to the other kind of installation."""

    says = msgid("The database belongs to a live service if this is training, or the reverse.")
    remedy = msgid("Give the training service a database of its own in ALERTING_DATABASE_URL.")


class OpenToOthers(NotPossible):
    """Other users of the machine may write to `path`; `mode` closes it."""

    says = msgid("Other users of this machine may change “{path}”.")
    remedy = msgid("Close it with “chmod {mode} {path}”, after a look at what is in it.")


class KeyMissing(NotPossible):
    """`key` is a name, a file or a fingerprint that the secrets `folder` lacks or cannot use."""

    says = msgid("The key “{key}” is not in the secrets folder “{folder}”, or does not fit.")
    remedy = msgid(
        "Copy it from the machine or the backup that has it; “alerting keys list” shows the rest."
    )


class KeyInTheWay(NotPossible):
    """There is a `key` of this name already."""

    says = msgid("There is a key “{key}” already.")
    remedy = msgid("Run “alerting keys rotate {key}” for a new one.")


class KeyInUse(NotPossible):
    """`number` things in the database were made with `key`, or it is the newest."""

    says = msgid(
        "The key “{key}” is in use: it is the newest, or {number} secrets or hashed addresses were"
        " made with it."
    )
    remedy = msgid(
        "Run “alerting keys rotate” and “alerting keys reseal” first. A key that hashed addresses"
        " stays: they are not kept, and cannot be hashed anew."
    )


class WellKnownSecret(NotPossible):
    """`what` names settings or channels that may only be used where nobody can reach them."""

    says = msgid(
        "ALERTING_PUBLIC_URL or a real provider makes this a live service, and these are not"
        " safe in one: {what}."
    )
    remedy = msgid(
        "Give them secrets of their own, leave the channel out, or set ALERTING_TRAINING to true."
    )


class StoreFull(NotPossible):
    """Nothing can be written down, so nothing new may begin."""

    says = msgid("The disk that holds the database is full: nothing can be written down.")
    remedy = msgid(
        "Have an administrator make room at once. What is being sent then goes on by itself."
    )


class OlderDatabase(NotPossible):
    """Its `revision` is none of ours: made before the first release, or by a newer version."""

    says = msgid("This database was made by another version of the service ({revision}).")
    remedy = msgid("Start with an empty database, or use the version that made this one.")


class StoreAway(NotPossible):
    """The connection broke, or there was none; an act that was under way may have been done."""

    says = msgid("The database is out of reach.")
    remedy = msgid(
        "Try again in a moment, but look first whether it was done. What is being sent goes on by"
        " itself."
    )
