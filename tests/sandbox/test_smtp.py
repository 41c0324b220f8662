"""The mail server takes what RFC 5321 and its extensions allow, and refuses what it is asked to."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from channels.sandbox import received_email
from channels.sandbox.server import Sandbox, SandboxSettings, running

ENVELOPE = b"MAIL FROM:<a@alert.be>\r\nRCPT TO:<%s>\r\n"
SHORT = b"Message-ID: <%d@alert.be>\r\nSubject: Test\r\n\r\nText\r\n"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(SandboxSettings()) as sandbox:
        yield sandbox


class Raw:
    """A client that says exactly what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def greeted(cls, sandbox: Sandbox) -> "Raw":
        raw = cls(*await asyncio.open_connection("127.0.0.1", sandbox.ports.smtp))
        assert (await raw.reply()).startswith(b"220")
        assert (await raw.says(b"EHLO me\r\n")).startswith(b"250")
        return raw

    async def reply(self) -> bytes:
        async with asyncio.timeout(10):
            while line := await self.reader.readline():
                if line[3:4] != b"-":
                    return line
        return b""

    async def says(self, words: bytes) -> bytes:
        self.writer.write(words)
        return await self.reply()

    async def replies(self, count: int) -> list[bytes]:
        return [(await self.reply())[:3] for _ in range(count)]

    async def closed(self) -> bool:
        async with asyncio.timeout(10):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True

    def close(self) -> None:
        self.writer.close()


def a_mail(to: str = "mila@example.be") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "alert@example.be", to, "Évacuation de Liège"
    mail["Message-ID"] = "<1@example.be>"
    mail.set_content("Quittez les lieux.\n.\n..deux points\n")
    mail.add_alternative("<p>Quittez les <b>lieux</b>.</p>", subtype="html")
    return mail


async def send(sandbox: Sandbox, mail: EmailMessage) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=sandbox.ports.smtp, timeout=10)


async def test_a_mail_is_kept_and_can_be_read(sandbox: Sandbox) -> None:
    await send(sandbox, a_mail())
    (kept,) = sandbox.inbox.smtp.to("mila@example.be")
    read = received_email.read(kept.raw)
    assert (read.subject, kept.key) == ("Évacuation de Liège", "<1@example.be>")
    assert read.text.splitlines() == ["Quittez les lieux.", ".", "..deux points"]
    assert "<b>lieux</b>" in read.html
    assert list(sandbox.inbox.smtp.to("other@example.be")) == []


async def test_a_mail_to_several_is_found_by_each(sandbox: Sandbox) -> None:
    mail = a_mail()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.ports.smtp, timeout=10) as client:
        await client.send_message(mail, recipients=["a@example.be", "b@example.be"])
    box = sandbox.inbox.smtp
    assert list(box.to("a@example.be")) == list(box.to("b@example.be")) != []
    assert box.received == 1


async def test_the_same_message_again_is_a_duplicate(sandbox: Sandbox) -> None:
    await send(sandbox, a_mail())
    await send(sandbox, a_mail())
    box = sandbox.inbox.smtp
    assert (box.received, box.distinct, box.duplicates) == (2, 1, 1)


async def test_a_dead_address_is_refused_every_time(sandbox: Sandbox) -> None:
    sandbox.faults.smtp.refuse = 0.5
    addresses = [f"p{number}@example.be" for number in range(40)]
    tries: list[set[str]] = []
    for _ in range(2):
        refused = set()
        for address in addresses:
            try:
                await send(sandbox, a_mail(address))
            except aiosmtplib.SMTPRecipientsRefused as refusal:
                refused |= {one.recipient for one in refusal.recipients if one.code == 550}
        tries.append(refused)
    assert tries[0] == tries[1]
    assert 5 < len(tries[0]) < 35
    assert sandbox.counts()["smtp"]["refused"] == 2 * len(tries[0])


async def test_busy_is_a_451_or_a_421(sandbox: Sandbox) -> None:
    sandbox.faults.smtp.busy = 1
    codes = set()
    for _ in range(20):
        raw = await Raw.greeted(sandbox)
        raw.writer.write(ENVELOPE % b"x@example.be")
        codes.add((await raw.replies(2))[1])
        raw.close()
    assert codes == {b"451", b"421"}
    assert sandbox.inbox.smtp.received == 0


async def test_an_error_comes_after_the_body_and_nothing_is_kept(sandbox: Sandbox) -> None:
    sandbox.faults.smtp.error = 1
    with pytest.raises(aiosmtplib.SMTPDataError, match=r"4\.3\.0"):
        await send(sandbox, a_mail())
    assert sandbox.inbox.smtp.received == 0


@pytest.mark.parametrize(
    ("accepted", "kept"),
    [pytest.param(0, 0, id="before accepting"), pytest.param(1, 1, id="after accepting")],
)
async def test_a_hang_up_leaves_the_sender_in_doubt(
    sandbox: Sandbox, accepted: float, kept: int
) -> None:
    sandbox.faults.smtp.hang_up = 1
    sandbox.faults.smtp.hang_up_accepted = accepted
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sandbox, a_mail())
    assert sandbox.inbox.smtp.received == kept


async def test_a_server_that_is_down_says_so_on_every_connection(
    sandbox: Sandbox,
) -> None:
    raw = await Raw.greeted(sandbox)
    sandbox.faults.smtp.down = True
    assert (await raw.says(b"MAIL FROM:<a@b.be>\r\n")).startswith(b"421 4.3.2")
    assert await raw.closed()
    raw.close()
    with pytest.raises(aiosmtplib.SMTPConnectResponseError, match="421"):
        await send(sandbox, a_mail())


async def test_commands_may_come_all_at_once(sandbox: Sandbox) -> None:
    raw = await Raw.greeted(sandbox)
    for number in range(3):
        raw.writer.write(ENVELOPE % b"p@example.be" + b"DATA\r\n" + SHORT % number + b".\r\n")
    assert await raw.replies(12) == [b"250", b"250", b"354", b"250"] * 3
    assert sandbox.inbox.smtp.distinct == 3
    raw.close()


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
async def test_the_network_may_cut_anywhere(sandbox: Sandbox, piece: int) -> None:
    raw = await Raw.greeted(sandbox)
    dotted = ENVELOPE % b"p@example.be" + b"DATA\r\n" + SHORT % 1 + b"..\r\n...\r\n.\r\n"
    chunk = SHORT % 2
    counted = ENVELOPE % b"p@example.be" + b"BDAT %d LAST\r\n" % len(chunk) + chunk
    whole = dotted + counted + b"NOOP\r\n"
    for begin in range(0, len(whole), piece):
        raw.writer.write(whole[begin : begin + piece])
        await raw.writer.drain()
        await asyncio.sleep(0)
    assert await raw.replies(8) == [b"250", b"250", b"354", b"250", b"250", b"250", b"250", b"250"]
    newer, older = sandbox.inbox.smtp.newest()
    assert (older.raw, newer.raw) == (SHORT % 1 + b".\r\n..\r\n", chunk)
    raw.close()


async def test_chunks_are_counted_and_not_unstuffed(sandbox: Sandbox) -> None:
    raw = await Raw.greeted(sandbox)
    raw.writer.write(ENVELOPE % b"p@example.be" + b"BDAT 9\r\nA: b\r\n\r\n.")
    raw.writer.write(b"BDAT 7\r\n.\r\nQUIT" + b"BDAT 0 LAST\r\n")
    assert await raw.replies(5) == [b"250"] * 5
    (kept,) = sandbox.inbox.smtp.newest()
    assert kept.raw == b"A: b\r\n\r\n..\r\nQUIT"
    raw.close()


async def test_a_refused_chunk_is_read_to_its_end(sandbox: Sandbox) -> None:
    sandbox.faults.smtp.refuse = 1
    raw = await Raw.greeted(sandbox)
    for _ in range(2):
        raw.writer.write(ENVELOPE % b"p@example.be" + b"BDAT 6 LAST\r\nQUIT\r\n")
    assert await raw.replies(6) == [b"250", b"550", b"554"] * 2
    assert (await raw.says(b"NOOP\r\n")).startswith(b"250")
    raw.close()


