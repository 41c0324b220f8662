"""Rows and queries. Nothing above this floor sees a row; nothing else commits."""

from alerting.store.database import Database, outage, told
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

__all__ = ["Database", "ReadTransaction", "UnitOfWork", "outage", "told"]
