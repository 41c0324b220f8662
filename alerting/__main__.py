"""`python -m alerting …` is the command line."""

from alerting.cli import app

app()
