"""Whatever a connector, a tenant's operator or the database does, a tenant queue waits for no call that nobody makes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from actors import tenant_queue
from actors import tenant_scheduler as schedulers
from actors.connectors.base import Call
from automate.kernel.tenancy import acting_for_platform
from automate.recovery import poison
from automate.runs.run_set import RunSet
from tenants.services import resume_tenant, suspend_tenant
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted", "retry": {"max_attempts": 1}}]
QUICK = [{"key": "a", "uses": "test.quick"}]


def cancels_its_task(_: Call) -> dict[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    return {}


class Waits:
    """Of an inline connector, which may not. stubborn: waits also when it is told to end."""

    def __init__(self, *, stubborn: bool) -> None:
        self.stubborn = stubborn

    def __call__(self, _: Call) -> Waits:
        return self

    def __await__(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self.stubborn:
                yield


@pytest.mark.parametrize(
    ("inline", "act"),
    [(False, cancels_its_task), (True, Waits(stubborn=False)), (True, Waits(stubborn=True))],
    ids=["cancels its task", "waits inline", "waits inline and will not end"],
)
def test_call_that_cannot_end_as_calls_do_fails_alone(
    plane: Plane,
    inline: bool,  # noqa: FBT001 - a parameter of the test
    act: Any,
) -> None:
    gate = Gate()
    rude, quick = Scripted(inline=inline, acts=(act,)), Scripted(inline=False, name="test.quick", acts=(gate,))
    with connectors(rude, quick), a_scheduler() as scheduler:
        plane.publish("rude", STEP)
        plane.send({})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
        assert (scheduler.jobs(), scheduler._queues) == ([], {})
        plane.publish("quick", QUICK)
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    ends = [row[2:] for row in plane.steps()]
    assert sorted(ends) == [("failed", "INTERNAL")] * 2 + [("succeeded", "")]


def test_suspended_tenants_run_waits_at_its_next_step(plane: Plane) -> None:
    """Its call under way is recorded, and nothing is lost: it goes on where it was when the tenant is resumed."""
    gate, quick = Gate(), Scripted(name="test.quick", inline=False)
    with connectors(Scripted(inline=False, acts=(gate,)), quick), a_scheduler() as scheduler:
        plane.publish("two", [*STEP, {"key": "b", "uses": "test.quick"}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        with acting_for_platform("suspend for a test"):
            suspend_tenant(plane.tenant.slug, "unpaid")
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
        assert (plane.steps(), quick.calls) == ([("a", 1, "succeeded", "")], [])
        assert plane.jobs()[1][0] == "pending"
        assert plane.dispatch() == []
        with acting_for_platform("resume for a test"):
            resume_tenant(plane.tenant.slug)
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")]
    assert len(gate.calls) == len(quick.calls) == 1


class Away:
    """Postgres as the tenant queue's thread sees it: so many tries to reach it fail, and then it is back."""

    def __init__(self, tries: float) -> None:
        self.left = tries

    def close_if_unusable_or_obsolete(self) -> None: ...

    def close(self) -> None: ...

    def ensure_connection(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise OperationalError("still away")


def test_set_waits_where_the_database_is_away(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong with its jobs: they are begun when it is back, as one set, and blamed for nothing."""
    monkeypatch.setattr(schedulers, "FAULT_SECONDS", 0.01)
    away, begin, sizes = Away(2), RunSet.open, list[int]()
    monkeypatch.setattr(tenant_queue, "connection", away)

    def opened(run_set: RunSet, runs: Any, events: Any, used: Any) -> Any:
        sizes.append(len(runs))
        if away.left > 0:
            raise OperationalError("away")
        return begin(run_set, runs, events, used)

    monkeypatch.setattr(RunSet, "open", opened)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send({}, {}, {})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert sizes == [3, 3, 3]
    assert plane.runs() == [("succeeded", "")] * 3
    assert {(state, attempts) for state, _, attempts in plane.jobs()} == {("done", 1)}


def test_set_that_never_finds_the_database_is_left_to_its_lease(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that ends the database itself has to be counted, not begun again for ever."""
    monkeypatch.setattr(schedulers, "FAULT_SECONDS", 0.01)
    monkeypatch.setattr(tenant_queue.settings, "LEASE_SECONDS", 0.2)
    monkeypatch.setattr(tenant_queue, "connection", Away(math.inf))
    tries = []

    def fails(*_: Any) -> Any:
        tries.append(1)
        raise OperationalError("away")

    monkeypatch.setattr(RunSet, "open", fails)
    monkeypatch.setattr(poison, "put_back", fails)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send({}, {})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
        assert (scheduler.jobs(), scheduler._queues) == ([], {})
    assert 1 < len(tries) < 40
    assert plane.jobs() == [("claimed", 1, 1)] * 2
