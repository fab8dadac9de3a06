"""The state machines of runs, steps and related rows: tables of legal moves."""

from __future__ import annotations

from collections.abc import Mapping

from automate.workflows.flow_steps import outcomes

QUEUED, RUNNING, WAITING, PAUSED, CANCELLING = "queued", "running", "waiting", "paused", "cancelling"
SUCCEEDED, FAILED, CANCELLED, TIMED_OUT = "succeeded", "failed", "cancelled", "timed_out"
PENDING, RETRYING, UNCERTAIN, SKIPPED = "pending", "retrying", "uncertain", "skipped"

RUN_FINAL = frozenset({SUCCEEDED, FAILED, CANCELLED, TIMED_OUT})
RUN_MOVES: Mapping[str, frozenset[str]] = {
    QUEUED: frozenset({RUNNING, PAUSED, CANCELLING, FAILED, CANCELLED, TIMED_OUT}),
    RUNNING: frozenset({WAITING, PAUSED, CANCELLING}) | RUN_FINAL,
    WAITING: frozenset({RUNNING, PAUSED, CANCELLING}) | RUN_FINAL,
    PAUSED: frozenset({QUEUED, RUNNING, CANCELLING}) | RUN_FINAL,
    CANCELLING: frozenset(RUN_FINAL),
    **{final: frozenset[str]() for final in sorted(RUN_FINAL)},
}

RUN_OPEN = frozenset(RUN_MOVES) - RUN_FINAL
RUN_OPEN_SQL = ", ".join(f"'{state}'" for state in RUN_MOVES if state in RUN_OPEN)
"""The open states as a list in SQL, for ``state IN (…)``."""
JOB_OF_RUN = "CASE WHEN r.job_id IS NULL THEN r.id ELSE r.job_id END"
"""SQL: the id of the job of the run ``r``. With ``coalesce(r.job_id, r.id)``, a statement would read all jobs: for PostgreSQL,
coalesce() can reveal rows in an error, so row-level security keeps the condition from the index."""
RUN_UNDER_WAY = RUN_OPEN - {CANCELLING}
"""The open states without ``cancelling``. In these states, the run can be cancelled, and decisions count."""

STEP_FINAL = frozenset({SUCCEEDED, FAILED, SKIPPED, CANCELLED})
STEP_MOVES: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({RUNNING, SKIPPED, CANCELLED}),
    RUNNING: frozenset({WAITING, RETRYING, UNCERTAIN, SUCCEEDED, FAILED, CANCELLED}),
    WAITING: frozenset({RUNNING, SUCCEEDED, FAILED, CANCELLED}),
    RETRYING: frozenset({FAILED, CANCELLED}),
    UNCERTAIN: frozenset({RUNNING, RETRYING, SUCCEEDED, FAILED, CANCELLED}),
    **{final: frozenset[str]() for final in sorted(STEP_FINAL)},
}
"""A ``retrying`` attempt never changes to another open state: the next attempt is a StepRun of its own."""
WORKER_LOST = "its worker was lost during the call"
"""Reason in the run's log when a step becomes uncertain because the outcome of its call was not recorded."""
RESERVING = frozenset({RUNNING, UNCERTAIN})
"""States in which an attempt can hold a reservation of budgets: the outcome of its call is not known."""
CONTINUES_AUTOMATICALLY = frozenset({WAITING, RETRYING, UNCERTAIN})
"""States in which an attempt can have a time at which it continues."""


APPROVED, REJECTED, EXPIRED = outcomes.APPROVED, outcomes.REJECTED, "expired"
APPROVAL_MOVES: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({APPROVED, REJECTED, EXPIRED, CANCELLED}),
    APPROVED: frozenset(),
    REJECTED: frozenset(),
    EXPIRED: frozenset(),
    CANCELLED: frozenset(),
}
"""An approval ends once: by decisions, by its expiry, or with its run."""

BULK_RUNNING, BULK_FINISHED, BULK_STOPPED, BULK_ABORTED, BULK_FAILED = (
    "running",
    "finished",
    "stopped",
    "aborted",
    "failed",
)
BULK_MOVES: Mapping[str, frozenset[str]] = {
    BULK_RUNNING: frozenset({BULK_FINISHED, BULK_STOPPED, BULK_ABORTED, BULK_FAILED}),
    BULK_FINISHED: frozenset(),
    BULK_STOPPED: frozenset(),
    BULK_ABORTED: frozenset(),
    BULK_FAILED: frozenset({BULK_RUNNING}),
}
"""The job of a ``failed`` operation is dead. A redrive of the job continues the operation."""

ITEM_DONE, ITEM_SKIPPED, ITEM_REFUSED = "done", "skipped", "refused"
BULK_OUTCOMES = (ITEM_DONE, ITEM_SKIPPED, ITEM_REFUSED)
"""``skipped``: another caller has already done the operation on this item."""
