"""runFeed over a real server: each transition once, in order, or an explicit gap; and nothing of anybody else's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tests.support import rows
from tests.support.run_feed import FEED, SHORT, Run, Stage, states
from tests.support.sockets import open_socket


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


def test_transitions_older_than_the_resume_window_are_a_gap(
    stage: Stage, web: str, run_async: Run, superuser: Any
) -> None:
    """Also while their rows remain, which ``run.timeline`` shows."""
    schema = stage.tenant.ref.schema

    def age() -> None:
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(
                f"UPDATE {schema}.run_log SET occurred_at = occurred_at - make_interval(secs => %s)"
                f" WHERE id NOT IN (SELECT id FROM {schema}.run_log ORDER BY id DESC LIMIT 2)",
                [settings.FEED_HORIZON_SECONDS + 1],
            )

    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            await stage.write_soon("queued", "running", "waiting", "running", "succeeded")
            cursors = [(await socket.item())["cursor"] for _ in range(4)]
            await asyncio.to_thread(age)
            await socket.subscribe("2", SHORT, after=cursors[0])
            late = [await socket.item() for _ in range(4)]
            await socket.send(id="2", type="complete")
            await socket.subscribe("3", SHORT, after=cursors[1])
            return cursors, late, [await socket.item() for _ in range(3)]

    cursors, late, in_time = run_async(scenario())
    assert [item["kind"] for item in late] == ["CHECKPOINT", "GAP", "TRANSITION", "TRANSITION"]
    assert (late[1]["gap"], late[1]["cursor"]) == ({"from": cursors[0], "to": cursors[1]}, cursors[1])
    assert [item["cursor"] for item in late[2:]] == cursors[2:]
    # Every row after the second one is young, so nothing is missing.
    assert [item["kind"] for item in in_time] == ["CHECKPOINT", "TRANSITION", "TRANSITION"]


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
