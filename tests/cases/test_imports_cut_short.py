"""An import says how far it is; cut short it says what it saved, and repeated it goes on."""

import asyncio
import io

import pytest
from rich.console import Console

from alerting.actions.recipients import importing
from alerting.actions.recipients.importing import ImportProgress
from alerting.cli import recipients
from alerting.domain.import_job import ImportStep
from alerting.domain.language import Language
from alerting.domain.recipient import RecipientKind
from alerting.i18n import translator_for
from tests.desk import MILA, Desk

ROWS = [f"R{n};fr;Liège;0470{n:06}" for n in range(10)]
FILE = "\n".join(("reference;language;municipality;phone", *ROWS)).encode()
ENGLISH = translator_for(Language.EN)


@pytest.fixture(autouse=True)
def _two_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)


async def imports(desk: Desk, tell: importing.Progress) -> importing.Imported:
    return await importing.import_file(
        desk.services,
        io.BytesIO(FILE),
        file="l.csv",
        kind=RecipientKind.PERSON,
        by=MILA,
        progress=tell,
    )


async def test_whoever_waits_sees_how_far_it_is(desk: Desk) -> None:
    seen: list[ImportProgress] = []
    await imports(desk, seen.append)
    saved = [(one.done, one.of) for one in seen if one.step is ImportStep.SAVING]
    assert saved == [(2, 10), (4, 10), (6, 10), (8, 10), (10, 10)]


async def test_cut_short_it_says_what_was_saved_and_the_same_file_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(recipients, "complaints", Console(file=out, width=200))

    async def in_a_terminal() -> None:
        with recipients._shown(ENGLISH) as show:

            def until_four(seen: ImportProgress) -> None:
                show(seen)
                if (seen.step, seen.done) == (ImportStep.SAVING, 4):
                    importer.cancel()

            await imports(desk, until_four)

    importer = asyncio.create_task(in_a_terminal())
    with pytest.raises(asyncio.CancelledError):
        await importer
    assert ENGLISH(recipients.CUT_SHORT, number=4) in out.getvalue()
    assert (await desk.ledger())[-1] == "recipients.import-begun"
    again = await imports(desk, lambda _: None)
    assert (again.saved.added, again.saved.unchanged) == (6, 4)


def test_cut_short_before_anything_was_saved_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(recipients, "complaints", Console(file=out, width=200))

    def reads() -> None:
        with recipients._shown(ENGLISH) as show:
            show(ImportProgress(ImportStep.READING, 1, 2))
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        reads()
    assert ENGLISH(recipients.NOTHING_SAVED) in out.getvalue()
