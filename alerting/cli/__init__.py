"""`alerting …`: everything a user or an operator can do from a terminal."""

import sys

from alerting import private_files


def app() -> None:
    """Run the command that was typed.

    A worker lives for months beside many others, and carries no other command's modules with it.
    """
    private_files.only_for_us()
    if sys.argv[1:] == ["worker"]:
        from typer import Typer

        from alerting.cli.serve import worker

        alone = Typer(pretty_exceptions_enable=False, add_completion=False)
        alone.command()(worker)
        alone(args=[])
    else:
        from alerting.cli.main import app as every_command

        every_command(prog_name="alerting")
