"""The console shows officers what is so, lets them do what they may, and says why not."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from alerting.actions import access
from alerting.actions.alerts import revise
from alerting.domain.alert import AlertClass, AlertState
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.staff import Officer, Role
from alerting.web.console.sign_in import PUBLIC, own_path
from alerting.web.security import Needs
from tests.desk import JORIS, MILA, Desk
from tests.make import BRUSSELS, EUPEN, person
from tests.web.conftest import Browsers

VERA = Officer("vera", Role.AUDITOR)
EVERYWHERE = ("Liège", "Eupen", "Bruxelles")
