"""Everything this service raises on purpose.

* AlertingError
  + NobodyToReach        the audience is empty
  + NoPersonToReach      no person on the lists is reached
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
    x SignedOutOften     Whoever asks signed `name` out `number` times within a day already
    x OneMembership      a session from a one-time link, and another membership
    x NameTaken          the name or address belongs to somebody, or is asked for already
    x NotAllowed         the role lacks the permission
    x OnlyExercises      a training account, or a training installation, and a real alert
    x OnlyDrafts         a training account tried more than drafting on a live installation
    x TooManyCodes       more codes than may be sent in a day, of one user or to one number
    x NeedsSecondPerson  somebody tried to approve what they had a hand in
    x WrongState         e.g. sending what was never approved, or sending twice
    x Changed            what was approved is not what is about to be sent
    x Outdated           what the officer read is no longer what the alert says
    x TextsUnread        `texts` of `alert` were neither opened nor waved through
    x EditedTexts        Other choices would replace `texts` of `alert` that somebody edited by hand
    x ApprovalLapsed     it was approved too long ago
    x ApproverGone       whoever approved it may no longer
    x SchedulerGone      whoever scheduled it may no longer
    x AudienceChanged    too many addresses came, went or changed since it was approved
    x TimesPassed        `times` in the texts of `alert` do not fit `at`, when it would leave
    x SameUnderWay       `alert` would alert people to what `others` alerted or will alert them to
    x Superseded         the alert to follow is over: a newer one took its place
    x NotPrepared        one person alone may only send what was prepared and approved before
      - TypedWords       … with no word of that person in it
      - RetractedLate    … and a false alert only for a while
    x RetractionStands   a retraction is not retracted
    x Reviewed           somebody has reviewed it already
    x RefusedBefore      somebody said no to it, or to another about the same
      - RefusedSame      … to another with the same details: binds everybody
      - RefusedToOfficer … to another about the same: binds who took part
    x Unreviewed         `officer` sent `alert` alone, and nobody reviewed it while that was due
    x NotJustified       sent by one person alone, and judged not justified
    x Missed             its time had come, and nothing was there to send it
    x ChangedMeanwhile   changed by others between being opened and being saved
    x Overtaken          somebody else wrote on the same composition meanwhile
    x UnsavedTexts       words typed in `alert` at `time` are kept and not yet said by it
    x TranslationAnswered  `officer` answered first
    x TranslationArrived a colleague’s answer that whoever makes the alert has not read
    x TooManyTranslations  Whoever asks waits for `most` answers already
    x LanguageMissing    a language the law requires has no text
    x TooManyVersions    alert `alert` has `most` versions of its texts, as many as one may
    x TooManyFollowUps   whoever asks drafted `most` follow-ups of an alert that nobody sent
    x FollowsNothing     The `scenario` says something of an alert that was sent, and none is named
    x TooManySubmitted   whoever asks has `number` alerts waiting for approval
    x TooManyCopies      `officer` sent, or was sent, as many test copies within an hour as may be
    x AskedOften         whoever asks asked for `most` translations within an hour
    x NotFit             a check found what must not go out
    x NotArchivable      deliveries that may still change, or be needed
    x DeliveriesArchived deliveries that are in an archive, and no longer in the database
    x OutsideTerritory   the area is not, or not wholly, the officer's to speak to
    x SpeaksHigher       the incident is led at a higher level, which now has the word
    x ConfirmedFromAbove What `authority` says of itself is agreed to by nobody of its own level
    x WorksElsewhere     `officer` works for `authority`, which nobody asked who may answer for it
    x LedByOther         the incident is led by an authority that is not below
    x NoChannelAccount   whoever speaks may use no account on the channel
    x CannotLead         an authority too low or too small to lead an incident in a phase
    x TooManyIncidents   `incidents` are open in `phase` over `place`, which are as many as may be
      - OpenedTooMany    Whoever asks opened `number` over `place` in a day, closed ones included
      - ChangedPhaseTooOften  whoever asks changed phases too often in a day
    x OthersSpeak        the alert is the word of an authority that is not below
    x PartnerNeedsIncident  a partner tried to draft outside an incident
    x NotInvited         a partner without a living invitation to the incident
    x IncidentClosed     the incident is over
    x NeedsOtherPerson   whoever requested something, or is it for, tried to confirm it
    x AlreadyDecided     a request was decided on before
    x ChangeRequestLapsed  a request has waited too long
    x Stale              what a request would change was changed meanwhile
    x RequesterShutOut   `officer`, who made `number`, could not make it today
    x TooManyWaiting     Somebody asked for `number` things already that nobody decided on yet
    x TwoAreNeeded       the shell's short way, after there are two administrators
    x ImportUnderWay     Of the same list, from `file`, by `officer`
    x ImportNotWaiting   What was to be decided on is over, or is being done
    x ReleaseNotReady    `release` is in `state`, and `act` does not follow from there
    x ReleaseOutdated    The release was changed between being read and being decided on
    x ReleaseConflict    Others saved the same `fields` of `release` since whoever saves began
    x ReleaseIncomplete  Fields of `release` are empty in a language that needs them: `missing`
    x ReleaseBlocked     The checks found what must be corrected first in `release`: `problems`
    x EmbargoPassed      The embargo of `release` ended at `until`, before it was armed
    x WaitsForEmbargo    `release` is under embargo `until` then
    x ClocksDiffer       This process and the database differ by `seconds`
    x FirstInProgress    The first request with an Idempotency-Key has not been answered yet
    x AnswerLost         The act was done, and the service failed before it answered
    x TooManyKeys        More Idempotency-Keys of one token than are remembered
    x NothingFailed      nothing to be tried again (actions.alerts.retry)
  + Invalid              the input cannot mean anything
    x WeakPassword       a password that is too short, or that others would guess
    x WrongCode          not the last code that was sent, or it is over, used or tried too often
    x NoMailbox          A test copy for `officers`, who have no address or may not open it
    x Ended              the end of the alert has passed
    x UnknownPlace       a municipality nobody knows
      - AmbiguousPlace   a name that is more than one place
      - ContradictoryPlace  a code and a name beside it that disagree
    x UnknownScenario    a scenario that is not in the library
    x BadValues          missing, surplus or unreadable placeholders
    x BadTemplate        a template that cannot be rendered safely
    x CapNotRight        a CAP message that breaks the schema or the profile
    x BadFile            an import with rows that are not right
      - FileRefused      … with every fault (actions.recipients.importing)
    x HiddenCharacter    a text with something in it that nobody can see
    x TextTooLong        a text far longer than its channel can carry
    x TextsTooLong       more texts than one alert can hold
    x UploadTooLarge     More than `most` megabytes
    x NoFile             A form without one
    x BadRequest         anything else that cannot be read, said in `what`
    x FieldTooLong       A `field` of a release has `count` characters or parts, `most` at most
    x KeyReused          An Idempotency-Key that came before with another request
    x BadEntry           fields of a list that are not right (actions.recipients.lists)
    x NotBetter          the library would not pass its check (actions.templates.versions)
  + NotFound             nothing there under that number
    x CompositionGone    `officer` threw away the draft somebody is typing in
    x CompositionMade    `officer` made alert `alert` of the draft somebody is typing in
    x TranslationNotNeeded  Whoever was asked for words comes when nobody waits for them any more
    x NoSuchPage         An address nothing is served at (web.errors)
  + NotPossible          this installation lacks what the act needs
    x CodeNotSent        no route took the text message with a code
    x ChecksUnfinished   the checks of a text took too long
    x TooManyChecks      One person asked for more checks at once than run for one
    x TooManyRequests    One person waits for `most` answers, which is as many as may be
    x UploadLost         The file of an import is gone, or is not what was uploaded
    x UploadElsewhere    The file of an import lies on `host`
    x NoRoomForUpload    The disk, or the folder, takes no upload; `fault` is what the system says
    x ImportFailed       It was begun several times, and never came to its end
    x ChannelOff         a channel has no settings
    x LiveInTraining     a training installation with credentials of real providers
    x OtherData          a training installation on live data, or the other way round
    x OpenToOthers       a file or folder of ours that others may change
    x KeyMissing         a key the data need is not in the secrets folder
    x KeyInTheWay        a key under that name is there already
    x KeyInUse           a key to retire still closes something
    x WellKnownSecret    a secret that stands in the documentation, or sandboxes, in production
    x StoreFull          the disk below the database is full
    x OlderDatabase      the database was made by a version whose steps are not known
    x TooFewConnections  the database server has too few connections left
    x StoreAway          the database does not answer
    x ArchiveNotWritten  Its `folder` takes no file; `fault` is what the system says
    x ArchiveDiffers     The `file` of an archive is not here, or is not what the ledger says of it
    x ArchivingElsewhere Another process does
  + AreasWrong           a list of prepared areas that is not one (geo.presets)
  + CrossSite            a form that was not ours (web.auth)
  + WrongMethod          The address is used in another way than by `method` (web.errors)
  + Unreadable           A request that breaks off, or is no HTTP (web.errors)
  + TooLarge             A body above what its address takes (web.errors)
  + Crashed              A fault of the service itself, which is in its log (web.errors)
  + SettingsWrong        settings of a provider (channels._routes)
  + RouteIncomplete      a further route without its settings (channels._routes)

A door (web, command line) turns these into its own kind of answer; no HTTP status lives here.
"""

# ruff: noqa: F403  these files hold the errors and nothing else; so none is forgotten here

from alerting.domain.errors.access import *
from alerting.domain.errors.alerts import *
from alerting.domain.errors.authorities import *
from alerting.domain.errors.change_requests import *
from alerting.domain.errors.content import *
from alerting.domain.errors.families import *
from alerting.domain.errors.installation import *
from alerting.domain.errors.press import *
from alerting.domain.errors.repeated_requests import *
