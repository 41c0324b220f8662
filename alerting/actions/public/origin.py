"""What a folder remembers of who made it: by which settings, of which database, and how far.

It lies beside what is served, and is written under the lock of the folder.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from alerting.domain.public_alert import PublicAlert, PublicStatus, chains_of, without_person
from alerting.domain.text.i18n import msgid
from alerting.publisher import Folder

EDITION, CONFLICT, OVER = "edition", "conflict", "over"
OTHER_SETTINGS = msgid(
    "Worker {worker} has other settings, other keys or another version than the one that made the "
    "public pages, and leaves them as they are. Give all workers the same, and restart it."
)
OTHER_DATABASE = msgid(
    "The public folder was made of another database. If this one takes its place, make all pages "
    "anew."
)


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

    def is_of_another(self, installation: str) -> bool:
        """Whether it was made of another database than that with this mark."""
        return self.installation not in {"", installation}

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
    """Remember which of these are over or withdrawn, for whoever holds the lock."""
    over = {
        one.address.folder: [one.status, one.withdrawn_at and one.withdrawn_at.isoformat()]
        for one in alerts
        if one.status is not PublicStatus.ACTIVE or one.withdrawn_at
    }
    if (note := json.dumps(over)) != folder.note(OVER):
        folder.write_note(OVER, note)


def kept_over(folder: Folder, alerts: Sequence[PublicAlert]) -> tuple[PublicAlert, ...]:
    """The alerts, none less over than the folder remembers: the database may be an older copy."""
    try:
        over = json.loads(folder.note(OVER))
    except ValueError:
        return tuple(alerts)
    kept = {one.address: _no_less_over(one, *over.get(one.address.folder, ())) for one in alerts}
    chains = chains_of(kept.values())
    return tuple(without_person(one, chains[one.first]) for one in kept.values())


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
