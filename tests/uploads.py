"""Lists that are uploaded, as the console does it, and the process that works on them."""

from alerting.actions.recipients import import_jobs
from alerting.domain.import_job import ImportJob, ImportState
from alerting.domain.officer import Officer
from alerting.domain.recipient import RecipientKind
from alerting.importing.preview import ImportPreview
from alerting.services import Services
from alerting.store.recipients import import_jobs as job_rows

PERSON = RecipientKind.PERSON


async def upload(
    services: Services, content: bytes, *, by: Officer, kind: RecipientKind = PERSON
) -> str:
    """Bring a file; the number of its import. Nothing was read yet."""
    arriving = await import_jobs.open_upload(services, kind=kind, by=by, size=len(content))
    arriving.write(content)
    arriving.finish()
    return await import_jobs.start_import(services, arriving, file="a.csv", kind=kind, by=by)


async def preview(
    services: Services, content: bytes, *, by: Officer, kind: RecipientKind = PERSON
) -> tuple[str, ImportPreview]:
    """Bring a file and look at what it would do."""
    number = await upload(services, content, by=by, kind=kind)
    await import_jobs.run_due_imports(services)
    _, seen = await import_jobs.get_import(services, number, kind=kind, by=by)
    assert seen is not None
    return number, seen


async def import_upload(
    services: Services,
    content: bytes,
    *,
    by: Officer,
    kind: RecipientKind = PERSON,
    skip_bad: bool = False,
) -> ImportJob:
    """Bring a file, look at it, and have it imported."""
    number, _ = await preview(services, content, by=by, kind=kind)
    await import_jobs.confirm_import(services, number, kind=kind, by=by, skip_bad=skip_bad)
    await import_jobs.run_due_imports(services)
    job, _ = await import_jobs.get_import(services, number, kind=kind, by=by)
    return job


async def keep_upload(
    services: Services, content: bytes, *, by: Officer, kind: RecipientKind = PERSON
) -> str:
    """A file that waits for a decision, whatever it is: nobody has read it."""
    number = await upload(services, content, by=by, kind=kind)
    async with services.unit() as unit:
        await job_rows.update_import_job(
            unit.connection, number, ImportState.READING, state=ImportState.READY
        )
    return number


def kept_files(services: Services) -> dict[str, str]:
    """The uploaded files that are kept: number -> what can be read in them."""
    folder = services.imports
    if folder is None or not folder.exists():
        return {}
    return {
        path.name: path.read_bytes().decode("utf-8", "ignore")
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }
