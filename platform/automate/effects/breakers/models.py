"""Circuit breakers: they keep a tenant's runs from calling an unhealthy host."""

from __future__ import annotations

from django.db import models

from automate.effects.states import BREAKER_CLOSED, BREAKER_FORCED, BREAKER_MOVES
from automate.kernel.models import Row, check


class CircuitBreaker(Row):
    """The circuit breaker of one connector and one host. The first failure creates the database row of a breaker."""

    connector = models.CharField(max_length=64, help_text="The connector whose calls are counted.")
    target = models.CharField(max_length=255, help_text="The host that the connector calls.")
    digest = models.CharField(max_length=24, help_text="A checksum of connector and host, by which the row is found.")
    state = models.CharField(max_length=16, default=BREAKER_CLOSED, help_text="Whether calls are sent.")
    forced = models.CharField(
        max_length=16,
        blank=True,
        help_text="The state that a person has forced. Empty while the breaker works automatically.",
    )
    calls = models.IntegerField(
        default=0, help_text="The number of calls since `windowStarted`, as far as it is known."
    )
    failures = models.IntegerField(
        default=0, help_text="The number of failures since `windowStarted` that show an unhealthy host."
    )
    well = models.IntegerField(
        null=True, help_text="The successful calls of all processes in this window when they were last counted."
    )
    window_started = models.DateTimeField(help_text="The start of the window in which calls are counted.")
    interval_seconds = models.FloatField(help_text="Seconds from a failed probe to the next probe.")
    probe_at = models.DateTimeField(
        null=True,
        help_text="The time at which the next probe may be sent. While HALF_OPEN, the time until which the "
        "current probe is awaited.",
    )
    code = models.CharField(
        max_length=64,
        blank=True,
        help_text="The code of the last failure that shows an unhealthy host. Null without one.",
    )
    changed_at = models.DateTimeField(help_text="The time of the last change of the state.")

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
