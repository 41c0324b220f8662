"""An import changes what its file says, and nothing else; what it would do is told before.

A column that is not there leaves what is known; nobody is brought back who said no; a row that
stands for an address already on the list is counted.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.importing import (
    FileRefused,
    Imported,
    Inspected,
    figures,
    rows_of_figures,
)
from alerting.cli import recipients
from alerting.domain.recipient import RecipientKind
from alerting.store.recipients import groups
from alerting.store.recipients.saved_counts import Saved
from alerting.store.tables import recipient
from tests.desk import MILA, Desk

WIPING = (
    "referentie;taal;gemeente;gsm;e-mail;naam\n"
    "W1;nl;Gent;0470000901;an@example.org;An Claes\n"
    "W2;nl;Gent;0470000902;bert@example.org;Bert Maes\n"
)


async def brings(desk: Desk, text: str, *, skip_bad: bool = False) -> Imported:
    return await importing.import_file(
        desk.services,
        text.encode(),
        file="a.csv",
        kind=RecipientKind.PERSON,
        by=MILA,
        skip_bad=skip_bad,
    )


async def holds(desk: Desk) -> dict[str, tuple[str, str, str]]:
    async with desk.services.reading() as reading:
        rows = await reading.connection.execute(sa.select(recipient))
        return {row.reference: (row.phone, row.email, row.name) for row in rows}


async def test_a_column_that_is_not_in_the_file_leaves_what_is_known(desk: Desk) -> None:
    await brings(desk, WIPING)
    second = (
        "referentie;taal;gemeente;gsm;E-mailadres;naam\n"
        "W1;nl;Gent;0470000901;an.nieuw@example.org;An Claes\n"
        "W2;nl;Gent;0470000902;bert@example.org;Bert Maes\n"
    )
    assert (await brings(desk, second)).saved == Saved(0, 1, 0, unchanged=1)
    await brings(desk, "referentie;taal;gemeente;e-mail\nW2;nl;Gent;bert@example.org\n")
    await brings(desk, "referentie;taal;gemeente\nW2;nl;Aalst\n")
    assert await holds(desk) == {
        "W1": ("+32470000901", "an.nieuw@example.org", "An Claes"),
        "W2": ("+32470000902", "bert@example.org", "Bert Maes"),
    }


@pytest.mark.parametrize("left", ["gsm", "e-mail", "naam"])
async def test_each_column_alone_may_be_absent(desk: Desk, left: str) -> None:
    await brings(desk, WIPING)
    before = await holds(desk)
    lines = [line.split(";") for line in WIPING.splitlines()]
    at = lines[0].index(left)
    without = "\n".join(";".join(line[:at] + line[at + 1 :]) for line in lines)
    assert (await brings(desk, without)).saved == Saved(0, 0, 0, unchanged=2)
    assert await holds(desk) == before


async def test_an_empty_cell_takes_away_and_a_row_without_any_address_is_refused(
    desk: Desk,
) -> None:
    await brings(desk, WIPING)
    await brings(desk, "referentie;taal;gemeente;gsm\nW1;nl;Gent;\n")
    assert (await holds(desk))["W1"][0] == ""
    file = "referentie;taal;gemeente;gsm\nW1;nl;Gent;0470000901\nW9;nl;Gent;\n"
    with pytest.raises(FileRefused) as refused:
        await brings(desk, file)
    (fault,) = refused.value.intake.faults
    assert (fault.row, fault.column) == (3, "phone")
    done = await brings(desk, file, skip_bad=True)
    assert done.imported == 1
    assert [one.cells[0] for one in done.intake.rejected] == ["W9"]
    assert set(await holds(desk)) == {"W1", "W2"}


async def looks(desk: Desk, text: str) -> Inspected:
    return await importing.inspect_file(
        desk.services, text.encode(), kind=RecipientKind.PERSON, by=MILA
    )


async def test_numbers_and_addresses_that_would_go_are_counted_and_their_rows_named(
    desk: Desk,
) -> None:
    await brings(desk, WIPING)
    second = (
        "referentie;taal;gemeente;gsm;e-mail;naam\n"
        "W1;nl;Gent;0470000909;an@example.org;An Claes\n"
        "W2;nl;Gent;;bert@example.org;\n"
        "W3;nl;Gent;0470000903;;Cis\n"
    )
    seen = await looks(desk, second)
    assert seen.would == Saved(1, 2, 0, taken_away=1), "another number takes nothing away"
    assert figures(seen.would)["addresses_taken_away"] == 1
    assert rows_of_figures(seen.intake, seen.would)["addresses_taken_away"] == [3]
    assert (await brings(desk, second)).saved == seen.would


async def test_a_wish_that_leaves_no_use_for_a_number_takes_it_away_and_is_counted(
    desk: Desk,
) -> None:
    await brings(desk, WIPING)
    seen = await looks(desk, "referentie;taal;gemeente;kanalen\nW1;nl;Gent;email\n")
    assert seen.would == Saved(0, 1, 0, taken_away=1)


async def test_a_row_that_ends_early_says_nothing_of_the_cells_it_lacks(desk: Desk) -> None:
    first = (
        "reference;langue;commune;gsm;e-mail;prénom;nom;groupes\n"
        "S1;fr;Namur;0470000901;an@example.org;An;Claes;A\n"
    )
    await brings(desk, first)
    before = await holds(desk)
    whole = first.splitlines()[1].split(";")
    for cells in range(3, len(whole)):
        seen = await looks(desk, f"{first.splitlines()[0]}\n{';'.join(whole[:cells])}\n")
        assert not seen.intake.faults
        assert seen.would == Saved(0, 0, 0, unchanged=1), cells
        assert [one.row for one in seen.intake.remarks] == [2], "it is said"
        await brings(desk, f"{first.splitlines()[0]}\n{';'.join(whole[:cells])}\n")
    assert await holds(desk) == before
    async with desk.services.reading() as reading:
        assert await groups.groups_of(reading.connection, 1) == ("A",)


async def test_groups_that_differ_are_a_change_and_the_same_are_none(desk: Desk) -> None:
    file = "reference;langue;commune;gsm;groupes\nG1;fr;Namur;0470000901;A, B\n"
    await brings(desk, file)
    assert (await brings(desk, file)).saved == Saved(0, 0, 0, unchanged=1)
    assert (await brings(desk, file.replace("A, B", "B"))).saved == Saved(0, 1, 0)
    async with desk.services.reading() as reading:
        assert await groups.groups_of(reading.connection, 1) == ("B",)


FIRST = "language;municipality;phone;email\nfr;Rochefort;0470000501;anne.dupont@example.org\n"
SECOND = (
    "reference;language;municipality;phone;email\n"
    "R1;fr;Rochefort;0470000501;anne.dupont@example.org\n"
    "R3;fr;Rochefort;0470000503;Jean@example.org\n"
    "R4;fr;Rochefort;0470000504;jean@example.org\n"
    "R5;fr;Rochefort;;JEAN@example.org\n"
)


async def test_rows_whose_address_stands_under_another_reference_are_counted(desk: Desk) -> None:
    await brings(desk, FIRST)
    seen = await importing.inspect_file(
        desk.services, SECOND.encode(), kind=RecipientKind.PERSON, by=MILA
    )
    assert seen.would == Saved(4, 0, 0, elsewhere=3)
    assert (await brings(desk, SECOND)).saved == seen.would
    again = await brings(desk, SECOND)
    assert again.saved == Saved(0, 0, 0, unchanged=4, elsewhere=4)


async def test_a_dry_run_says_all_of_it_as_data_and_changes_nothing(
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await brings(desk, FIRST)
    before, ledger = await holds(desk), await desk.ledger()
    file = tmp_path / "b.csv"
    rows = "R6;fr;Namur;470123456;a@example.org;x\nR7;frais;Kruibeke;0470000507;;\n"
    file.write_text(SECOND.replace("email\n", "E-mail;Remarques\n") + rows, "utf-8")

    class Acting:
        def __init__(self, _: str) -> None: ...

        async def __aenter__(self) -> tuple[object, object]:
            return desk.services, MILA

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(recipients, "acting", Acting)
    status = await recipients._look(file, RecipientKind.PERSON, "", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert status == 1
    assert {name: told[name] for name in ("new", "changed", "unchanged", "said_no")} == {
        "new": 5, "changed": 0, "unchanged": 0, "said_no": 0,
    }  # fmt: skip
    assert told["known_under_another_reference"] == 3
    assert told["unknown_headings"] == ["Remarques"]
    assert told["absent"] == ["name", "consent_date", "consent_source", "channels", "groups"]
    assert [one["field"] for one in told["headings"]][:2] == ["reference", "language"]
    assert [(one["row"], one["field"]) for one in told["faults"]] == [(7, "language")]
    assert [(one["row"], one["field"]) for one in told["remarks"]] == [
        (6, "phone"), (7, "municipality"),
    ]  # fmt: skip
    assert await holds(desk) == before
    assert await desk.ledger() == [*ledger, "recipients.previewed"], "a look is recorded"


NO_THANKS = (
    "reference;language;municipality;phone;email\n"
    "REG-77;fr;Philippeville;0470000701;non.merci@example.org\n"
)
UNDER_ANOTHER = {
    "without a reference": (
        "language;municipality;phone;email\nfr;Philippeville;0470000701;non.merci@example.org\n"
    ),
    "by the number alone": (
        "reference;language;municipality;phone\nX1;fr;Philippeville;+32 470 00 07 01\n"
    ),
    "by the address alone, in capitals": (
        "reference;language;municipality;email\nX2;fr;Couvin;NON.MERCI@example.org\n"
    ),
    "with another number": (
        "reference;language;municipality;phone;email\n"
        "X3;fr;Couvin;0470000799;Non.Merci@Example.org\n"
    ),
    "on an entry that stands": ("reference;language;municipality;phone\nX4;fr;Couvin;0470000701\n"),
    "the same list again": NO_THANKS,
}


@pytest.mark.parametrize("file", UNDER_ANOTHER.values(), ids=UNDER_ANOTHER)
async def test_whoever_said_no_is_left_out_under_any_reference(desk: Desk, file: str) -> None:
    await brings(desk, NO_THANKS)
    stands = "reference;language;municipality;phone\nX4;fr;Couvin;0470000704\n"
    await brings(desk, stands)
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    seen = await importing.inspect_file(
        desk.services, file.encode(), kind=RecipientKind.PERSON, by=MILA
    )
    assert seen.would == Saved(0, 0, 1)
    assert (await brings(desk, file)).saved == Saved(0, 0, 1)
    assert [one for one in (await holds(desk)).values() if one[0] or one[1]] == [
        ("+32470000704", "", "")
    ]


async def test_a_consent_of_a_later_day_brings_them_back(desk: Desk) -> None:
    await brings(desk, NO_THANKS)
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    desk.clock.now += timedelta(days=3)
    agreed = f"{desk.clock.now:%d/%m/%Y}"
    file = f"language;municipality;phone;consent_date\nfr;Couvin;0470000701;{agreed}\n"
    assert (await brings(desk, file)).saved == Saved(1, 0, 0)
