"""What waits for a second person, in the reader's words: who asks for what, and what it changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alerting.actions import change_requests
from alerting.actions.authorities import incidents
from alerting.actions.authorities.lists import ListEntryChange
from alerting.actions.authorities.manage import place_codes
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.change_requests import WaitingChange
from alerting.actions.templates import versions
from alerting.domain.authority import LEVEL_NAMES, Level
from alerting.domain.authority_list import LIST_NAMES, AuthorityList
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.channel_accounts import ALL_NEWSROOMS
from alerting.domain.channel_profiles import profile_of
from alerting.domain.errors import AlertingError, ConfirmedFromAbove, NeedsOtherPerson, NotAllowed
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import ROLE_NAMES, Officer, Permission, Role
from alerting.domain.page import Page
from alerting.domain.text.i18n import msgid, msgid_in
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.console import labels
from alerting.web.console.context import about

FROM_ABOVE: Final = msgid("awaiting an administrator of a higher authority")
SOMEBODY_ELSE: Final = msgid("a second person must confirm it")
NOTHING: Final = "–"
CHANGE_NAMES: Mapping[str, str] = {
    ListEntryChange.ADD: msgid("Add or change"),
    ListEntryChange.END: msgid_in("list entry", "Remove"),
}
SENDER_LABELS: Mapping[str, str] = {
    "authority": msgid("Name in texts"),
    "town": msgid("Place in texts"),
    "press_contact": msgid("Press contact in texts"),
    "url": msgid("Web page in texts"),
}
SETTING: Final = msgid("Setting “{name}”")


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One thing a request sets. `language`: of a text that there is in several, else empty."""

    label: str
    language: str
    before: str | None
    """What stands today; None where nothing is replaced."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request that waits, ready for a page."""

    request: ChangeRequest
    act: str
    subject: str
    """The authority it changes, where there is one already."""
    fields: Sequence[ChangedField]
    link: str
    """Where more is told, or nothing."""
    note: str
    """Whom it awaits, or why this officer's confirmation would be refused."""
    may_confirm: bool
    may_reject: bool


@dataclass(frozen=True, slots=True)
class _Reader:
    """What values are put into words with."""

    services: Services
    words: Translator
    called: Mapping[str, str]
    """Code of an authority -> its name."""
    incidents: Mapping[int, str]
    request: ChangeRequest
    wording: str

    def place_names(self, places: Sequence[str]) -> str:
        gazetteer, language = self.services.gazetteer, self.words.language
        try:
            codes = place_codes(self.services, list(places))
        except AlertingError:  # a place that is gone since
            return ", ".join(places)
        return ", ".join(gazetteer.place(code).names[language] for code in codes)


Told = Callable[[_Reader, Any], str]


def _as_it_is(_: _Reader, value: Any) -> str:
    return str(value)


def _by_name(table: Mapping[Any, str], kind: Callable[[str], Any] = str) -> Told:
    return lambda reader, value: reader.words(table[kind(value)])


FIELDS: Mapping[str, tuple[str, Told]] = {
    "officer": (msgid("User"), _as_it_is),
    "full_name": (msgid("Name"), _as_it_is),
    "email": (msgid("E-mail"), _as_it_is),
    "language": (msgid("Language"), lambda _, value: OWN_NAMES[Language(value)]),
    "role": (msgid("Role"), _by_name(ROLE_NAMES, Role)),
    "training": (
        msgid("Training account"),
        lambda reader, value: reader.words("yes" if value else "no"),
    ),
    "authority": (msgid("Authority"), lambda reader, value: reader.called.get(value, value)),
    "membership": (
        msgid("Authority"),
        lambda reader, _: reader.called.get(reader.request.authority, reader.request.authority),
    ),
    "days": (msgid("Valid for (days)"), lambda reader, value: reader.words.number(value)),
    "scopes": (
        msgid("Permissions"),
        lambda reader, value: ", ".join(
            reader.words(labels.PERMISSION_WORDS[Permission(one)]) for one in value
        ),
    ),
    "asked_with": (
        msgid("Requested with token"),
        lambda reader, value: reader.words("no. {number}", number=value),
    ),
    "incident": (
        msgid("Incident"),
        lambda reader, value: reader.incidents.get(value, reader.words.number(value)),
    ),
    "until": (
        msgid("Until"),
        lambda reader, value: reader.words.moment(datetime.fromisoformat(value)),
    ),
    "code": (msgid("Short name"), _as_it_is),
    "level": (msgid("Level"), _by_name(LEVEL_NAMES, Level)),
    "names": (msgid("Name"), _as_it_is),
    "territory": (msgid("Territory"), lambda reader, value: reader.place_names(value)),
    "languages": (
        msgid("Languages"),
        lambda _, value: ", ".join(OWN_NAMES[Language(one)] for one in value),
    ),
    "senders": ("", _as_it_is),
    "settings": ("", _as_it_is),
    "list": (msgid("List"), _by_name(LIST_NAMES, AuthorityList)),
    "key": (msgid("Key"), _as_it_is),
    "change": (msgid("Requested change"), _by_name(CHANGE_NAMES)),
    "texts": (msgid("Text"), _as_it_is),
    "channel": (
        msgid("Channel"),
        lambda reader, value: reader.words(profile_of(value).label),
    ),
    "account": (
        msgid("Account"),
        lambda reader, value: reader.words("all newsrooms") if value == ALL_NEWSROOMS else value,
    ),
    "version": (msgid("Template version"), lambda reader, _: reader.wording),
}
"""Every detail of every kind of request: what it is called, and how its value is told."""
BY_LANGUAGE: Final = frozenset({"names", "texts", "senders"})


