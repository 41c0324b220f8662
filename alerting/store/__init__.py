"""Rows and queries. Nothing above this floor sees a row; nothing else commits."""

from alerting.store.database import Database, outage, told
from alerting.store.unit_of_work import Reading, Unit, Wake

__all__ = ["Database", "Reading", "Unit", "Wake", "outage", "told"]
