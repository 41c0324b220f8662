"""What was sent outlives the sandbox, however it ended; failures are ordered and repeatable."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest

from channels.sandbox.faults import Faults, SandboxFault, mixture
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.server import SandboxSettings, running
from tests.sandbox.callbacks import listening
from tests.sandbox.clients import tweepy, twilio
from tests.sandbox.waiting import until

MAIL = "From: a@b.be\r\nMessage-ID: <1@b.be>\r\nSubject: {}\r\n\r\n{}\r\n"


async def mail(port: int, subject: str = "Test", text: str = "Text") -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=10) as client:
        await client.sendmail("a@b.be", ["mila@b.be"], MAIL.format(subject, text))


async def test_a_restart_finds_everything_again(tmp_path: Path) -> None:
    settings = SandboxSettings(keep=tmp_path, receipt_delay=(0, 0))
    async with running(settings) as sandbox, tweepy(sandbox) as x, twilio(sandbox) as sms:
        await mail(sandbox.ports.smtp)
        await x.create_tweet(text="Test")
        await sms.messages.create_async(to="+32470000001", from_="+32460000000", body="Test")
        (text,) = sandbox.inbox.twilio.newest()
        await until(sandbox.inbox.twilio, lambda: text.fields["status"] == "delivered")
        before = [list(sandbox.inbox.of(name).newest()) for name in ("smtp", "twilio", "x")]
    async with running(settings) as sandbox:
        after = [list(sandbox.inbox.of(name).newest()) for name in ("smtp", "twilio", "x")]
        assert after == before
        await mail(sandbox.ports.smtp)
        assert sandbox.inbox.smtp.duplicates == 1


async def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    def a_message(number: int) -> ReceivedMessage:
        return ReceivedMessage(1.0, ("a@b.be",), f"<{number}>", f"{number}", raw=bytes(range(256)))

    for number in (1, 2):
        box = Box("smtp", folder=tmp_path)
        assert box.received == number - 1
        box.add(a_message(number))
        box.close()
        with (tmp_path / "smtp.jsonl").open("ab") as spool:
            spool.write(b'{"at": 1.0, "to": ["a@b')
    box = Box("smtp", folder=tmp_path)
    assert list(box.newest()) == [a_message(2), a_message(1)]
    box.close()


async def test_to_count_only_keeps_no_message(tmp_path: Path) -> None:
    settings = SandboxSettings(keep=tmp_path, count_only=True)
    async with running(settings) as sandbox:
        await mail(sandbox.ports.smtp)
        await mail(sandbox.ports.smtp)
        assert list(sandbox.inbox.smtp.newest()) == []
    async with running(settings) as sandbox:
        box = sandbox.inbox.smtp
        assert (box.received, box.distinct, box.duplicates) == (2, 1, 1)
    assert b"Text" not in (tmp_path / "smtp.jsonl").read_bytes()


async def test_receipts_go_on_after_a_restart(tmp_path: Path) -> None:
    async with listening() as service:
        settings = SandboxSettings(keep=tmp_path, receipt_delay=(60, 60))
        async with running(settings) as sandbox, twilio(sandbox) as sms:
            url = f"{service.url}/receipts/sms?key=1"
            await sms.messages.create_async(
                to="+32470000001", from_="+32460000000", body="Test", status_callback=url
            )
        async with running(SandboxSettings(keep=tmp_path, receipt_delay=(0, 0))):
            assert [form["MessageStatus"] for form in await service.hears(2)] == [
                "sent",
                "delivered",
            ]


async def test_a_kill_loses_nothing_that_was_flushed_and_a_parents_end_ends_it(
    tmp_path: Path,
) -> None:
    doors = ("smtp", "smtp2", "twilio", "sinch", "x", "control")
    ports = tuple(f"--{door}-port=0" for door in doors)
    words = ("-m", "channels.sandbox", *ports, "--keep", str(tmp_path), "--stop-with-parent")
    pipe = asyncio.subprocess.PIPE
    for kept in (0, 1):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdin=pipe, stdout=pipe
        )
        assert process.stdin is not None
        assert process.stdout is not None
        async with asyncio.timeout(30):
            addresses = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{addresses['control']}/counts") as answer:
                assert (await answer.json())["smtp"]["received"] == kept
            await mail(int(addresses["smtp"].rpartition(":")[2]))
        spool = tmp_path / "smtp.jsonl"
        async with asyncio.timeout(10):
            while spool.read_bytes().count(b"\n") <= kept:
                await asyncio.sleep(0.01)
        if kept == 0:
            process.kill()
        process.stdin.close()
        async with asyncio.timeout(10):
            code = await process.wait()
        assert code == (0 if kept else -9)


async def test_the_page_shows_mail_without_running_it() -> None:
    async with running() as sandbox, aiohttp.ClientSession() as session:
        await mail(sandbox.ports.smtp, "<script>alert(1)</script>", "<b>Text</b>")
        for query in ("", "?address=mila@b.be"):
            async with session.get(f"{sandbox.control_url}/{query}") as answer:
                page = await answer.text()
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "&lt;script&gt;alert(1)" in page
            assert "&lt;b&gt;Text" in page
            assert "<script" not in page
        async with session.get(f"{sandbox.control_url}/?address=nobody@b.be") as answer:
            assert "Nothing to nobody@b.be." in await answer.text()
        async with session.get(f"{sandbox.control_url}/page.css") as answer:
            assert answer.content_type == "text/css"


async def test_messages_can_be_asked_for_by_address() -> None:
    async with running() as sandbox, aiohttp.ClientSession() as session:
        await mail(sandbox.ports.smtp)
        url = f"{sandbox.control_url}/messages"
        async with session.get(url, params={"address": "mila@b.be"}) as answer:
            (found,) = (await answer.json())["messages"]
        assert (found["provider"], found["subject"], found["to"]) == ("smtp", "Test", ["mila@b.be"])
        for channel, n in (("email", 1), ("sms", 0)):
            async with session.get(url, params={"channel": channel}) as answer:
                assert len((await answer.json())["messages"]) == n
        for wrong in ({"provider": "fax"}, {"limit": "many"}):
            async with session.get(url, params=wrong) as answer:
                assert answer.status == 400


async def test_failures_are_ordered_while_it_runs_and_forgotten_on_reset() -> None:
    at_start = {"smtp": {"busy": 0.25}}
    async with running(SandboxSettings(faults=at_start)) as sandbox:
        async with aiohttp.ClientSession() as session:
            url = f"{sandbox.control_url}/faults"
            async with session.put(url, json={"twilio": {"down": True, "slow": 2}}) as answer:
                assert (await answer.json())["twilio"]["slow"] == 2
            senseless: tuple[object, ...] = (
                {"fax": {}},
                {"x": {"down": True}, "smtp": {"busy": 2}},
                {"x": 1},
                [],
            )
            for wrong in senseless:
                async with session.put(url, json=wrong) as answer:
                    assert answer.status == 422
            assert not sandbox.faults.x.down
            elsewhere = {"Origin": "http://elsewhere.example"}
            reset = f"{sandbox.control_url}/reset"
            async with session.post(reset, headers=elsewhere) as answer:
                assert answer.status == 403
            async with session.post(reset) as answer:
                assert (await answer.json())["smtp"]["received"] == 0
            async with session.get(f"{sandbox.control_url}/health") as answer:
                assert (await answer.json())["status"] == "ok"
        assert not sandbox.faults.twilio.down
        assert sandbox.faults.smtp.busy == 0.25


def test_a_seed_repeats_a_run_and_shares_are_kept() -> None:
    def draws(seed: int) -> list[SandboxFault | None]:
        faults = Faults(seed=seed, ordered=mixture(0.3))
        return [faults.smtp.draw() for _ in range(3000)]

    drawn = draws(1)
    assert drawn == draws(1) != draws(2)
    for fault in (SandboxFault.BUSY, SandboxFault.ERROR, SandboxFault.HANG_UP):
        assert drawn.count(fault) == pytest.approx(300, abs=80)
