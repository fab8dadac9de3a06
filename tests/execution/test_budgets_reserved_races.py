"""Budgets of calls to a real server, under eight processes that are killed at any time: exactly the limit is sent and used.

Nothing stays reserved, and the tenant is billed once for a call that was sent again because its process was killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.execution.test_budgets_races import BILLED, LIMIT, SMALL, contend
from tests.execution.test_budgets_reserved import BALANCES, unreserved
from tests.execution.test_budgets_runs import unbalanced
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.receiver import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def call(url: str, key: str) -> Mapping[str, Any]:
    return {"key": key, "uses": "http.request", "with": {"method": "POST", "url": url, "json": {"n": 1}}}


def raced(plane: Plane, receiver: Receiver, mischief: str = "", limit: int = LIMIT) -> tuple[int, tuple[int, int]]:
    """How many calls the server knows by their keys, and what the budget says is used and reserved."""
    let_reach_this_machine(plane)
    contend(plane, "sent", mischief, limit, [call(receiver.url, "a"), {**call(receiver.url, "b"), "needs": ["a"]}])
    # The processes that were killed last still hold runs, and these runs hold reservations. Jobs that were sent to these
    # processes fill the tenant's share of the queue until they are sent again.
    plane.root.expire_leases()
    while plane.work(resend_seconds=0):
        pass
    ((_, used, reserved),) = plane.root.rows(BALANCES, plane.tenant.id)
    return len(receiver.keys()), (used, reserved)


@pytest.mark.long
def test_exactly_the_limit_is_sent_and_used_and_a_kill_leaks_nothing(plane: Plane) -> None:
    with Receiver(delay_seconds=0.005) as receiver:
        assert raced(plane, receiver) == (LIMIT, (LIMIT, 0))
        assert receiver.repeated(), "a kill hit a call in flight"
    assert (unbalanced(plane), unreserved(plane)) == ([], [])
    assert plane.root.value(BILLED, plane.tenant.id, "calls") == LIMIT, "the bill"


@pytest.mark.long
def test_reservation_that_is_forgotten_leaks(plane: Plane) -> None:
    """The sabotaged twin: processes that take runs over know nothing of what the calls reserve."""
    with Receiver(delay_seconds=0.005) as receiver:
        _, (_, reserved) = raced(plane, receiver, "forgets_reservations", SMALL)
    assert reserved > 0


@pytest.mark.long
def test_reservation_that_is_settled_twice_is_found_out(plane: Plane) -> None:
    """The sabotaged twin."""
    with Receiver(delay_seconds=0.005) as receiver:
        _, (_, reserved) = raced(plane, receiver, "settles_twice", SMALL)
    assert reserved < 0
    assert (unbalanced(plane), unreserved(plane)) == ([], [("calls", "month", reserved, 0)])
