"""tweepy takes the sandbox for X: signatures, lengths, duplicates and refusals are X's."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from tweepy.errors import BadRequest, Forbidden, TooManyRequests, Unauthorized

from channels.sandbox.server import Sandbox, SandboxSettings, running
from channels.sandbox.weighted import length
from tests.sandbox.clients import tweepy


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(SandboxSettings()) as sandbox:
        yield sandbox


async def test_a_post_and_its_reply_can_be_read_again(sandbox: Sandbox) -> None:
    async with tweepy(sandbox) as client:
        first = await client.create_tweet(text="Rook boven Kinrooi")
        second = await client.create_tweet(
            text="Fumée à Kinrooi", in_reply_to_tweet_id=first.data["id"]
        )
        me = await client.get_me(user_auth=True)
        asked = await client.get_tweet(second.data["id"], user_auth=True)
        listed = await client.get_users_tweets(me.data.id, user_auth=True, max_results=5)
        absent = await client.get_tweet(5, user_auth=True)
    assert asked.data.text == "Fumée à Kinrooi"
    assert [str(one.id) for one in listed.data] == [second.data["id"], first.data["id"]]
    assert absent.errors[0]["title"] == "Not Found Error"
    newest = next(sandbox.inbox.x.newest())
    assert newest.fields["in_reply_to"] == first.data["id"]


async def test_older_posts_are_on_later_pages(sandbox: Sandbox) -> None:
    async with tweepy(sandbox) as client:
        for number in range(7):
            await client.create_tweet(text=f"{number}")
        page = await client.get_users_tweets(1, user_auth=True, max_results=5)
        token = page.meta["next_token"]
        rest = await client.get_users_tweets(
            1, user_auth=True, max_results=5, pagination_token=token
        )
    assert [one.text for one in rest.data] == ["1", "0"]


@pytest.mark.parametrize(
    "wrong", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
)
async def test_each_of_the_four_keys_matters(sandbox: Sandbox, wrong: str) -> None:
    async with tweepy(sandbox, **{wrong: "wrong"}) as client:
        with pytest.raises(Unauthorized):
            await client.create_tweet(text="Test")
    assert sandbox.inbox.x.received == 0


async def test_a_request_cannot_be_played_again(sandbox: Sandbox) -> None:
    seen: list[str] = []
    async with tweepy(sandbox) as client:
        session: Any = client.session

        class Spy:
            def request(self, method: str, url: object, **more: Any) -> Any:
                seen.append(more["headers"]["Authorization"])
                return session.request(method, url, **more)

        client.session = Spy()
        await client.get_me(user_auth=True)
    async with aiohttp.ClientSession() as plain:
        again = {"Authorization": seen[0]}
        async with plain.get(f"{sandbox.x_url}/2/users/me", headers=again) as answer:
            assert answer.status == 401


async def test_the_same_text_is_refused(sandbox: Sandbox) -> None:
    async with tweepy(sandbox) as client:
        await client.create_tweet(text="Alerte levée")
        with pytest.raises(Forbidden, match="duplicate content"):
            await client.create_tweet(text="Alerte leve\u0301e ")
    assert sandbox.inbox.x.received == 1


async def test_too_long_or_empty_is_refused(sandbox: Sandbox) -> None:
    async with tweepy(sandbox) as client:
        await client.create_tweet(text="é" * 280)
        with pytest.raises(Forbidden, match="too long"):
            await client.create_tweet(text="é" * 281)
        with pytest.raises(BadRequest):
            await client.create_tweet(text=" ")


async def test_busy_says_when_to_come_back(sandbox: Sandbox) -> None:
    sandbox.faults.x.busy = 1
    async with tweepy(sandbox) as client:
        with pytest.raises(TooManyRequests) as caught:
            await client.create_tweet(text="Test")
    assert caught.value.response.headers["x-rate-limit-remaining"] == "0"
    assert int(caught.value.response.headers["x-rate-limit-reset"]) > 0


@pytest.mark.parametrize("order", [{"error": 1}, {"down": True}])
async def test_an_error_is_not_json(sandbox: Sandbox, order: dict[str, object]) -> None:
    sandbox.faults.change({"x": order})
    async with tweepy(sandbox) as client:
        with pytest.raises(aiohttp.ContentTypeError):
            await client.create_tweet(text="Test")
    assert sandbox.inbox.x.received == 0


async def test_a_hang_up_may_come_after_posting(sandbox: Sandbox) -> None:
    sandbox.faults.change({"x": {"hang_up": 1, "hang_up_accepted": 1}})
    async with tweepy(sandbox) as client:
        with pytest.raises(aiohttp.ClientError):
            await client.create_tweet(text="Test")
        sandbox.faults.x.hang_up = 0
        with pytest.raises(Forbidden, match="duplicate content"):
            await client.create_tweet(text="Test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3),
        ("e\u0301", 1),
        ("— ’ …", 6),
        ("日本", 4),
        ("🚨", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇧🇪", 2),
        ("☎️", 2),
        ("Info: https://www.example.be/alertes/kinrooi/12345?langue=fr.", 6 + 23 + 1),
    ],
)
def test_length_is_weighted(text: str, expected: int) -> None:
    assert length(text) == expected
