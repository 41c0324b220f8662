"""Every table, with why it is shaped that way: a file for each capability.

All are exported here, so that whoever imports one has them all in `metadata`.
"""

# ruff: noqa: F403  these files hold the tables and the types of their columns

from alerting.store.tables.accounts import *
from alerting.store.tables.alerts import *
from alerting.store.tables.audience_count import *
from alerting.store.tables.authorities import *
from alerting.store.tables.deliveries import *
from alerting.store.tables.metadata import *
from alerting.store.tables.operations import *
from alerting.store.tables.press import *
from alerting.store.tables.publications import *
from alerting.store.tables.recipients import *
from alerting.store.tables.sendings import *
from alerting.store.tables.templates import *
