"""Scripts and styles are fetched once for each version, and compressed."""

import re

import httpx2
import pytest

from tests.desk import MILA
from tests.web.console import Browsers


async def test_a_browser_keeps_what_a_page_names(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    page = (await mila.get("/")).text
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert named
    for address in named:
        answer = await mila.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?0123456789ab", "?x=1"])
async def test_what_is_not_this_version_is_asked_for_again(browsers: Browsers, query: str) -> None:
    mila = await browsers(MILA)
    answer = await mila.get(f"/static/console.css{query}")
    assert answer.headers["cache-control"] == "no-cache"
    again = {"If-None-Match": answer.headers["etag"]}
    unchanged: httpx2.Response = await mila.get(f"/static/console.css{query}", headers=again)
    assert unchanged.status_code == 304


async def test_styles_and_scripts_leave_compressed(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    for name in ("console.css", "htmx.min.js", "leaflet.js"):
        answer = await mila.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers.get("content-encoding") == "gzip", name
