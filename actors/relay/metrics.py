"""Metrics of the queue."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable, Sequence

import structlog
from django.db import Error, connection
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from automate.budgets import queries as budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import (
    OPEN_BREAKERS,
    QUEUE_BUSIEST,
    QUEUE_JOBS,
    QUEUE_OLDEST,
    REGISTRY,
    TENANT_JOBS,
    TENANT_OLDEST,
    TENANT_SLOTS,
)
from automate.kernel.roles import METRICS_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import depth_queries as depth
from automate.outbox.depth_queries import Depth
from tenants import queries as tenants

log = structlog.get_logger(__name__)

LEAST_AGE_SECONDS = 5.0
"""The minimum time for which an answer is remembered."""
SHARE = 20
"""An answer is remembered for this many times the seconds that it took. So scrapes use at most a twentieth of a core
of PostgreSQL."""
BUSIEST = 5
"""The number of tenants that are listed as the busiest: few series for any number of tenants."""

Families = list[Metric]


class QueueCollector(Collector):
    """Metrics of the queue over all tenants. A result is kept for some seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: Families = []
        self._until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Return no metrics, so that the registration of this collector needs no query."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return the metrics. Returns nothing while PostgreSQL is unavailable."""
        with self._lock:
            began = time.monotonic()
            if began >= self._until:
                try:
                    self._read = _queue()
                except Error as error:
                    log.warning("the queue's metrics could not be read", error=str(error))
                    self._read = []
                finally:
                    connection.close()
                took = time.monotonic() - began
                self._until = time.monotonic() + max(LEAST_AGE_SECONDS, took * SHARE)
            return self._read


class _Once(Collector):
    def __init__(self, read: Families) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read


def register() -> None:
    """Add the metrics of the queue to this process. Call this function once."""
    REGISTRY.register(QueueCollector())


def of_tenants(slugs: Sequence[str]) -> CollectorRegistry:
    """Return metrics of the named tenants.

    Raises NOT_FOUND for an unknown tenant, and UNAVAILABLE if PostgreSQL fails.
    """
    try:
        with acting_for_platform("metrics of some tenants", METRICS_ROLE):
            read = _of_tenants(slugs)
    except Error as error:
        raise NormalizedError(
            "UNAVAILABLE", "PostgreSQL is unreachable or busy, so the metrics could not be read. Try again."
        ) from error
    finally:
        connection.close()
    registry = CollectorRegistry()
    registry.register(_Once(read))
    return registry


def _queue() -> Families:
    with acting_for_platform("metrics of the queue", METRICS_ROLE):
        found, busiest, broken = depth.depths(), depth.busiest(BUSIEST), depth.lanes_with_open_breakers()
        slugs = tenants.slugs_of([tenant for tenant, _ in busiest])
    jobs, late = QUEUE_JOBS.family(), QUEUE_OLDEST.family()
    for one in found:
        jobs.add_metric([one.topic, one.phase], one.jobs)
    for topic, seconds in _oldest(found).items():
        late.add_metric([topic], seconds)
    named, breakers = QUEUE_BUSIEST.family(), OPEN_BREAKERS.family()
    for tenant_id, count in busiest:
        named.add_metric([slugs.get(tenant_id, "")], count)
    breakers.add_metric([], broken)
    return [jobs, late, named, breakers]


def _of_tenants(slugs: Sequence[str]) -> Families:
    known: dict[uuid.UUID, str] = {}
    for slug in slugs:
        found = tenants.find_by_slug(slug)
        if found is None:
            raise NormalizedError("NOT_FOUND", f"No tenant has the slug {slug[:100]!r}. Check the slug.")
        known[found.ref.id] = slug
    jobs, late, slots = TENANT_JOBS.family(), TENANT_OLDEST.family(), TENANT_SLOTS.family()
    by_tenant: dict[uuid.UUID, list[Depth]] = {}
    for tenant_id, one in depth.depths_of(list(known)):
        jobs.add_metric([known[tenant_id], one.topic, one.phase], one.jobs)
        by_tenant.setdefault(tenant_id, []).append(one)
    for tenant_id, depths in by_tenant.items():
        for topic, seconds in _oldest(depths).items():
            late.add_metric([known[tenant_id], topic], seconds)
    for tenant_id, held in budgets.slots_of(list(known)).items():
        slots.add_metric([known[tenant_id]], held)
    return [jobs, late, slots]


def _oldest(depths: Iterable[Depth]) -> dict[str, float]:
    # Jobs that a worker holds are omitted.
    seconds: dict[str, float] = {}
    for one in depths:
        if one.phase != "claimed":
            seconds[one.topic] = max(seconds.get(one.topic, 0.0), one.late_seconds)
    return seconds
