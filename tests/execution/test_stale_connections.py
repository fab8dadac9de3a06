"""A kept connection that its host closed costs no run, opens no breaker, and the ledger counts what was sent again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.support.breakers import breakers
from tests.support.idle_closer import IdleCloser
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane


@pytest.fixture
def closer() -> Iterator[IdleCloser]:
    with IdleCloser() as server:
        yield server


@pytest.fixture
def inside(plane: Plane) -> Plane:
    """A tenant whose steps may reach loopback."""
    let_reach_this_machine(plane)
    return plane


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_runs_succeed_and_the_breaker_stays_closed(inside: Plane, closer: IdleCloser, method: str) -> None:
    step: dict[str, Any] = {"key": "a", "uses": "http.request", "with": {"method": method, "url": closer.url}}
    inside.publish("one", [{**step, "retry": {"max_attempts": 1}}])
    for turn in range(1, 7):
        inside.send({"n": turn})
        inside.until(partial(ended, inside, turn))
    assert inside.run_states() == ["succeeded"] * 6
    assert breakers(inside) == []
    assert (closer.connections, len(closer.requests)) == (6, 11)
    again = 1 if method == "POST" else 0
    assert inside.effects() == [("a", "confirmed", 1), *[("a", "confirmed", 1 + again)] * 5]
    former = inside.rows("SELECT jsonb_array_length(former) FROM effect ORDER BY intended_at")
    assert former == [(0,), *[(again,)] * 5]


def ended(plane: Plane, made: int) -> bool:
    plane.work()
    return [state for state in plane.run_states() if state in ("succeeded", "failed")] == plane.run_states()[:made]
