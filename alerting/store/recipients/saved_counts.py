"""What came of saving a list, counted one by one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from alerting.domain.recipient import Recipient, RecipientKind
from alerting.domain.text.folding import folded
from alerting.store.recipients.admissions import Admission, SavingVerdict
from alerting.temporary import DiskKeys

References = Mapping[tuple[RecipientKind, str], frozenset[str]]
"""By list and address, the references under which it stands there."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a list: new entries, known ones that differ, and those who had said no."""

    added: int
    changed: int
    left_out: int
    unchanged: int = 0
    elsewhere: int = 0
    """Of all but those left out: whose number or address stands there under another reference."""
    unreachable: tuple[int, ...] = ()
    """Positions, in the list, of those who would have neither a number nor an address."""
    taken_away: int = 0
    """How many known telephone numbers and mail addresses the list leaves nothing in place of."""
    elsewhere_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those counted in `elsewhere`."""
    taken_away_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those who lose a number or an address."""
    left_out_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those counted in `left_out`."""
    without_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those saved without an address that somebody left with."""
    renamed_at: tuple[int, ...] = field(default=(), compare=False)
    """Positions, in the list, of those whose known name gives way to another one."""


class SavedCounter:
    """Counts verdicts on a list, one after the other."""

    def __init__(self) -> None:
        self._counted = 0
        self._verdicts = Counter[SavingVerdict]()
        self._unreachable: list[int] = []
        self._left_out: list[int] = []
        self._elsewhere: list[int] = []
        self._taken: dict[int, int] = {}
        self._without: list[int] = []
        self._renamed: list[int] = []
        self._first = DiskKeys()

    def add(
        self,
        verdict: SavingVerdict,
        admission: Admission,
        others: References,
    ) -> None:
        """Count one; `others`: by address, references under which it stands on the list."""
        before, person = admission.before, admission.who
        at = self._counted
        self._counted += 1
        if admission.without:
            self._without.append(at)
        self._verdicts[verdict] += 1
        if verdict is SavingVerdict.CHANGED and before is not None:
            names = ("phone", "email")
            if lost := sum(bool(before[name]) and not getattr(person, name) for name in names):
                self._taken[at] = lost
            if before["name"] and person.name and folded(before["name"]) != folded(person.name):
                self._renamed.append(at)
        if verdict is SavingVerdict.SAID_NO:
            self._left_out.append(at)
        elif verdict is SavingVerdict.UNREACHABLE:
            self._unreachable.append(at)
        elif self._stands_elsewhere(person, others):
            self._elsewhere.append(at)

    def written(self) -> None:
        """What was counted stands in the database by now: `others` tells of it from here on."""
        self._first.clear()

    def _stands_elsewhere(self, person: Recipient, others: References) -> bool:
        found, this = False, hash(person.reference)
        for address in filter(None, (person.phone, person.email.lower())):
            first = self._first.setdefault(f"{person.kind}\0{address}", this)
            known = others.get((person.kind, address), frozenset()) - {person.reference}
            found |= bool(known) or first != this
        return found

    def saved(self) -> Saved:
        """What was counted."""
        counted = self._verdicts
        return Saved(
            counted[SavingVerdict.NEW],
            counted[SavingVerdict.CHANGED],
            counted[SavingVerdict.SAID_NO],
            counted[SavingVerdict.UNCHANGED],
            len(self._elsewhere),
            tuple(self._unreachable),
            sum(self._taken.values()),
            tuple(self._elsewhere),
            tuple(self._taken),
            tuple(self._left_out),
            tuple(self._without),
            tuple(self._renamed),
        )
