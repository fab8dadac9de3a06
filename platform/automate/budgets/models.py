"""What the runtime enforces for a tenant, in the public schema behind row-level security."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check

RUNS, CONCURRENT_RUNS = "runs", "concurrent_runs"
METRICS = (RUNS, CONCURRENT_RUNS)
WAITING_RUNS = "waiting_runs"
"""The platform's limit on the runs that have begun, for which runs wait where a tenant's ``concurrent_runs`` lets more begin."""
RUN_SLOT = "run_slot"
"""The cause for which a run that has begun is parked while it waits for a slot of ``concurrent_runs``."""
SLOT_CAUSES = frozenset({RUN_SLOT, CONCURRENT_RUNS, WAITING_RUNS})
"""A run that is parked for one of these holds no slot."""
MINUTE, HOUR, DAY, MONTH, ALWAYS = "minute", "hour", "day", "month", "always"
WINDOWS = (MINUTE, HOUR, DAY, MONTH, ALWAYS)
THROTTLE, REJECT = "throttle", "reject"
ACTIONS = (THROTTLE, REJECT)


class Budget(Row):
    """A limit on one metric.

    window: minute to month for what is counted, ``always`` for what is held at once. used counts within
    the window that began at window_start. action: throttle parks a run until there is room, reject fails it.
    """

    tenant_id = models.UUIDField(help_text="The tenant.")
    metric = models.CharField(max_length=32, help_text="What is limited: runs or concurrent_runs.")
    window = models.CharField(
        max_length=16,
        help_text="The time over which uses are counted: minute, hour, day or month; always for what is held at once.",
    )
    limit = models.BigIntegerField(help_text="The largest number of uses in one window.")
    action = models.CharField(
        max_length=16,
        default=THROTTLE,
        help_text="What happens above the limit: throttle parks a run, reject fails it.",
    )
    used = models.BigIntegerField(default=0, help_text="Uses in the current window.")
    window_start = models.DateTimeField(help_text="The start of the current window.")

    class Meta:
        db_table = "budget"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "metric", "window"], name="budget_once"),
            check("budget_metric", models.Q(metric__in=METRICS)),
            check("budget_window", models.Q(window__in=WINDOWS)),
            check("budget_action", models.Q(action__in=ACTIONS)),
            check("budget_never_overspent", models.Q(used__gte=0)),
        ]


class BudgetSlot(models.Model):
    """A run that has begun and not ended, as ``waiting_runs`` counts it.

    working: it holds one of the run slots that ``concurrent_runs`` counts; false while it waits. A queued run that a slot was
    handed to has a row as well. The column has a default in the database: an earlier release inserts rows without it.
    """

    holder_id = models.UUIDField(primary_key=True, help_text="The run that holds the slot.")
    tenant_id = models.UUIDField(help_text="The tenant.")
    working = models.BooleanField(
        default=True, help_text="Whether the run counts towards concurrent_runs. False while it waits."
    )

    class Meta:
        db_table = "budget_slot"
        indexes = [models.Index(fields=["tenant_id", "working"], name="budget_slot_working")]
