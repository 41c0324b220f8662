"""A message as an e-mail: rendered once to bytes, then addressed to one person after another.

Building an `EmailMessage` takes milliseconds, addressing one microseconds. Addressing therefore
bypasses the library's header checks, and makes its own: an address that could end a header or a
command early is refused.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from alerting.domain.language import Language
from channels._email_headers import from_header, subject_header
from channels._smtp_pipeline import SmtpMessage

WIRE: Final = SMTP.clone(cte_type="7bit")
"""Seven bits, so that no relay has to convert the body or to know 8BITMIME (RFC 6152)."""

LINE_END: Final = re.compile(rb"\r\n|\r|\n")

LABEL: Final = r"[^\W_](?:[^\W_]|-+(?=[^\W_]))*"
ADDRESS: Final = re.compile(
    rf"\A[\w!#$%&'*+/=?^`{{|}}~.-]{{1,64}}@(?=.{{1,255}}\Z)(?:{LABEL}\.)*{LABEL}"
)
"""Dot-atoms only (RFC 5321 4.1.2): no quotes, comments, brackets, spaces or control characters."""


@dataclass(frozen=True, slots=True)
class PreparedMail:
    """Headers and body for everyone, in both forms the wire knows.

    `plain` is what BDAT wants. `stuffed` is what DATA wants, the lone dot at its end included.
    """

    plain: bytes
    stuffed: bytes

    @classmethod
    def seal(cls, content: bytes) -> "PreparedMail":
        """Close a message: CRLF everywhere and at the end, and dots doubled for DATA.

        A lone CR or LF must not survive: servers differ on whether it ends a line.
        """
        plain = LINE_END.sub(b"\r\n", content)
        if not plain.endswith(b"\r\n"):
            plain += b"\r\n"
        stuffed = plain.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        return cls(plain, b"." + stuffed if plain.startswith(b".") else stuffed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """Who writes: the sender's address and name, where answers go, and where bounces go."""

    sender: str
    name: str = ""
    reply_to: str = ""
    bounces: str = ""
    domain: str = field(init=False)
    """The domain that names our messages."""
    _from: bytes = field(init=False)
    """The MAIL command where it is the same for all."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", self.sender.rpartition("@")[2])
        object.__setattr__(self, "_from", b"" if self.bounces else _mail_from(self.sender))

    def render(self, *, language: Language, subject: str, text: str, html: str) -> PreparedMail:
        """Everything that does not depend on the recipient."""
        mail = EmailMessage(policy=WIRE)
        if self.reply_to:
            mail["Reply-To"] = self.reply_to
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["List-Id"] = f"<{self.sender.replace('@', '.')}>"  # RFC 2919
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
        mail.set_content(text, cte="quoted-printable")
        if html:
            mail.add_alternative(html, subtype="html", cte="quoted-printable")
        mail["Content-Language"] = language.value  # last: a body moves such headers into itself
        words = from_header(self.name, self.sender) + subject_header(subject)
        return PreparedMail.seal(words + mail.as_bytes())

    def message_id(self, key: str) -> str:
        """The same for every try of one delivery, so that a repeat can be recognised."""
        return f"{key}@{self.domain}"

    def address(
        self, prepared: PreparedMail, *, to: str, key: str, place: int
    ) -> SmtpMessage | None:
        """One message; None when the address cannot be written safely."""
        if not ADDRESS.fullmatch(to):
            return None
        utf8 = not to.isascii()
        mail = self._from
        if utf8 or not mail:
            mail = _mail_from(self._return_path(key), " SMTPUTF8" if utf8 else "")
        reference = self.message_id(key)
        return SmtpMessage(
            place,
            mail,
            f"RCPT TO:<{to}>\r\n".encode(),
            f"To: {to}\r\nMessage-ID: <{reference}>\r\n".encode(),
            prepared.plain,
            prepared.stuffed,
            utf8,
            reference,
        )

    def _return_path(self, key: str) -> str:
        """VERP: the envelope's sender names the delivery, and so does a bounce."""
        if not self.bounces:
            return self.sender
        local, _, domain = self.bounces.rpartition("@")
        return f"{local}+{key}@{domain}"


def _mail_from(path: str, more: str = "") -> bytes:
    return f"MAIL FROM:<{path}>{more}\r\n".encode()
