"""The API as a page, made from its own description: nothing is loaded from elsewhere, no script."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from json import dumps
from typing import Any

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer
from alerting.web.auth import WordsOf, officer_of_request
from alerting.web.pages import render_page

router = APIRouter(tags=["console"])

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A parameter, or a field of a shape."""

    name: str
    type: Markup
    required: bool
    about: Markup


@dataclass(frozen=True, slots=True)
class DescribedResponse:
    """What an operation may answer."""

    status: str
    about: str
    shape: Markup


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    about: Markup
    scopes: tuple[str, ...]
    parameters: tuple[FieldRow, ...]
    body: Markup
    example: str
    answers: tuple[DescribedResponse, ...]


@dataclass(frozen=True, slots=True)
class DescribedType:
    """A JSON object, by the name the description gives it, or the values of an enumeration."""

    name: str
    about: Markup
    rows: tuple[FieldRow, ...]
    values: tuple[str, ...]


@router.get("/api")
async def show_api_reference(request: Request, translate: WordsOf) -> Response:
    """Open to everybody, as `/openapi.json` is; with the console around it for who is signed in."""
    described = request.app.openapi()
    return render_page(
        request,
        "operations/api_reference.html",
        words=translate,
        officer=await _officer(request),
        about=markdown(described["info"]["description"]),
        server=described["servers"][0]["url"],
        operations=operations_by_tag(described),
        shapes=list(shapes(described)),
    )


async def _officer(request: Request) -> Officer | None:
    try:
        return await officer_of_request(request)
    except AlertingError:
        return None


def operations_by_tag(described: Json) -> dict[str, list[Operation]]:
    """Every operation, under the first of its tags, in the order of the description."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_operation(described, method, path, operation))
    return dict(found)


def _operation(described: Json, method: str, path: str, operation: Json) -> Operation:
    content: Json = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=markdown(operation.get("description", "")),
        scopes=tuple(
            scope
            for way in operation.get("security", ())
            for some in way.values()
            for scope in some
        ),
        parameters=tuple(
            _row(one["name"], one | one["schema"], required=one.get("required", False))
            for one in operation.get("parameters", ())
        ),
        body=type_of(content["schema"]) if content else Markup(),
        example=_example(described, content),
        answers=tuple(
            DescribedResponse(status, answer["description"], _shape_of(answer))
            for status, answer in operation["responses"].items()
        ),
    )


def _shape_of(answer: Json) -> Markup:
    return next(
        (type_of(one["schema"]) for one in answer.get("content", {}).values() if "schema" in one),
        Markup(),
    )


def _example(described: Json, content: Json) -> str:
    """An example of a body, as indented JSON; empty where none is given."""
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    shape = described["components"]["schemas"].get(name, {})
    found = next(iter(shape.get("examples", ())), content.get("example"))
    return dumps(found, ensure_ascii=False, indent=2) if found else ""


def shapes(described: Json) -> Iterator[DescribedType]:
    """Every named shape, by name."""
    for name, shape in sorted(described["components"]["schemas"].items()):
        required = shape.get("required", ())
        yield DescribedType(
            name,
            markdown(shape.get("description", "")),
            tuple(
                _row(field, one, required=field in required)
                for field, one in shape.get("properties", {}).items()
            ),
            tuple(map(str, shape.get("enum", ()))),
        )


def _row(name: str, schema: Json, *, required: bool) -> FieldRow:
    return FieldRow(name, type_of(schema), required, markdown(schema.get("description", "")))


def type_of(schema: Json) -> Markup:
    """A type in words, with links to the shapes it names."""
    match schema:
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            shown = Markup('<a href="#{0}">{0}</a>').format(name)
        case {"anyOf": choices}:
            shown = Markup(" | ").join(type_of(choice) for choice in choices)
        case {"type": "array", "items": items}:
            shown = Markup("[{}]").format(type_of(items))
        case {"const": value}:
            shown = escape(dumps(value))
        case {"enum": values}:
            shown = Markup(" | ").join(dumps(one, ensure_ascii=False) for one in values)
        case {"type": "object", "additionalProperties": dict(inner)} if inner:
            shown = Markup("{{…: {}}}").format(type_of(inner))
        case {"type": kind, "format": form}:
            shown = Markup("{} ({})").format(kind, form)
        case _:
            shown = escape(schema.get("type", "any"))
    return shown


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


def markdown(text: str) -> Markup:
    """A description as HTML; tags in it are text."""
    return Markup(_markdown().render(text))  # noqa: S704  CommonMark with HTML off escapes it
