"""Circuit breakers: what keeps a tenant's runs from calling a host that is ill."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check
from automate.runs.states import BREAKER_CLOSED, BREAKER_FORCED, BREAKER_MOVES


class CircuitBreaker(Row):
    """Of one connector and one host, from the first failure on. digest: of both; parked jobs bear it.

    forced: what a person has set it to; empty where it goes by itself. calls, failures: since window_started, as far as those
    know who had a failure. well: calls of everybody's that came back well, when the ledger was last asked in this window; None
    where it was not. probe_at: when the next probe may leave, while ``open``; until when the one under way is waited for,
    while ``half_open``.
    interval_seconds: from a probe that failed to the next. code: of the last failure.
    """

    connector = models.CharField(max_length=64)
    target = models.CharField(max_length=255)
    digest = models.CharField(max_length=24)
    state = models.CharField(max_length=16, default=BREAKER_CLOSED)
    forced = models.CharField(max_length=16, blank=True)
    calls = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    well = models.IntegerField(null=True)
    window_started = models.DateTimeField()
    interval_seconds = models.FloatField()
    probe_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "runs"
        db_table = "circuit_breaker"
        indexes = [models.Index(fields=["digest"], name="circuit_breaker_digest")]
        constraints = [
            models.UniqueConstraint(fields=["connector", "target"], name="circuit_breaker_once"),
            check("circuit_breaker_state_known", models.Q(state__in=sorted(BREAKER_MOVES))),
            check("circuit_breaker_forced_known", models.Q(forced__in=["", *BREAKER_FORCED])),
            check(
                "circuit_breaker_probed_unless_closed",
                models.Q(state=BREAKER_CLOSED, probe_at__isnull=True)
                | (~models.Q(state=BREAKER_CLOSED) & models.Q(probe_at__isnull=False)),
            ),
        ]
