"""Who is asking, what they may, and whether they proved it."""

from alerting.domain.errors.families import Invalid, NotPossible, Refusal
from alerting.domain.text.i18n import msgid


class NotSignedIn(Refusal):
    """No token, a wrong one, or one that has ended."""

    says = msgid("You are not signed in, or your access is no longer valid.")
    remedy = msgid("Sign in again, or ask an administrator for a new token.")


class InvalidCredentials(NotSignedIn):
    """Which part was wrong is not said, nor whether there is such a person."""

    says = msgid("Sign-in failed: the details you entered are incorrect.")
    remedy = msgid("Check your user name and the other details, then try again.")


class CodeAlreadyUsed(NotSignedIn):
    """A code opens once (RFC 6238, 5.2)."""

    says = msgid("This code has already been used, or is older than the last one used.")
    remedy = msgid("Wait for the next code in your app; it changes every 30 seconds.")


class TokenReplayed(NotSignedIn):
    """The token ended at `ended`; the ledger holds that it was tried again."""

    says = msgid("This access ended on {ended}. The new attempt has been recorded.")
    remedy = msgid("Ask an administrator for a new token.")


class NoMembership(NotSignedIn):
    """An account proves who one is; a membership says what, and it has none."""

    says = msgid("“{officer}” has an account, but currently no membership in any authority.")
    remedy = msgid("Ask an administrator for a membership.")


class NotForTokens(NotSignedIn):
    """A token opens no browser session: it has no second factor, and its scopes bound it."""

    says = msgid("This token can only be used by programs.")
    remedy = msgid("Sign in with your password or a passkey.")


class TooManyAttempts(NotSignedIn):
    """Wait `seconds`; other people's sign-ins are not concerned."""

    says = msgid("Several sign-in attempts have failed. Wait {seconds} seconds.")
    remedy = msgid("This waiting time does not apply on a device you have signed in on before.")


class SessionNotFresh(Refusal):
    """The act is grave, and the last proof of who is asking is too long ago."""

    says = msgid("Confirm your identity again before this step.")
    remedy = msgid("Your entries are kept in the meantime.")


class NeedsSecondFactor(Refusal):
    """The session was proved with one factor, and its holder's role needs two by now."""

    says = msgid("Your role requires a second factor, and you signed in without one.")
    remedy = msgid("Sign in again with your second factor, or set one up.")


class SignedOutOften(Refusal):
    """Whoever asks signed `name` out `number` times within a day already."""

    says = msgid("You have already signed “{name}” out {number} times in the last 24 hours.")
    remedy = msgid("Ask another administrator, or end the membership.")


class OneMembership(Refusal):
    """A session never rises above what opened it, and a one-time link is for one membership."""

    says = msgid("You signed in with a one-time link, which is valid for one membership only.")
    remedy = msgid("Sign in with your account to work under another membership.")


class NameTaken(Refusal):
    """`name` or the address is in use or asked for."""

    says = msgid("“{name}” or this address already belongs to an account or to a pending request.")
    remedy = msgid("Check the Users page, or choose another name.")


class NotAllowed(Refusal):
    """`officer`, `role` and `permission` say who lacked what."""

    says = msgid(
        "{officer} ({role}) is not allowed to do this: the permission “{permission}” is required."
    )
    remedy = msgid("Ask a user whose role allows it.")


class OnlyExercises(Refusal):
    """Nothing real may begin in training."""

    says = msgid(
        "{officer} is working in the training environment: only exercises can be drafted here."
    )
    remedy = msgid("Draft it as an exercise, or sign in to the live service with a live account.")


class OnlyDrafts(Refusal):
    """A training account on a live installation."""

    says = msgid(
        "{officer} has a training account: on the live service it can only draft exercises."
    )
    remedy = msgid("Use the training environment to practise everything else.")


class WeakPassword(Invalid):
    """`reason` is a message id."""

    says = msgid("This password cannot be used: {reason}.")
    remedy = msgid("Choose a longer password, for example four or five unrelated words.")


class WrongCode(Invalid):
    """Not the last code that was sent, or it is over, used, or was tried too often."""

    says = msgid("This code is incorrect, or no longer valid.")
    remedy = msgid("Check the last text message you received, or have another code sent.")


class TooManyCodes(Refusal):
    """Whether of one user or to one number is not said."""

    says = msgid("Too many codes have been sent within 24 hours.")
    remedy = msgid("Try again tomorrow.")


class CodeNotSent(NotPossible):
    """No route took the text message."""

    says = msgid("The code could not be sent: no SMS provider accepted the text message.")
    remedy = msgid("Check the number, and try again later.")
