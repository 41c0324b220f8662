"""Which characters XML 1.0 can hold (2.2): pages, feeds and CAP have no others."""

import re

NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def allowed_in_xml(text: str) -> str:
    """The text with a replacement character for each that XML has no way to write."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
