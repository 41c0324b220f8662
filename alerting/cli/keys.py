"""The keys of this installation, by name, number and fingerprint; never the keys themselves."""

from typing import Annotated

import typer

from alerting.actions.operations import keys
from alerting.cli.runtime import command, console, services, table_of, words
from alerting.credentials.keyring import Key, KeyName
from alerting.domain.ledger import SHELL
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

Name = Annotated[KeyName, typer.Argument(help="What the key is for.")]

MADE = msgid(
    "Key {key} was created; its fingerprint is {fingerprint}. Keep a copy of its file in a "
    "safe place."
)
RESEALED = msgid("Secrets now encrypted with the newest key: {number}.")
RETIRED = msgid("Key {key} is no longer in use. Its file is kept, for backups of the database.")


@app.command("list")
@command
async def list_keys() -> None:
    """List keys with their fingerprints, and how many stored values each protects."""
    say = words()
    table = table_of(
        say,
        msgid("Key"),
        msgid("Fingerprint"),
        msgid("State"),
        msgid_in("column", "Created"),
        msgid("Stored values"),
    )
    async with services() as opened:
        used = await keys.count_uses(opened)
        found = opened.keyring.listed()
        folder = opened.keyring.folder
    for key in found:
        closes = str(used[key.fingerprint])
        table.add_row(_called(key), key.fingerprint, key.state, say.moment(key.made_at), closes)
    console.print(table)
    console.print(str(folder), highlight=False, soft_wrap=True)


@app.command("make")
@command
async def make(name: Name) -> None:
    """Create the first key of a name; the first start does so automatically."""
    async with services() as opened:
        _say_made(await keys.create_key(opened, name, by=SHELL))


@app.command("rotate")
@command
async def rotate(name: Name) -> None:
    """Create a new key of a name, used from now on; older ones still open what they protect.

    On several machines, copy its file to the others immediately.
    """
    async with services() as opened:
        _say_made(await keys.rotate_key(opened, name, by=SHELL))


@app.command("reseal")
@command
async def reseal() -> None:
    """Encrypt again, with the newest key, what older ones protect, so that those can be retired."""
    async with services() as opened:
        number = await keys.reseal_secrets(opened, by=SHELL)
    console.print(words()(RESEALED, number=number))


@app.command("retire")
@command
async def retire(
    name: Name, number: Annotated[int, typer.Argument(min=1, help="Its number in the list.")]
) -> None:
    """Retire an old key: refused for the newest, and while it still protects something."""
    async with services() as opened:
        key = await keys.retire_key(opened, name, number, by=SHELL)
    console.print(words()(RETIRED, key=_called(key)))


def _called(key: Key) -> str:
    return f"{key.name}.{key.number}"


def _say_made(key: Key) -> None:
    console.print(words()(MADE, key=_called(key), fingerprint=key.fingerprint), highlight=False)
