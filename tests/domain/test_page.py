"""A page leads on only where there is more."""

import pytest

from alerting.domain.page import Page, page_of


@pytest.mark.parametrize(
    ("found", "page"),
    [
        ("", Page("")),
        ("ab", Page("ab")),
        ("abc", Page("ab", "B")),
    ],
)
def test_a_page_leads_on_only_where_there_is_more(found: str, page: Page[str, str]) -> None:
    assert page_of(found, 2, str.upper) == page
