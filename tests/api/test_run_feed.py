"""runFeed over a real server: each transition once, in order, or an explicit gap; and nothing of anybody else's."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connection

from automate.kernel.cursors import CursorSpace
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.runs import feed
from tests.support import rows
from tests.support.api import MAIN_JOB
from tests.support.sockets import Socket, open_socket

Run = Callable[[Any], Any]
FEED = MAIN_JOB["RunFeed"]
SHORT = "subscription($after: String, $filter: RunFeedFilter) { runFeed(after: $after, filter: $filter) { kind cursor toState gap { from to } } }"


@dataclass(frozen=True)
class Stage:
    """A tenant with a flow and one run."""

    tenant: Any
    flow: rows.Flow
    run: Any

    def write(self, *states: str, publish: bool = True) -> None:
        """Transitions of the run, one transaction each."""
        with acting_for(self.tenant.ref):
            for before, after in itertools.pairwise(states):
                with in_transaction():
                    rows.transition(self.flow, self.run, before, after)
        if publish:
            feed.publish(self.tenant.ref.id)

    async def write_soon(self, *states: str, publish: bool = True) -> None:
        def write() -> None:
            self.write(*states, publish=publish)
            connection.close()

        await asyncio.to_thread(write)


@pytest.fixture
def stage(tenant: Any) -> Stage:
    with acting_for(tenant.ref):
        made = rows.flow()
        return Stage(tenant, made, rows.run(made, rows.event(), state="running"))


async def states(socket: Socket, count: int) -> list[str]:
    return [(await socket.item())["toState"] for _ in range(count)]


def test_first_item_is_a_checkpoint_then_transitions(stage: Stage, web: str, run_async: Run) -> None:
    from graphql_schema.ids import global_id

    stage.write("queued", "running")

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", FEED)
            first = await socket.item()
            await stage.write_soon("running", "waiting")
            return first, await socket.item()

    first, item = run_async(scenario())
    assert {**first, "cursor": ""} == {
        "kind": "CHECKPOINT",
        "cursor": "",
        "occurredAt": None,
        "fromState": None,
        "toState": None,
        "reason": None,
        "run": None,
        "step": None,
        "gap": None,
    }
    assert (item["kind"], item["fromState"], item["toState"]) == ("TRANSITION", "RUNNING", "WAITING")
    assert item["run"]["id"] == global_id("ExecutionRun", stage.run)
    assert item["run"]["workflowVersion"]["workflow"]["slug"] == stage.flow.slug


def test_wake_up_is_faster_than_the_poll(stage: Stage, web: str, run_async: Run) -> None:
    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            # The first of these also waits for the subscription at Redis.
            for before, after in [("queued", "running"), ("running", "waiting")]:
                await stage.write_soon(before, after)
                began = loop.time()
                await socket.item()
            return loop.time() - began

    assert run_async(scenario()) < 0.5


def test_transition_without_a_wake_up_is_found_by_the_poll(stage: Stage, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            await stage.write_soon("queued", "running", publish=False)
            return await socket.item()

    assert run_async(scenario())["toState"] == "RUNNING"


def test_resume_from_every_cursor_sees_the_rest_once(stage: Stage, web: str, run_async: Run) -> None:
    path = ["queued", "running", "waiting", "running", "paused", "running", "succeeded"]

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            cursors = [(await socket.item())["cursor"]]
            await stage.write_soon(*path)
            cursors += [(await socket.item())["cursor"] for _ in path[1:]]
            tails = []
            for n, cursor in enumerate(cursors):
                name = f"r{n}"
                await socket.send(id=name, type="subscribe", payload={"query": SHORT, "variables": {"after": cursor}})
                checkpoint = await socket.item()
                assert (checkpoint["kind"], checkpoint["cursor"]) == ("CHECKPOINT", cursor)
                tails.append(await states(socket, len(path) - 1 - n))
                await socket.send(id=name, type="complete")
            return tails

    expected = [state.upper() for state in path[1:]]
    assert run_async(scenario()) == [expected[n:] for n in range(len(path))]


def test_long_history_comes_in_order(stage: Stage, web: str, run_async: Run) -> None:
    """More than two pages of the log."""

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            start = (await socket.item())["cursor"]
            await socket.send(id="1", type="complete")
            await stage.write_soon(*(["running", "waiting"] * 120), "running")
            await socket.subscribe("2", SHORT, after=start)
            await socket.item()
            return await states(socket, 240)

    assert run_async(scenario()) == ["WAITING", "RUNNING"] * 120


def test_row_behind_an_open_transaction_is_not_lost(stage: Stage, web: str, run_async: Run) -> None:
    """A row that commits late, with an earlier xid, comes before those that committed while it was open."""
    inside, go_on = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with acting_for(stage.tenant.ref), in_transaction():
            rows.transition(stage.flow, stage.run, "queued", "paused")
            inside.set()
            assert go_on.wait(20)
        connection.close()

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            writing = asyncio.create_task(asyncio.to_thread(slow_writer))
            await asyncio.to_thread(inside.wait, 20)
            await stage.write_soon("queued", "running", "waiting")
            with pytest.raises(asyncio.TimeoutError):
                await socket.receive(0.5)
            go_on.set()
            await writing
            return None

    # A receive that timed out has taken nothing; the rest is read by a second subscriber from the same place.
    async def whole() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            start = (await socket.item())["cursor"]
            inside.clear()
            go_on.clear()
            writing = asyncio.create_task(asyncio.to_thread(slow_writer))
            await asyncio.to_thread(inside.wait, 20)
            await stage.write_soon("queued", "running", "waiting")
            await socket.subscribe("2", SHORT, after=start)
            assert (await socket.item())["kind"] == "CHECKPOINT"
            go_on.set()
            await writing
            seen: dict[str, list[str]] = {"1": [], "2": []}
            while min(len(found) for found in seen.values()) < 3:
                message = await socket.receive()
                seen[message["id"]].append(message["payload"]["data"]["runFeed"]["toState"])
            return seen

    run_async(scenario())
    assert run_async(whole()) == {"1": ["PAUSED", "RUNNING", "WAITING"], "2": ["PAUSED", "RUNNING", "WAITING"]}


def prune(servers: Any, stage: Stage, keep: int) -> None:
    """What retention does: the oldest rows go, through the owner's role."""
    schema = stage.tenant.ref.schema
    with psycopg.connect(servers.superuser_url.rsplit("/", 1)[0] + "/automate", autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(
            f"DELETE FROM {schema}.run_log WHERE id NOT IN (SELECT id FROM {schema}.run_log ORDER BY id DESC LIMIT {keep})"
        )


def test_pruned_rows_are_a_gap(stage: Stage, web: str, run_async: Run, servers: Any) -> None:
    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            await stage.write_soon("queued", "running", "waiting", "running", "succeeded")
            cursors = [(await socket.item())["cursor"] for _ in range(4)]
            await asyncio.to_thread(prune, servers, stage, 2)
            await socket.subscribe("2", SHORT, after=cursors[0])
            items = [await socket.item() for _ in range(4)]
            await socket.subscribe("3", SHORT, after=items[1]["gap"]["to"])
            resumed = [await socket.item() for _ in range(3)]
            return cursors, items, resumed

    cursors, items, resumed = run_async(scenario())
    assert [item["kind"] for item in items] == ["CHECKPOINT", "GAP", "TRANSITION", "TRANSITION"]
    assert items[1]["gap"]["from"] == cursors[0]
    assert items[1]["cursor"] == items[1]["gap"]["to"]
    assert [item["cursor"] for item in items[2:]] == cursors[2:]
    assert [item["kind"] for item in resumed] == ["CHECKPOINT", "TRANSITION", "TRANSITION"]


def test_older_epoch_is_a_gap(stage: Stage, web: str, run_async: Run, servers: Any) -> None:
    """After a restore the log goes on in a new epoch, whose transaction ids may be smaller."""
    stage.write("queued", "running")
    schema = stage.tenant.ref.schema

    def restored() -> None:
        with psycopg.connect(servers.superuser_url.rsplit("/", 1)[0] + "/automate", autocommit=True) as owner:
            owner.execute(
                f"INSERT INTO {schema}.run_log (xid, epoch, run_id, workflow_id, step_key, from_state, to_state, reason,"
                f" occurred_at) VALUES (5, 2, %s, %s, '', 'running', 'failed', '', now())",
                [stage.run, stage.flow.workflow],
            )

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            before = (await socket.item())["cursor"]
            await asyncio.to_thread(restored)
            await socket.subscribe("2", SHORT, after=before)
            found: list[dict[str, Any]] = []
            while len(found) < 3:
                message = await socket.receive()
                if message["id"] == "2":
                    found.append(message["payload"]["data"]["runFeed"])
            return found

    items = run_async(scenario())
    assert [(item["kind"], item["toState"]) for item in items] == [
        ("CHECKPOINT", None),
        ("GAP", None),
        ("TRANSITION", "FAILED"),
    ]


def test_filter_by_workflow_and_run(stage: Stage, web: str, run_async: Run) -> None:
    from graphql_schema.ids import global_id

    with acting_for(stage.tenant.ref):
        other_flow = rows.flow("other")
        other = Stage(stage.tenant, other_flow, rows.run(other_flow, rows.event(), state="running"))
        sibling = Stage(stage.tenant, stage.flow, rows.run(stage.flow, rows.event(), state="running"))

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            filters = {
                "slug": {"workflow": stage.flow.slug},
                "id": {"workflow": global_id("Workflow", other.flow.workflow)},
                "run": {"runs": [global_id("ExecutionRun", stage.run), "garbage"]},
                "nothing": {"workflow": "no-such"},
            }
            for name, wanted in filters.items():
                await socket.subscribe(name, SHORT, filter=wanted)
                await socket.item()
            await other.write_soon("queued", "cancelled")
            await sibling.write_soon("queued", "failed")
            await stage.write_soon("queued", "succeeded")
            seen: dict[str, list[str]] = {name: [] for name in filters}
            for _ in range(4):
                message = await socket.receive()
                seen[message["id"]].append(message["payload"]["data"]["runFeed"]["toState"])
            return seen

    assert run_async(scenario()) == {
        "slug": ["FAILED", "SUCCEEDED"],
        "id": ["CANCELLED"],
        "run": ["SUCCEEDED"],
        "nothing": [],
    }


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


def test_suspended_tenant_and_revoked_token_end_the_stream(
    tenant_factory: Any, run_async: Run, web_with_quick_checkpoints: str
) -> None:
    from tenants.models import ApiToken
    from tenants.services import suspend_tenant

    suspended, revoked = tenant_factory(), tenant_factory()

    def turn_out() -> None:
        with acting_for_platform("a test"):
            suspend_tenant(suspended.ref.slug, "unpaid")
            ApiToken.objects.filter(tenant_id=revoked.ref.id).delete()
        connection.close()

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
            await asyncio.to_thread(turn_out)
            return await ending(first), await ending(second)

    assert run_async(scenario()) == ("TENANT_SUSPENDED", "UNAUTHENTICATED")


def test_suspension_ends_quiet_streams_within_a_moment(
    tenant_factory: Any, run_async: Run, serve: Callable[[str], Any]
) -> None:
    """Ten streams of one tenant ask the directory's table once a second together, not once each."""
    program = """
import json
from automate.project import asgi
from tenants import directory
asked, find = [], directory.find_by_id
directory.find_by_id = lambda tenant: asked.append(tenant) or find(tenant)
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
