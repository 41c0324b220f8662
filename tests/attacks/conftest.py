"""The console of `tests/web`, for whoever attacks it."""

from tests.web.conftest import app, browsers

__all__ = ["app", "browsers"]
