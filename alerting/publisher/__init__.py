"""Placing bytes in a folder that a web server serves: all of a unit at once, or nothing of it.

It knows nothing of alerts: paths and bytes come in, and docs/public.md says what lies where.
"""

from alerting.publisher.archive import Archived, Damaged
from alerting.publisher.folder import Files, Folder, Placed
from alerting.publisher.paths import UnsafePath

__all__ = ["Archived", "Damaged", "Files", "Folder", "Placed", "UnsafePath"]
