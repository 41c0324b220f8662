"""Who is asking, what they may, and whether they proved it."""

from alerting.domain.errors.families import Invalid, Refusal
from alerting.domain.text.i18n import msgid


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


class OnlyExercises(Refusal):
    """Nothing real may begin in training."""

    says = msgid("{officer} works in training: only exercises can be drafted here.")
    remedy = msgid("Draft it as an exercise, or sign in to the live service with a live account.")


class OnlyDrafts(Refusal):
    """A training account on a live installation."""

    says = msgid("{officer} has a training account: on the live service it only drafts exercises.")
    remedy = msgid("Practise the rest on the training service.")


class WeakPassword(Invalid):
    """`reason` is a message id."""

    says = msgid("This password cannot be used: {reason}.")
    remedy = msgid("Take a longer one, for example four or five words that do not belong together.")
