"""`python -m tests.permissions`: docs/permissions.md anew."""

from tests.permissions.page import write

write()
