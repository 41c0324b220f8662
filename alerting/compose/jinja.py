"""The one Jinja environment for texts people write: names, six filters, `if`. Nothing else.

Whoever writes a template writes what a province will read, so a template can do little: no
attribute, no call, no loop, no arithmetic. What is not on the list of allowed syntax is refused
when it is read, with file, line and reason.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerting.compose.formatting import FILTERS, Formatter, say
from alerting.domain.errors import AlertingError, BadTemplate
from alerting.domain.text.hidden import hidden

LARGEST = 20_000
"""Characters in one text."""

TOO_DEEP = "it is nested too deeply"

ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const,
    nodes.Filter, nodes.Keyword, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
    nodes.CondExpr,
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """One text in one language, and where it stands. Compiled once, at its first use."""

    source: str
    file: str
    line: int
    """Where the first line of the text stands in the file."""
    one_line: bool = False

    @cached_property
    def plain(self) -> "Text":
        """The text without its own marks for bold, for where there is none."""
        return replace(self, source=self.source.replace("**", ""))

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Placeholders used, and the line of the first use."""
        found: dict[str, int] = {}
        for node in self._tree.find_all(nodes.Name):
            found.setdefault(node.name, self.line + node.lineno - 1)
        return found

    def render(self, speech: Formatter, values: Mapping[str, object]) -> str:
        """The words. What is missing or unreadable is a BadTemplate that names the line."""
        try:
            spoken = self._with_days(speech, values)
            text = self._template.render({**spoken, "_speech": speech})
        except BadTemplate:
            raise
        except (
            TemplateError,
            AlertingError,
            ArithmeticError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            self._refuse(_line_of(error), str(error))
        # A tag on a line of its own leaves that line empty.
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _with_days(self, speech: Formatter, values: Mapping[str, object]) -> Mapping[str, object]:
        """`values`, with both days of a period named where the text, as it renders, says both."""
        if speech.with_days(values, self.names) is values:
            return values
        heard: list[object] = []
        self._template.render({**values, "_speech": replace(speech, heard=heard)})
        said = [name for name, value in values.items() if any(one is value for one in heard)]
        return speech.with_days(values, said)

    @cached_property
    def _template(self) -> Template:
        tree = self._tree
        try:
            return ENVIRONMENT.from_string(tree)
        except RecursionError:
            self._refuse(1, TOO_DEEP)
        except SyntaxError as error:  # of the Python made of it: “too many nested blocks”
            self._refuse(1, str(error.msg))
        except TemplateSyntaxError as error:  # an unknown filter shows itself only here
            self._refuse(error.lineno, error.message or "not a template")

    @cached_property
    def _tree(self) -> nodes.Template:
        self._look_at_letters()
        try:
            tree = ENVIRONMENT.parse(self.source)
            self._look_at_constants()
            found = list(_all(tree))
        except RecursionError:
            self._refuse(1, TOO_DEEP)
        except TemplateSyntaxError as error:
            self._refuse(error.lineno, error.message or "not a template")
        for node in found:
            if not isinstance(node, ALLOWED):
                self._refuse(node.lineno, f"“{type(node).__name__}” is not allowed in a text")
            if isinstance(node, nodes.Name) and (node.name[0] == "_" or node.name == "self"):
                self._refuse(node.lineno, f"a placeholder cannot be called “{node.name}”")
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                known = ", ".join(FILTERS)
                self._refuse(node.lineno, f"no filter “{node.name}”; there are {known}")
        return tree

    def _look_at_letters(self) -> None:
        if len(self.source) > LARGEST:
            self._refuse(1, f"the text is longer than {LARGEST} characters")
        if self.one_line and ("\n" in self.source.strip() or "\r" in self.source):
            self._refuse(1, "a subject is one line")
        for line, name in hidden(self.source):
            self._refuse(line, f"it holds a character nobody can see: {name}")

    def _look_at_constants(self) -> None:
        """What is quoted stands in the text as it is written: Jinja would decode escapes."""
        for line, kind, token in ENVIRONMENT.lex(self.source):
            if kind == "string" and "\\" in token:
                self._refuse(line, "a word in quotes holds a backslash")

    def _refuse(self, line: int, reason: str) -> NoReturn:
        raise BadTemplate(
            file=self.file, line=self.line + line - 1, reason=reason.rstrip(".")
        ) from None


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _line_of(error: BaseException) -> int:
    """The template's own line in a traceback; Jinja maps it back to the source."""
    line, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


class _Closed(ImmutableSandboxedEnvironment):
    """Refuses attributes and calls at run time, too; the syntax list refused them already."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return False

    def is_safe_callable(self, obj: object) -> bool:
        return False


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Closed(
        undefined=StrictUndefined,
        autoescape=False,
        finalize=say,
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters.clear()
    environment.filters.update(FILTERS)
    return environment


ENVIRONMENT = _environment()
