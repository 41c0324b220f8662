"""An act is one transaction: what it changes is there as a whole, or not at all."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from alerting import actions

ROOT = Path(actions.__file__).parent
A_TRY_COUNTS = "a try is counted, and a proof used up, whether or not it opens anything"
A_REFUSAL_STAYS = "what was refused is written down and told, though nothing else is done"
AN_EMAIL_BETWEEN = "what a refused e-mail changes is known after it was sent"
EACH_BY_ITSELF = "one message that nobody takes keeps no other from being settled"
BATCH_BY_BATCH = "others write between the batches of a list; cut short, it is imported again"
A_FILE_FIRST = "deliveries are deleted in batches, once their archive is complete and recorded"
SEVERAL: Mapping[str, str] = {
    "accounts.invitations.resend_invitation": AN_EMAIL_BETWEEN,
    "accounts.factors.reauthenticate": A_TRY_COUNTS,
    "accounts.factors.reauthenticate_by_passkey": A_TRY_COUNTS,
    "accounts.mobile_numbers.confirm_number": A_TRY_COUNTS,
    "accounts.sign_in.sign_in_by_password": A_TRY_COUNTS,
    "accounts.sign_in.sign_in_by_code": A_TRY_COUNTS,
    "accounts.sign_in.begin_passkey_sign_in": A_TRY_COUNTS,
    "accounts.sign_in.sign_in_by_passkey": A_TRY_COUNTS,
    "accounts.tokens.get_token": A_REFUSAL_STAYS,
    "accounts.tokens.officer_by_token": A_REFUSAL_STAYS,
    "alerts.stopping.resume": A_REFUSAL_STAYS,
    "alerts.scheduling.send_due": A_REFUSAL_STAYS,
    "alerts.retry.retry_failed": A_REFUSAL_STAYS,
    "press.publishing.lift_due": A_REFUSAL_STAYS,
    "press.publishing.keep_lifting": A_REFUSAL_STAYS,
    "operations.archiving.archive_alert": A_FILE_FIRST,
    "operations.archiving.archive_old": A_FILE_FIRST,
    "recipients.importing.import_file": BATCH_BY_BATCH,
    "recipients.importing.save_list": BATCH_BY_BATCH,
    "recipients.import_jobs.keep_importing": BATCH_BY_BATCH,
    "recipients.import_jobs.run_due_imports": BATCH_BY_BATCH,
    "recipients.import_jobs.run_import": BATCH_BY_BATCH,
    "staff_notifications.outbox.send_due": EACH_BY_ITSELF,
    "staff_notifications.outbox.send_due_on": EACH_BY_ITSELF,
}


class Function(NamedTuple):
    """A function of the floor, and what the names in its module stand for."""

    module: str
    code: ast.AsyncFunctionDef
    imported: Mapping[str, str]


def functions() -> Iterator[tuple[str, Function]]:
    for file in sorted(ROOT.rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            (name.asname or name.name): f"{node.module}.{name.name}".removeprefix(
                "alerting.actions."
            )
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for name in node.names
        }
        for node in tree.body:
            if isinstance(node, ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", Function(module, node, imported)


FUNCTIONS = dict(functions())


def transactions(name: str, on_the_way: tuple[str, ...] = ()) -> int:
    """How many transactions a function opens, those of the functions it calls included."""
    if name not in FUNCTIONS or name in on_the_way:
        return 0
    module, code, imported = FUNCTIONS[name]
    n = 0
    for node in ast.walk(code):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in {"services.unit", "services.database.writing", "services.database.at_once"}:
            n += 1
            continue
        first, _, rest = called.partition(".")
        target = imported.get(first, f"{module}.{first}") + (f".{rest}" if rest else "")
        n += transactions(target, (*on_the_way, name))
    return n


def test_an_act_opens_one_transaction_and_says_why_where_it_opens_more() -> None:
    several = {
        name
        for name, function in FUNCTIONS.items()
        if not function.code.name.startswith("_") and transactions(name) > 1
    }
    assert several == SEVERAL.keys()


def test_the_count_follows_calls_into_other_modules() -> None:
    assert transactions("alerts.follow_ups.create_follow_up") == 1
    assert transactions("alerts.compositions.create_draft") == 1
    assert sum(transactions(name) > 0 for name in FUNCTIONS) > 50
