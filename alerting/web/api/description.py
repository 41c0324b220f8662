"""What OpenAPI says of the API as a whole: tokens, scopes, errors, languages, repeated requests."""

from collections.abc import Iterator
from typing import Any

ABOUT = """\
Everything the console can do, for programs.

**Tokens.** Send `Authorization: Bearer alt_…` with every request. At the server, an administrator
creates one with `alerting token create --officer NAME --role ROLE`; where users have accounts, each
requests their own on the page *Account*, and an administrator confirms it. A token may do what the
role of its holder may, or less where it was limited to some scopes. Each operation names the scope
that it needs. 401: the token is missing, unknown, expired or revoked. 403: the role or the scopes
do not allow it.

**Errors** have one form everywhere, `application/problem+json` (RFC 9457): `type` is a stable code
for programs, `detail` says what happened and what can be done, in the language that
`Accept-Language` asks for (fr, nl, de, en).

**Repeated requests.** Send an `Idempotency-Key` of your own with a POST that makes or sends
something, and the same again if no answer came: it is carried out once, and the first answer is
given again.
Keys are kept for 24 hours for each token. 422: the key was used for another request. 409
(`urn:alerting:first-in-progress`): repeat it in a moment. 409 (`urn:alerting:answer-lost`): the
service failed after it had acted; see what was done. Answers 401, 429 and 5xx are not kept.

**Lists** come in pages: `{"items": […], "next": …}`. Send `after=<next>` for the next page, until
`next` is null.
"""
PROBLEM = "#/components/schemas/Problem"


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def with_problems(description: dict[str, Any]) -> dict[str, Any]:
    """Errors by their media type, which FastAPI cannot name beside a model. Changes it in place."""
    for _, _, operation in operations(description):
        for answer in operation["responses"].values():
            content = answer.get("content", {})
            if content.get("application/json", {}).get("schema", {}).get("$ref") == PROBLEM:
                content["application/problem+json"] = content.pop("application/json")
    return description