async def test_no_recipient_means_no_body(sandbox: Sandbox) -> None:
    sandbox.faults.smtp.refuse = 1
    raw = await Raw.greeted(sandbox)
    raw.writer.write(ENVELOPE % b"p@example.be" + b"DATA\r\nRSET\r\n")
    assert await raw.replies(4) == [b"250", b"550", b"554", b"250"]
    raw.close()


async def test_a_bare_line_feed_does_not_end_a_mail(sandbox: Sandbox) -> None:
    raw = await Raw.greeted(sandbox)
    smuggled = b"A: b\r\n\r\ntext\n.\nMAIL FROM:<x@y.be>\r\n.\r\n"
    raw.writer.write(ENVELOPE % b"p@example.be" + b"DATA\r\n" + smuggled)
    assert await raw.replies(4) == [b"250", b"250", b"354", b"250"]
    assert [one.raw for one in sandbox.inbox.smtp.newest()] == [smuggled[:-3]]
    raw.close()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MAIL FROM:a@b.be", b"501 5.5.4"),
        ("MAIL FROM:<a@b.be> FOO=1", b"555 5.5.4"),
        ("MAIL FROM:<a@b.be> SIZE=999999999", b"552 5.3.4"),
        ("MAIL FROM:<é@b.be>", b"553 5.6.7"),
        ("RCPT TO:<a@b.be>", b"503 5.5.1"),
        ("DATA", b"503 5.5.1"),
        ("AUTH PLAIN AGEAYg==", b"503 5.5.1"),
        ("STARTTLS", b"502 5.5.1"),
        ("WHAT", b"500 5.5.2"),
    ],
)
async def test_what_makes_no_sense_is_refused(sandbox: Sandbox, command: str, code: bytes) -> None:
    raw = await Raw.greeted(sandbox)
    assert (await raw.says(f"{command}\r\n".encode())).startswith(code)
    raw.close()


async def test_an_address_in_any_script_is_taken_with_smtputf8(sandbox: Sandbox) -> None:
    raw = await Raw.greeted(sandbox)
    raw.writer.write("MAIL FROM:<a@b.be> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<é@b.be>\r\n".encode())
    raw.writer.write(b"DATA\r\n" + SHORT % 1 + b".\r\n")
    assert await raw.replies(4) == [b"250", b"250", b"354", b"250"]
    assert len(list(sandbox.inbox.smtp.to("é@b.be"))) == 1
    raw.close()


async def test_a_slow_answer_holds_back_what_is_behind_it(sandbox: Sandbox) -> None:
    raw = await Raw.greeted(sandbox)
    sandbox.faults.smtp.slow = 0.05
    begun = asyncio.get_running_loop().time()
    raw.writer.write(ENVELOPE % b"p@example.be" + b"DATA\r\n" + SHORT % 1 + b".\r\nWHAT\r\n")
    assert await raw.replies(5) == [b"250", b"250", b"354", b"250", b"500"]
    assert asyncio.get_running_loop().time() - begun >= 0.04
    raw.close()


async def test_a_password_is_asked_for_when_there_is_one() -> None:
    settings = SandboxSettings(smtp_username="desk", smtp_password="secret")
    async with running(settings) as sandbox:
        port = sandbox.ports.smtp
        with pytest.raises(aiosmtplib.SMTPSenderRefused, match=r"5\.7\.0"):
            await send(sandbox, a_mail())
        for mechanism in ("auth_plain", "auth_login"):
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=10) as client:
                await getattr(client, mechanism)("desk", "secret")
                await client.send_message(a_mail())
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=10) as client:
                with pytest.raises(aiosmtplib.SMTPAuthenticationError, match=r"5\.7\.8"):
                    await getattr(client, mechanism)("desk", "wrong")
        assert sandbox.inbox.smtp.received == 2
