"""XML of anybody becomes a message: what is hostile is refused before it is understood.

No DOCTYPE, so no entity of its own; nothing is fetched; size, depth and number of elements are
bounded. lxml alone would take a DOCTYPE and lose the text of an entity in silence.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from alerting.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapResource,
    CapScope,
    CapStatus,
    MessageType,
    Named,
    Reference,
)
from alerting.cap.writer import NAMESPACE
from alerting.domain.alert import Category, Certainty, ResponseType, Severity, Urgency
from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid

if TYPE_CHECKING:
    from lxml import etree

MAX_BYTES = 2_000_000
"""Of a message; ours have a tenth of that, with a picture inside it may be more."""
MAX_ELEMENTS = 50_000
MAX_DEPTH = 12
"""Of elements within each other; a message has 4 levels, a signature 7."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)

TOO_LARGE = msgid("It is larger than {most} bytes")
TOO_MANY = msgid("It has more than {most} elements, or more than {depth} within each other")
NOT_XML = msgid("It is not readable XML (line {line})")
HAS_DOCTYPE = msgid("It has a document type (DOCTYPE), which no CAP message has")
NOT_CAP = msgid("It is not a CAP 1.2 message: its first element is “{element}”")


def parse(data: bytes) -> "etree._Element":
    """The element `alert` of a document; BadRequest for what is not one, or is hostile."""
    from lxml import etree

    if len(data) > MAX_BYTES:
        raise BadRequest(TOO_LARGE, most=MAX_BYTES)
    target = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        target.feed(data)
        _count(target.read_events())
        root = target.close()
    except etree.XMLSyntaxError as fault:
        raise BadRequest(NOT_XML, line=fault.lineno or 1) from None
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise BadRequest(HAS_DOCTYPE)
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise BadRequest(NOT_CAP, element=root.tag)
    return root


def _count(events: "Iterator[tuple[str, etree._Element]]") -> None:
    depth = number = 0
    for kind, _ in events:
        depth += 1 if kind == "start" else -1
        number += kind == "start"
        if depth > MAX_DEPTH or number > MAX_ELEMENTS:
            raise BadRequest(TOO_MANY, most=MAX_ELEMENTS, depth=MAX_DEPTH)


def to_message(root: "etree._Element") -> CapMessage:
    """What a document says that the schema finds right (`schema.schema_errors`)."""
    references, unreadable = read_references(_text(root, "references"))
    return CapMessage(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent=datetime.fromisoformat(_text(root, "sent")),
        status=CapStatus(_text(root, "status")),
        message_type=MessageType(_text(root, "msgType")),
        source=_text(root, "source"),
        scope=CapScope(_text(root, "scope")),
        restriction=_text(root, "restriction"),
        addresses=_text(root, "addresses"),
        codes=_texts(root, "code"),
        note=_text(root, "note"),
        references=references,
        unreadable_references=unreadable,
        incidents=_text(root, "incidents"),
        infos=tuple(map(_info, _all(root, "info"))),
    )


def read_references(text: str) -> tuple[tuple[Reference, ...], tuple[str, ...]]:
    """The messages that are named, and parts that name none."""
    references, unreadable = [], []
    for part in text.split():
        sender, _, rest = part.partition(",")
        identifier, _, sent = rest.rpartition(",")
        moment = _read_moment(sent)
        if sender and identifier and moment is not None:
            references.append(Reference(sender, identifier, moment))
        else:
            unreadable.append(part)
    return tuple(references), tuple(unreadable)


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def _info(element: "etree._Element") -> CapInfo:
    return CapInfo(
        language=_text(element, "language"),
        categories=tuple(map(Category, _texts(element, "category"))),
        event=_text(element, "event"),
        response_types=tuple(map(ResponseType, _texts(element, "responseType"))),
        urgency=Urgency(_text(element, "urgency")),
        severity=Severity(_text(element, "severity")),
        certainty=Certainty(_text(element, "certainty")),
        audience=_text(element, "audience"),
        event_codes=_named(element, "eventCode"),
        effective=_moment(element, "effective"),
        onset=_moment(element, "onset"),
        expires=_moment(element, "expires"),
        sender_name=_text(element, "senderName"),
        headline=_text(element, "headline"),
        description=_text(element, "description"),
        instruction=_text(element, "instruction"),
        web=_text(element, "web"),
        contact=_text(element, "contact"),
        parameters=_named(element, "parameter"),
        resources=tuple(map(_resource, _all(element, "resource"))),
        areas=tuple(map(_area, _all(element, "area"))),
    )


def _resource(element: "etree._Element") -> CapResource:
    size = _text(element, "size")
    return CapResource(
        description=_text(element, "resourceDesc"),
        mime_type=_text(element, "mimeType"),
        size=int(size) if size else None,
        uri=_text(element, "uri"),
        content=_text(element, "derefUri"),
        digest=_text(element, "digest"),
    )


def _area(element: "etree._Element") -> CapArea:
    return CapArea(
        description=_text(element, "areaDesc"),
        polygons=_texts(element, "polygon"),
        circles=_texts(element, "circle"),
        geocodes=_named(element, "geocode"),
        altitude=_text(element, "altitude"),
        ceiling=_text(element, "ceiling"),
    )


def _all(parent: "etree._Element", name: str) -> "list[etree._Element]":
    return list(parent.iterchildren(f"{{{NAMESPACE}}}{name}"))


def _text(parent: "etree._Element", name: str) -> str:
    return (parent.findtext(f"{{{NAMESPACE}}}{name}") or "").strip()


def _texts(parent: "etree._Element", name: str) -> tuple[str, ...]:
    return tuple((one.text or "").strip() for one in _all(parent, name))


def _named(parent: "etree._Element", name: str) -> tuple[Named, ...]:
    return tuple(Named(_text(one, "valueName"), _text(one, "value")) for one in _all(parent, name))


def _moment(parent: "etree._Element", name: str) -> datetime | None:
    text = _text(parent, name)
    return datetime.fromisoformat(text) if text else None
