"""The two tiers of tests: every promise once, and with `--long` in all the numbers there are."""

import os

import pytest

WHOLE = "ALERTING_TEST_WHOLE" in os.environ
"""Whether this run was asked for with `--long` (tests/conftest.py tells the workers so)."""

long = pytest.mark.skipif(not WHOLE, reason="with --long")
