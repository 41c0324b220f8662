"""`alerting …`: everything a user or an operator can do from a terminal.

Exit status: 0 done; 1 refused or invalid, with a message saying what happened and what to do; 2 the
command was not understood; 3 an alert ended with recipients who were not reached.
"""

import typer

from alerting.cli import (
    accounts,
    alerts,
    archives,
    authorities,
    change_requests,
    incidents,
    keys,
    ledger,
    lifecycle,
    map_outlines,
    memberships,
    recipients,
    routes,
    serve,
    templates,
    tokens,
    unmatched_receipts,
)

app = typer.Typer(
    help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
app.command("migrate")(serve.migrate)
app.command("web")(serve.web)
app.command("worker")(serve.worker)
app.command("sandbox", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    serve.sandbox
)
app.command("settings")(serve.settings)
app.command("demo")(serve.demo)
app.command("draft")(alerts.draft)
app.command("preview")(alerts.preview)
app.command("approve")(alerts.approve)
app.command("send")(alerts.send)
app.command("submit")(lifecycle.submit)
app.command("return")(lifecycle.return_to_author)
app.command("break-glass")(lifecycle.break_glass)
app.command("schedule")(lifecycle.schedule)
app.command("unschedule")(lifecycle.unschedule)
app.command("discard")(lifecycle.discard)
app.command("stop")(lifecycle.stop)
app.command("resume")(lifecycle.resume)
app.command("retry")(lifecycle.retry)
app.command("follow-up")(lifecycle.follow_up)
app.command("review")(lifecycle.review)
app.command("history")(lifecycle.history)
app.command("notifications")(lifecycle.unread)
app.command("status")(alerts.status)
app.command("deliveries")(alerts.deliveries)
app.command("unmatched-receipts")(unmatched_receipts.list_unmatched)
app.add_typer(recipients.app, name="import", help="Import lists of recipients and newsrooms.")
app.add_typer(accounts.app, name="users", help="Users and their accounts.")
app.add_typer(tokens.app, name="token", help="Create and revoke access tokens.")
app.add_typer(ledger.app, name="ledger", help="Read and verify the audit log.")
app.add_typer(archives.app, name="archives", help="Archives of deliveries of old alerts.")
app.add_typer(keys.app, name="keys", help="The keys of this installation.")
app.add_typer(authorities.app, name="authorities", help="Who may alert whom.")
app.add_typer(memberships.app, name="memberships", help="Who works for which authority.")
app.add_typer(incidents.app, name="incidents", help="Incidents, and who leads them.")
app.add_typer(
    change_requests.app, name="requests", help="Change requests, which a second person confirms."
)
app.add_typer(routes.app, name="routes", help="The routes of each channel, and their state.")
app.add_typer(templates.app, name="templates", help="The library of scenarios.")
app.add_typer(map_outlines.app, name="places", help="The map, and names of localities.")
