"""Cases come through the same doors as everybody."""

from tests.web.conftest import anyone, app, as_role, browsers

__all__ = ["anyone", "app", "as_role", "browsers"]
