"""Prices of single fields. One point stands for about 50 us of processor time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

POINT_SECONDS = 50e-6
"""The processor time of one point, which is about a row of twenty fields from its SQL to its JSON."""
OPERATION_POINTS = 10
"""The minimum charge of an operation. It covers the authentication, the headers and the log line."""
FIELDS_PER_POINT = 5
"""How many fields of an introspection result cost one point. A field takes 4.6 us and 19 bytes of the answer."""
COUNT_POINTS = 20
"""The price of ``totalCount``, which reads up to 10,000 entries of an index."""
EVALUATION = 4_000
DEFINITION = 12_000
CONFIGURATION = 15_000


@dataclass(frozen=True)
class FieldPrice:
    """The price of one field. The points for the field's rows are not included."""

    points: int
    why: str
    """The work that the points pay for."""


_EVALUATION = FieldPrice(
    EVALUATION, "up to 100,000 operations of a condition or a template, or 300 signatures of a body"
)
_DEFINITION = FieldPrice(DEFINITION, "a definition of up to 256 KiB is checked, compared or tested")
_CONFIGURATION = FieldPrice(CONFIGURATION, "all objects of a tenant, in one transaction")
_CONDITION = FieldPrice(8, "a condition of up to 8 KiB")
_RUNS = FieldPrice(500, "steps and effects of up to 100 runs")
_BULK = FieldPrice(500, "a count of up to 100,000 runs, events or jobs")
_STREAM = FieldPrice(200, "a stream begins with separate SQL; its items are free")
_COUNTED = FieldPrice(COUNT_POINTS, "a count of up to 10,000 rows")

PRICES: Mapping[tuple[str, str], FieldPrice] = {
    ("Query", "explainCost"): FieldPrice(1_000, "a document is parsed and validated"),
    ("Query", "explainRule"): _EVALUATION,
    ("Query", "previewStep"): _EVALUATION,
    ("Query", "verifyDelivery"): _EVALUATION,
    ("Mutation", "installRecipe"): _EVALUATION,
    ("Query", "validateWorkflow"): _DEFINITION,
    ("Query", "publishChecklist"): _DEFINITION,
    ("Query", "workflowDiff"): _DEFINITION,
    ("Mutation", "saveWorkflow"): _DEFINITION,
    ("Mutation", "publishWorkflow"): _DEFINITION,
    ("Mutation", "rollBackWorkflow"): _DEFINITION,
    ("Mutation", "testWorkflow"): _DEFINITION,
    ("Mutation", "testStep"): _DEFINITION,
    ("Query", "exportConfiguration"): _CONFIGURATION,
    ("Query", "planConfiguration"): _CONFIGURATION,
    ("Mutation", "applyConfiguration"): _CONFIGURATION,
    ("RuleSpec", "when"): _CONDITION,
    ("Decision", "when"): _CONDITION,
    ("Backtest", "when"): _CONDITION,
    ("Backtest", "liveWhen"): _CONDITION,
    ("Query", "planRetry"): _RUNS,
    ("Mutation", "retryRuns"): _RUNS,
    ("Query", "connectors"): FieldPrice(500, "some ten schemas of up to 16 KiB"),
    ("Query", "secrets"): FieldPrice(500, "up to 1,000 rows in a list without pages"),
    ("Query", "previewRetention"): FieldPrice(4_000, "up to 200,000 rows are counted in each of ten tables"),
    ("Query", "budgets"): FieldPrice(COUNT_POINTS, "up to 40 rows in a list without pages, and a count of run slots"),
    ("Query", "previewSchedule"): FieldPrice(20, "ticks are found day by day, for up to ten years"),
    ("Schedule", "nextTicks"): FieldPrice(2, "ticks are found day by day, for up to ten years"),
    ("Mutation", "ingestEvents"): FieldPrice(500, "up to 100 events with their bodies, in one transaction"),
    ("Mutation", "replayEvent"): FieldPrice(500, "all rules are matched against the event"),
    ("Query", "previewBulkOperation"): _BULK,
    ("Mutation", "startBulkOperation"): _BULK,
    ("Mutation", "resendWebhookDeliveries"): FieldPrice(100, "up to 20 deliveries, each with its body"),
    ("Mutation", "redeliver"): FieldPrice(100, "up to 20 deliveries, each with its body"),
    ("Mutation", "saveRule"): FieldPrice(100, "a condition of up to 8 KiB is compiled"),
    ("Mutation", "backtestRule"): FieldPrice(100, "a condition of up to 8 KiB is compiled"),
    ("FailureGroup", "count"): _COUNTED,
    ("FailureGroup", "trend"): _COUNTED,
    ("Query", "runCounts"): FieldPrice(500, "up to 400 rows without pages, and runs of hours that are not counted yet"),
    ("ExecutionRun", "waitingFor"): FieldPrice(COUNT_POINTS, "a place in a line of up to 10,000"),
    ("Event", "waitingFor"): FieldPrice(COUNT_POINTS, "a place in a line of up to 10,000"),
    ("StepRun", "items"): FieldPrice(COUNT_POINTS, "items in some states, among up to 10,000"),
    ("Subscription", "exportRecords"): _STREAM,
    ("Subscription", "auditExport"): _STREAM,
    ("Subscription", "runFeed"): _STREAM,
    ("Subscription", "eventFeed"): _STREAM,
    ("Subscription", "approvalFeed"): _STREAM,
    ("Subscription", "bulkProgress"): _STREAM,
    ("Subscription", "backtestProgress"): _STREAM,
}
"""Prices by the names of the parent type and the field."""
