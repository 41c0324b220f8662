"""What a folder remembers of who made it: by which settings, of which database, and how far.

It lies beside what is served, and is written under the lock of the folder.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from alerting.domain.public_alert import (
    Address,
    PublicAlert,
    PublicStatus,
    chains_of,
    without_person,
)
from alerting.domain.text.i18n import msgid
from alerting.publisher import Folder

EDITION, CONFLICT, OVER = "edition", "conflict", "over"
ALERTS = "a"
"""Below which the pages of alerts stand."""
OTHER_SETTINGS = msgid(
    "Worker {worker} has other settings, other keys or another version than the one that made the "
    "public pages, and leaves them as they are. Give all workers the same, and restart it."
)
OTHER_DATABASE = msgid(
    "The public folder was made of another database. If this one takes its place, make all pages "
    "anew."
)
BEHIND = msgid(
    "The public folder is newer than the database, as after a backup was restored: nothing is made "
    "anew by itself. Making all pages anew would put these alerts back in force: {in_force}; make "
    "the texts of these readable again: {readable}; remove the pages of these: {removed}."
)
NONE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What all of a folder was made of and by; empty where nobody said."""

    made_by: str = ""
    """SHA-256 (hexadecimal) of code, templates, settings and keys."""
    worker: str = ""
    """Who made all of it."""
    installation: str = ""
    """The mark of the database."""
    publication: int = 0
    """The highest number of a publication in it."""
    behind: int | None = None
    """The highest number of a publication in the database when it was found to be older than the
    folder; None: it was not, or somebody has said since that it is right."""

    def is_of_another(self, installation: str) -> bool:
        """Whether it was made of another database than that with this mark."""
        return self.installation not in {"", installation}

    def knows_more_than(self, installation: str) -> bool:
        """Whether the folder is newer than the database with this mark, or was made of another."""
        return self.behind is not None or self.is_of_another(installation)

    def differs(self, made_by: str, living: Collection[str]) -> bool:
        """Whether a worker that still lives made it by something else: nobody undoes that."""
        return self.made_by != made_by and self.worker in living


def read_origin(folder: Folder) -> Origin:
    """That of a folder; an empty one where it says none that can be read."""
    try:
        return Origin(**json.loads(folder.note(EDITION)))
    except (TypeError, ValueError):
        return Origin()


def write_origin(folder: Folder, origin: Origin) -> None:
    """For whoever holds the lock."""
    if origin != read_origin(folder):
        folder.write_note(EDITION, json.dumps(asdict(origin)))


def write_over(folder: Folder, alerts: Sequence[PublicAlert]) -> None:
    """Remember which of these are over or withdrawn, and which were; for whoever holds the lock."""
    over = _over(folder) | {
        one.address.folder: [one.status, one.withdrawn_at and one.withdrawn_at.isoformat()]
        for one in alerts
        if one.status is not PublicStatus.ACTIVE or one.withdrawn_at
    }
    if (note := json.dumps(over)) != folder.note(OVER):
        folder.write_note(OVER, note)


def _over(folder: Folder) -> dict[str, Any]:
    try:
        return dict(json.loads(folder.note(OVER)))
    except (TypeError, ValueError):
        return {}


def kept_over(folder: Folder, alerts: Iterable[PublicAlert]) -> tuple[PublicAlert, ...]:
    """The alerts, none less over than the folder remembers: the database may be an older copy."""
    over = _over(folder)
    kept = {one.address: _no_less_over(one, *over.get(one.address.folder, ())) for one in alerts}
    chains = chains_of(kept.values())
    return tuple(without_person(one, chains[one.first]) for one in kept.values())


def is_less_over(alerts: Sequence[PublicAlert], kept: Sequence[PublicAlert]) -> bool:
    """Whether the database says of one that it holds, or may be read, and the folder does not."""
    return any(_state(one) != _state(other) for one, other in zip(alerts, kept, strict=True))


def _state(alert: PublicAlert) -> tuple[bool, bool, bool]:
    return alert.status is PublicStatus.ACTIVE, bool(alert.withdrawn_at), bool(alert.texts)


def unknown_pages(folder: Folder, known: Collection[str]) -> list[str]:
    """Pages in the folder, but for those that are known."""
    return [one for one in folder.units() if one.startswith(f"{ALERTS}/") and one not in known]


def what_comes_back(
    folder: Folder, alerts: Sequence[PublicAlert], not_read: Collection[Address]
) -> dict[str, str]:
    """What making all pages of this database changes, by the fields of `BEHIND`: numbers."""
    pairs = list(zip(alerts, kept_over(folder, alerts), strict=True))
    known = {one.folder for one in (*(alert.address for alert in alerts), *not_read)}
    numbers = {
        "in_force": [one.address.number for one, kept in pairs if one.in_force > kept.in_force],
        "readable": [one.address.number for one, kept in pairs if one.texts and not kept.texts],
        "removed": [int(page.rpartition("/")[2]) for page in unknown_pages(folder, known)],
    }
    return {name: ", ".join(map(str, sorted(found))) or NONE for name, found in numbers.items()}


def _no_less_over(
    alert: PublicAlert, status: str = PublicStatus.ACTIVE, withdrawn: str | None = None
) -> PublicAlert:
    if alert.status is PublicStatus.ACTIVE:
        alert = replace(alert, status=PublicStatus(status))
    if withdrawn and not alert.withdrawn_at:
        at = datetime.fromisoformat(withdrawn)
        alert = replace(alert, texts={}, shape=None, withdrawn_at=at)
    return alert


def conflicts(
    folder: Folder, installation: str, living: Collection[str]
) -> list[tuple[str, dict[str, str]]]:
    """Why what is served may be other than whoever looks expects, with what the texts name."""
    found: list[tuple[str, dict[str, str]]] = []
    if (worker := folder.note(CONFLICT)) in living:
        found.append((OTHER_SETTINGS, {"worker": worker}))
    if read_origin(folder).is_of_another(installation):
        found.append((OTHER_DATABASE, {}))
    return found
