"""A token that ends is refused within a second everywhere: by requests, on open sockets, and in open streams."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection

from automate.kernel.principals import Principal
from graphql_schema.token_watch import Good, Key, TokenWatch
from tests.support.api import Api
from tests.support.event_streams import open_stream
from tests.support.facts import naming
from tests.support.noticing import seconds_until
from tests.support.run_feed import SHORT, Run
from tests.support.sockets import open_socket

SECOND = 1.0
CREATE = 'mutation { createToken(input: {name: "ci", role: OPERATOR}) { value token { id } } }'
END = {
    "revoked": 'mutation { revokeToken(input: {token: "%s"}) { errors { code } } }',
    "rotated": 'mutation { rotateToken(input: {token: "%s", overlapSeconds: 0}) { errors { code } } }',
    "lowered": "UPDATE public.api_token SET role = 'viewer' WHERE tenant_id = '%s' AND name = 'ci'",
    "expired": "UPDATE public.api_token SET expires_at = now() WHERE tenant_id = '%s' AND name = 'ci'",
}


@pytest.fixture
def ends(api: Api, tenant: Any, superuser: Any) -> Callable[[str], tuple[str, Callable[[], None]]]:
    """A new token, and what ends it in a given way."""

    def make(way: str) -> tuple[str, Callable[[], None]]:
        made = api.data(CREATE)["createToken"]

        def end() -> None:
            if END[way].startswith("UPDATE"):
                superuser.execute(END[way] % tenant.ref.id)
            else:
                ((_, answer),) = api.data(END[way] % made["token"]["id"]).items()
                assert answer["errors"] == []
                connection.close()

        return made["value"], end

    return make


@pytest.mark.parametrize("way", sorted(END))
def test_open_socket_and_stream_end_with_their_token(ends: Any, web: str, run_async: Run, way: str) -> None:
    token, end = ends(way)

    async def scenario() -> Any:
        async with (
            open_socket(web, token) as quiet,
            open_socket(web, token) as listening,
            open_stream(web, token, SHORT) as stream,
        ):
            await listening.subscribe("1", SHORT)
            await listening.item()
            await stream.item()

            async def all_three() -> Any:
                ends = (listening.error(), stream.error(), quiet.closed(), listening.closed(), quiet.reason())
                return await asyncio.gather(*ends)

            return await seconds_until(all_three(), end)

    seconds, seen = run_async(scenario())
    assert seen == ["UNAUTHENTICATED", "UNAUTHENTICATED", 4403, 4403, naming("revoked", "expired", "rights")]
    assert seconds < SECOND


@pytest.mark.slow
def test_request_of_a_revoked_token_is_refused_by_every_process_within_a_second(
    ends: Any, web: str, serve: Callable[[str], Any]
) -> None:
    import urllib.error
    import urllib.request

    token, end = ends("revoked")

    def status(host: str) -> int:
        body = b'{"query": "{ viewer { name } }"}'
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(f"http://{host}/graphql", body, headers)) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with serve("from automate.web.asgi import application") as other:
        assert [status(web), status(other)] == [200, 200]
        end()
        began, refused = time.monotonic(), set[str]()
        while len(refused) < 2 and time.monotonic() - began < SECOND:
            refused |= {host for host in (web, other) if status(host) == 401}
        assert refused == {web, other}
        assert [status(web), status(other)] == [401, 401]


def test_other_tokens_of_the_tenant_keep_their_streams(ends: Any, web: str, api: Api, run_async: Run) -> None:
    first, end = ends("revoked")
    second, _ = ends("revoked")

    async def scenario() -> Any:
        async with open_socket(web, first) as ending, open_socket(web, second) as staying:
            for socket in (ending, staying):
                await socket.subscribe("1", SHORT)
                await socket.item()
            await seconds_until(ending.closed(), end)
            return await staying.answer("{ viewer { name } }")

    assert run_async(scenario())["data"]["viewer"]["name"] == "ci"


@pytest.mark.slow
def test_server_that_looks_at_no_token_is_found_out(ends: Any, serve: Callable[[str], Any], run_async: Run) -> None:
    """The sabotaged twin: its open socket outlives the token."""
    token, end = ends("revoked")
    program = """
from automate.web.asgi import application
from graphql_schema import token_watch
token_watch.CHECK_SECONDS = 3600
"""

    async def scenario(host: str) -> Any:
        async with open_socket(host, token) as quiet:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(seconds_until(quiet.connection.wait_closed(), end), 3 * SECOND)
            return await quiet.answer("{ viewer { name } }")

    with serve(program) as host, pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        run_async(scenario(host))


def principal(permissions: frozenset[str] = frozenset()) -> Principal:
    return Principal(kind="api_token", name="ci", id=str(uuid.uuid4()), permissions=permissions)


def test_one_look_asks_for_all_tokens_together_and_ends_those_that_changed(
    run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the test looks: on a slow machine the watch would look before all connections are open.
    monkeypatch.setattr("graphql_schema.token_watch.CHECK_SECONDS", 3_600.0)
    asked: list[int] = []
    good, lowered, revoked = principal(), principal(frozenset({"view_runs"})), principal()

    def read(ids: Sequence[Key]) -> Good:
        asked.append(len(ids))
        return {uuid.UUID(one.id): frozenset() for one in (good, lowered)}

    async def scenario() -> Any:
        watch, told = TokenWatch(read), list[str]()
        with ExitStack() as opened:
            standings = [opened.enter_context(watch.of(one)) for one in (good, lowered, revoked) for _ in range(100)]
            opened.enter_context(standings[-1].calling_at_end(lambda: told.append("end")))
            watch.check()
            await asyncio.sleep(0)
            return [standing.ended for standing in standings[::100]], told

    assert run_async(scenario()) == ([False, True, True], ["end"])
    assert asked == [3]


def test_watch_that_fails_ends_the_connections_that_it_watched(run_async: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    monkeypatch.setattr("graphql_schema.token_watch.CHECK_SECONDS", 0.01)

    def fail(_ids: Sequence[Key]) -> Good:
        raise LookupError

    async def scenario() -> bool:
        ended = asyncio.Event()
        with TokenWatch(fail).of(principal()) as standing, standing.calling_at_end(ended.set):
            await asyncio.wait_for(ended.wait(), 10)
            return standing.ended

    assert run_async(scenario())
    for thread in threading.enumerate():
        if thread.name == "token-watch":
            thread.join(10)
    assert [failure.exc_type for failure in failures] == [LookupError]
