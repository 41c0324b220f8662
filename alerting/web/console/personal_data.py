"""Pages with people on them are masked until somebody asks, by a button, for this one answer.

Next to a page stands the address that the button posts to; what comes back is the page unmasked.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.recipients.search import PersonalData
from alerting.web.auth import MayRead
from alerting.web.pages import PERSONAL_DATA, address_of

MASKED: Final = PersonalData.MASKED
ASKED_FOR: Final = PersonalData.ASKED_FOR


async def masked_page(request: Request, _: MayRead) -> Response:
    """Back to the masked page: nobody unmasks one by a link, or by loading it again."""
    return RedirectResponse(address_of(request), status_code=303)


def mask_links(router: APIRouter, *pages: str) -> None:
    """Let links to what the buttons of these pages post to lead to the masked pages."""
    for page in pages:
        router.add_api_route(page + PERSONAL_DATA, masked_page, methods=["GET"])
