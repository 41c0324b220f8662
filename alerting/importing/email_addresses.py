"""Mail addresses as lists hold them, checked by email-validator without asking the network."""

from email_validator import EmailNotValidError, validate_email

from alerting.domain.text.i18n import msgid

BAD_EMAIL = msgid("not a valid e-mail address")
NEEDS_SMTPUTF8 = msgid(
    "an e-mail address with letters before the @ that mail servers do not all take: ask for another"
)


class RefusedAddress(Exception):
    """`reason` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_address(typed: str) -> str:
    """An address, its domain in small letters and in the ASCII form of IDNA 2008.

    RefusedAddress says why not; a local part beyond ASCII would need SMTPUTF8 (RFC 6531) at every
    server on the way.
    """
    try:
        address = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        raise RefusedAddress(BAD_EMAIL) from None
    if address.ascii_email is None:
        raise RefusedAddress(NEEDS_SMTPUTF8)
    return address.ascii_email
