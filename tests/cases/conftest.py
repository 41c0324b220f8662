"""Channels from settings, as the channels' own tests have them."""

from tests.channels.conftest import switch_on

__all__ = ["switch_on"]
