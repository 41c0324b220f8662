"""An upload is written as it arrives, and nothing of one that is refused or breaks off is kept."""

import errno
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import httpx2
import pytest

from alerting.actions.accounts import tokens
from alerting.actions.recipients import import_jobs
from alerting.domain.ledger import SHELL
from alerting.domain.recipient import RecipientKind
from alerting.settings import Settings
from alerting.store.recipients.import_folder import ImportFile
from alerting.web.app import create_app
from tests.desk import JORIS, MILA, Desk
from tests.server import nothing_beside
from tests.uploads import kept_files, upload
from tests.web.console import Browsers

LIST = b"reference;language;municipality;phone\nA;fr;Namur;0470000001\n"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def part(name: str, content: bytes, *, file: str | None = "l.csv") -> bytes:
    named = f'; filename="{file}"' if file is not None else ""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode("utf-8", "surrogateescape") + content + b"\r\n"


END = b"--b--\r\n"
MALFORMED = {
    "no file": (part("file", LIST, file=None) + END, 422),
    "a file without a name": (part("file", LIST, file="") + END, 422),
    "another field": (part("list", LIST) + END, 422),
    "two files": (part("file", LIST) + part("file", LIST) + END, 400),
    "a part without a name": (b"--b\r\nX: y\r\n\r\nz\r\n" + END, 400),
    "no end": (b"nothing of the kind", 400),
    "NUL in the name of the file": (part("file", LIST, file="a\x00b.csv") + END, 422),
}


@pytest.mark.parametrize(("body", "status"), MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_form_with_a_file_is_refused_and_leaves_nothing(
    browsers: Browsers, desk: Desk, body: bytes, status: int
) -> None:
    mila = await browsers(MILA)
    answer = await mila.post("/recipients/import", content=body, headers=FORM)
    assert answer.status_code == status, answer.text
    assert kept_files(desk.services) == {}
    assert await import_jobs.list_imports(desk.services, kind=RecipientKind.PERSON, by=MILA) == []


async def test_a_form_of_another_site_or_of_whoever_may_not_stores_nothing(
    browsers: Browsers, desk: Desk
) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    files = {"file": ("l.csv", LIST)}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await mila.post("/recipients/import", files=files, headers=foreign)).status_code == 403
    assert (await joris.post("/recipients/import", files=files)).status_code == 403
    assert kept_files(desk.services) == {}


async def test_more_than_the_setting_says_is_refused(desk: Desk, browsers: Browsers) -> None:
    small = replace(desk.services, largest_import=len(LIST))
    settings = Settings(interface_language="en")
    browsers.app = create_app(small, settings, alongside=nothing_beside)
    mila = await browsers(MILA)
    fits = await mila.post("/recipients/import", files={"file": ("l.csv", LIST)})
    assert fits.status_code == 303
    await import_jobs.run_due_imports(small)
    more = await mila.post("/recipients/import", files={"file": ("l.csv", LIST + b"\n")})
    assert more.status_code == 422
    assert "which is the maximum here" in more.text
    far_more = await mila.post("/recipients/import", files={"file": ("l.csv", LIST * 5_000)})
    assert far_more.status_code == 413
    assert len(kept_files(small)) == 1


async def test_an_upload_that_breaks_off_is_not_kept(browsers: Browsers, desk: Desk) -> None:
    mila = await browsers(MILA)

    async def breaks_off() -> AsyncIterator[bytes]:
        yield part("file", LIST)
        raise ConnectionError

    with suppress(ConnectionError):
        await mila.post("/recipients/import", content=breaks_off(), headers=FORM)
    assert kept_files(desk.services) == {}


async def test_while_one_is_under_way_another_is_refused_with_a_sentence(
    browsers: Browsers, desk: Desk
) -> None:
    number = await upload(desk.services, LIST, by=MILA)
    mila = await browsers(MILA)
    page = (await mila.get("/recipients/import")).text
    assert "An import of this list is already in progress" in page
    assert f"/recipients/import/{number}" in page
    answer = await mila.post("/recipients/import", files={"file": ("l.csv", LIST)})
    assert answer.status_code == 409
    assert "already in progress: “a.csv”, by mila" in answer.text
    cancelled = await mila.post(f"/recipients/import/{number}/cancel")
    assert cancelled.status_code == 303
    assert "Cancelled" in (await mila.get(f"/recipients/import/{number}")).text
    assert kept_files(desk.services) == {}
    assert (await mila.post(f"/recipients/import/{number}/cancel")).status_code == 409


async def test_a_full_disk_is_said_and_leaves_no_half_of_a_file(
    browsers: Browsers, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: ImportFile, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ImportFile, "write", full)
    mila = await browsers(MILA)
    answer = await mila.post("/recipients/import", files={"file": ("l.csv", LIST)})
    assert answer.status_code == 503
    assert "cannot be stored on the server (No space left on device)" in answer.text
    assert kept_files(desk.services) == {}


async def test_a_program_uploads_and_confirms_with_its_token(
    anyone: httpx2.AsyncClient, desk: Desk
) -> None:
    secret = await tokens.make_token(desk.services, MILA, by=SHELL)
    headers = {"Authorization": f"Bearer {secret}"}
    files = {"file": ("l.csv", LIST)}
    brought = await anyone.post("/recipients/import", files=files, headers=headers)
    assert brought.status_code == 303
    await import_jobs.run_due_imports(desk.services)
    address = brought.headers["location"]
    assert (await anyone.post(address, data={"how": "all"}, headers=headers)).status_code == 303
    await import_jobs.run_due_imports(desk.services)
    job, _ = await import_jobs.get_import(
        desk.services, address.rpartition("/")[2], kind=RecipientKind.PERSON, by=MILA
    )
    assert job.figures.added == 1
