"""All Prometheus metrics of the platform. No metric has a label that identifies a tenant."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial

from django.db import transaction
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAIT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


LABELS: dict[str, tuple[str, ...]] = {}
"""Metric -> its labels."""


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    LABELS[name] = labels
    return Counter(name, help_text, labels, registry=REGISTRY)


def _gauge(name: str, help_text: str, *labels: str) -> Gauge:
    LABELS[name] = labels
    return Gauge(name, help_text, labels, registry=REGISTRY)


def _histogram(name: str, help_text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    LABELS[name] = labels
    return Histogram(name, help_text, labels, buckets=buckets, registry=REGISTRY)


# Every process
LAST_ROUND = _gauge(
    "automate_last_round_timestamp_seconds", "Unix time of the last round of work that reached PostgreSQL."
)

# Web
REQUESTS = _counter("automate_http_requests_total", "HTTP requests answered, by route and status.", "route", "status")
REQUEST_SECONDS = _histogram(
    "automate_http_request_seconds",
    "Seconds from the headers of a request to the start of its answer, by route.",
    ANSWER_SECONDS,
    "route",
)
REQUESTS_IN_FLIGHT = _gauge("automate_http_requests_in_flight", "HTTP requests without a whole answer.", "route")
SOCKETS = _gauge("automate_websockets", "Open WebSocket connections.")
REFUSED = _counter(
    "automate_requests_refused_total", "Requests, sockets and operations of sockets refused, by error code.", "code"
)
FEED_LAG = _histogram(
    "automate_feed_lag_seconds",
    "Seconds from a transition to its reading by the reader of its tenant's run feed.",
    WAIT_SECONDS,
)
SLOW_SUBSCRIBERS = _counter(
    "automate_feed_slow_subscribers_total", "Subscribers of feeds that were cut because they read too slowly."
)
HEAVY_SECONDS = _histogram(
    "automate_heavy_seconds",
    "Seconds from a request's need of a child process to its answer, by outcome: ok, fault or an error code.",
    ANSWER_SECONDS,
    "outcome",
)

# Relay
DISPATCHED = _counter("automate_jobs_dispatched_total", "OutboxJobs sent to the workers, by topic.", "topic")
DISPATCH_DELAY = _histogram(
    "automate_dispatch_delay_seconds", "Seconds from a job's due time to its dispatch, by topic.", WAIT_SECONDS, "topic"
)
DISPATCH_SECONDS = _histogram(
    "automate_dispatch_statement_seconds", "Seconds of the statement that dispatches due jobs.", ANSWER_SECONDS
)

# Worker
START_DELAY = _histogram(
    "automate_start_delay_seconds", "Seconds from a job's due time to its claim, by topic.", WAIT_SECONDS, "topic"
)
RUNS = _counter("automate_runs_total", "Transitions of runs, by the state that they reached.", "state")
STEPS = _counter("automate_steps_total", "Transitions of steps, by the state that they reached.", "state")
CALLS = _counter(
    "automate_connector_calls_total", "Calls of connectors, by result: ok or an error code.", "connector", "result"
)
CALL_SECONDS = _histogram(
    "automate_connector_call_seconds",
    "Seconds of a call that leaves the worker, by connector.",
    ANSWER_SECONDS,
    "connector",
)
CALLS_IN_FLIGHT = _gauge("automate_connector_calls_in_flight", "Calls that have left the worker and have no result.")
BREAKER_CHANGES = _counter(
    "automate_breaker_changes_total", "Circuit breakers that opened or closed.", "connector", "state"
)
BUDGET_REFUSALS = _counter(
    "automate_budget_refusals_total", "Runs that a budget held up or rejected.", "metric", "action"
)
RETENTION_REMOVED = _counter(
    "automate_retention_removed_rows_total", "Rows that retention removed, in all tables.", "data_class"
)
LEASE_LOSSES = _counter(
    "automate_lease_losses_total", "Runs whose results this worker dropped because it had lost their lease."
)


@dataclass(frozen=True)
class DatabaseGauge:
    """A gauge that is read from PostgreSQL at each scrape."""

    name: str
    documentation: str
    labels: tuple[str, ...] = ()

    def family(self) -> GaugeMetricFamily:
        """Return a gauge for ``prometheus_client``. The gauge has no values yet."""
        return GaugeMetricFamily(self.name, self.documentation, labels=self.labels)


# Relay, over all tenants. Phases: due, later (a retry, a delay), parked without a time, dispatched, claimed
QUEUE_JOBS = DatabaseGauge("automate_queue_jobs", "Open OutboxJobs, by topic and phase.", ("topic", "phase"))
QUEUE_OLDEST = DatabaseGauge(
    "automate_queue_oldest_due_seconds", "Seconds since the due time of the longest due unclaimed job.", ("topic",)
)
QUEUE_BUSIEST = DatabaseGauge(
    "automate_queue_busiest_tenant_jobs", "Due jobs of the five tenants that have the most.", ("tenant",)
)
OPEN_BREAKERS = DatabaseGauge(
    "automate_tenants_with_open_breakers", "Tenants that have a circuit breaker which is not closed."
)

# Relay, on request: /metrics?tenant=SLUG
TENANT_JOBS = DatabaseGauge("automate_tenant_jobs", "Open OutboxJobs of a tenant.", ("tenant", "topic", "phase"))
TENANT_OLDEST = DatabaseGauge(
    "automate_tenant_oldest_due_seconds",
    "Seconds since the due time of the tenant's longest due unclaimed job.",
    ("tenant", "topic"),
)
TENANT_SLOTS = DatabaseGauge("automate_tenant_run_slots", "Run slots that the tenant's runs hold.", ("tenant",))


def count_refusal(code: str) -> None:
    """Count an error code that ended a request."""
    REFUSED.labels(code).inc()


def count_transitions(moves: Iterable[tuple[bool, str]]) -> None:
    """After the commit, count the state changes of runs and steps.

    Each state change in ``moves`` is a pair. The pair has True for a step or False for a run, and the new state.
    """
    counts = Counts(moves)
    if counts:
        transaction.on_commit(partial(_count, counts))


def _count(counts: Counts[tuple[bool, str]]) -> None:
    for (step, state), number in counts.items():
        _transitions_to(step, state).inc(number)


@cache
def _transitions_to(step: bool, state: str) -> Counter:  # noqa: FBT001 - a part of the key
    return (STEPS if step else RUNS).labels(state)
