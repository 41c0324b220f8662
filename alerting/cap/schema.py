"""Whether a document has the shape of a CAP 1.2 message, by our own schema (`cap-1.2.xsd`)."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml import etree


class SchemaError(NamedTuple):
    """One thing that is wrong."""

    line: int
    says: str
    """In English, as libxml2 puts it."""


def schema_errors(root: "etree._Element") -> list[SchemaError]:
    """Everything the schema finds wrong, in the order of the document."""
    schema = _schema()
    if schema.validate(root):
        return []
    return [SchemaError(one.line, one.message) for one in schema.error_log]


@cache
def _schema() -> "etree.XMLSchema":
    from lxml import etree

    source = resources.files("alerting.cap").joinpath("cap-1.2.xsd")
    return etree.XMLSchema(etree.fromstring(source.read_bytes()))
