"""What an error says, and the families that a door answers alike."""

from collections.abc import Mapping

from alerting.domain.text.i18n import msgid, without_context


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
        facts = {
            name: without_context(fact) if isinstance(fact, str) else fact
            for name, fact in self.facts.items()
        }
        parts = (part.format(**facts) for part in (self.says, self.remedy) if part)
        return " ".join(map(sentence, parts))

    @property
    def code(self) -> str:
        """A stable name for programs, e.g. `needs-second-person`."""
        return "".join(
            f"-{character.lower()}" if character.isupper() else character
            for character in type(self).__name__
        ).lstrip("-")


class Refusal(AlertingError):
    """The request is understood, and the answer is no."""


class Invalid(AlertingError):
    """The input cannot mean anything; nothing was changed."""


class BadRequest(Invalid):
    """Anything else that cannot be read: `what` is a message id of its own, with its fields."""

    def __init__(self, what: str, **facts: object) -> None:
        self.says = what
        super().__init__(**facts)


class NotFound(AlertingError):
    """`what` with that `number` does not exist, or not for this officer."""

    says = msgid("There is no {what} {number}.")


class NotPossible(AlertingError):
    """`what` is not set up on this installation."""

    says = msgid("{what} is not set up here.")
    remedy = msgid("{remedy}")
