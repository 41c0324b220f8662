"""When work under way is to end."""

from collections.abc import Callable


class StopSignal:
    """Set as soon as one of its reasons holds. Asked before each message, so reasons are cheap."""

    __slots__ = ("_reasons",)

    def __init__(self, *reasons: Callable[[], bool]) -> None:
        self._reasons = reasons

    def is_set(self) -> bool:
        """Whether nothing more may be begun."""
        for reason in self._reasons:  # noqa: SIM110  any() takes twice as long
            if reason():
                return True
        return False

    def or_when(self, reason: Callable[[], bool]) -> "StopSignal":
        """One with this reason as well."""
        return StopSignal(*self._reasons, reason)


NEVER_STOPPED = StopSignal()
