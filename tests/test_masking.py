"""Whatever a library logs, no address, number, token or one-time link stands in it."""

import pytest

from alerting.telemetry import masked


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("to <mila.p@crisis.example> failed", "to <…@crisis.example> failed"),
        ("To=+32470123456 refused", "To=+324… refused"),
        ("Bearer alt_0a1b2c3d_abcdefghijklmnop-_x", "Bearer …"),
        ("GET /welcome?key=abcdefghijklmnopqrst", "GET /welcome?key=…"),
        ("sent 1 000 000 in 32 s", "sent 1 000 000 in 32 s"),
    ],
)
def test_a_line_is_masked(said: str, logged: str) -> None:
    assert masked(said) == logged
