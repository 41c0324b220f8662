"""What a press office calls the state of a release: read from its sending, and kept nowhere."""

from collections.abc import Mapping
from enum import StrEnum

from alerting.domain.alert import AlertState
from alerting.domain.press.release import Release
from alerting.domain.text.i18n import msgid_in


class ReleaseState(StrEnum):
    """The state of a release."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    RETURNED = "returned"
    APPROVED = "approved"
    ARMED = "armed"
    """It becomes public by itself when its embargo ends."""
    RELEASED = "released"
    CORRECTED = "corrected"
    """A later release says what was wrong in it."""
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


RELEASE_STATE_NAMES: Mapping[ReleaseState, str] = {
    ReleaseState.DRAFT: msgid_in("press release", "draft"),
    ReleaseState.IN_REVIEW: msgid_in("press release", "awaiting review"),
    ReleaseState.RETURNED: msgid_in("press release", "to be corrected"),
    ReleaseState.APPROVED: msgid_in("press release", "approved"),
    ReleaseState.ARMED: msgid_in("press release", "approved, under embargo"),
    ReleaseState.RELEASED: msgid_in("press release", "published"),
    ReleaseState.CORRECTED: msgid_in("press release", "corrected"),
    ReleaseState.WITHDRAWN: msgid_in("press release", "withdrawn"),
    ReleaseState.DISCARDED: msgid_in("press release", "discarded"),
}
_BEFORE: Mapping[AlertState, ReleaseState] = {
    AlertState.DRAFT: ReleaseState.DRAFT,
    AlertState.IN_REVIEW: ReleaseState.IN_REVIEW,
    AlertState.RETURNED: ReleaseState.RETURNED,
    AlertState.APPROVED: ReleaseState.APPROVED,
    AlertState.SCHEDULED: ReleaseState.ARMED,
    AlertState.DISCARDED: ReleaseState.DISCARDED,
}

WRITABLE = frozenset(
    {
        ReleaseState.DRAFT,
        ReleaseState.IN_REVIEW,
        ReleaseState.RETURNED,
        ReleaseState.APPROVED,
        ReleaseState.ARMED,
    }
)
"""An edit leads back to a draft from any of them: it takes the approval back."""
PUBLIC = frozenset({ReleaseState.RELEASED, ReleaseState.CORRECTED, ReleaseState.WITHDRAWN})


def state_of(release: Release, *, corrected: bool = False) -> ReleaseState:
    """What it is called. `corrected`: a release that follows it is public."""
    if release.withdrawal is not None:
        return ReleaseState.WITHDRAWN
    if release.released_at is not None:
        return ReleaseState.CORRECTED if corrected else ReleaseState.RELEASED
    return _BEFORE[release.state]
