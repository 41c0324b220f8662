"""A form of an alert that is not drafted yet, follows one, or changes one that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.domain.alert import AlertClass, FollowUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composition in progress. `alert_id` where it is the changed words of a draft."""

    id: int
    version: int
    author: str
    hands: Sequence[str]
    """Everybody who wrote in it, or in the alert it was begun from."""
    authority: str
    """The code of the authority it belongs to."""
    writer: str
    """Who wrote last."""
    alert_class: AlertClass
    alert_id: int | None
    copied_from: int | None
    """The alert it was begun from, if any."""
    changes_alert: int | None
    """The alert it is to change, if any: made, it is a new version of that one."""
    changes_from: str
    """The fingerprint of that alert's choices when this was begun."""
    follows_alert: int | None
    """The alert that what is made of it follows, if any."""
    follow_up: FollowUp | None
    """How it follows that one."""
    content: Mapping[str, Any]
    """JSON of a `CompositionContent`; of changed words `{"words", "seen", "version"}`: what stands
    in each input (`text.sms.fr`), the fingerprint and the version they were changed from."""
    created_at: datetime
    updated_at: datetime
