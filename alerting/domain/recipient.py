"""Who is reached: people who registered, newsrooms, and our own accounts in public places."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import accumulate

import phonenumbers

from alerting.domain.channel_profiles import Reach, profile_of
from alerting.domain.language import Language
from alerting.domain.text.folding import folded

ERASED = "erased:"
"""What stands before the HMAC of an address that was erased from a delivery."""
Hmacs = Callable[[str], Mapping[str, str]]
"""The HMACs of a text by the fingerprint of the key that made each, the current key's first."""

GROUP_COUNTED_TO = 10_000
"""Members of a group are counted this far: a page must not count a million rows."""


class RecipientKind(StrEnum):
    """Which list a recipient is on."""

    PERSON = "person"
    PRESS = "press"
    ACCOUNT = "account"
    USER = "user"
    """A user of the service, in one language; the entry has no address of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One entry of a list: a language, a place, and at least one address.

    `phone` is E.164; `nis_code` is that of the municipality (empty: the whole country).
    `reference` is the list owner's own key, by which a later import finds the same entry again;
    empty in a row that has none, until the list gives it one of ours.
    What a file does not say (`consent_date`, `consent_source`, `preferred_channels`, `groups`)
    stays as it is.
    """

    kind: RecipientKind
    reference: str
    language: Language
    name: str = ""
    nis_code: str = ""
    phone: str = ""
    email: str = ""
    outlet: str = ""
    consent_date: date | None = None
    consent_source: str = ""
    """Where the consent can be shown: a form, a website, a letter."""
    preferred_channels: tuple[str, ...] = ()
    """Channels the person wishes; empty for all. An address for none of them is not kept."""
    groups: tuple[str, ...] | None = None
    """Names of the groups it belongs to; None where nothing was said."""
    unsaid: frozenset[str] = frozenset()
    """Names of the other fields about which nothing was said: what we know of them stays."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """What is wrong with one field of one row of a file, or how it was read.

    Rows count as a spreadsheet shows them, from 1. `column` is the name of the field; empty where
    the row as a whole is meant. `facts` fill the fields of `reason`, a message id.
    """

    row: int
    column: str
    value: str
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)


def addresses_kept(phone: str, email: str, preferred_channels: Iterable[str]) -> tuple[str, str]:
    """The addresses we may use: one that serves no channel the person wishes is not kept.

    So a wish is respected wherever addresses are read, and no more is held than is used
    (GDPR, article 5, 1, c).
    """
    wished = list(map(profile_of, preferred_channels))
    return (
        phone if not wished or any(profile.reach is Reach.PHONE for profile in wished) else "",
        email if not wished or any(profile.goes_by_mail for profile in wished) else "",
    )


def own_addresses(recipient: Recipient) -> frozenset[str]:
    """By what a person is known wherever they are listed: number, mail address, without case.

    A reference is one of them where the list has no keys of its own and uses addresses.
    """
    reference = recipient.reference.strip().lower()
    found = {recipient.phone, recipient.email.strip().lower()} - {""}
    is_address = E164.fullmatch(reference) or MAIL_ADDRESS.fullmatch(reference)
    return frozenset(found | ({reference} if is_address else set()))


def reference_key(reference: str) -> str:
    """A reference as it is compared, everywhere: without case, in the composed form of Unicode."""
    return unicodedata.normalize("NFC", reference.casefold())


def same_addresses(recipient: Recipient, other: Recipient) -> bool:
    """Whether two entries have the same number and the same mail address, both: the same person.

    One address alone proves nothing: a household shares a telephone, a newsroom a mailbox.
    """
    return bool(recipient.phone and recipient.email) and (
        recipient.phone,
        recipient.email.lower(),
    ) == (
        other.phone,
        other.email.lower(),
    )


def told_apart_by(recipient: Recipient) -> tuple[str, str]:
    """What tells people apart who have no reference: the telephone number, or the mail address
    where there is none, and the name (of a newsroom without a number: the outlet), or the mail
    address of somebody without a name."""
    email = recipient.email.lower()
    return recipient.phone or email, _name_of(recipient) or email


def may_be_the_same(recipient: Recipient, other: Recipient) -> bool:
    """Whether two with the same number, or mail address, may be one person.

    A household shares a telephone. Another name is another person, unless one name has all words
    of the other, or number and mail address are both the same; and so is another mail address
    where a name is not known.
    """
    words, others = set(_name_of(recipient).split()), set(_name_of(other).split())
    if words and others:
        return words <= others or others <= words or same_addresses(recipient, other)
    return not (recipient.email and other.email) or recipient.email.lower() == other.email.lower()


def _name_of(recipient: Recipient) -> str:
    newsroom = recipient.kind is RecipientKind.PRESS and not recipient.phone
    return folded(recipient.outlet if newsroom else recipient.name)


def erased(address: str, key: bytes) -> str:
    """What stays of an address in a delivery: its HMAC-SHA256 under that person's own key.

    Once the key is destroyed it says nothing but that two messages went to the same address.
    """
    return ERASED + hmac.new(key, address.lower().encode(), hashlib.sha256).hexdigest()


def mentions(text: str, addresses: Iterable[str]) -> bool:
    """Whether a text holds one of these addresses, whole, however it is written there.

    A number with or without its country, whatever separates its digits; a mail address in
    whatever case and form of its domain. What is neither is in no text.
    """
    plain = text.casefold()
    return any(
        _holds_mail(plain, address) or _holds_number(plain, address) for address in addresses
    )


def _holds_mail(plain: str, address: str) -> bool:
    if not MAIL_ADDRESS.fullmatch(wanted := address.casefold()):
        return False
    local, _, domain = wanted.partition("@")
    beginning = f"{local}@"
    at = plain.find(beginning)
    while at >= 0:
        before, after = plain[at - 1 : at], at + len(beginning)
        whole = not before or not (before.isalnum() or before in OF_LOCAL_PART)
        match = DOMAIN_OF_MAIL.match(plain, after) if whole else None
        if match and _ascii(match[0]) == _ascii(domain):
            return True
        at = plain.find(beginning, after)
    return False


def _ascii(domain: str) -> str:
    with suppress(UnicodeError):
        return domain.encode("idna").decode()
    return domain


def _holds_number(plain: str, address: str) -> bool:
    if not E164.fullmatch(address):
        return False
    try:
        country = str(phonenumbers.parse(address).country_code)
    except phonenumbers.NumberParseException:
        country = ""
    digits = address.removeprefix("+")
    national = digits.removeprefix(country)
    written = {national, f"0{national}", digits, f"{country}0{national}", f"00{digits}"}
    if any(_has_whole(DIGITS.findall(match[0]), written) for match in NUMBERS.finditer(plain)):
        return True
    shown = {(one.rstrip("0"), len(one) - 1) for one in (national, digits)}
    return any(
        (f"{first}{rest}".rstrip("0"), int(exponent)) in shown
        for first, rest, exponent in SHOWN_SHORT.findall(plain)
    )


def _has_whole(groups: Sequence[str], wanted: Iterable[str]) -> bool:
    """Whether some of the groups of digits, one after the other, are one of these numbers."""
    edges = frozenset(accumulate(map(len, groups), initial=0))
    together = "".join(groups)
    for one in wanted:
        at = together.find(one)
        while at >= 0:
            if at in edges and at + len(one) in edges:
                return True
            at = together.find(one, at + 1)
    return False


E164 = re.compile(r"\+[1-9][0-9]{6,14}")
MAIL_ADDRESS = re.compile(
    r"\A[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)+\Z"
)
DOMAIN_OF_MAIL = re.compile(r"(?<=@)[\w-]+(?:\.[\w-]+)+")
OF_LOCAL_PART = "_.%+-"
"""Before a mail address, what makes it the end of another, beside letters and digits."""
NUMBERS = re.compile(r"[0-9](?:[ ./()\-\u00a0\u202f\u2010\u2011\u2013]{0,3}[0-9])*")
"""Digits with what people write between the digits of a number."""
DIGITS = re.compile(r"[0-9]+")
SHOWN_SHORT = re.compile(r"(?<![0-9])([0-9])[.,]?([0-9]*)e\+?([0-9]{1,3})(?![0-9])")
"""As a spreadsheet shows what it took for a number: 4,70123456E+08."""


def search_keys(*, name: str, outlet: str, phone: str, email: str) -> frozenset[str]:
    """What an entry can be found by, each by its beginning; an address also by its end.

    The first letter says what it is: n a word of a name, p a telephone number and m a mail
    address, both written backwards.
    """
    words = {f"n{word}"[:KEY_LENGTH] for word in folded(f"{name} {outlet}").split()}
    ends = {f"p{phone[:0:-1]}" if phone else "", f"m{email[::-1].lower()}"[:KEY_LENGTH]}
    return frozenset(words | (ends - {"", "m"}))


KEY_LENGTH = 64
