"""Render a page, or the piece of it that htmx asks for."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerting.catalogue import Words
from alerting.domain.staff import Officer

PAGES = Path(__file__).resolve().parent.parent.parent / "templates" / "console"


@cache
def environment() -> Environment:
    """Pages are ours, not users': no sandbox, but strict, and escaped throughout."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.add_extension("jinja2.ext.do")
    return made


def piece(template: str, *, words: Words, **context: Any) -> str:
    """The text of a template; `_` and the number and time formats come with the words."""
    return environment().get_template(template).render(_=words, words=words, **context)


def render(
    request: Request,
    template: str,
    *,
    words: Words,
    status: int = 200,
    officer: Officer | None = None,
    **context: Any,
) -> HTMLResponse:
    """A whole page as an answer."""
    text = piece(template, words=words, officer=officer, path=request.url.path, **context)
    return HTMLResponse(text, status_code=status, headers={"Content-Language": words.language})
