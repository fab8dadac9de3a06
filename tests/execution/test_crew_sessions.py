"""A tenant is served by one session of a process where that is possible, and no session comes to remember all tenants."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from actors import tenant_scheduler as crews
from actors.tenant_queue import TenantQueue
from actors.tenant_scheduler import TenantScheduler
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
from tests.support.crews import SECONDS, a_crew, give
from tests.support.plane import Plane, Scripted, connectors

STEP = [{"key": "a", "uses": "test.scripted"}]


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, int]]:
    """The tenant and the session of each pass that is made."""
    seen: list[tuple[uuid.UUID, int]] = []
    make_pass = TenantQueue.make_pass

    def noted(lane: TenantQueue) -> None:
        make_pass(lane)
        with acting_for_platform("which session this is", QUEUE_ROLE):
            seen.append((lane.tenant_id, fetch("SELECT pg_backend_pid()")[0][0]))

    monkeypatch.setattr(TenantQueue, "make_pass", noted)
    return seen


def in_turn(crew: TenantScheduler, planes: list[Plane], rounds: int) -> None:
    for number in range(1, rounds + 1):
        for plane in planes:
            plane.send({})
            give(crew, plane)
            plane.until(lambda plane=plane: plane.runs() == [("succeeded", "")] * number)  # type: ignore[misc]  # noqa: B023
    crew.close()
    assert crew.await_rest(SECONDS)


def test_tenants_keep_their_sessions(
    planes: Callable[[int], list[Plane]], sessions: list[tuple[uuid.UUID, int]]
) -> None:
    many = planes(3)
    with connectors(Scripted()), a_crew(threads=4) as crew:
        for plane in many:
            plane.publish("one", STEP)
        in_turn(crew, many, 3)
    for plane in many:
        assert len({session for tenant_id, session in sessions if tenant_id == plane.tenant.id}) == 1


def test_session_that_has_served_so_many_tenants_is_replaced(
    planes: Callable[[int], list[Plane]],
    sessions: list[tuple[uuid.UUID, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crews, "SESSION_TENANTS", 2)
    many = planes(3)
    with connectors(Scripted()), a_crew() as crew:
        for plane in many:
            plane.publish("one", STEP)
        in_turn(crew, many, 2)
    served: dict[int, set[uuid.UUID]] = {}
    for tenant_id, session in sessions:
        served.setdefault(session, set()).add(tenant_id)
    assert len(served) == 3
    assert max(map(len, served.values())) == 2
