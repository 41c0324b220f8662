"""The whole public folder of some alerts, as it is served."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from alerting.actions.public import feeds, pages
from alerting.actions.public.newsroom import Newsroom, PublicRelease
from alerting.actions.public.site import Month
from alerting.domain.language import Language
from alerting.domain.press.release import Release, ReleaseText, ReleaseWithdrawal
from alerting.domain.public_alert import PublicAlert
from tests.actions.public.made import NOON, SITE, world
from tests.make import LIEGE
from tests.press_office import TEXTS

Folder = Mapping[str, bytes]


def folder(*alerts: PublicAlert) -> Folder:
    """Path from the root -> bytes."""
    everything = world(*alerts)
    files = dict(pages.lists_unit(everything, SITE))
    for one in alerts:
        cap = b"<alert/>" if one.is_listed else None
        unit = pages.alert_unit(one, everything.chains[one.first], SITE, cap=cap)
        files |= {f"{one.address.folder}/{path}": data for path, data in unit.items()}
    for month in {Month.of(one) for one in alerts if not one.is_exercise}:
        unit = pages.month_unit(month, everything, SITE)
        files |= {f"{month.folder}/{path}": data for path, data in unit.items()}
    files |= {f"assets/{path}": data for path, data in pages.assets_unit(SITE).items()}
    for code in {town for one in alerts for town in feeds.towns_touched(one)}:
        town = feeds.town_unit(code, everything, SITE)
        files |= {f"municipality/{code}/{path}": data for path, data in town.items()}
    newsroom = Newsroom(
        of_press(), SITE, {one.address.number: one.address.folder for one in alerts}
    )
    files |= {f"newsroom/{path}": data for path, data in newsroom.lists().items()}
    for release in newsroom.releases:
        unit = newsroom.unit(release)
        files |= {f"{release.folder}/{path}": data for path, data in unit.items()}
    return files


def of_press() -> tuple[PublicRelease, ...]:
    """A release, one that was corrected, its correction, and one that was withdrawn."""
    texts = {language: ReleaseText(**fields) for language, fields in TEXTS.items()}
    first = Release(
        id=101,
        authority="national",
        author="pia",
        area=(LIEGE,),
        topics=("Sécurité civile", "exercice"),
        alert=1,
        languages=tuple(texts),
        texts=texts,
        created_at=NOON,
        released_at=NOON,
    )
    correction = replace(first, id=102, previous_release=101, changed=dict.fromkeys(texts, "320"))
    withdrawal = ReleaseWithdrawal(by="leen", at=NOON, reason="It named somebody")
    withdrawn = replace(first, id=103, withdrawal=withdrawal)
    other = replace(first, id=104, languages=(Language.DE, Language.FR), topics=())
    public = partial(PublicRelease, authority=SITE.authority)
    return (
        public(release=other),
        public(release=withdrawn),
        public(release=correction),
        public(release=first, corrected_by=102, corrected_at=NOON),
    )
