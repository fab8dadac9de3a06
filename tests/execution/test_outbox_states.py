"""The OutboxJob's machine: every statement, from every state, makes legal moves only; the database refuses the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.tenancy import PUBLIC_SCHEMA, acting_for, acting_for_platform, administering
from automate.outbox import claims
from automate.outbox.claims import JobRelease
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.jobs import ClaimedJob
from automate.outbox.states import CANCELLED, CLAIMED, DEAD, DISPATCHED, DONE, MOVES, OPEN, PENDING, STATES
from scripts.state_machines_page import page
from tests.support.examples import examples
from tests.support.plane import FIRST_TENANT, TRACE, Plane

ERROR = '{"code": "INTERNAL"}'
DIED = NormalizedError("INTERNAL", "It died.")


class Bench:
    """One job that can be put into any state, and what each statement makes of it."""

    def __init__(self, plane: Plane) -> None:
        self.plane, self.id = plane, new_id()
        plane.root.empty_queue()
        plane.root.execute(
            "INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
            " max_attempts, parked, trace_id, created_at) VALUES (%s, %s, 'event.match', %s, 'pending', true, false,"
            " now() - interval '1 minute', 0, 0, 5, '', %s, now())",
            self.id, plane.tenant.id, self.id, TRACE,
        )  # fmt: skip

    def put(self, state: str, *, old: bool, parked: bool) -> None:
        """old: sent, claimed or finished long ago. parked: by a budget."""
        self.plane.root.execute(
            "UPDATE public.outbox_job SET state = %s, open = %s, parked = %s, fence = 3, attempts = 3,"
            " dispatched_at = now() - make_interval(secs => %s), lease_until = now() + make_interval(secs => %s),"
            " finished_at = now() - make_interval(secs => %s)",
            state, state in OPEN, "runs" if parked else "", 60.0 if old else 0.0, -1.0 if old else 30.0, 9_000.0 if old else 0.0,
        )  # fmt: skip

    def row(self) -> tuple[str, bool, int, int]:
        """State, open, fence and attempts; of a row that was pruned the state ``gone``."""
        rows = self.plane.root.rows("SELECT state, open, fence, attempts FROM public.outbox_job")
        return rows[0] if rows else ("gone", False, 0, 0)

    def held(self, fence: int) -> list[ClaimedJob]:
        return [ClaimedJob(self.id, self.id, fence, 3, 5, TRACE)]


@contextmanager
def platform() -> Iterator[None]:
    with acting_for_platform("drive a job"):
        yield


def in_tenant(act: Callable[[Bench, int], Any]) -> Callable[[Bench, int], Any]:
    def acted(bench: Bench, fence: int) -> Any:
        with acting_for(bench.plane.tenant):
            return act(bench, fence)

    return acted


def in_platform(act: Callable[[Bench, int], Any]) -> Callable[[Bench, int], Any]:
    def acted(bench: Bench, fence: int) -> Any:
        with platform():
            return act(bench, fence)

    return acted


def in_public(act: Callable[[Bench, int], Any]) -> Callable[[Bench, int], Any]:
    def acted(bench: Bench, fence: int) -> Any:
        with administering(PUBLIC_SCHEMA):
            return act(bench, fence)

    return acted


STATEMENTS: dict[str, Callable[[Bench, int], Any]] = {
    "dispatch": in_platform(
        lambda _b, _: dispatching.dispatch(window=9, room=9, resend_seconds=15, after=FIRST_TENANT)
    ),
    "take_back": in_platform(lambda b, _: claims.take_back([b.id])),
    "renew": in_platform(lambda b, f: claims.renew(b.held(f), lease_seconds=30)),
    "prune": in_public(lambda _b, _: claims.prune(connections["admin"], older_than_seconds=1_800, most=10)),
    "claim": in_tenant(lambda b, _: claims.claim(b.plane.tenant.id, [b.id], lease_seconds=30)),
    "keep": in_tenant(lambda b, f: claims.keep(b.held(f), lease_seconds=30, progress=True)),
    "finish": in_tenant(lambda b, f: claims.finish(b.held(f))),
    "release": in_tenant(lambda b, f: claims.release([JobRelease(b.held(f)[0], 0.0)])),
    "park": in_tenant(lambda b, f: claims.release([JobRelease(b.held(f)[0], None, "runs")])),
    "unclaim": in_tenant(lambda b, f: claims.unclaim(b.held(f))),
    "retry": in_tenant(lambda b, f: claims.retry(b.held(f), ERROR)),
    "dead_letter": in_tenant(lambda b, f: claims.dead_letter(b.held(f), DIED)),
    "unpark": in_tenant(lambda b, _: claims.unpark(b.plane.tenant.id, ["runs"], 1)),
    "redrive": in_tenant(lambda b, _: claims.redrive([b.id])),
    "point_at": in_tenant(lambda b, _: claims.point_at({b.id: new_id()})),
}
UNFENCED = {"prune", "dispatch", "take_back", "claim", "redrive"}
NOT_MOVING = {
    "consume_signals",
    "enqueue",
    "dispatch",
    "set_lane",
    "pause_lane",
    "weigh_lanes",
    "last_error",
    "attempts",
}

EXPECTED = {
    "dispatch": {(PENDING, DISPATCHED), (CLAIMED, DISPATCHED)},
    "take_back": {(DISPATCHED, PENDING)},
    "claim": {(DISPATCHED, CLAIMED)},
    "finish": {(CLAIMED, DONE)},
    "release": {(CLAIMED, PENDING)},
    "park": {(CLAIMED, PENDING)},
    "unclaim": {(CLAIMED, PENDING)},
    "retry": {(CLAIMED, PENDING)},
    "dead_letter": {(CLAIMED, DEAD)},
    "redrive": {(DEAD, PENDING)},
    "prune": {(DONE, "gone"), (CANCELLED, "gone")},
}
"""Every move that some statement makes of a job, under whatever fence, lease and age. Cancelling has no verb yet."""


def test_every_statement_makes_exactly_its_moves(plane: Plane) -> None:
    bench = Bench(plane)
    made: dict[str, set[tuple[str, str]]] = {}
    for name, act in STATEMENTS.items():
        for state, old, fence, parked in product(STATES, (False, True), (2, 3, 4), (False, True)):
            bench.put(state, old=old, parked=parked and state == PENDING)
            act(bench, fence)
            after = bench.row()[0]
            if after != state:
                made.setdefault(name, set()).add((state, after))
                assert fence == 3 or name in UNFENCED, f"{name} moved a job under a fence that is not its own"
            if after == "gone":
                bench = Bench(plane)
    assert made == EXPECTED
    for moves in made.values():
        for before, after in moves:
            assert after == "gone" or after in MOVES[before]


def test_every_statement_of_the_module_is_driven() -> None:
    verbs = {
        name
        for name, value in vars(claims).items()
        if callable(value) and getattr(value, "__module__", "") == claims.__name__ and name[0].islower()
    }
    assert verbs - NOT_MOVING - {"dispatch"} == set(STATEMENTS) - {"dispatch", "park"}


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(set(STATEMENTS) - {"prune"})), st.integers(-1, 1), st.booleans()),
        min_size=5,
        max_size=25,
    )
)
def test_no_history_leaves_the_table(plane: Plane, history: list[tuple[str, int, bool]]) -> None:
    bench = Bench(plane)
    for name, stale, late in history:
        before = bench.row()
        if late:
            plane.root.pass_seconds(60)
        STATEMENTS[name](bench, before[2] + stale)
        after = bench.row()
        assert after[0] == before[0] or after[0] in MOVES[before[0]], (name, before, after)
        assert after[1] == (after[0] in OPEN)
        assert after[2] - before[2] == int((name, before[0]) == ("claim", DISPATCHED)), "only a claim moves the fence"


@pytest.mark.parametrize(
    "change",
    [
        "state = 'lost'",
        "state = 'done'",
        "open = false",
        "state = 'dead', open = true",
        "state = 'cancelled', open = true",
    ],
)
def test_database_refuses_what_is_no_state(plane: Plane, change: str) -> None:
    Bench(plane)
    with pytest.raises(psycopg.errors.CheckViolation):
        plane.root.execute(f"UPDATE public.outbox_job SET {change}")


def test_final_jobs_are_left_by_redrive_alone() -> None:
    assert {state for state, nexts in MOVES.items() if not nexts} == {DONE, CANCELLED}
    assert {state for state in STATES if state not in OPEN} == {DONE, CANCELLED, DEAD}
    assert MOVES[DEAD] == {PENDING}


def test_page_draws_every_move_once() -> None:
    from automate.effects.states import BREAKER_MOVES, EFFECT_MOVES
    from automate.rules.backtests.states import MOVES as BACKTEST_MOVES
    from automate.runs.states import APPROVAL_MOVES, BULK_MOVES, RUN_MOVES, STEP_MOVES

    arrows = [line.strip() for line in page().splitlines() if " --> " in line and "[*]" not in line]
    tables = (MOVES, RUN_MOVES, STEP_MOVES, APPROVAL_MOVES, EFFECT_MOVES, BREAKER_MOVES, BULK_MOVES, BACKTEST_MOVES)
    assert sorted(arrows) == sorted(f"{a} --> {b}" for table in tables for a, nexts in table.items() for b in nexts)
