"""The API has a page of its own: all of it, for everybody, without a script or another's server."""

import re

import httpx2
import pytest

from alerting.web.console.operations.api_reference import markdown, type_of
from tests.desk import MILA
from tests.web.console import Browsers
from tests.web.test_api_description import DESCRIBED


@pytest.fixture
async def page(anyone: httpx2.AsyncClient) -> str:
    answer = await anyone.get("/api", headers={"Accept": "text/html", "Accept-Language": "nl"})
    assert answer.status_code == 200
    return answer.text


async def test_it_has_every_operation_and_every_shape(page: str) -> None:
    for path, methods in DESCRIBED["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}</code>" in page
    for name in DESCRIBED["components"]["schemas"]:
        assert f'id="{name}"' in page


async def test_every_link_in_it_leads_somewhere(page: str) -> None:
    inside = set(re.findall(r'href="#([^"]+)"', page))
    assert len(inside) > 50
    assert inside <= set(re.findall(r'id="([^"]+)"', page))


async def test_it_runs_no_script_and_loads_nothing_from_elsewhere(page: str) -> None:
    assert "<script" not in page
    assert "style=" not in page
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page)
    assert loaded
    assert all(one.startswith("/static/") for one in loaded)


async def test_every_page_of_the_console_links_to_it(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    assert '<footer class="foot"><a href="/api"' in (await mila.get("/")).text
    assert "mila" in (await mila.get("/api")).text


def test_a_description_cannot_bring_tags() -> None:
    assert markdown("a <script>b</script> `c`") == (
        "<p>a &lt;script&gt;b&lt;/script&gt; <code>c</code></p>\n"
    )


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"$ref": "#/components/schemas/AlertOut"}, '<a href="#AlertOut">AlertOut</a>'),
        (
            {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "string (date-time) | null",
        ),
        ({"type": "array", "items": {"type": "string"}}, "[string]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{…: integer}"),
        ({"enum": ["<b>"]}, "&#34;&lt;b&gt;&#34;"),
    ],
)
def test_a_type_reads_in_words(schema: dict[str, object], shown: str) -> None:
    assert type_of(schema) == shown
