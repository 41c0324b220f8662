"""`alerting …`: everything a user or an operator can do from a terminal.

Exit status: 0 done; 1 refused or invalid, with a message saying what happened and what to do; 2 the
command was not understood; 3 an alert ended with recipients who were not reached.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from alerting.cli import (
    accounts,
    alerts,
    archives,
    authorities,
    cap,
    change_requests,
    copies,
    incidents,
    keys,
    ledger,
    lifecycle,
    map_outlines,
    memberships,
    public,
    recipients,
    routes,
    serve,
    templates,
    tokens,
    unmatched_receipts,
)
from alerting.cli.press import releases

ALERTS = "Alerts, from draft to review"
RECIPIENTS = "Recipients and templates"
ACCESS = "Access"
OPERATIONS = "Operations"
SERVICE = "The service itself"
PANELS = (ALERTS, RECIPIENTS, ACCESS, OPERATIONS, SERVICE)


class Panels(TyperGroup):
    """Every command, those of one panel of the help together."""

    def list_commands(self, ctx: Any) -> list[str]:
        """By panel, within it as they were added."""

        def panel(name: str) -> int:
            return PANELS.index(getattr(self.commands[name], "rich_help_panel", ""))

        return sorted(self.commands, key=panel)


app = typer.Typer(
    cls=Panels,
    help=__doc__,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("migrate", rich_help_panel=SERVICE)(serve.migrate)
app.command("web", rich_help_panel=SERVICE)(serve.web)
app.command("worker", rich_help_panel=SERVICE)(serve.worker)
app.command(
    "sandbox",
    rich_help_panel=SERVICE,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(serve.sandbox)
app.command("settings", rich_help_panel=SERVICE)(serve.settings)
app.command("demo", rich_help_panel=SERVICE)(serve.demo)
app.command("draft", rich_help_panel=ALERTS)(alerts.draft)
app.command("preview", rich_help_panel=ALERTS)(alerts.preview)
app.command("test-copy", rich_help_panel=ALERTS)(copies.send_test_copy)
app.command("test-copies", rich_help_panel=ALERTS)(copies.list_test_copies)
app.command("approve", rich_help_panel=ALERTS)(alerts.approve)
app.command("send", rich_help_panel=ALERTS)(alerts.send)
app.command("submit", rich_help_panel=ALERTS)(lifecycle.submit)
app.command("return", rich_help_panel=ALERTS)(lifecycle.return_to_author)
app.command("break-glass", rich_help_panel=ALERTS)(lifecycle.break_glass)
app.command("schedule", rich_help_panel=ALERTS)(lifecycle.schedule)
app.command("unschedule", rich_help_panel=ALERTS)(lifecycle.unschedule)
app.command("change", rich_help_panel=ALERTS)(lifecycle.change)
app.command("discard", rich_help_panel=ALERTS)(lifecycle.discard)
app.command("stop", rich_help_panel=ALERTS)(lifecycle.stop)
app.command("resume", rich_help_panel=ALERTS)(lifecycle.resume)
app.command("retry", rich_help_panel=ALERTS)(lifecycle.retry)
app.command("follow-up", rich_help_panel=ALERTS)(lifecycle.follow_up)
app.command("review", rich_help_panel=ALERTS)(lifecycle.review)
app.command("history", rich_help_panel=ALERTS)(lifecycle.history)
app.command("notifications", rich_help_panel=ALERTS)(lifecycle.unread)
app.command("status", rich_help_panel=ALERTS)(alerts.status)
app.command("deliveries", rich_help_panel=ALERTS)(alerts.deliveries)
app.command("unmatched-receipts", rich_help_panel=OPERATIONS)(unmatched_receipts.list_unmatched)
app.add_typer(
    cap.app,
    rich_help_panel=ALERTS,
    name="cap",
    help="CAP messages, and the certificates that verify them.",
)
app.add_typer(
    recipients.app,
    rich_help_panel=RECIPIENTS,
    name="import",
    help="Import lists of recipients and newsrooms.",
)
app.add_typer(
    releases.app,
    rich_help_panel=ALERTS,
    name="release",
    help="Press releases: written, approved, published, corrected.",
)
app.add_typer(accounts.app, rich_help_panel=ACCESS, name="users", help="Users and their accounts.")
app.add_typer(
    tokens.app, rich_help_panel=ACCESS, name="token", help="Create and revoke access tokens."
)
app.add_typer(
    ledger.app, rich_help_panel=OPERATIONS, name="ledger", help="Read and verify the audit log."
)
app.add_typer(
    archives.app,
    rich_help_panel=OPERATIONS,
    name="archives",
    help="Archives of deliveries of old alerts.",
)
app.add_typer(
    keys.app, rich_help_panel=OPERATIONS, name="keys", help="The keys of this installation."
)
app.add_typer(
    public.app, rich_help_panel=OPERATIONS, name="public", help="Public pages, feeds and mirrors."
)
app.add_typer(
    authorities.app, rich_help_panel=ACCESS, name="authorities", help="Who may alert whom."
)
app.add_typer(
    memberships.app,
    rich_help_panel=ACCESS,
    name="memberships",
    help="Who works for which authority.",
)
app.add_typer(
    incidents.app, rich_help_panel=ALERTS, name="incidents", help="Incidents, and who leads them."
)
app.add_typer(
    change_requests.app,
    rich_help_panel=ACCESS,
    name="change-requests",
    help="Change requests, which a second person confirms.",
)
app.add_typer(
    routes.app,
    rich_help_panel=OPERATIONS,
    name="routes",
    help="The routes of each channel, and their state.",
)
app.add_typer(
    templates.app, rich_help_panel=RECIPIENTS, name="templates", help="The library of scenarios."
)
app.add_typer(
    map_outlines.app,
    rich_help_panel=RECIPIENTS,
    name="places",
    help="The map, and names of localities.",
)
