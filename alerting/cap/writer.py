"""Messages become XML, each element in the place the standard's sequence gives it."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from alerting.cap.message import CapArea, CapInfo, CapMessage, CapResource, Named, Reference
from alerting.domain.text.xml_characters import allowed_in_xml

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Part = tuple[str, "str | list[Part]"]
"""An element's name, and its text or what is in it."""


def to_tree(message: CapMessage) -> "etree._Element":
    """The element `alert`, unsigned and without white space between elements."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _fill(root, list(_alert(message)))
    return root


def to_bytes(root: "etree._Element") -> bytes:
    """A document in UTF-8. Nothing is laid out anew: that would break a signature."""
    from lxml import etree

    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def written_moment(moment: datetime) -> str:
    """Whole seconds with a numeric offset; UTC is -00:00, for the standard has no Z (3.3.2)."""
    text = moment.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "-00:00" if text.endswith("+00:00") else text


def written_reference(reference: Reference) -> str:
    """The three parts that name a message, apart by commas."""
    return f"{reference.sender},{reference.identifier},{written_moment(reference.sent)}"


def _fill(parent: "etree._Element", parts: list[Part]) -> None:
    for name, content in parts:
        child = parent.makeelement(f"{{{NAMESPACE}}}{name}")
        parent.append(child)
        if isinstance(content, str):
            child.text = allowed_in_xml(content)
        else:
            _fill(child, content)


def _alert(message: CapMessage) -> Iterator[Part]:
    yield "identifier", message.identifier
    yield "sender", message.sender
    yield "sent", written_moment(message.sent)
    yield "status", message.status
    yield "msgType", message.message_type
    yield from _optional("source", message.source)
    yield "scope", message.scope
    yield from _optional("restriction", message.restriction)
    yield from _optional("addresses", message.addresses)
    yield from (("code", code) for code in message.codes)
    yield from _optional("note", message.note)
    yield from _optional("references", " ".join(map(written_reference, message.references)))
    yield from _optional("incidents", message.incidents)
    yield from (("info", list(_info(info))) for info in message.infos)


def _info(info: CapInfo) -> Iterator[Part]:
    yield from _optional("language", info.language)
    yield from (("category", category) for category in info.categories)
    yield "event", info.event
    yield from (("responseType", response_type) for response_type in info.response_types)
    yield "urgency", info.urgency
    yield "severity", info.severity
    yield "certainty", info.certainty
    yield from _optional("audience", info.audience)
    yield from _named("eventCode", info.event_codes)
    for name, moment in (
        ("effective", info.effective),
        ("onset", info.onset),
        ("expires", info.expires),
    ):
        if moment is not None:
            yield name, written_moment(moment)
    yield from _optional("senderName", info.sender_name)
    yield from _optional("headline", info.headline)
    yield from _optional("description", info.description)
    yield from _optional("instruction", info.instruction)
    yield from _optional("web", info.web)
    yield from _optional("contact", info.contact)
    yield from _named("parameter", info.parameters)
    yield from (("resource", list(_resource(resource))) for resource in info.resources)
    yield from (("area", list(_area(area))) for area in info.areas)


def _resource(resource: CapResource) -> Iterator[Part]:
    yield "resourceDesc", resource.description
    yield "mimeType", resource.mime_type
    if resource.size is not None:
        yield "size", str(resource.size)
    yield from _optional("uri", resource.uri)
    yield from _optional("derefUri", resource.content)
    yield from _optional("digest", resource.digest)


def _area(area: CapArea) -> Iterator[Part]:
    yield "areaDesc", area.description
    yield from (("polygon", polygon) for polygon in area.polygons)
    yield from (("circle", circle) for circle in area.circles)
    yield from _named("geocode", area.geocodes)
    yield from _optional("altitude", area.altitude)
    yield from _optional("ceiling", area.ceiling)


def _optional(name: str, text: str) -> Iterator[Part]:
    if text:
        yield name, text


def _named(name: str, values: tuple[Named, ...]) -> Iterator[Part]:
    for one in values:
        yield name, [("valueName", one.name), ("value", one.value)]
