"""The mail server speaks TLS after STARTTLS, and obeys nothing that was said before it."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import aiosmtplib
import pytest

from channels.sandbox.server import SandboxSettings, running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    words += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(words, check=True, capture_output=True)
    return cert, key


async def test_the_password_is_taken_under_tls_only(certificate: tuple[Path, Path]) -> None:
    settings = SandboxSettings(smtp_tls=certificate, smtp_username="u", smtp_password="p")
    trust = ssl.create_default_context(cafile=certificate[0])
    async with running(settings) as sandbox:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.ports.smtp, start_tls=False)
        async with client:
            await client.ehlo()
            assert client.supports_extension("starttls")
            assert not client.supports_extension("auth")
            assert (await client.execute_command(b"AUTH", b"PLAIN", b"AHUAcA==")).code == 538
            await client.starttls(tls_context=trust)
            await client.login("u", "p")
            await client.sendmail("a@b.be", ["c@d.be"], "Subject: Test\r\n\r\nText\r\n")
        assert sandbox.inbox.smtp.received == 1


async def test_what_rides_behind_starttls_is_dropped(certificate: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=certificate[0])
    async with running(SandboxSettings(smtp_tls=certificate)) as sandbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.ports.smtp)
        await reader.readline()
        writer.write(b"STARTTLS\r\nMAIL FROM:<evil@b.be>\r\n")
        assert (await reader.readline()).startswith(b"220")
        await writer.start_tls(trust, server_hostname="127.0.0.1")
        writer.write(b"NOOP\r\nRCPT TO:<c@d.be>\r\n")
        assert (await reader.readline()).startswith(b"250 2.0.0")
        assert (await reader.readline()).startswith(b"503")
        writer.close()
        await writer.wait_closed()
