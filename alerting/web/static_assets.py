"""Scripts and styles of the console, kept by browsers for as long as their address stays."""

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from alerting.web.pages import static_url

A_YEAR = "public, max-age=31536000, immutable"
"""RFC 8246: the address holds a digest of the content, so that it never changes."""
ASK_AGAIN = "no-cache"


class StaticAssets(StaticFiles):
    """Files are kept where the query is the digest of what is served; else asked for each time.

    While a new version is rolled out, an old process may be asked for the new address.
    """

    def file_response(
        self,
        full_path: "os.PathLike[str] | str",
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """One file, or that it has not changed."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        asked = f"/static/{Path(full_path).name}?{scope['query_string'].decode('latin-1')}"
        same = asked == static_url(Path(full_path).name)
        answer.headers["Cache-Control"] = A_YEAR if same else ASK_AGAIN
        return answer
