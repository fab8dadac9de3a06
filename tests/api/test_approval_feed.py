"""approvalFeed over a real server: each request, decision and end of an approval once, in order, with all that it says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import transitions
from automate.runs.approvals.queries import ApprovalRow
from automate.runs.approvals.transitions import insert_decision
from graphql_schema.ids import global_id
from tests.support.approvals import ADA, APPROVED, BOB, REJECTED, ask, pass_time, say
from tests.support.plane import Plane
from tests.support.sockets import Socket, open_socket

Run = Callable[[Any], Any]
FEED = """subscription($after: String, $filter: ApprovalFeedFilter) { approvalFeed(after: $after, filter: $filter) {
  __typename
  ... on ApprovalRequested { cursor occurredAt approval { id title state run { id } } }
  ... on ApprovalDecided { cursor decision { by outcome } approval { id } }
  ... on ApprovalEnded { cursor endedAs: state approval { id state } }
  ... on FeedCheckpoint { cursor }
  ... on FeedGap { cursor }
} }"""
LOG = "SELECT change, state FROM approval_log ORDER BY epoch, xid, id"


@pytest.fixture
def token(plane: Plane, token_for: Callable[..., str]) -> str:
    return token_for(plane.tenant, "viewer")


async def item(socket: Socket) -> dict[str, Any]:
    return await socket.item("approvalFeed")


async def soon(act: Callable[..., object], *arguments: Any, **named: Any) -> Any:
    def work() -> object:
        try:
            return act(*arguments, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(work)


def test_request_decisions_and_end_come_in_order(plane: Plane, token: str, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, token) as socket:
            await socket.subscribe("1", FEED)
            first = await item(socket)
            approval = await soon(ask, plane, quorum=2, roles=["owner", "admin"])
            seen = [await item(socket)]
            for person in (ADA, BOB):
                await soon(say, plane, approval, person, APPROVED)
            seen += [await item(socket) for _ in range(3)]
            await socket.subscribe("2", FEED, after=seen[1]["cursor"])
            resumed = [await item(socket) for _ in range(3)]
            return approval, first, seen, resumed

    approval, first, seen, resumed = run_async(scenario())
    assert first["__typename"] == "FeedCheckpoint"
    assert [found["__typename"] for found in seen] == [
        "ApprovalRequested",
        "ApprovalDecided",
        "ApprovalDecided",
        "ApprovalEnded",
    ]
    assert {found["approval"]["id"] for found in seen} == {global_id("Approval", approval.id)}
    assert (seen[0]["approval"]["title"], seen[0]["approval"]["state"]) == ("Refund it?", "PENDING")
    assert seen[0]["approval"]["run"] == {"id": global_id("ExecutionRun", approval.run_id)}
    assert [found["decision"] for found in seen[1:3]] == [
        {"by": ADA.name, "outcome": "APPROVED"},
        {"by": BOB.name, "outcome": "APPROVED"},
    ]
    assert (seen[3]["endedAs"], seen[3]["approval"]["state"]) == ("APPROVED", "APPROVED")
    assert [found["cursor"] for found in resumed] == [found["cursor"] for found in seen[1:]]


def test_filter_by_role_and_run(plane: Plane, token: str, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, token) as socket:
            first = await soon(ask, plane, slug="one", roles=["owner"])
            filters: dict[str, dict[str, Any]] = {
                "owner": {"roles": ["OWNER", "EDITOR"]},
                "admin": {"roles": ["ADMIN"]},
                "run": {"runs": [global_id("ExecutionRun", first.run_id), "garbage"]},
            }
            for name, wanted in filters.items():
                await socket.subscribe(name, FEED, filter=wanted)
                await item(socket)
            second = await soon(ask, plane, slug="two", roles=["owner", "admin"])
            await soon(say, plane, first, ADA, REJECTED)
            seen: dict[str, list[str]] = {name: [] for name in filters}
            for _ in range(6):
                message = await socket.receive()
                seen[message["id"]].append(message["payload"]["data"]["approvalFeed"]["approval"]["id"])
            return first, second, seen

    first, second, seen = run_async(scenario())
    one, two = global_id("Approval", first.id), global_id("Approval", second.id)
    assert seen == {"owner": [two, one, one], "admin": [two], "run": [one, one]}


def test_approval_that_expires_is_logged(plane: Plane) -> None:
    ask(plane, expires_seconds=60)
    pass_time(plane, 61)
    plane.drain()
    assert plane.rows(LOG) == [("requested", "pending"), ("ended", "expired")]


def test_approval_whose_run_fails_is_logged(plane: Plane) -> None:
    approval = ask(plane)
    with acting_for(plane.tenant), in_transaction():
        transitions.fail_runs([approval.run_id], NormalizedError("POISON_JOB", "by a test"))
    assert plane.rows(LOG) == [("requested", "pending"), ("ended", "cancelled")]


def decided_and_closed(plane: Plane, approval: ApprovalRow) -> None:
    say(plane, approval, ADA, APPROVED)
    connection.close()


def test_entries_of_one_approval_are_in_order_though_the_later_transaction_is_older(plane: Plane) -> None:
    """A transaction that gets its id early and decides late logs no lesser id than the decision before it."""
    approval = ask(plane, quorum=2)
    with acting_for(plane.tenant), in_transaction():
        fetch("SELECT pg_current_xact_id()")
        first = threading.Thread(target=decided_and_closed, args=(plane, approval))
        first.start()
        first.join(20)
        insert_decision(approval.id, BOB, APPROVED, None, approval.shown_sha256)
    log = plane.rows("SELECT l.id FROM approval_log l ORDER BY epoch, xid, id")
    assert log == sorted(log)
    assert len(log) == 3
