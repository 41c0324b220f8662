"""Why a request with an Idempotency-Key is not carried out."""

from alerting.domain.errors.families import Invalid, Refusal
from alerting.domain.text.i18n import msgid


class KeyReused(Invalid):
    """An Idempotency-Key that came before with another request."""

    says = msgid("This Idempotency-Key was used for another request.")
    remedy = msgid("Use a new key for each new request.")


class FirstInProgress(Refusal):
    """The first request with an Idempotency-Key has not been answered yet."""

    says = msgid("The first request with this Idempotency-Key is still in progress.")
    remedy = msgid("Repeat it in a moment, with the same key.")


class AnswerLost(Refusal):
    """The act was done, and the service failed before it answered."""

    says = msgid(
        "The first request with this Idempotency-Key was carried out, but its answer was lost."
    )
    remedy = msgid("See what was done before you repeat it with a new key.")


class TooManyKeys(Refusal):
    """More Idempotency-Keys of one token than are remembered."""

    says = msgid("This token has used {most} Idempotency-Keys in 24 hours; no more are remembered.")
    remedy = msgid("Wait, or repeat it without a key once you have seen that it was not done.")
