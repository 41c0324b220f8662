"""CAP messages: written, judged, and the certificates that verify them.

Exit status of `check`: 0 right; 1 something is wrong; 2 a file is none, or no CAP message.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alerting.actions.public import cap_checking, cap_writing, signing
from alerting.actions.public.cap_checking import CapJudgement
from alerting.cap.profile import RuleGroup
from alerting.cap.signature import (
    certificate_fingerprint,
    certificate_pem,
    read_certificates,
)
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, services, words
from alerting.domain.errors import BadRequest
from alerting.domain.ledger import SHELL
from alerting.domain.text.i18n import Phrase, msgid
from alerting.i18n import Translator

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

app = typer.Typer(no_args_is_help=True)

RIGHT = msgid("{file}: right")
WRONG = msgid("{file}: wrong")
NO_FILE = msgid("{file} is not a readable file")
NO_CERTIFICATE = msgid("{file} holds no certificate (PEM)")
SHAPE = msgid("Line {line}, schema: {reason}")
ERROR = msgid("Error, {source}: {reason}")
ADVICE = msgid("Advice, {source}: {reason}")
UNSIGNED = msgid("It is not signed.")
BAD_SIGNATURE = msgid(
    "The signature is wrong: the message was changed, or signed with another certificate."
)
OURS = msgid("Signed with the known certificate {fingerprint}.")
UNKNOWN = msgid(
    "Signed with an unknown certificate, {fingerprint}: unchanged since, but by whom is not known."
)
OUT_OF_TIME = msgid("The certificate was not valid when the message was sent.")
CERTIFICATE = msgid("Key {key}, signs from {moment}: certificate {fingerprint}")
MADE = msgid(
    "Key {key} was created and signs from {moment}. Publish its certificate now, and keep a copy "
    "of its file in a safe place."
)
RETIRED = msgid("Key {key} signs nothing any more.")
UNREADABLE = 2
STYLES = {True: "bold red", False: "yellow"}


@app.command("write")
@command
async def write(
    number: Annotated[int, typer.Argument(min=1, help="The alert's number.")], token: Token = ""
) -> None:
    """Print the signed CAP message of an alert; before it was sent, as a Draft.

    Only messages of real alerts that were sent are ever published.
    """
    async with acting(token) as (opened, officer):
        data = await cap_writing.write_cap_message(opened, number, by=officer)
    emit(data.decode())


@app.command("check")
@command
async def check(
    files: Annotated[list[Path], typer.Argument(help="Files of one message each.")],
    certificates: Annotated[
        list[Path] | None,
        typer.Option("--certificate", help="A certificate (PEM) to verify with, beside our own."),
    ] = None,
    *,
    general: Annotated[bool, typer.Option("--general", help="Skip the rules for Belgium.")] = False,
) -> int:
    """Judge CAP messages of anybody: schema, profile and signature, with the reasons."""
    say = words()
    groups = tuple(
        rule_group for rule_group in RuleGroup if not (general and rule_group is RuleGroup.BELGIUM)
    )
    status = 0
    async with services(must_be_migrated=False) as opened:
        known = [key.key.certificate for key in signing.list_signing_keys(opened)]
        known += [
            cap_certificate
            for path in certificates or ()
            for cap_certificate in _certificates(path)
        ]
        for path in files:
            try:
                judgement = cap_checking.judge_cap_message(
                    _read(path), opened.gazetteer, certificates=known, groups=groups
                )
            except BadRequest as refusal:
                complaints.print(f"{path}: {say.error(refusal)}", style="bold red", markup=False)
                status = UNREADABLE
                continue
            _tell(path, judgement, say)
            status = max(status, 0 if judgement.right else 1)
    return status


@app.command("certificate")
@command
async def certificate(
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Create a new key first, which takes over.")
    ] = False,
    days: Annotated[
        int,
        typer.Option("--in-days", min=0, max=365, help="With --rotate: when the new key signs."),
    ] = 30,
    retire: Annotated[
        int | None, typer.Option("--retire", min=1, help="Retire the key of this number first.")
    ] = None,
) -> None:
    """Print the certificates that verify CAP messages (PEM); those who read them pin these.

    During a change there are two: the new one is published before its key signs. Retire a key only
    when it is compromised or long out of use: what it signed is then signed by another.
    """
    say = words()
    async with services() as opened:
        await signing.open_signer(opened)
        if rotate:
            made = await signing.create_signing_key(opened, timedelta(days=days), by=SHELL)
            told = say(MADE, key=f"cap.{made.number}", moment=made.key.signs_from)
            complaints.print(told, highlight=False)
        if retire is not None:
            await signing.retire_signing_key(opened, retire, by=SHELL)
            complaints.print(say(RETIRED, key=f"cap.{retire}"), highlight=False)
        keys = signing.list_signing_keys(opened)
    for one in keys:
        facts = {"moment": one.key.signs_from, "fingerprint": one.key.fingerprint}
        complaints.print(say(CERTIFICATE, key=f"cap.{one.number}", **facts), highlight=False)
        emit(certificate_pem(one.key.certificate).decode())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise BadRequest(NO_FILE, file=str(path)) from None


def _certificates(path: Path) -> "Sequence[Certificate]":
    try:
        return read_certificates(_read(path))
    except ValueError:
        raise BadRequest(NO_CERTIFICATE, file=str(path)) from None


def _tell(path: Path, judgement: CapJudgement, say: Translator) -> None:
    console.print(say(RIGHT if judgement.right else WRONG, file=str(path)), markup=False)
    for fault in judgement.schema:
        _print(say(SHAPE, line=fault.line, reason=fault.says), is_error=True)
    for finding in judgement.profile:
        reason = Phrase(finding.rule.says, finding.facts)
        source = ", ".join(
            part for part in (finding.rule.name, finding.place, finding.rule.source) if part
        )
        told = say(ERROR if finding.rule.is_error else ADVICE, source=source, reason=reason)
        _print(told, is_error=finding.rule.is_error)
    if not judgement.signed:
        _print(say(UNSIGNED), is_error=False)
    elif judgement.verified is None:
        _print(say(BAD_SIGNATURE), is_error=True)
    else:
        fingerprint = certificate_fingerprint(judgement.verified.certificate)
        told = say(OURS if judgement.verified.known else UNKNOWN, fingerprint=fingerprint)
        console.print(f"  {told}", markup=False, highlight=False)
        if judgement.message and not judgement.verified.in_time(judgement.message.sent):
            _print(say(OUT_OF_TIME), is_error=False)


def _print(told: str, *, is_error: bool) -> None:
    console.print(f"  {told}", style=STYLES[is_error], markup=False, highlight=False)
