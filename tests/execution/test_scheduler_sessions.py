"""A tenant is served by one session of a process where that is possible, and no session comes to remember all tenants."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from actors import tenant_scheduler as schedulers
from actors.tenant_queue import TenantQueue
from actors.tenant_scheduler import TenantScheduler
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted"}]


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, int]]:
    """The tenant and the session of each pass that is made."""
    seen: list[tuple[uuid.UUID, int]] = []
    make_pass = TenantQueue.make_pass

    def noted(queue: TenantQueue) -> None:
        make_pass(queue)
        with acting_for_platform("which session this is", QUEUE_ROLE):
            seen.append((queue.tenant_id, fetch("SELECT pg_backend_pid()")[0][0]))

    monkeypatch.setattr(TenantQueue, "make_pass", noted)
    return seen


def in_turn(scheduler: TenantScheduler, planes: list[Plane], rounds: int) -> None:
    for number in range(1, rounds + 1):
        for plane in planes:
            plane.send({})
            give(scheduler, plane)
            plane.until(lambda plane=plane: plane.runs() == [("succeeded", "")] * number)  # type: ignore[misc]  # noqa: B023
    scheduler.close()
    assert scheduler.await_rest(SECONDS)


def test_tenants_keep_their_sessions(
    planes: Callable[[int], list[Plane]], sessions: list[tuple[uuid.UUID, int]]
) -> None:
    many = planes(3)
    with connectors(Scripted()), a_scheduler(threads=4) as scheduler:
        for plane in many:
            plane.publish("one", STEP)
        in_turn(scheduler, many, 3)
    for plane in many:
        assert len({session for tenant_id, session in sessions if tenant_id == plane.tenant.id}) == 1


def test_session_that_has_served_so_many_tenants_is_replaced(
    planes: Callable[[int], list[Plane]],
    sessions: list[tuple[uuid.UUID, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedulers, "SESSION_TENANTS", 2)
    many = planes(3)
    with connectors(Scripted()), a_scheduler() as scheduler:
        for plane in many:
            plane.publish("one", STEP)
        in_turn(scheduler, many, 2)
    served: dict[int, set[uuid.UUID]] = {}
    for tenant_id, session in sessions:
        served.setdefault(session, set()).add(tenant_id)
    assert len(served) == 3
    assert max(map(len, served.values())) == 2
