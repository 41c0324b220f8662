"""XML signatures (W3C, XML-DSIG) of CAP messages: enveloped, RSA with SHA-256.

RSA, because every reader of CAP verifies it. The key is held as an object: given as PEM it would be
checked anew at each signature, which takes forty times as long as signing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate
    from lxml import etree

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
KEY_BITS = 2048
CERTIFICATE_LASTS = timedelta(days=3653)
"""Whoever pinned it can verify what is in the archive; it is rotated long before."""
MOST_CARRIED = 4
"""Certificates in a message that are tried."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the certificate that is published of it; the key is never shown."""

    key: "RSAPrivateKey" = field(repr=False)
    certificate: "Certificate"

    @property
    def signs_from(self) -> datetime:
        """Its certificate is published before, so that readers have it in time."""
        return self.certificate.not_valid_before_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return certificate_fingerprint(self.certificate)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with the key that was in use when a message was sent: always with the same one, so that
    a message made again has the same bytes."""

    keys: Sequence[SigningKey]
    """At least one."""

    def key_at(self, moment: datetime) -> SigningKey:
        """The one that was the newest then; of what is older than all of them, the oldest."""
        ordered = sorted(self.keys, key=lambda signing_key: signing_key.signs_from)
        begun = [signing_key for signing_key in ordered if signing_key.signs_from <= moment]
        return begun[-1] if begun else ordered[0]

    def sign(self, root: "etree._Element", *, at: datetime) -> "etree._Element":
        """The same document with a signature at its end. Nothing may be laid out after this."""
        used = self.key_at(at)
        signed: etree._Element = _signer().sign(root, key=used.key, cert=[used.certificate])
        return signed


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that is right."""

    certificate: "Certificate"
    known: bool
    """Whether the certificate is one of those that were asked for, and not only in the message."""

    def in_time(self, sent: datetime) -> bool:
        """Whether the certificate was valid when a message was sent."""
        begins, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return begins <= sent <= ends


def make_signing_key(name: str, *, signs_from: datetime) -> SigningKey:
    """A new key with a certificate issued by itself to `name` (64 characters at most)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    begins = signs_from.astimezone(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + CERTIFICATE_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signing(x509), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return SigningKey(key, certificate)


def to_pem(key: SigningKey) -> bytes:
    """The key and its certificate, as a file keeps them: PKCS 8, then X.509."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate_pem(key.certificate)


def from_pem(data: bytes) -> SigningKey:
    """What `to_pem` wrote; ValueError for anything else."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
    except Exception as error:  # TypeError where it has a passphrase, and others of its own
        raise ValueError("the key or its certificate cannot be read") from error
    if not isinstance(key, RSAPrivateKey) or certificate.public_key() != key.public_key():
        raise ValueError("the certificate is not of this key")
    return SigningKey(key, certificate)


def certificate_pem(certificate: "Certificate") -> bytes:
    """As it is published."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def read_certificates(data: bytes) -> "list[Certificate]":
    """All in a PEM file; ValueError where there is none."""
    from cryptography import x509

    return x509.load_pem_x509_certificates(data)


def certificate_fingerprint(certificate: "Certificate") -> str:
    """SHA-256, hexadecimal."""
    from cryptography.hazmat.primitives import hashes

    return certificate.fingerprint(hashes.SHA256()).hex()


def is_signed(root: "etree._Element") -> bool:
    """Whether there is a signature, right or not."""
    return root.find(SIGNATURE) is not None


def verify(
    root: "etree._Element", known_certificates: "Iterable[Certificate]" = ()
) -> Verified | None:
    """Whose signature is right over the whole document: one of `known`, else the one it carries.

    None where it is not signed, or not rightly. A certificate that only the message carries proves
    that nothing was changed since, and nothing about who wrote it.
    """
    if len(list(root.iterchildren(SIGNATURE))) != 1:
        return None
    tried = [(certificate, True) for certificate in known_certificates]
    tried += [
        (certificate, False)
        for certificate in _carried(root)
        if certificate not in [c for c, _ in tried]
    ]
    return next(
        (Verified(certificate, ours) for certificate, ours in tried if _fits(root, certificate)),
        None,
    )


def _fits(root: "etree._Element", certificate: "Certificate") -> bool:
    from signxml.exceptions import SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    # Whether it is in time is asked of the message (`in_time`), not of the clock of whoever reads.
    begins = certificate.not_valid_before_utc
    config = SignatureConfiguration(expect_references=1, location="./", verification_time=begins)
    try:
        found: Any = XMLVerifier().verify(root, x509_cert=certificate, expect_config=config)
    except (SignXMLException, ValueError):
        return False
    signed = found.signed_xml
    return signed is not None and signed.tag == root.tag and len(signed) == len(root) - 1


def _carried(root: "etree._Element") -> "list[Certificate]":
    """The first few: a chain is short, and each takes time to try."""
    from cryptography import x509

    certificates = []
    for one in islice(root.iterfind(f"{SIGNATURE}//{{*}}X509Certificate"), MOST_CARRIED):
        text = "".join((one.text or "").split())
        try:
            certificates.append(
                x509.load_pem_x509_certificate(
                    f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----".encode()
                )
            )
        except ValueError:
            continue
    return certificates


@cache
def _signer() -> Any:
    from signxml.algorithms import (
        CanonicalizationMethod,
        DigestAlgorithm,
        SignatureConstructionMethod,
        SignatureMethod,
    )
    from signxml.signer import XMLSigner

    return XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )


def _for_signing(x509: Any) -> Any:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
