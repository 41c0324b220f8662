"""What the public is told of every release that is public, from rows alone."""

from alerting.actions.authorization import sender_of
from alerting.actions.public.newsroom import PublicRelease
from alerting.delivery.authorities import authority_of
from alerting.domain.authority import NATIONAL
from alerting.services import Services
from alerting.store.authorities import repository as authority_rows
from alerting.store.press import releases as release_rows


async def public_releases(services: Services) -> tuple[PublicRelease, ...]:
    """All of them, the newest first."""
    async with services.reading() as reading:
        found = await release_rows.published(reading.connection)
        if not found:
            return ()
        rows = await authority_rows.list_authorities(reading.connection)
    names = {
        NATIONAL.code: sender_of(services, NATIONAL).authority,
        **{row.code: sender_of(services, authority_of(services, row)).authority for row in rows},
    }
    corrections = {one.previous_release: one for one in found if one.previous_release}
    public = []
    for release in found:
        correction = corrections.get(release.id)
        public.append(
            PublicRelease(
                release=release,
                authority=names.get(release.authority, names[NATIONAL.code]),
                corrected_by=correction.id if correction else None,
                corrected_at=correction.released_at if correction else None,
            )
        )
    return tuple(public)
