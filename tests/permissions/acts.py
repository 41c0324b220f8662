"""Every act with its row; and what is no act, or nobody's in the table."""

import ast
import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alerting import actions
from alerting.actions import authorization, change_requests, deliveries, ledger
from alerting.actions.accounts import administration, invitations, memberships, mobile_numbers
from alerting.actions.alerts import (
    alone,
    calls,
    compositions,
    drafting,
    follow_ups,
    guards,
    hands,
    queries,
    readings,
    retry,
    text_checks,
    text_drafts,
)
from alerting.actions.authorities import incidents, on_call
from alerting.actions.press import queries as release_queries
from alerting.actions.public import administration as pages
from alerting.actions.recipients import import_jobs, importing, search
from alerting.actions.templates import versions
from alerting.domain.change_request import Act
from alerting.domain.officer import Officer
from tests.desk import JORIS
from tests.permissions.accounts import ROWS as ACCOUNTS
from tests.permissions.alerts import ROWS as ALERTS
from tests.permissions.authorities import ROWS as AUTHORITIES
from tests.permissions.deliveries import ROWS as DELIVERIES
from tests.permissions.operations import ROWS as OPERATIONS
from tests.permissions.recipients import ROWS as RECIPIENTS
from tests.permissions.releases import ROWS as RELEASES
from tests.permissions.templates import ROWS as TEMPLATES
from tests.permissions.trial import ADA, Row

ACTS: Mapping[str, Row] = {
    **ALERTS,
    **DELIVERIES,
    **RECIPIENTS,
    **AUTHORITIES,
    **ACCOUNTS,
    **OPERATIONS,
    **TEMPLATES,
    **RELEASES,
}
"""Each act under the name the table gives it."""

NATIONAL_ONLY: Mapping[str, Officer] = {
    "import newsrooms": ADA,
    "rename a group": ADA,
    "remove a group": ADA,
    "switch a route off or on": ADA,
    "send oneself a test message by a route": ADA,
    "replace the list of localities": ADA,
    "replace the map": ADA,
    "have all public pages made anew": ADA,
    "approve a template version": JORIS,
}
"""What nobody in the table may, and somebody of the whole country does."""

REQUESTS: Mapping[Callable[..., Any], Act] = {
    invitations.request_invitation: Act.INVITE,
    invitations.resend_invitation: Act.INVITE_AGAIN,
    administration.request_role: Act.CHANGE_ROLE,
    memberships.end_membership: Act.END_MEMBERSHIP,
    versions.propose_version: Act.APPROVE_TEMPLATE,
    administration.request_token: Act.MAKE_TOKEN,
}
"""Acts that ask for a second person in words of their own."""

PARTS: Mapping[Callable[..., Any], str] = {
    compositions.fill_known_names: "the first half of “fill it in”; it keeps nothing",
    drafting.compose_draft: "the first half of “draft an alert”; it keeps nothing",
    hands.hands_of_details: "whose words a draft holds, read before it is kept; it keeps nothing",
    hands.own_runs: "the words of a draft, read before it is kept; it keeps nothing",
    hands.written_runs: "the words of a text, read before it is kept; it keeps nothing",
    drafting.read_revision: "the first half of “revise a text”; it keeps nothing",
    guards.notify_of_list_changes: "what “resume” and “try again” do where they are refused",
    importing.read_to_import: "the first half of “import recipients”; it keeps nothing",
    importing.require_alone: "what imports ask first",
    importing.save_list: "the second half of it",
    importing.inspect_list: "the first half of “preview a file”, which then records it",
    import_jobs.open_upload: "what “upload a file” begins with: where it is written to",
    import_jobs.rejected_rows: "the file that “see one's own import” offers",
    pages.page_of: "what the page of an alert that was read shows besides; it keeps nothing",
    search.record_look: "what every look at people does before it shows them",
    authorization.draft_authority: "the rule that “draft an alert” asks first",
    incidents.incident_choices: "which acts the page of an incident offers; each refuses itself",
    retry.failed_to_retry: "what “try again” counts before it asks",
    change_requests.list_waiting: "what “read the requests” lists, with what it would change",
    text_drafts.require_saved_texts: "what the pages of “submit it” and “send it” ask first",
    text_drafts.laid_out: "what the editor shows of words that are being typed",
    versions.texts_seen: "the words a proposal of a wording was made from, where they differ now",
    alone.why_not_break_glass: "what “preview it” says of “send alone”",
    alone.why_not_retract: "what “preview it” says of “send alone”",
    follow_ups.expected_approvers: "what the form of “follow it up” says beforehand",
    follow_ups.get_event: "“read an alert”, where a form follows one",
    follow_ups.get_followed_alert: "“read an alert”, where a form follows one",
    compositions.with_ready_sentence: "the first half of “fill it in”; it keeps nothing",
    compositions.save_as_draft: "what “create an alert from it” and “follow it up” end with",
    text_checks.review: "what every act that decides on a text asks before its transaction",
    text_checks.findings: "the same for pages that only show them",
    text_checks.passed_times: "what every act that lets an alert leave asks before its transaction",
    deliveries.get_archive: "what “see its deliveries” says where they are in an archive",
    deliveries.require_in_database: "what “export its deliveries” asks before it begins",
    calls.expected_calls: "what the page that submits says beforehand",
    queries.list_calls: "what “find it in the list” shows on the console: who was called too",
    queries.last_change: "the last of “read its history”, where a version was overtaken",
    on_call.list_candidates: "whom the form of “put somebody on call” offers",
    queries.list_statuses: "what “find it in the list” shows on the console: its counters too",
    readings.what_was_read: "what the page that approves names as not opened yet",
    readings.require_opened: "what that page asks before “approve it”",
    ledger.newest_number: "a number alone, by which the lists on the console know to look again",
    compositions.fill_known_names: "what “fill it in” shows before it is kept; it keeps nothing",
    mobile_numbers.send_code: "what “change one's own mobile number” begins with",
    mobile_numbers.confirm_number: "what “change one's own mobile number” ends with",
    mobile_numbers.own_numbers: "what one's own page shows of it",
    release_queries.findings_of: "what “have a press release checked” says of one that was loaded",
    queries.alerts_under_way: "what “draft an alert” tells afterwards, and “preview it” again",
}
"""Functions with an officer that are no acts of their own, and why."""


def every_act() -> set[Callable[..., Any]]:
    """Every public function of the actions that is handed an officer and opens what it needs."""
    found: set[Callable[..., Any]] = set()
    root = Path(actions.__file__).parent
    for file in root.rglob("*.py"):
        name = ".".join(("alerting.actions", *file.relative_to(root).with_suffix("").parts))
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            act = getattr(importlib.import_module(name), node.name)
            takes = inspect.signature(act).parameters
            by = takes.get("by")
            whole = "services" in takes and not {"unit", "reading", "connection"} & set(takes)
            if whole and by is not None and by.annotation is Officer:
                found.add(act)
    return found
