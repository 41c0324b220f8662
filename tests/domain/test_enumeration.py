"""A member of an enumeration is known by its value."""

from alerting.domain.enumeration import member_of
from alerting.domain.language import Language


def test_a_member_is_known_by_its_value_only() -> None:
    assert member_of(Language, "fr") is Language.FR
    others: list[object] = ["FR", "", None, []]
    assert [member_of(Language, other) for other in others] == [None] * 4
