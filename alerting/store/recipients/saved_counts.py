"""What came of saving a list, counted one by one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from alerting.domain.recipient import RecipientKind
from alerting.domain.text.folding import folded
from alerting.store.recipients.admissions import Admission, SavingVerdict

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
        self._verdicts: list[SavingVerdict] = []
        self._elsewhere: list[int] = []
        self._taken: dict[int, int] = {}
        self._without: list[int] = []
        self._renamed: list[int] = []
        self._first: dict[tuple[RecipientKind, str], str] = {}

    def add(
        self,
        verdict: SavingVerdict,
        admission: Admission,
        others: References,
    ) -> None:
        """Count one; `others`: by address, references under which it stands on the list."""
        before, person = admission.before, admission.who
        at = len(self._verdicts)
        if admission.without:
            self._without.append(at)
        self._verdicts.append(verdict)
        if verdict is SavingVerdict.CHANGED and before is not None:
            names = ("phone", "email")
            if lost := sum(bool(before[name]) and not getattr(person, name) for name in names):
                self._taken[at] = lost
            if before["name"] and person.name and folded(before["name"]) != folded(person.name):
                self._renamed.append(at)
        if verdict in {SavingVerdict.SAID_NO, SavingVerdict.UNREACHABLE}:
            return
        elsewhere = False
        for address in filter(None, (person.phone, person.email.lower())):
            first = self._first.setdefault((person.kind, address), person.reference)
            known = others.get((person.kind, address), frozenset()) - {person.reference}
            elsewhere |= bool(known) or first != person.reference
        if elsewhere:
            self._elsewhere.append(at)

    def saved(self) -> Saved:
        """What was counted."""
        counted = Counter(self._verdicts)
        at, left_out = (
            tuple(n for n, one in enumerate(self._verdicts) if one is kind)
            for kind in (SavingVerdict.UNREACHABLE, SavingVerdict.SAID_NO)
        )
        return Saved(
            counted[SavingVerdict.NEW],
            counted[SavingVerdict.CHANGED],
            counted[SavingVerdict.SAID_NO],
            counted[SavingVerdict.UNCHANGED],
            len(self._elsewhere),
            at,
            sum(self._taken.values()),
            tuple(self._elsewhere),
            tuple(self._taken),
            left_out,
            tuple(self._without),
            tuple(self._renamed),
        )