async def waiting_requests(
    services: Services,
    called: Mapping[str, str],
    translate: Translator,
    *,
    by: Officer,
    before: int = 0,
    authority: str = "",
) -> Page[ShownRequest, int]:
    """A page of what waits for a second person and concerns this officer.

    `called`: names of authorities. `authority`: only what one of them asked for or is asked of.
    """
    found = await change_requests.list_waiting(
        services, KINDS, by=by, before=before, authority=authority
    )
    shown = []
    for change in found.items:
        titles: dict[int, str] = {}
        if change.request.what is Act.INVITE_PARTNER:
            number = change.request.details["incident"]
            if incident := await incidents.incident_of_alert(services, number, by=by):
                titles[number] = f"{number} – {incident.title}"
        link = wording = ""
        if change.request.what is Act.APPROVE_TEMPLATE:
            version, _ = await versions.get_version(
                services, change.request.details["version"], by=by
            )
            title = about(services, translate)["scenario_title"](version.scenario)
            wording = f"{title} – {translate(labels.file_label(version.file))}"
            link = f"/library/versions/{version.id}"
        reader = _Reader(services, translate, called, titles, change.request, wording)
        shown.append(_shown(change, reader, link, by=by))
    return Page(shown, found.next)


def _shown(change: WaitingChange, reader: _Reader, link: str, *, by: Officer) -> ShownRequest:
    request, details = change.request, change.request.details
    whose = str(details.get("authority", details.get("code", "")))
    permission = KINDS[request.what].permission
    return ShownRequest(
        request=request,
        act=labels.REQUEST_NAMES[request.what],
        subject=reader.called.get(whose, ""),
        fields=changed_fields(details, change.before, reader),
        link=link,
        note=_note(change, reader.words),
        may_confirm=change.refusal is None,
        may_reject=by.may(permission) and by.name != request.requested_by,
    )


def _note(change: WaitingChange, translate: Translator) -> str:
    if change.refusal is None:
        return ""
    if change.from_above and isinstance(
        change.refusal, ConfirmedFromAbove | NeedsOtherPerson | NotAllowed
    ):
        return translate(FROM_ABOVE)
    if isinstance(change.refusal, NeedsOtherPerson):
        return translate(SOMEBODY_ELSE)
    return "" if isinstance(change.refusal, NotAllowed) else translate.error(change.refusal)


def changed_fields(
    details: Mapping[str, Any], before: Mapping[str, Any], reader: _Reader
) -> list[ChangedField]:
    """What would be otherwise than today, and what it is about; never a code or a raw value."""
    old, new = dict(_paths(before)), dict(_paths(details))
    lines = []
    for path in dict.fromkeys((*new, *old)):
        name = path[0]
        _, told = FIELDS[name]
        was = told(reader, old[path]) if path in old else None
        will = told(reader, new[path]) if path in new else NOTHING
        if was == will:
            continue
        if was is None and before and name in before:
            was = NOTHING  # one language, or one sender, beside those there are
        language = path[-1] if name in BY_LANGUAGE else ""
        lines.append(ChangedField(_label(path, reader.words), language, was, will))
    return lines


def _label(path: tuple[str, ...], translate: Translator) -> str:
    if path[0] == "senders":
        return translate(SENDER_LABELS[path[1]])
    if path[0] == "settings":
        return translate(SETTING, name=path[1])
    return translate(FIELDS[path[0]][0])


def _paths(
    details: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value by its path, those of mappings one by one; what is empty is not there."""
    for name, value in details.items():
        path = (*above, str(name))
        if isinstance(value, Mapping):
            yield from _paths(value, path)
        elif value not in ("", None, [], ()):
            yield path, value
