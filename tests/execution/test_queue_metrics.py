"""The relay's metrics of the queue, over all tenants and of some."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from actors.relay import metrics
from actors.relay.metrics import QueueCollector, of_tenants
from automate.kernel.errors import NormalizedError
from tests.support.plane import Plane
from tests.support.scrapes import Series, of_registry, value

JOBS, LATE = "automate_queue_jobs", "automate_queue_oldest_due_seconds"


def queue(collector: QueueCollector) -> Series:
    registry = CollectorRegistry()
    registry.register(collector)
    return of_registry(registry)


def wait_in_line(plane: Plane, phases: dict[str, str]) -> None:
    """A job of each phase: the phase, and what makes it one."""
    for phase, change in phases.items():
        plane.send({}, kind=phase)
        plane.root.execute(
            f"UPDATE public.outbox_job SET {change} WHERE id = (SELECT id FROM public.outbox_job ORDER BY id DESC LIMIT 1)"
        )


def test_each_phase_of_the_queue_is_counted(plane: Plane) -> None:
    wait_in_line(
        plane,
        {
            "due": "due_at = now() - interval '90 seconds'",
            "later": "due_at = now() + interval '1 hour'",
            "parked": "due_at = 'infinity', parked = 'delay'",
            "dispatched": "state = 'dispatched', dispatched_at = now()",
        },
    )
    series = queue(QueueCollector())
    phases = ("due", "later", "parked", "dispatched", "claimed")
    assert [value(series, JOBS, topic="event.match", phase=phase) for phase in phases] == [1, 1, 1, 1, 0]
    assert 90 <= value(series, LATE, topic="event.match") < 120
    assert value(series, "automate_queue_busiest_tenant_jobs", tenant=plane.tenant.slug) == 2


def test_scrapes_ask_postgresql_once_in_a_while(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    collector = QueueCollector()
    assert value(queue(collector), JOBS, topic="event.match", phase="due") == 0
    plane.send({})
    assert value(queue(collector), JOBS, topic="event.match", phase="due") == 0
    monkeypatch.setattr(metrics, "LEAST_AGE_SECONDS", 0.0)
    monkeypatch.setattr(metrics, "SHARE", 0)
    fresh = QueueCollector()
    plane.send({})
    assert value(queue(fresh), JOBS, topic="event.match", phase="due") == 2


def test_metrics_of_a_tenant_are_its_own(plane: Plane) -> None:
    plane.send({})
    series = of_registry(of_tenants([plane.tenant.slug]))
    assert value(series, "automate_tenant_jobs", tenant=plane.tenant.slug, topic="event.match", phase="due") == 1
    assert value(series, "automate_tenant_run_slots", tenant=plane.tenant.slug) == 0
    assert {dict(labels)["tenant"] for _, labels in series} == {plane.tenant.slug}


@pytest.mark.usefixtures("database")
def test_unknown_tenant_is_refused() -> None:
    with pytest.raises(NormalizedError) as refused:
        of_tenants(["nobody-has-this-slug"])
    assert refused.value.code == "NOT_FOUND"
