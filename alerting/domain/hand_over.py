"""What a channel tells of the messages of a batch while it hands them over.

Whoever listens can say afterwards what a process had handed over when it was killed.
"""

from typing import Protocol


class HandOverJournal(Protocol):
    """Told of each message by its place in the batch. Called for each of a million: cheap.

    Of a message that was begun and of which no answer came, nothing more is told.
    """

    def begun(self, index: int) -> None:
        """From now on the provider may have it. Told before the first byte that could do so."""
        ...

    def accepted(self, index: int, reference: str) -> None:
        """The provider took it, under this name."""
        ...

    def declined(self, index: int) -> None:
        """It surely was not taken, so that it may begin anew."""
        ...


class NoJournal:
    """Nobody listens."""

    def begun(self, index: int) -> None:
        """Nothing."""

    def accepted(self, index: int, reference: str) -> None:
        """Nothing."""

    def declined(self, index: int) -> None:
        """Nothing."""


NO_JOURNAL = NoJournal()
