"""Runs, their steps, and the log that feeds are read from."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from automate.kernel.models import Row, check
from automate.rules.models import NO_EVENT
from automate.runs.breakers.models import CircuitBreaker  # noqa: F401 - Django looks for models here
from automate.runs.ledger.models import Effect  # noqa: F401 - and here
from automate.runs.states import (
    APPROVAL_MOVES,
    BULK_MOVES,
    BULK_OUTCOMES,
    BULK_RUNNING,
    DECISIONS,
    PENDING,
    QUEUED,
    RUN_MOVES,
    STEP_MOVES,
)


class ExecutionRun(Row):
    """One WorkflowVersion taken through one Event. Its OutboxJob bears the same id, but for a redriven one's: job_id.

    origin_id: what idempotency keys are made from: the first run of a line of retries, and an id of its own again for a retry
    that repeats effects. line_id: the first run of its line, whatever the keys; NULL for that one itself. retry_of_id: the run
    whose place it takes. parent_step_id: the step of another run that awaits this one. deadline_at: when its timeout_seconds
    end. paused_at: since when somebody holds this run by itself; what holds its workflow or its rule stands in their own rows.
    depth: one more than its event's. fingerprint: of its error, where it failed or timed out with one. started_by: who brought
    it about by hand, by retry, replay or redrive; empty for what its event did. test: it tries its workflow out.
    """

    workflow_id = models.UUIDField()
    workflow_version_id = models.UUIDField()
    event_id = models.UUIDField()
    rule_id = models.UUIDField(null=True)
    origin_id = models.UUIDField()
    line_id = models.UUIDField(null=True)
    retry_of_id = models.UUIDField(null=True)
    parent_step_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)
    state = models.CharField(max_length=16, default=QUEUED)
    state_reason = models.CharField(max_length=255, blank=True)
    error = models.JSONField(null=True)
    trace_id = models.CharField(max_length=32)
    depth = models.IntegerField(default=1)
    step_count = models.IntegerField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=200, blank=True)
    # The person of started_by, where one is known: see Principal.
    started_person = models.UUIDField(null=True)
    test = models.BooleanField(default=False)
    deadline_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    fingerprint = models.UUIDField(null=True)

    class Meta:
        db_table = "execution_run"
        indexes = [
            Index(fields=["event_id"], name="execution_run_event"),
            Index(fields=["workflow_id", "id"], name="execution_run_workflow"),
            Index(fields=["state", "id"], name="execution_run_state"),
            Index(fields=["parent_step_id"], condition=Q(parent_step_id__isnull=False), name="execution_run_parent"),
            Index(
                Coalesce("line_id", "origin_id"),
                condition=Q(retry_of_id__isnull=False),
                name="execution_run_line",
            ),
            Index(fields=["retry_of_id"], condition=Q(retry_of_id__isnull=False), name="execution_run_retry"),
            Index(fields=["workflow_version_id"], condition=Q(test=True), name="execution_run_tested"),
            Index(fields=["trace_id", "id"], name="execution_run_trace"),
            Index(fields=["rule_id", "id"], condition=Q(rule_id__isnull=False), name="execution_run_rule"),
            Index(
                KeyTextTransform("code", "error"),
                "id",
                condition=Q(error__isnull=False),
                name="execution_run_error_code",
            ),
            Index(fields=["id"], condition=Q(test=True), name="execution_run_tests"),
            Index(
                fields=["fingerprint", "id"],
                include=["workflow_id"],
                condition=Q(fingerprint__isnull=False),
                name="execution_run_failures",
            ),
        ]
        constraints = [
            check("execution_run_state_known", Q(state__in=sorted(RUN_MOVES))),
            check(
                "execution_run_finished_when_final",
                Q(finished_at__isnull=True, state__in=["queued", "running", "waiting", "paused", "cancelling"])
                | Q(finished_at__isnull=False, state__in=["succeeded", "failed", "cancelled", "timed_out"]),
            ),
        ]


class StepRun(Row):
    """One attempt at one unit of work. item: the position within a for_each, -1 outside one, -2 for its compensation.
    due_at: when it goes on by itself, while ``retrying`` or ``waiting``. output: at most 1 MiB of JSON, secrets scrubbed.
    """

    run_id = models.UUIDField()
    key = models.CharField(max_length=64)
    item = models.IntegerField(default=-1)
    attempt = models.IntegerField(default=1)
    state = models.CharField(max_length=16, default=PENDING)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "step_run"
        constraints = [
            models.UniqueConstraint(fields=["run_id", "key", "item", "attempt"], name="step_run_once"),
            check("step_run_state_known", Q(state__in=sorted(STEP_MOVES))),
        ]


class StepInput(Row):
    """What a step was given, where it has to stay the same whoever goes on with it: the list of a for_each, also for a run
    that takes this one's place. items: how many there are.
    """

    run_id = models.UUIDField()
    key = models.CharField(max_length=64)
    input = models.JSONField()
    items = models.IntegerField()

    class Meta:
        db_table = "step_input"
        constraints = [models.UniqueConstraint(fields=["run_id", "key"], name="step_input_once")]


class StepWait(models.Model):
    """What a waiting step waits for, other than time. kind: an event or a run. event_type, match: of the event; path and
    digest: where in it stands what it has in common with the run, and that value's checksum; empty where nothing must.
    looked_back: whether the events that came just before the wait were looked at. outcome: ``{output}`` or ``{error}``.
    """

    step_id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField()
    kind = models.CharField(max_length=16)
    event_type = models.CharField(max_length=255, blank=True)
    path = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    match = models.JSONField(null=True)
    looked_back = models.BooleanField(default=False)
    outcome = models.JSONField(null=True)

    class Meta:
        db_table = "step_wait"
        indexes = [
            Index(fields=["run_id"], name="step_wait_run"),
            Index(
                fields=["event_type", "path", "digest"],
                condition=Q(kind="event", outcome__isnull=True),
                name="step_wait_event",
            ),
        ]


class Approval(models.Model):
    """What people are asked by a waiting ``flow.approval``. shown_sha256: over all that they are shown, see
    ``approvals.step``. requested_by_*: who sent the event that the run began with. caused_by: the names of all who
    had a hand in there being this run, none of whom may decide.
    ended_at: when it was no longer pending; some time after that it is forgotten.
    """

    step_id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField()
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    data = models.JSONField(null=True)
    roles = models.JSONField()
    # Addresses of members who may decide beside those with one of the roles.
    members = models.JSONField(default=list)
    quorum = models.IntegerField()
    form = models.JSONField(null=True)
    on_expiry = models.CharField(max_length=16)
    shown_sha256 = models.CharField(max_length=64)
    requested_by_kind = models.CharField(max_length=16, blank=True)
    requested_by_name = models.CharField(max_length=200, blank=True)
    caused_by = models.JSONField(default=list)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=16, default=PENDING)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "approval"
        indexes = [
            Index(fields=["step_id"], condition=Q(state=PENDING), name="approval_pending"),
            Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="approval_ended"),
        ]
        constraints = [
            check("approval_state_known", Q(state__in=sorted(APPROVAL_MOVES))),
            check(
                "approval_ended_when_final",
                Q(ended_at__isnull=True, state=PENDING)
                | Q(ended_at__isnull=False, state__in=sorted(APPROVAL_MOVES.keys() - {PENDING})),
            ),
        ]


class ApprovalDecision(Row):
    """What one principal decided, once. form: what was filled in; None where nothing was asked. shown_sha256: of what they saw."""

    approval_id = models.UUIDField()
    principal_kind = models.CharField(max_length=16)
    principal_id = models.CharField(max_length=64)
    principal_name = models.CharField(max_length=200)
    # The person behind the principal, where one is known.
    person = models.UUIDField(null=True)
    role = models.CharField(max_length=16)
    outcome = models.CharField(max_length=16)
    form = models.JSONField(null=True)
    shown_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "approval_decision"
        constraints = [
            models.UniqueConstraint(
                fields=["approval_id", "principal_kind", "principal_id"], name="approval_decision_once"
            ),
            check("approval_decision_outcome_known", Q(outcome__in=DECISIONS)),
        ]


class RunSlot(models.Model):
    """A run's place at its concurrency key, from the moment that it asks until its final state.

    digest: of tenant, workflow and key. place: when its event was received, or a person asked for it, in microseconds, and
    event_id: of its event: by both the runs of the key are in order, in an index that begins with the key, lest a plan look for
    its runs among all others. Rows of the release before count from 1, and came before all others.
    key: as people may see it. most: how many may hold it, as this run's version says. held: it may go on; else it waits.
    """

    run_id = models.UUIDField(primary_key=True)
    digest = models.CharField(max_length=64)
    place = models.BigIntegerField()
    event_id = models.UUIDField(default=NO_EVENT)
    key = models.CharField(max_length=255)
    most = models.IntegerField()
    held = models.BooleanField(default=False)

    class Meta:
        db_table = "run_slot"
        indexes = [
            Index(fields=["digest", "place", "event_id", "run_id"], name="run_slot_order"),
            Index(fields=["digest"], condition=Q(held=True), name="run_slot_held"),
        ]


class RunLogEntry(models.Model):
    """One transition, in the transaction that made it. Readers order by (epoch, xid, id) below the oldest
    transaction still running: ids alone are handed out before they commit, and reading past one loses it.
    """

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField()
    epoch = models.IntegerField(default=1)
    run_id = models.UUIDField()
    workflow_id = models.UUIDField()
    step_id = models.UUIDField(null=True)
    step_key = models.CharField(max_length=64, blank=True)
    attempt = models.IntegerField(null=True)
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16)
    reason = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "run_log"
        indexes = [
            Index(fields=["epoch", "xid", "id"], name="run_log_cursor"),
            Index(fields=["run_id", "id"], name="run_log_run"),
        ]


class ApprovalLogEntry(models.Model):
    """One change of an approval, in the transaction that made the change. Readers order by (epoch, xid, id).

    The primary key of the table is (epoch, xid, id). Only feeds need the rows: the scheduler prunes them.
    change: requested, decided or ended. state: of the approval after the change. decision_id: of the ApprovalDecision.
    """

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField()
    epoch = models.IntegerField(default=1)
    approval_id = models.UUIDField()
    run_id = models.UUIDField()
    change = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    decision_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "approval_log"
        indexes = [Index(fields=["approval_id", "id"], name="approval_log_approval")]


class OperationKey(models.Model):
    """An idempotencyKey of an operation on runs, and what the first request with it did. digest: of the request.
    outcome: null only within the transaction that writes it.
    """

    id = models.BigAutoField(primary_key=True)
    operation = models.CharField(max_length=32)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    outcome = models.JSONField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "operation_key"
        constraints = [models.UniqueConstraint(fields=["operation", "key"], name="operation_key_once")]
        indexes = [Index(fields=["expires_at"], name="operation_key_expiry")]


class BulkOperation(Row):
    """One verb of recovery for all that fits a filter, done little by little by the OutboxJob of the same id.

    kind: see ``bulk.request``. wanted: the filter, and options: what the verb needs besides, as JSON. bounded_at: what came
    later is none of its items. total: how many there were at its start, of which cursor_id is the last one dealt with.
    principal_*: who started it, and in whose name its work is done.
    """

    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=BULK_RUNNING)
    wanted = models.JSONField()
    options = models.JSONField()
    reason = models.CharField(max_length=255, blank=True)
    rate = models.IntegerField()
    ceiling = models.IntegerField()
    stop_on_error_rate = models.IntegerField(null=True)
    bounded_at = models.DateTimeField()
    total = models.IntegerField()
    done = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    cursor_id = models.UUIDField(null=True)
    error = models.JSONField(null=True)
    principal_kind = models.CharField(max_length=16)
    principal_id = models.CharField(max_length=64, blank=True)
    principal_name = models.CharField(max_length=200)
    principal_role = models.CharField(max_length=16, blank=True)
    # The person behind the principal, where one is known.
    principal_person = models.UUIDField(null=True)
    trace_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bulk_operation"
        indexes = [
            Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="bulk_operation_final"),
        ]
        constraints = [
            check("bulk_operation_state_known", Q(state__in=sorted(BULK_MOVES))),
            check(
                "bulk_operation_finished_when_final",
                Q(state=BULK_RUNNING, finished_at__isnull=True)
                | (~Q(state=BULK_RUNNING) & Q(finished_at__isnull=False)),
            ),
        ]


class BulkItem(Row):
    """What came of one item of a BulkOperation. item_id: a run, an event or a job. runs: the new runs that it led to.
    error: why it was refused, or what made it needless.
    """

    operation_id = models.UUIDField()
    item_id = models.UUIDField()
    outcome = models.CharField(max_length=16)
    runs = models.JSONField(default=list)
    error = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "bulk_item"
        indexes = [Index(fields=["operation_id", "id"], include=["outcome"], name="bulk_item_page")]
        constraints = [
            models.UniqueConstraint(fields=["operation_id", "item_id"], name="bulk_item_once"),
            check("bulk_item_outcome_known", Q(outcome__in=BULK_OUTCOMES)),
        ]
