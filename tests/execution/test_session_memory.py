"""What a worker's session in PostgreSQL keeps: docs/deploy.md states its bound, as tenants by their plans and caches."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psutil
import pytest
from django.db import connection

from actors import tenant_scheduler
from actors.relay.main import batches
from actors.tenant_queue import TenantQueue
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
from automate.outbox.jobs import DispatchedJob
from tenants.postgresql import scope
from tests.support.plane import BEGIN, Plane, work_off
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give
from tests.support.tree import ROOT

STEP = [{"key": "note", "uses": "log.write", "with": {"message": "x", "level": "debug"}}]
SERVED, WARM, TURNS, EVENTS = 8, 2, 6, 60
CACHE_MB, PLANS_MB = 0.85, 2.0
"""What docs/deploy.md names for each tenant that a session has served, and for each whose plans it keeps."""
MARGIN = 1.3
"""Sets, tables and caches differ a little between runs."""
STATED = re.compile(r"the (\w+) sessions of a worker use at most about ([\d,]+) MB")
"""In docs/deploy.md."""


@contextmanager
def session_of_a_worker(*, keeps_plans: bool) -> Iterator[None]:
    """The session of this thread is a new one of a worker."""
    options = connection.settings_dict["OPTIONS"]
    changed = {**options, "options": options["options"] + " -c plan_cache_mode=force_generic_plan"}
    connection.close()
    with mock.patch.dict(connection.settings_dict, {"PLANS_FOR_EACH_SCOPE": keeps_plans, "OPTIONS": changed}):
        yield
        connection.close()


def private_mb() -> float:
    with acting_for_platform("find the backend"):
        ((pid,),) = fetch("SELECT pg_backend_pid()")
    return float(psutil.Process(pid).memory_full_info().uss) / 2**20


@pytest.mark.slow
@pytest.mark.parametrize(("keeps_plans", "each_mb"), [(True, CACHE_MB + PLANS_MB), (False, CACHE_MB)])
def test_session_keeps_what_the_docs_state_for_each_tenant(
    planes: Callable[[int], list[Plane]],
    record_property: Callable[[str, object], None],
    *,
    keeps_plans: bool,
    each_mb: float,
) -> None:
    served = planes(SERVED)
    for plane in served:
        plane.publish("one", STEP)
        plane.send(*[{}] * EVENTS)
    sent: dict[uuid.UUID, list[DispatchedJob]] = {}
    for job in served[0].dispatch(window=EVENTS, room=SERVED * EVENTS):
        sent.setdefault(job.tenant_id, []).append(job)

    def serve(plane: Plane) -> None:
        for few in batches(sent[plane.tenant.id], EVENTS // TURNS):
            work_off(plane.tenant.id, [job.id for job in few], BEGIN[few[0].topic])

    with session_of_a_worker(keeps_plans=keeps_plans):
        for plane in served[:WARM]:
            serve(plane)
        before = private_mb()
        for plane in served[WARM:]:
            serve(plane)
        each = (private_mb() - before) / (SERVED - WARM)
    record_property("session_mb_for_each_tenant", f"{each:.2f}")
    assert 0 < each < MARGIN * each_mb


def test_docs_state_the_bound_that_follows() -> None:
    stated = STATED.search((ROOT / "docs" / "deploy.md").read_text())
    assert stated
    session = tenant_scheduler.SESSION_TENANTS * CACHE_MB + scope.KEPT_SCOPES * PLANS_MB
    assert stated[1] == "eight"
    assert float(stated[2].replace(",", "")) == pytest.approx(8 * session, rel=0.03)


def test_thread_opens_a_session_after_so_many_tenants(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_scheduler, "SESSION_TENANTS", 2)
    served: dict[int, set[Any]] = {}
    make_pass = TenantQueue.make_pass

    def noted(queue: TenantQueue) -> None:
        make_pass(queue)
        served.setdefault(connection.connection.info.backend_pid, set()).add(queue.tenant_id)

    monkeypatch.setattr(TenantQueue, "make_pass", noted)
    five = planes(5)
    with a_scheduler(threads=1) as scheduler:
        for plane in five:
            plane.publish("one", STEP)
            plane.send({})
            give(scheduler, plane)
            assert scheduler.await_rest(SECONDS)
    assert sorted(len(tenants) for tenants in served.values()) == [1, 2, 2]
    assert set().union(*served.values()) == {plane.tenant.id for plane in five}
