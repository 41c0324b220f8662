"""Where a page starts is written into an address and read back, or refused."""

import pytest

from alerting.domain.errors import BadRequest
from alerting.web.paging import next_link, read_delivery_key, write_delivery_key


def test_the_key_of_a_delivery_is_read_back() -> None:
    written = write_delivery_key(7, ("sms", 12))
    assert read_delivery_key(7, written or "") == ("sms", 12)
    assert read_delivery_key(7, "") is None


@pytest.mark.parametrize("after", ["nonsense", "8.sms.12", "7.sms.-1", "7.sms.²", "7..12"])
def test_what_is_no_delivery_of_this_alert_is_refused(after: str) -> None:
    with pytest.raises(BadRequest):
        read_delivery_key(7, after)


def test_a_link_keeps_what_was_asked_for_and_leads_nowhere_behind_the_last_page() -> None:
    kept = {"state": "sent"}
    assert next_link("", "a & b", name="after", kept=kept) == "?state=sent&after=a+%26+b"
    assert next_link("/users", 3) == "/users?before=3"
    assert next_link("/users", None) == ""
