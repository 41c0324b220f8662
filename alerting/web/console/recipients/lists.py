"""The two lists of recipients: where each has its pages, and what these call it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path
from starlette.convertors import Convertor, register_url_convertor

from alerting.actions.recipients.importing import MAY_IMPORT
from alerting.domain.channel_profiles import preferable
from alerting.domain.language import LEGAL, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.recipient import RecipientKind
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.console import labels


@dataclass(frozen=True, slots=True)
class List:
    """One list. `path` is the beginning of the addresses of its pages."""

    kind: RecipientKind
    path: str
    name: str
    purpose: str
    languages: tuple[Language, ...]


LISTS = {
    "recipients": List(
        RecipientKind.PERSON,
        "/recipients",
        msgid("Recipients"),
        msgid("People who have registered, or who must be alerted where they live."),
        tuple(LEGAL),
    ),
    "press-contacts": List(
        RecipientKind.PRESS,
        "/press-contacts",
        msgid("Press contacts"),
        msgid("Newsrooms that get press releases, each in its own language."),
        tuple(Language),
    ),
}


class _OfLists(Convertor[str]):
    regex = "|".join(LISTS)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("list", _OfLists())


def _list(which: Annotated[str, Path()]) -> List:
    return LISTS[which]


OneList = Annotated[List, Depends(_list)]
Entry = Annotated[int, Path(ge=1, le=MAX_INTEGER)]


def about_list(
    services: Services, translate: Translator, officer: Officer, recipient_list: List
) -> dict[str, Any]:
    """What the pages of a list ask for."""

    def place(nis_code: str) -> str:
        return services.gazetteer.place(nis_code).names[translate.language] if nis_code else ""

    return {
        "list": recipient_list,
        "names": labels,
        "place": place,
        "preferred_channels": [row.name for row in preferable()],
        "may_edit": officer.may(MAY_IMPORT[recipient_list.kind])
        and officer.may(Permission.SEE_ADDRESSES),
        "may_import": officer.may(MAY_IMPORT[recipient_list.kind]),
    }
