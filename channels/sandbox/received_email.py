"""Received e-mails are kept as octets and parsed only when somebody looks."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import blake2b
from typing import Final, NamedTuple

MESSAGE_ID: Final = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
USUAL: Final = b"\nMessage-ID: <"


class ReceivedEmail(NamedTuple):
    """What a person sees of a mail."""

    subject: str
    sender: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def read(raw: bytes) -> ReceivedEmail:
    """Parse a mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    return ReceivedEmail(
        subject=str(mail.get("Subject", "")),
        sender=str(mail.get("From", "")),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        text=part(mail, "plain"),
        html=part(mail, "html"),
    )


def part(mail: EmailMessage, subtype: str) -> str:
    """The body of this kind, or nothing; a charset nobody knows must not hide a mail."""
    body = mail.get_body((subtype,))
    if body is None:
        return ""
    octets = body.get_payload(decode=True)
    charset = body.get_content_charset("utf-8")
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(charset, "replace")
    except LookupError:
        return octets.decode("utf-8", "replace")


def key(raw: bytes) -> str:
    """The Message-ID; without one, a digest of the mail."""
    end = raw.find(b"\r\n\r\n")
    head_end = len(raw) if end < 0 else end
    begin = raw.find(USUAL, 0, head_end)
    if begin >= 0:
        begin += len(USUAL) - 1
        close = raw.find(b">", begin, head_end)
        if close >= 0:
            return raw[begin : close + 1].decode("latin-1")
    match = MESSAGE_ID.search(raw, 0, head_end)
    if match is not None:
        return match[1].decode("latin-1")
    return blake2b(raw, digest_size=16).hexdigest()
