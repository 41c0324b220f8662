"""What the core knows of a channel is one row: no other place knows a channel by its name."""

import ast
import re
from pathlib import Path

import pytest

from alerting.bootstrap import ROOT
from alerting.domain.channel_profiles import (
    PROFILES,
    WITH_HTML,
    ChannelProfile,
    MessageForm,
    profile_of,
)
from channels import REGISTRY

ROWS = "alerting/domain/channel_profiles.py"
OTHER_MEANINGS = {
    "email": {  # the field of a person, its column, and its heading in a list
        "alerting/actions/accounts/invitations.py",
        "alerting/actions/recipients/lists.py",
        "alerting/cli/demo/people.py",
        "alerting/compose/layouts.py",
        "alerting/domain/field_problems.py",
        "alerting/importing/headings.py",
        "alerting/importing/recipients.py",
        "alerting/store/accounts/repository.py",
        "alerting/web/api/alerts/lifecycle_schemas.py",
        "alerting/store/deliveries/planning.py",
        "alerting/store/recipients/admissions.py",
        "alerting/store/recipients/entries.py",
        "alerting/store/recipients/repository.py",
        "alerting/store/recipients/revisions.py",
        "alerting/store/recipients/saved_counts.py",
        "alerting/store/tables/accounts.py",
        "alerting/store/tables/audience_count.py",
        "alerting/store/tables/recipients.py",
        "alerting/web/console/accounts/oidc.py",
        "alerting/web/console/authorities/waiting.py",
        "alerting/web/console/recipients/pages.py",
    },
    "press": {  # a kind of recipient, the command that imports them, and a layout
        "alerting/cli/recipients.py",
        "alerting/compose/layouts.py",
        "alerting/domain/recipient.py",
    },
    "sms": {  # a word of texts; a factor of an identity provider (RFC 8176)
        "alerting/checks/spelling.py",
        "alerting/web/console/accounts/oidc.py",
    },
    "web": {  # a command; an element of CAP
        "alerting/cap/profile/rules.py",
        "alerting/cap/reader.py",
        "alerting/cap/writer.py",
        "alerting/cli/main.py",
    },
    "x": {  # a letter that stands for others; a provider of the sandbox; a coordinate
        "alerting/actions/public/gateway.py",
        "alerting/checks/telephones.py",
        "alerting/cli/demo/show.py",
        "alerting/domain/text/gsm7.py",
        "alerting/domain/text/length.py",
    },
}
"""Words that are a channel's name and mean something else in these files."""
FORM_PARTS = {MessageForm.EMAIL: 2, MessageForm.PAGE: 2, MessageForm.RELEASE: 3}

EVERY_ROW = pytest.mark.parametrize("row", PROFILES.values(), ids=list(PROFILES))


def names_in(path: Path) -> set[str]:
    """The channels' names among the texts of a file; parsed only where there may be any."""
    source = path.read_text("utf-8")
    if not re.search(rf"[\"'](?:{'|'.join(PROFILES)})[\"']", source):
        return set()
    nodes = ast.walk(ast.parse(source))
    return {str(one.value) for one in nodes if isinstance(one, ast.Constant)} & set(PROFILES)


def test_no_channel_s_name_is_a_literal_outside_its_row() -> None:
    found: dict[str, set[str]] = {}
    for path in (ROOT / "alerting").rglob("*.py"):
        for name in names_in(path):
            found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    told = {name: files - {ROWS} for name, files in found.items()}
    assert {name: files for name, files in told.items() if files} == OTHER_MEANINGS, (
        "ask alerting.domain.channel_profiles instead"
    )


def test_no_page_compares_a_channel_with_a_name() -> None:
    compares = re.compile(r"\bchannel(?:\.name)? *(?:==|!=|in|not in) *[(\[]? *[\"']")
    pages = (ROOT / "templates" / "console").rglob("*.html")
    assert [path.name for path in pages if compares.search(path.read_text("utf-8"))] == []


def test_every_channel_that_can_be_set_up_has_a_row() -> None:
    assert set(REGISTRY) <= set(PROFILES)


@EVERY_ROW
def test_a_row_holds_together(row: ChannelProfile) -> None:
    assert row.name == row.name.lower()
    assert len(row.parts) == FORM_PARTS.get(row.form, 1)
    assert row.has_html == (row.form in WITH_HTML)
    assert (row.unit is None) == (row.limit == 0)
    assert row.borrows is None or len(row.borrows.parts) == len(row.parts)
    macros = (ROOT / "templates" / "console" / "_macros.html").read_text("utf-8")
    assert f'name == "{row.icon}"' in macros
    assert list((ROOT / "templates" / "scenarios").glob(f"*/{row.file}.toml"))


def test_a_channel_that_is_gone_still_has_its_name() -> None:
    gone = profile_of("telex")
    assert (gone.label, gone.unit, gone.has_html, gone.borrows) == ("telex", None, False, None)
