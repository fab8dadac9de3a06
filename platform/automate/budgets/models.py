"""The tables of tenants' budgets. They are in the public schema, and row-level security separates the tenants."""

from __future__ import annotations

from django.db import models

from automate.budgets.kinds import CONCURRENT_RUNS, METRICS
from automate.kernel.models import Row, check

OF_CONNECTOR = "@"
"""Prefix of the scope of a connector's budget."""
MILLIONTHS = 1_000_000
"""A budget of COST counts millionths of the price currency."""
WAITING_RUNS = "waiting_runs"
"""The platform's limit on started runs. Runs wait for it if a tenant's ``concurrent_runs`` allows more."""
RUN_SLOT = "run_slot"
"""Cause for which a started run is parked while it waits for a slot of ``concurrent_runs``."""
SLOT_CAUSES = frozenset({RUN_SLOT, CONCURRENT_RUNS, WAITING_RUNS})
"""A run that is parked for one of these causes holds no slot."""
MINUTE, HOUR, DAY, MONTH, ALWAYS = "minute", "hour", "day", "month", "always"
WINDOWS = (MINUTE, HOUR, DAY, MONTH, ALWAYS)
THROTTLE, REJECT, ALERT = "throttle", "reject", "alert"
ACTIONS = (THROTTLE, REJECT, ALERT)
RESERVE, SETTLE, RELEASE, REFUSE, CORRECT = "reserve", "settle", "release", "refuse", "correct"
ENTRY_KINDS = (RESERVE, SETTLE, RELEASE, REFUSE, CORRECT)


class Budget(Row):
    """A limit on the uses of one metric.

    The plan sets ``ceiling`` and ``ceiling_action``. The tenant sets ``own_limit`` and ``own_action``. From these
    values, the platform computes the enforced ``limit`` and ``action``.
    """

    tenant_id = models.UUIDField(help_text="The tenant.")
    metric = models.CharField(max_length=32, help_text="The metric that the budget counts.")
    window = models.CharField(
        max_length=16,
        help_text="The period after which the count starts again.",
    )
    scope = models.CharField(
        max_length=128,
        default="",
        blank=True,
        help_text="The id of the workflow that is counted, or @ and the name of the connector that is counted. "
        "Empty for the whole tenant.",
    )
    scope_label = models.CharField(
        max_length=255,
        default="",
        blank=True,
        help_text="The slug of that workflow when the budget was set, or the connector.",
    )
    limit = models.BigIntegerField(help_text="The maximum use in a window; for COST, in millionths of the currency.")
    ceiling = models.BigIntegerField(
        null=True, help_text="The highest limit that the tenant may set, from its plan. Null without a maximum."
    )
    ceiling_action = models.CharField(
        max_length=16, default="", blank=True, help_text="The action that the plan sets. Empty without a ceiling."
    )
    own_limit = models.BigIntegerField(
        null=True, help_text="The tenant's own limit, below that of its plan. Null while the plan's limit applies."
    )
    own_action = models.CharField(
        max_length=16,
        default="",
        blank=True,
        help_text="The tenant's own action, in place of its plan's. Empty while the plan's action applies.",
    )
    action = models.CharField(
        max_length=16,
        default=THROTTLE,
        help_text="The action at the limit.",
    )
    used = models.BigIntegerField(
        default=0,
        help_text="The sum of the used and the reserved amount in the current window. The budget compares this sum with its limit.",
    )
    window_start = models.DateTimeField(help_text="The start of the current window.")
    matched_until = models.DateTimeField(
        null=True,
        help_text="Events that were received before this time are counted when rules match them, although the action is no "
        "longer throttle. Null if the action was never changed.",
    )
    # Also null in rows of earlier releases.
    resets_at = models.DateTimeField(
        null=True,
        help_text="The time at which the window ends and `used` returns to 0. Null for ALWAYS.",
    )

    class Meta:
        db_table = "budget"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "metric", "window", "scope"], name="budget_once_in_scope"),
            check("budget_metric_counted", models.Q(metric__in=METRICS)),
            check("budget_window", models.Q(window__in=WINDOWS)),
            check("budget_action_known", models.Q(action__in=ACTIONS)),
            check("budget_never_overspent", models.Q(used__gte=0)),
        ]


class BudgetEntry(Row):
    """The change that one transaction made to one budget. Rows are never updated."""

    tenant_id = models.UUIDField(help_text="The tenant.")
    budget_id = models.UUIDField(help_text="The budget.")
    window_start = models.DateTimeField(help_text="The start of the window to which the entry belongs.")
    kind = models.CharField(
        max_length=16,
        help_text="The kind of entry: reserve holds an amount for a call, settle counts a use, release gives back what "
        "was not used, refuse counts a refusal, correct is an opening balance.",
    )
    amount = models.BigIntegerField(help_text="How much the entry adds to what is used.")
    reserved = models.BigIntegerField(default=0, help_text="How much the entry adds to what is reserved.")
    refused = models.BigIntegerField(default=0, help_text="How many uses the budget refused in the same transaction.")
    made_at = models.DateTimeField(help_text="The time of the transaction.")

    class Meta:
        db_table = "budget_entry"
        constraints = [check("budget_entry_kind_known", models.Q(kind__in=ENTRY_KINDS))]
        indexes = [models.Index(fields=["budget_id", "window_start"], name="budget_entry_by_window")]


class BudgetSlot(models.Model):
    """One row for each started run that has not ended.

    The limit ``waiting_runs`` counts all rows. The limit ``concurrent_runs`` counts only rows whose ``working``
    is true.
    """

    holder_id = models.UUIDField(primary_key=True, help_text="The run that holds the slot.")
    tenant_id = models.UUIDField(help_text="The tenant.")
    working = models.BooleanField(
        default=True, help_text="Whether the run counts towards concurrent_runs. False while it waits."
    )

    class Meta:
        db_table = "budget_slot"
        indexes = [models.Index(fields=["tenant_id", "working"], name="budget_slot_working")]
