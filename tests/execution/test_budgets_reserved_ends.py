"""A call of a lost worker whose run ends without a repeat: each way in which a run can end settles or releases the reservation.

A dead job, and an operator's decision about an open run, are in ``test_budgets_reserved``. A deleted tenant keeps no rows:
see ``tests/api/test_tenant_deletion.py``. A workflow that has runs cannot be deleted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automate.recovery.controlling import cancel_runs, pause_runs
from tests.execution.test_budgets_metered import CALL, put
from tests.execution.test_budgets_reserved import CALLS, balances, entries, resolve
from tests.execution.test_restored import FIRST, release, restore
from tests.support.api import Api
from tests.support.plane import Plane, Root, Scripted, connectors

SETTLED, RELEASED = {"calls": (1, 0)}, {"calls": (0, 0)}


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


@pytest.fixture
def first_epoch(root: Root) -> Iterator[None]:
    root.execute(FIRST)
    yield
    root.execute(FIRST)


def runs_of(plane: Plane) -> list[uuid.UUID]:
    return [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def cancel(plane: Plane) -> None:
    plane.by_ada(lambda: cancel_runs(runs_of(plane)[:1], "wrong customer"))


def expire(plane: Plane) -> None:
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".execution_run SET deadline_at = now()')
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE open")


def evict(plane: Plane) -> None:
    """A newer run of the same concurrency key takes the place of the run."""
    plane.send({})
    plane.drain()


def pause_and_cancel(plane: Plane) -> None:
    plane.by_ada(lambda: pause_runs(runs_of(plane), "look first"))
    plane.drain()
    cancel(plane)


def cancel_after_a_restore(plane: Plane) -> None:
    """Nothing of the run happens before an operator releases it."""
    restore(plane)
    plane.drain()
    assert plane.run_states() == ["paused"]
    cancel(plane)
    release(plane)


def decide_and_cancel(plane: Plane) -> None:
    """An operator decides that the call did not happen. Before a worker knows, the run is cancelled."""
    resolve(plane, "did_not_happen")
    cancel(plane)


def lose_unsafe(plane: Plane, **definition: Any) -> None:
    """A worker is lost in a call that must not be repeated, so the run waits for an operator."""
    plane.publish("one", [CALL], **definition)
    plane.send({})
    assert len(plane.start_and_die()) == 1


HELD = [
    (cancel, "cancelled", SETTLED),
    (expire, "timed_out", SETTLED),
    (pause_and_cancel, "cancelled", SETTLED),
    (decide_and_cancel, "cancelled", RELEASED),
]
"""After a worker has taken over the run."""


@pytest.mark.parametrize(("end", "state", "expected"), HELD)
def test_run_that_waits_for_an_operator_ends(
    plane: Plane, api: Api, end: Callable[[Plane], None], state: str, expected: dict[str, tuple[int, int]]
) -> None:
    put(api, **CALLS)
    with connectors(scripted := Scripted("unsafe")):
        lose_unsafe(plane)
        plane.drain()
        assert balances(plane) == {"calls": (0, 1)}
        end(plane)
        plane.drain()
    assert (plane.run_states(), scripted.calls, balances(plane)) == ([state], [], expected)


@pytest.mark.usefixtures("first_epoch")
@pytest.mark.parametrize(
    ("end", "state"), [(cancel, "cancelled"), (expire, "timed_out"), (cancel_after_a_restore, "cancelled")]
)
def test_run_ends_before_a_worker_takes_it_over(
    plane: Plane, api: Api, end: Callable[[Plane], None], state: str
) -> None:
    put(api, **CALLS)
    with connectors(scripted := Scripted("unsafe")):
        lose_unsafe(plane)
        end(plane)
        plane.drain()
    assert (plane.run_states(), scripted.calls, balances(plane)) == ([state], [], SETTLED)


def test_run_is_cancelled_for_a_newer_one_with_its_key(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(scripted := Scripted("unsafe")):
        lose_unsafe(plane, concurrency={"key": "one", "limit": 1, "strategy": "cancel_in_progress"})
        plane.drain()
        evict(plane)
    assert (plane.run_states(), len(scripted.calls)) == (["cancelled", "succeeded"], 1)
    assert balances(plane) == {"calls": (2, 0)}


def test_decision_after_the_end_of_the_run_changes_nothing(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted("unsafe")):
        lose_unsafe(plane)
        plane.drain()
        cancel(plane)
        plane.drain()
        resolve(plane, "did_not_happen")
        plane.drain()
    assert balances(plane) == SETTLED
    assert entries(plane) == {"reserve": (0, 1), "settle": (1, -1)}
