"""A mail to an officer has every field filled in, in the subject as in the text, in four languages.

The test doubles refuse whatever has a field left over; here every such mail is written once in each
language, and every pair of texts that the service writes is on the list.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import alerting.actions
from alerting.actions.accounts import (
    account_mails,
    emergency_accounts,
    password_links,
)
from alerting.actions.authorities import on_call
from alerting.actions.operations import routes
from alerting.actions.staff_notifications import inbox
from alerting.actions.staff_notifications.mail import mail_officer
from alerting.domain.language import Language
from alerting.services import Services
from tests.doubles import ScriptedChannel, must_be_filled

FACTS: dict[str, object] = {
    "name": "mila",
    "link": "https://alerts.example.org/x",
    "alert": 7,
    "incident": 3,
    "alerts": "Alert 7 (Gas leak), real alert, since 13:00",
    "where": "Open incidents:",
    "notice": "Alert 7 was sent.",
    "title": "Gas leak",
    "asks": "please review",
    "channel": "SMS",
    "officer": "joris",
    "number": 4,
    "role": "approver",
    "authority": "Stad Gent",
    "moment": "29 Nov 2026, 13:00",
    "start": "29 Nov 2026, 20:00",
    "end": "30 Nov 2026, 08:00",
    "address": "https://alerts.example.org/users",
}
MAILS = {
    "INVITED": (password_links.INVITED_SUBJECT, password_links.INVITED_TEXT),
    "FORGOTTEN": (password_links.FORGOTTEN_SUBJECT, password_links.FORGOTTEN_TEXT),
    "CHANGED": (account_mails.CHANGED_SUBJECT, account_mails.CHANGED_TEXT),
    "ENDED": (account_mails.ENDED_SUBJECT, account_mails.ENDED_TEXT),
    "MOBILE_SET": (account_mails.MOBILE_SET_SUBJECT, account_mails.MOBILE_SET_TEXT),
    "MOBILE_REMOVED": (account_mails.MOBILE_REMOVED_SUBJECT, account_mails.MOBILE_REMOVED_TEXT),
    "SIGNED_OUT": (account_mails.SIGNED_OUT_SUBJECT, account_mails.SIGNED_OUT_TEXT),
    "TOKEN_ENDED": (account_mails.TOKEN_ENDED_SUBJECT, account_mails.TOKEN_ENDED_TEXT),
    "SEALED": (account_mails.EMERGENCY_USED_SUBJECT, account_mails.EMERGENCY_USED_TEXT),
    "EMERGENCY_MADE": (emergency_accounts.EMERGENCY_MADE, emergency_accounts.EMERGENCY_MADE_TEXT),
    "HELD_OFF": (routes.HELD_OFF, routes.HELD_OFF_TEXT),
    "NOTICE": (inbox.SUBJECT, inbox.MAIL),
    "CALLS": (inbox.CALLS_SUBJECT, inbox.CALLS_MAIL),
    "ADDED": (on_call.CHANGED, on_call.ADDED),
    "REMOVED": (on_call.CHANGED, on_call.REMOVED),
    "INCIDENT": (inbox.INCIDENT_SUBJECT, inbox.INCIDENT_MAIL),
}
WRITERS = {
    "mail_officer",
    "mail_account",
    "notify_emergency_account_used",
    "_tell_concerned",
    "queue_mail",
    "_queue",
}


def calls() -> Iterator[ast.Call]:
    """Every call by which the service writes to officers."""
    for path in Path(alerting.actions.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in WRITERS:
                yield node


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("mail", MAILS)
async def test_a_mail_to_an_officer_has_every_field_filled_in(
    mail: str, language: Language, services: Services
) -> None:
    subject, text = MAILS[mail]
    assert await mail_officer(
        services, to="a@crisis.example", language=language, subject=subject, text=text, **FACTS
    )
    channel = services.channels["email"]
    assert isinstance(channel, ScriptedChannel)
    assert len(channel.sent) == 1


def test_every_mail_the_service_writes_is_on_the_list() -> None:
    said = {
        word.id
        for call in calls()
        for word in [*call.args, *(one.value for one in call.keywords)]
        if isinstance(word, ast.Name) and word.id.isupper()
    }
    known = {
        name
        for module in (account_mails, emergency_accounts, password_links, inbox, routes, on_call)
        for name, value in vars(module).items()
        if any(value in pair for pair in MAILS.values())
    }
    assert said
    assert said <= known


def test_every_mail_is_given_what_its_texts_ask_for() -> None:
    given = {one.arg for call in calls() for one in call.keywords} | {"name"} | dict_keys()
    assert set(FACTS) <= given


def dict_keys() -> set[str]:
    """What mails are filled with from a dictionary, in the modules that queue some."""
    return {
        key.value
        for module in (account_mails, inbox, routes, on_call)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        for key in (
            node.keys
            if isinstance(node, ast.Dict)
            else [node.slice]
            if isinstance(node, ast.Subscript)
            else []
        )
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


@pytest.mark.parametrize(
    "text", ["alert {alert}", "alert { alert }", "{{ time }}", "{% if x %}", "%(name)s", "{a.b}"]
)
def test_a_field_that_is_left_over_is_found(text: str) -> None:
    with pytest.raises(AssertionError, match="left over"):
        must_be_filled(text)


@pytest.mark.parametrize("text", ["50 %", "p{margin:0}", "a { b", "€ {12}", ""])
def test_what_only_looks_like_a_field_is_none(text: str) -> None:
    must_be_filled(text)
