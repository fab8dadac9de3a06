"""eventFeed over a real server: each event once, in the order of commits, or an explicit gap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection

from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import Api
from tests.support.followers import commit, held_open, write_event, writing
from tests.support.sockets import Socket, open_socket

Run = Callable[[Any], Any]
FEED = """subscription($after: String, $filter: EventFeedFilter) { eventFeed(after: $after, filter: $filter) {
  __typename
  ... on EventReceived { cursor event { id type payload source { slug } } }
  ... on FeedCheckpoint { cursor }
  ... on FeedGap { from to cursor }
} }"""


async def item(socket: Socket) -> dict[str, Any]:
    return await socket.item("eventFeed")


async def commit_soon(tenant: Any, *kinds: str) -> None:
    def write() -> None:
        for kind in kinds:
            commit(tenant.ref, partial(write_event, kind))
        connection.close()

    await asyncio.to_thread(write)


def types_of(items: list[dict[str, Any]]) -> list[str]:
    return [found["event"]["type"] for found in items]


def test_first_item_is_a_checkpoint_then_events(tenant: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            first = await item(socket)
            await commit_soon(tenant, "order.created")
            return first, await item(socket)

    first, received = run_async(scenario())
    assert first == {"__typename": "FeedCheckpoint", "cursor": first["cursor"]}
    assert received["__typename"] == "EventReceived"
    assert {**received["event"], "id": ""} == {
        "id": "",
        "type": "order.created",
        "payload": {},
        "source": {"slug": "api"},
    }


def test_webhook_wakes_the_feed(tenant: Any, web: str, run_async: Run) -> None:
    """An event arrives sooner than the poll of five seconds finds it."""
    ingest = """mutation { ingestEvent(input: {type: "order.paid", payload: {}}) { event { id } errors { code } } }"""

    async def scenario() -> float:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            await item(socket)
            for _ in range(2):  # the first one also waits for the subscription at Redis
                began = asyncio.get_running_loop().time()
                await socket.subscribe("2", ingest)
                seen: list[str] = []
                while len(seen) < 3:  # the answer, its complete, and the item
                    message = await socket.receive()
                    seen.append(message["type"])
            return asyncio.get_running_loop().time() - began

    assert run_async(scenario()) < 2


def test_resume_from_every_cursor_sees_the_rest_once(tenant: Any, web: str, run_async: Run) -> None:
    kinds = [f"kind.{number}" for number in range(6)]

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            cursors = [(await item(socket))["cursor"]]
            await commit_soon(tenant, *kinds)
            cursors += [(await item(socket))["cursor"] for _ in kinds]
            await socket.send(id="1", type="complete")
            tails = []
            for number, cursor in enumerate(cursors):
                await socket.subscribe(f"r{number}", FEED, after=cursor)
                checkpoint = await item(socket)
                assert checkpoint == {"__typename": "FeedCheckpoint", "cursor": cursor}
                tails.append(types_of([await item(socket) for _ in kinds[number:]]))
                await socket.send(id=f"r{number}", type="complete")
            return tails

    assert run_async(scenario()) == [kinds[number:] for number in range(len(kinds) + 1)]


def test_event_behind_an_open_transaction_is_not_lost(tenant: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            start = (await item(socket))["cursor"]
            held = held_open(tenant.ref, partial(write_event, "late"))
            await asyncio.to_thread(held.__enter__)
            await commit_soon(tenant, "early")
            await socket.subscribe("2", FEED, after=start)
            assert (await item(socket))["__typename"] == "FeedCheckpoint"
            await asyncio.to_thread(held.__exit__, None, None, None)
            seen: dict[str, list[str]] = {"1": [], "2": []}
            while min(map(len, seen.values())) < 2:
                message = await socket.receive()
                seen[message["id"]].append(message["payload"]["data"]["eventFeed"]["event"]["type"])
            return seen

    assert run_async(scenario()) == {"1": ["late", "early"], "2": ["late", "early"]}


def test_client_that_drops_and_resumes_under_writers_sees_each_event_once(
    tenant: Any, web: str, run_async: Run
) -> None:
    writers, each = 20, 10

    async def scenario() -> Any:
        seen: list[str] = []
        cursor: str | None = None
        threads = None
        while len(seen) < writers * each:
            async with open_socket(web, tenant.token) as socket:
                await socket.subscribe("1", FEED, after=cursor)
                cursor = (await item(socket))["cursor"]
                if threads is None:
                    threads = writing(tenant.ref, write_event, writers=writers, each=each)
                for _ in range(min(7, writers * each - len(seen))):
                    received = await item(socket)
                    cursor = received["cursor"]
                    if "event" in received:
                        seen.append(received["event"]["id"])
                socket.connection.transport.abort()
        return seen

    seen = run_async(scenario())
    assert len(set(seen)) == len(seen) == writers * each


def test_filter_by_type_source_and_subject(tenant: Any, web: str, run_async: Run) -> None:
    filters: dict[str, dict[str, Any]] = {
        "types": {"types": ["a", "c"]},
        "source": {"source": "manual"},
        "unknown": {"source": "no-such"},
        "subject": {"subject": "o/1"},
    }

    def write() -> None:
        commit(tenant.ref, partial(write_event, "a"))
        commit(tenant.ref, partial(write_event, "b", source="manual"))
        commit(tenant.ref, partial(write_event, "c", subject="o/1"))
        connection.close()

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            for name, wanted in filters.items():
                await socket.subscribe(name, FEED, filter=wanted)
                await item(socket)
            await asyncio.to_thread(write)
            seen: dict[str, list[str]] = {name: [] for name in filters}
            for _ in range(4):
                message = await socket.receive()
                seen[message["id"]].append(message["payload"]["data"]["eventFeed"]["event"]["type"])
            return seen

    assert run_async(scenario()) == {"types": ["a", "c"], "source": ["b"], "unknown": [], "subject": ["c"]}


def test_rows_older_than_the_resume_window_are_a_gap(tenant: Any, web: str, run_async: Run, superuser: Any) -> None:
    def age() -> None:
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(
                f"UPDATE {tenant.ref.schema}.event_log SET occurred_at = occurred_at - make_interval(secs => %s)"
                " WHERE id <= 3",
                [settings.FEED_HORIZON_SECONDS + 1],
            )

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            await item(socket)
            await commit_soon(tenant, "a", "b", "c", "d", "e")
            cursors = [(await item(socket))["cursor"] for _ in range(5)]
            await socket.send(id="1", type="complete")
            await asyncio.to_thread(age)
            await socket.subscribe("2", FEED, after=cursors[0])
            late = [await item(socket) for _ in range(4)]
            await socket.send(id="2", type="complete")
            await socket.subscribe("3", FEED, after=cursors[2])
            return cursors, late, [await item(socket) for _ in range(3)]

    cursors, late, in_time = run_async(scenario())
    assert [found["__typename"] for found in late] == ["FeedCheckpoint", "FeedGap", "EventReceived", "EventReceived"]
    assert late[1] == {"__typename": "FeedGap", "from": cursors[0], "to": cursors[2], "cursor": cursors[2]}
    assert types_of(late[2:]) == ["d", "e"]
    # Every row after the third one is young, so nothing is missing.
    assert [found["__typename"] for found in in_time] == ["FeedCheckpoint", "EventReceived", "EventReceived"]


def test_feed_shows_nothing_of_another_tenant(tenant: Any, tenant_factory: Any, web: str, run_async: Run) -> None:
    other = tenant_factory()

    async def scenario() -> Any:
        async with open_socket(web, tenant.token) as mine, open_socket(web, other.token) as theirs:
            for socket in (mine, theirs):
                await socket.subscribe("1", FEED)
                cursor = (await item(socket))["cursor"]
            await commit_soon(other, "theirs")
            await commit_soon(tenant, "mine")
            seen = types_of([await item(mine), await item(theirs)])
            await mine.subscribe("2", FEED, after=cursor)
            return seen, await mine.error()

    assert run_async(scenario()) == (["mine", "theirs"], "INVALID_CURSOR")


def test_token_without_the_permission_is_refused(
    tenant: Any, serve: Callable[[str], Any], run_async: Run, token_for: Any
) -> None:
    program = """
from automate.kernel import permissions
permissions.ROLES["viewer"] = frozenset()
from automate.web.asgi import application
"""

    token = token_for(tenant.ref, "viewer")

    async def scenario(host: str) -> list[str]:
        async with open_socket(host, token) as socket:
            codes = []
            for name in ("eventFeed", "approvalFeed"):
                await socket.subscribe(name, f"subscription {{ {name} {{ __typename }} }}")
                codes.append(await socket.error())
            return codes

    with serve(program) as host:
        assert run_async(scenario(host)) == ["FORBIDDEN", "FORBIDDEN"]


def test_event_is_logged_once_where_it_is_sent_twice(tenant: Any) -> None:
    ingest = (
        """mutation { ingestEvent(input: {type: "a", payload: {}, idempotencyKey: "k"}) { outcome errors { code } } }"""
    )
    api = Api(tenant.token)
    assert [api.data(ingest)["ingestEvent"]["outcome"] for _ in range(2)] == ["NEW", "DUPLICATE"]
    with acting_for(tenant.ref):
        assert len(rows.fetch("SELECT id FROM event_log")) == 1
