"""docs/permissions.md says what the code does: every act, in every role, inside and outside."""

import pytest

from alerting.domain.officer import Permission
from alerting.store import Database
from tests import permissions
from tests.doubles import Clock


@pytest.mark.parametrize("name", permissions.COLUMNS)
async def test_a_role_may_do_what_the_table_says(name: str, sqlite: Database, clock: Clock) -> None:
    assert await permissions.column(name, sqlite, clock) == permissions.written()[name]


def test_the_table_has_every_act_and_every_role() -> None:
    written = permissions.written()
    assert tuple(written) == permissions.COLUMNS
    assert all(list(one) == list(permissions.ACTS) for one in written.values())


def test_every_permission_is_granted_to_somebody_and_used_by_some_act() -> None:
    source = permissions.TABLE.read_text(encoding="utf-8")
    assert "everywhere" in source
    assert len(permissions.ACTS) > len(Permission)
