"""A list on disk is a list, keys on disk are a dictionary, and neither leaves a file behind."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting import temporary
from alerting.temporary import DiskKeys, DiskList

FEW = 3


@pytest.fixture(autouse=True, scope="module")
def _short_parts() -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(temporary, "PART", FEW)
        patched.setattr(temporary, "KEPT_KEYS", FEW)
        yield


@given(st.lists(st.text()), st.slices(20))
def test_it_is_read_as_a_list_is(items: list[str], some: slice) -> None:
    found = DiskList(items)
    assert (len(found), list(found), found[some]) == (len(items), items, tuple(items[some]))
    for at in range(-len(items), len(items)):
        assert found[at] == items[at]
    with pytest.raises(IndexError):
        found[len(items)]


def test_it_may_grow_after_it_was_read() -> None:
    found = DiskList(range(2 * FEW))
    assert found[0] == 0
    found.extend(range(2 * FEW, 3 * FEW + 1))
    assert list(found) == list(range(3 * FEW + 1))


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(-(2**63), 2**63 - 1))))
def test_the_first_number_of_a_key_stays(pairs: list[tuple[str, int]]) -> None:
    found, plain = DiskKeys(), dict[str, int]()
    for key, value in pairs:
        assert found.setdefault(key, value) == plain.setdefault(key, value)
    assert all(key in found and found.get(key, 7) == value for key, value in plain.items())
    assert "not there" not in found
    found.clear()
    assert not any(key in found for key in plain)


def test_no_file_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    found, keys = DiskList(range(10 * FEW)), DiskKeys()
    for at in range(10 * FEW):
        keys.setdefault(str(at), at)
    assert (len(found), "9" in keys) == (10 * FEW, True)
    assert not list(tmp_path.iterdir())
