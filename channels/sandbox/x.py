"""X's version 2 interface, as far as posts use it: one account, signed with OAuth 1.0a.

https://docs.x.com/x-api/posts/create-post. Ordered failures meet POST alone; `down` and `slow`
meet everything.
"""

import json
import time
import unicodedata
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from channels.sandbox import weighted
from channels.sandbox.faults import Orders, SandboxFault
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.oauth import OAuth, XKeys
from channels.sandbox.web import Reply, Request

__all__ = ["XKeys", "XSandbox"]

USER: Final = {"id": "1", "name": "Sandbox", "username": "sandbox"}
POSTS: Final = "/2/tweets"
EPOCH_MS: Final = 1_288_834_974_657
"""Where X's post numbers begin to count milliseconds."""
POSTS_PER_WINDOW: Final = 100
WINDOW_SECONDS: Final = 900
BUSY_SECONDS: Final = 1
DUPLICATE: Final = "You are not allowed to create a Tweet with duplicate content."
INVALID: Final = "One or more parameters to your request was invalid."
TOO_LONG: Final = "Your Tweet text is too long."
NO_SUCH_POST: Final = "You attempted to reply to a Tweet that is deleted or not visible to you."


class XSandbox:
    """One account."""

    def __init__(self, box: Box, orders: Orders, keys: XKeys) -> None:
        self._box = box
        self._orders = orders
        self._oauth = OAuth(keys)
        self._texts = {normal(message.fields["text"]) for message in box.messages}
        self._last_number = 0
        self.refused = 0

    def forget(self) -> None:
        """Any text may be posted again."""
        self._texts.clear()

    def answer(self, request: Request) -> Reply:
        """One request of the account."""
        if self._orders.down:
            self._orders.given[SandboxFault.DOWN] += 1
            return Reply(503, "Service Unavailable", "text/plain")
        if not self._oauth.signed(request):
            return failure(401, "Unauthorized", "Unauthorized")
        if (request.method, request.path) == ("POST", POSTS):
            return self._post(request)
        if request.method == "GET":
            return self._get(request)
        return failure(404, "Not Found", "Not Found")

    # posting

    def _post(self, request: Request) -> Reply:
        fault = self._orders.draw()
        if fault is SandboxFault.BUSY:
            busy = failure(429, "Too Many Requests", "Too Many Requests")
            return busy._replace(headers=rate(remaining=0, seconds=BUSY_SECONDS))
        if fault is SandboxFault.ERROR:
            return Reply(503, "Service Unavailable", "text/plain")
        hang_up = fault is SandboxFault.HANG_UP
        if hang_up and not self._orders.happens(self._orders.hang_up_accepted):
            return Reply(hang_up=True)
        reply = self._take(request)
        if reply.status >= 400:
            self.refused += 1
        headers = rate(remaining=POSTS_PER_WINDOW - 1, seconds=WINDOW_SECONDS)
        return reply._replace(headers=headers, hang_up=hang_up)

    def _take(self, request: Request) -> Reply:
        try:
            asked = json.loads(request.body)
            text = asked["text"]
            answers = str((asked.get("reply") or {}).get("in_reply_to_tweet_id", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            text, answers = None, ""
        if not isinstance(text, str) or not text.strip():
            return failure(400, "Invalid Request", INVALID)
        if weighted.length(text) > weighted.MAX_POST_WEIGHT:
            return failure(403, "Forbidden", TOO_LONG)
        if answers and self._box.by_reference(answers) is None and not self._box.count_only:
            return failure(403, "Forbidden", NO_SUCH_POST)
        if normal(text) in self._texts:
            return failure(403, "Forbidden", DUPLICATE)
        self._texts.add(normal(text))
        fields = {"text": text} | ({"in_reply_to": answers} if answers else {})
        message = ReceivedMessage(
            at=time.time(),
            to=(f"@{USER['username']}",),
            key=normal(text),
            reference=self._number(),
            fields=fields,
        )
        self._box.add(message)
        return Reply(201, json.dumps({"data": {"id": message.reference, "text": text}}))

    def _number(self) -> str:
        """Rising, also over a restart, as X's own do."""
        number = (time.time_ns() // 1_000_000 - EPOCH_MS) << 22
        self._last_number = max(number, self._last_number + 1)
        return str(self._last_number)

    # looking up

    def _get(self, request: Request) -> Reply:
        path = request.path
        if path == "/2/users/me":
            return Reply(200, json.dumps({"data": USER}))
        if path == f"/2/users/{USER['id']}/tweets":
            return self._timeline(request)
        if path.startswith(f"{POSTS}/"):
            number = path.removeprefix(f"{POSTS}/")
            message = self._box.by_reference(number)
            if message is None:  # X says this with 200
                return Reply(200, json.dumps({"errors": [absent(number)]}))
            return Reply(200, json.dumps({"data": resource(message)}))
        return failure(404, "Not Found", "Not Found")

    def _timeline(self, request: Request) -> Reply:
        try:
            most = min(max(int(request.query.get("max_results", "10")), 5), 100)
            begin = int(request.query.get("pagination_token", "0"))
            since = int(request.query.get("since_id", "0"))
        except ValueError:
            return failure(400, "Invalid Request", INVALID)
        newer = [message for message in self._box.newest() if int(message.reference) > since]
        messages = list(islice(newer, begin, begin + most))
        about: dict[str, Any] = {"result_count": len(messages)}
        if not messages:
            return Reply(200, json.dumps({"meta": about}))
        about |= {"newest_id": messages[0].reference, "oldest_id": messages[-1].reference}
        if len(newer) > begin + most:
            about["next_token"] = str(begin + most)
        return Reply(
            200, json.dumps({"data": [resource(message) for message in messages], "meta": about})
        )


def normal(text: str) -> str:
    """A text in the form in which X compares texts: those it takes for the same are equal."""
    return unicodedata.normalize("NFC", text).strip()


def resource(message: ReceivedMessage) -> dict[str, Any]:
    """A post in X's shape."""
    post: dict[str, Any] = {
        "id": message.reference,
        "text": message.fields["text"],
        "edit_history_tweet_ids": [message.reference],
        "author_id": USER["id"],
        "created_at": datetime.fromtimestamp(message.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    if (answers := message.fields.get("in_reply_to")) is not None:
        post["referenced_tweets"] = [{"type": "replied_to", "id": answers}]
    return post


def absent(number: str) -> dict[str, str]:
    """What X says of a post it does not have."""
    return {
        "value": number,
        "detail": f"Could not find tweet with id: [{number}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "id",
        "resource_id": number,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def rate(*, remaining: int, seconds: int) -> dict[str, str]:
    """X's headers about how much may still be asked, and when that begins anew."""
    return {
        "x-rate-limit-limit": str(POSTS_PER_WINDOW),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(int(time.time()) + seconds),
    }


def failure(status: int, title: str, detail: str) -> Reply:
    """A refusal in X's shape."""
    said = {"detail": detail, "type": "about:blank", "title": title, "status": status}
    return Reply(status, json.dumps(said))
