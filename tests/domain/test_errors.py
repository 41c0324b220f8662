"""The tree of errors that is drawn is the tree there is, and each error says what to do."""

from collections import Counter

from alerting.domain.errors import AlertingError, Invalid, Refusal
from alerting.web.errors import status_of
from tests import error_tree


def test_the_drawing_is_the_tree() -> None:
    assert error_tree.drawn() == error_tree.drawing(), "run: python -m tests.error_tree"


def test_a_program_tells_every_error_from_every_other() -> None:
    kinds = error_tree.classes()
    codes = Counter(kind.code.fget(kind.__new__(kind)) for kind in kinds)  # type: ignore[attr-defined]
    assert not [code for code, times in codes.items() if times > 1]


def test_every_error_says_what_happened_in_words_of_its_own() -> None:
    below = (Refusal, Invalid)
    silent = [
        kind.__name__
        for kind in error_tree.classes()
        if kind not in {AlertingError, *below}
        and kind.says == AlertingError.says
        and "__init__" not in vars(kind)
    ]
    assert not silent


def test_what_people_may_not_do_is_never_answered_as_a_fault_of_ours() -> None:
    for kind in error_tree.classes():
        if issubclass(kind, (Refusal, Invalid)):
            assert 400 <= status_of(kind.__new__(kind)) < 500, kind.__name__
