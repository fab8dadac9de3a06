"""Whose run feed it is: nobody else sees it, it ends with its token, and holds nothing while it is quiet."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from automate.kernel.cursors import CursorSpace
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from tests.support import rows
from tests.support.run_feed import SHORT, Run, Stage, states
from tests.support.sockets import Socket, open_socket


def test_forged_and_foreign_cursors_are_refused(stage: Stage, busy: Any, web: str, run_async: Run) -> None:
    ours, theirs = CursorSpace("runFeed", stage.tenant.ref.id.hex), CursorSpace("runFeed", busy.ref.id.hex)
    runs = CursorSpace("runs", stage.tenant.ref.id.hex)
    good = ours.seal_position(1, 1, 1)
    wrong = [
        "",
        "garbage",
        good[:-1],
        "B" + good[1:],
        theirs.seal_position(1, 1, 1),
        runs.seal_id(stage.run),
        ours.seal(b"x"),
    ]

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            codes = []
            for n, cursor in enumerate(wrong):
                await socket.subscribe(str(n), SHORT, after=cursor)
                codes.append(await socket.error())
            return codes

    assert run_async(scenario()) == ["INVALID_CURSOR"] * len(wrong)


def test_feed_shows_nothing_of_another_tenant(stage: Stage, tenant_factory: Any, web: str, run_async: Run) -> None:
    other_tenant = tenant_factory()
    with acting_for(other_tenant.ref):
        flow = rows.flow()
        other = Stage(other_tenant, flow, rows.run(flow, rows.event(), state="running"))

    async def scenario() -> Any:
        async with (
            open_socket(web, stage.tenant.token) as mine,
            open_socket(web, other_tenant.token) as theirs,
        ):
            for socket in (mine, theirs):
                await socket.subscribe("1", SHORT)
                await socket.item()
            await other.write_soon("queued", "failed")
            await stage.write_soon("queued", "succeeded")
            return await states(mine, 1), await states(theirs, 1)

    assert run_async(scenario()) == (["SUCCEEDED"], ["FAILED"])


@pytest.mark.slow
def test_suspended_tenant_and_revoked_token_end_the_stream(
    tenant_factory: Any, run_async: Run, web_with_quick_checkpoints: str
) -> None:
    suspended, revoked = tenant_factory(), tenant_factory()

    async def ending(socket: Socket) -> str:
        while True:
            message = await socket.receive()
            if message["type"] == "error":
                code: str = message["payload"][0]["extensions"]["code"]
                return code
            assert message["payload"]["data"]["runFeed"]["kind"] == "CHECKPOINT"

    async def scenario() -> Any:
        async with (
            open_socket(web_with_quick_checkpoints, suspended.token) as first,
            open_socket(web_with_quick_checkpoints, revoked.token) as second,
        ):
            for socket in (first, second):
                await socket.subscribe("1", SHORT)
                await socket.item()
                assert (await socket.item())["kind"] == "CHECKPOINT"
            await asyncio.to_thread(rows.suspend_and_revoke, suspended.ref, revoked.ref)
            return await ending(first), await ending(second)

    assert run_async(scenario()) == ("TENANT_SUSPENDED", "UNAUTHENTICATED")


@pytest.mark.slow
def test_suspension_ends_quiet_streams_within_a_time(
    tenant_factory: Any, run_async: Run, serve: Callable[[str], Any]
) -> None:
    """Ten streams of one tenant ask the directory's table once a second together, not once each."""
    program = """
import json
from automate.web import asgi
from tenants import directory
asked, find = [], directory.find_by_ids
directory.find_by_ids = lambda tenants: asked.append(tenants) or find(tenants)
async def application(scope, receive, send):
    if scope.get("path") != "/asked":
        return await asgi.application(scope, receive, send)
    content = json.dumps(len(asked)).encode()
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
"""
    from tenants.services import suspend_tenant

    suspended = tenant_factory()

    def suspend() -> None:
        with acting_for_platform("a test"):
            suspend_tenant(suspended.ref.slug, "unpaid")
        connection.close()

    def asked(host: str) -> int:
        with urllib.request.urlopen(f"http://{host}/asked") as answer:
            return int(answer.read())

    async def scenario(host: str) -> Any:
        async with open_socket(host, suspended.token) as socket:
            for n in range(10):
                await socket.subscribe(str(n), SHORT)
                await socket.item()
            began, before = time.monotonic(), await asyncio.to_thread(asked, host)
            await asyncio.sleep(3.2)
            statements, spent = await asyncio.to_thread(asked, host) - before, time.monotonic() - began
            await asyncio.to_thread(suspend)
            began = time.monotonic()
            codes = [await socket.error() for _ in range(10)]
            return codes, time.monotonic() - began, statements, spent

    with serve(program) as host:
        codes, seconds, statements, spent = run_async(scenario(host))
    assert codes == ["TENANT_SUSPENDED"] * 10
    assert seconds < 2.5
    assert 2 <= statements <= spent + 1


def test_streams_hold_no_connection_between_steps(stage: Stage, web: str, run_async: Run) -> None:
    """Twelve open streams on a pool of four, and a query still answers."""
    own = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'automate_app' AND state <> 'idle'"

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            for n in range(12):
                await socket.subscribe(str(n), SHORT)
                await socket.item()
            answers = [await socket.answer("{ runs(first: 1) { edges { node { state } } } }") for _ in range(10)]
            await stage.write_soon("queued", "running")
            seen = sorted([(await socket.receive())["id"] for _ in range(12)], key=int)
            return answers, seen

    answers, seen = run_async(scenario())
    assert [answer["data"] for answer in answers] == [{"runs": {"edges": [{"node": {"state": "RUNNING"}}]}}] * 10
    assert seen == [str(n) for n in range(12)]
    with acting_for(stage.tenant.ref):
        ((busy_now,),) = fetch(own)
    assert busy_now <= 1
