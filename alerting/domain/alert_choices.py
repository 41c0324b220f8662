"""What an alert's author chose besides its texts, and how two versions of it differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.domain.alert import Alert
from alerting.domain.language import Language
from alerting.domain.shape import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChoices:
    """Area, shape, channels, languages, details and end of one version of an alert."""

    area: tuple[str, ...]
    shape: Shape | None
    channels: tuple[str, ...]
    languages: tuple[Language, ...]
    values: Mapping[str, Any]
    expires_at: datetime

    @classmethod
    def of(cls, alert: Alert) -> "AlertChoices":
        """Those of an alert as it is now."""
        return cls(
            area=alert.area,
            shape=alert.shape,
            channels=alert.channels,
            languages=alert.languages,
            values=alert.values,
            expires_at=alert.expires_at,
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """What came to a set of codes, and what left it; both sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


@dataclass(frozen=True, slots=True)
class ChoicesChange:
    """How the choices of one version became those of another."""

    before: AlertChoices
    after: AlertChoices

    @property
    def sets(self) -> dict[str, Moved]:
        """`area`, `channels` and `languages`: those that changed."""
        found = {
            "area": _moved(self.before.area, self.after.area),
            "channels": _moved(self.before.channels, self.after.channels),
            "languages": _moved(self.before.languages, self.after.languages),
        }
        return {name: moved for name, moved in found.items() if moved}

    @property
    def shape(self) -> bool:
        """Whether the circle or polygon is another one."""
        return self.before.shape != self.after.shape

    @property
    def details(self) -> tuple[str, ...]:
        """The names of details that say something else, sorted."""
        was, now = self.before.values, self.after.values
        return tuple(sorted(name for name in {*was, *now} if was.get(name) != now.get(name)))

    @property
    def end(self) -> bool:
        """Whether it ends at another moment."""
        return self.before.expires_at != self.after.expires_at


def _moved(before: Iterable[str], after: Iterable[str]) -> Moved:
    was, now = {*map(str, before)}, {*map(str, after)}
    return Moved(tuple(sorted(now - was)), tuple(sorted(was - now)))
