"""Whoever has a certificate can verify a message; nobody can change one; a change of keys breaks
nothing."""

import shutil
import subprocess
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from alerting.cap.reader import parse
from alerting.cap.schema import schema_errors
from alerting.cap.signature import (
    MOST_CARRIED,
    Signer,
    certificate_pem,
    from_pem,
    is_signed,
    make_signing_key,
    read_certificates,
    to_pem,
    verify,
)
from alerting.cap.writer import to_bytes, to_tree
from tests.cap.made import full_message, signer, signing_key
from tests.compose.samples import NOW


def signed(at: datetime = NOW, using: Signer | None = None) -> bytes:
    return to_bytes((using or signer()).sign(to_tree(full_message()), at=at))


def test_a_signature_is_right_and_whose_is_known() -> None:
    root = parse(signed())
    found = verify(root, [signing_key().certificate])
    assert found is not None
    assert found.known
    assert found.certificate == signing_key().certificate
    assert found.in_time(NOW)
    assert schema_errors(root) == []


def test_of_a_stranger_it_is_known_only_that_nothing_changed() -> None:
    found = verify(parse(signed()))
    assert found is not None
    assert not found.known


@pytest.mark.parametrize(("place", "is_found"), [(0, True), (MOST_CARRIED + 1, False)])
def test_of_hundreds_of_certificates_in_a_message_the_first_few_are_tried(
    place: int, is_found: bool
) -> None:
    """Each takes milliseconds, of whoever asks what a message is."""
    root = parse(signed())
    (own,) = root.iter("{*}X509Certificate")
    above = own.getparent()
    assert above is not None
    stranger = make_signing_key("stranger", signs_from=NOW).certificate
    text = "".join(certificate_pem(stranger).decode().split("\n")[1:-2])
    others = [deepcopy(own) for _ in range(300)]
    for one in others:
        one.text = text
    above.extend(others)
    above.insert(place, own)
    assert (verify(root) is not None) is is_found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"Actual", b"Test", id="the status"),
        pytest.param(b"headline un", b"headline x", id="a word"),
        pytest.param(b"<note>a note</note>", b"", id="a part taken out"),
        pytest.param(b"<source>", b"\n<source>", id="laid out anew"),
    ],
)
def test_what_was_changed_is_wrong(before: bytes, after: bytes) -> None:
    data = signed()
    assert before in data
    assert verify(parse(data.replace(before, after)), [signing_key().certificate]) is None


def test_a_signature_of_another_message_is_wrong() -> None:
    root, other = parse(signed()), to_tree(full_message())
    other.append(deepcopy(root[-1]))
    other[0].text = "urn:oid:1.2.3"
    assert verify(other, [signing_key().certificate]) is None


def test_two_signatures_are_none() -> None:
    root = parse(signed())
    root.append(deepcopy(root[-1]))
    assert is_signed(root)
    assert verify(root, [signing_key().certificate]) is None


def test_without_a_signature_there_is_nothing_to_verify() -> None:
    root = to_tree(full_message())
    assert not is_signed(root)
    assert verify(root, [signing_key().certificate]) is None


def test_another_certificate_verifies_nothing() -> None:
    found = verify(parse(signed()), [signing_key("other.example.org").certificate])
    assert found is not None
    assert not found.known


def test_a_key_that_is_announced_signs_when_its_time_has_come() -> None:
    old, new = signing_key(), signing_key("new.example.org", 30)
    both = Signer((new, old))
    known = [old.certificate, new.certificate]
    for at, key in ((NOW, old), (NOW + timedelta(days=31), new)):
        found = verify(parse(signed(at, both)), known)
        assert found is not None
        assert found.certificate == key.certificate


def test_a_message_made_again_after_a_change_has_the_same_bytes() -> None:
    before = signed(NOW, Signer((signing_key(),)))
    after = signed(NOW, Signer((signing_key(), signing_key("new.example.org", 30))))
    assert before == after


def test_what_is_older_than_every_key_is_signed_by_the_oldest() -> None:
    both = Signer((signing_key("new.example.org", 30), signing_key()))
    assert both.key_at(NOW - timedelta(days=9999)) == signing_key()


def test_a_key_is_read_again_from_its_file_and_shows_in_no_representation() -> None:
    key = signing_key()
    assert from_pem(to_pem(key)).certificate == key.certificate
    assert "key=" not in repr(key)
    with pytest.raises(ValueError, match="not of this key"):
        from_pem(
            to_pem(key).replace(
                certificate_pem(key.certificate),
                certificate_pem(signing_key("other.example.org").certificate),
            )
        )


def test_a_key_with_a_passphrase_is_no_key_of_ours() -> None:
    key = signing_key()
    sealed = key.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(ValueError, match="cannot be read"):
        from_pem(sealed + certificate_pem(key.certificate))


def test_a_certificate_is_published_as_pem() -> None:
    assert read_certificates(certificate_pem(signing_key().certificate)) == [
        signing_key().certificate
    ]


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not installed")
def test_xmlsec1_verifies_it(tmp_path: Path) -> None:
    key = make_signing_key("alerts.example.org", signs_from=datetime.now(UTC) - timedelta(days=1))
    certificate, message = tmp_path / "certificate.pem", tmp_path / "message.xml"
    certificate.write_bytes(certificate_pem(key.certificate))
    message.write_bytes(signed(datetime.now(UTC), Signer((key,))))
    run = ["xmlsec1", "--verify", "--trusted-pem", str(certificate), str(message)]
    assert subprocess.run(run, capture_output=True, check=False).returncode == 0
    message.write_bytes(message.read_bytes().replace(b"Actual", b"System"))
    assert subprocess.run(run, capture_output=True, check=False).returncode != 0
