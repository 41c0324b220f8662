"""Pages for mail: Markdown to clean HTML, and the MJML layouts around it.

A layout becomes HTML once, with its slots still open; every message then only fills them. Nothing
is fetched from anywhere: no image, no font, no style sheet.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Template, TemplateError
from markupsafe import Markup

from alerting.compose.jinja import ENVIRONMENT
from alerting.domain.alert import Hazard, ResponseType, Severity
from alerting.domain.errors import BadTemplate

if TYPE_CHECKING:
    import css_inline
    from markdown_it import MarkdownIt

COLOURS: Mapping[Severity, str] = {
    Severity.EXTREME: "#7a0019",
    Severity.SEVERE: "#a4260b",
    Severity.MODERATE: "#8a5300",
    Severity.MINOR: "#0b5c8a",
    Severity.UNKNOWN: "#404a57",
}
"""White text stands on each with a contrast above 4.5; no colour says what words do not."""
ALL_CLEAR = "#1b6b3a"

TAGS = {"p", "ol", "ul", "li", "strong", "em", "a", "br"}
STYLE = """
p { margin: 0 0 14px }
ol, ul { margin: 0 0 14px; padding: 0 0 0 28px }
li { margin: 0 0 8px }
a { color: #0b4f8a }
"""

PAGES = ENVIRONMENT.overlay(autoescape=True, finalize=None)


# Loaded when the first e-mail is laid out: a worker lays none out, and carries none of it.


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True})


@cache
def _inliner() -> "css_inline.CSSInliner":
    import css_inline

    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def colour(hazard: Hazard) -> str:
    """Green for an all-clear, otherwise by severity."""
    return ALL_CLEAR if hazard.response is ResponseType.ALL_CLEAR else COLOURS[hazard.severity]


def page(markdown: str) -> Markup:
    """Markdown as clean HTML: paragraphs, lists, emphasis and https links."""
    return cleaned(_markdown().render(markdown))


def cleaned(html: str) -> Markup:
    """A fragment of HTML without anything but paragraphs, lists, emphasis and https links."""
    import nh3

    html = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"https"},
        link_rel=None,
    )
    return Markup(html)  # noqa: S704 - cleaned on the line above


def inlined(html: Markup) -> Markup:
    """HTML with its style on every element, for mail programs that drop style sheets."""
    return Markup(_inliner().inline_fragment(html, STYLE))  # noqa: S704 - from clean HTML


class Layouts:
    """The layouts under one directory, each turned into HTML at its first use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ready: dict[str, Template] = {}

    def fill(self, name: str, slots: Mapping[str, str]) -> str:
        """The layout with its slots filled; text is escaped, Markup is not."""
        if name not in self._ready:
            self._ready[name] = self._read(name)
        try:
            return self._ready[name].render(slots)
        except TemplateError as error:
            raise BadTemplate(file=f"{name}.mjml.j2", line=1, reason=str(error)) from None

    def _read(self, name: str) -> Template:
        source = (self.root / f"{name}.mjml.j2").read_text(encoding="utf-8")
        try:
            import mrml

            return PAGES.from_string(mrml.to_html(source).content)
        except (TemplateError, OSError, ValueError) as error:
            raise BadTemplate(file=f"{name}.mjml.j2", line=1, reason=str(error)) from None
