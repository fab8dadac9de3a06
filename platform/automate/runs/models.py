"""The tables of runs, their steps, and the log from which feeds read."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from automate.effects.breakers.models import CircuitBreaker  # noqa: F401 - Django looks for models here
from automate.effects.models import Effect  # noqa: F401 - and here
from automate.kernel.models import Row, check, text_beside
from automate.rules.models import NO_EVENT
from automate.runs.counts.models import RunHour  # noqa: F401 - and here
from automate.runs.states import (
    APPROVAL_MOVES,
    PENDING,
    QUEUED,
    RUN_MOVES,
    RUN_OPEN,
    STEP_MOVES,
)
from automate.workflows.flow_steps.outcomes import OUTCOMES


class ExecutionRun(Row):
    """One execution of a WorkflowVersion for one Event.

    - A run and its retries form a line.
    - ``line_id`` is the id of the line's first run.
    - Runs with the same ``origin_id`` have the same idempotency keys.
    """

    workflow_id = models.UUIDField(help_text="The workflow.")
    workflow_version_id = models.UUIDField(help_text="The version of the workflow.")
    event_id = models.UUIDField(help_text="The event of the run.")
    source_id = models.UUIDField(null=True, help_text="The source of the event.")
    rule_id = models.UUIDField(null=True, help_text="The rule that started the run. Null if no rule started it.")
    origin_id = models.UUIDField(help_text="The run whose id is part of the idempotency keys.")
    line_id = models.UUIDField(
        null=True, help_text="The first run of a chain of retries. Null for the first run itself."
    )
    retry_of_id = models.UUIDField(null=True, help_text="The run that this run replaces.")
    parent_step_id = models.UUIDField(null=True, help_text="The step of another run that waits for this run.")
    job_id = models.UUIDField(
        null=True, help_text="The OutboxJob of a redriven run. Null if the job has the id of the run."
    )
    state = models.CharField(max_length=16, default=QUEUED, help_text="The state of the run.")
    state_reason = models.CharField(
        max_length=255, blank=True, help_text="Why the run is in this state. Null without a reason."
    )
    error = models.JSONField(null=True, help_text="The error that ended the run. Null without one.")
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    depth = models.IntegerField(
        default=1, help_text="How many runs caused each other up to this one, including this one."
    )
    step_count = models.IntegerField(help_text="The number of steps of the version.")
    created_at = models.DateTimeField(help_text="The time at which the run was queued.")
    started_at = models.DateTimeField(null=True, help_text="The time at which the run began. Null before that.")
    finished_at = models.DateTimeField(
        null=True, help_text="The time at which the run reached a final state. Null before that."
    )
    started_by = models.CharField(
        max_length=200,
        blank=True,
        help_text="The caller who started the run by hand. Empty if an event started it.",
    )
    # The person of started_by, where one is known: see Principal.
    started_person = models.UUIDField(null=True, help_text="The person behind the caller, where one is known.")
    test = models.BooleanField(
        default=False,
        help_text="Whether the run is a test of its workflow, by testWorkflow or testStep, or a retry of such a run.",
    )
    deadline_at = models.DateTimeField(
        null=True, help_text="The time at which the run times out. Null without a timeout."
    )
    paused_at = models.DateTimeField(
        null=True, help_text="The time at which this run was paused. Null while it is not paused."
    )
    fingerprint = models.UUIDField(
        null=True, help_text="A fingerprint that similar errors share: see failureGroups. Null without an error."
    )

    class Meta:
        db_table = "execution_run"
        indexes = [
            Index(fields=["event_id"], name="execution_run_event"),
            Index(fields=["workflow_id", "id"], name="execution_run_workflow"),
            Index(fields=["state", "id"], name="execution_run_state"),
            Index(fields=["finished_at", "id"], condition=Q(finished_at__isnull=False), name="execution_run_finished"),
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
            Index(fields=["started_at", "id"], condition=Q(started_at__isnull=False), name="execution_run_started"),
            Index(fields=["source_id", "id"], condition=Q(source_id__isnull=False), name="execution_run_source"),
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
                Q(finished_at__isnull=True, state__in=[state for state in RUN_MOVES if state in RUN_OPEN])
                | Q(finished_at__isnull=False, state__in=["succeeded", "failed", "cancelled", "timed_out"]),
            ),
        ]


class StepRun(Row):
    """One attempt at a step, an item or a compensation. The output has at most 1 MiB of JSON."""

    run_id = models.UUIDField(help_text="The id of the run.")
    key = models.CharField(max_length=64, help_text="The key of the step.")
    item = models.IntegerField(
        default=-1, help_text="The position of the item within a flow.for_each, from 0. Null outside of one."
    )
    attempt = models.IntegerField(default=1, help_text="The number of the attempt, from 1.")
    state = models.CharField(max_length=16, default=PENDING, help_text="The state of the attempt.")
    output = models.JSONField(
        null=True,
        help_text="The redacted output. Null without an output, and if `ExecutionRun.expired` contains OUTPUTS.",
    )
    error = models.JSONField(null=True, help_text="The error that ended the attempt. Null without one.")
    started_at = models.DateTimeField(help_text="The time at which the attempt started.")
    finished_at = models.DateTimeField(null=True, help_text="The time at which the attempt ended. Null before that.")
    due_at = models.DateTimeField(
        null=True, help_text="The time at which the attempt continues, while it waits or before a retry."
    )

    class Meta:
        db_table = "step_run"
        constraints = [
            models.UniqueConstraint(fields=["run_id", "key", "item", "attempt"], name="step_run_once"),
            check("step_run_state_known", Q(state__in=sorted(STEP_MOVES))),
        ]


class StepInput(Row):
    """An input of a step, such as the list of a for_each. The input never changes."""

    run_id = models.UUIDField(help_text="The run.")
    key = models.CharField(max_length=64, help_text="The key of the step.")
    input = models.JSONField(help_text="The input of the step.")
    items = models.IntegerField(help_text="The number of items in the input.")

    class Meta:
        db_table = "step_input"
        constraints = [models.UniqueConstraint(fields=["run_id", "key"], name="step_input_once")]


class StepWait(models.Model):
    """The event or run that a step waits for."""

    step_id = models.UUIDField(primary_key=True, help_text="The waiting step.")
    run_id = models.UUIDField(help_text="The run.")
    kind = models.CharField(max_length=16, help_text="What the step waits for: an event or a run.")
    event_type = models.CharField(max_length=255, blank=True, help_text="The type of the event.")
    path = models.CharField(max_length=255, blank=True, help_text="The path in the event of the value that must match.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="The checksum of the value that the event must have."
    )
    match = models.JSONField(null=True, help_text="A further condition on the event. Null without one.")
    looked_back = models.BooleanField(default=False, help_text="Whether events from before the wait have been checked.")
    outcome = models.JSONField(null=True, help_text="The result: {output} or {error}. Null while the step waits.")

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
    """The question of a ``flow.approval`` step."""

    step_id = models.UUIDField(primary_key=True, help_text="The waiting step.")
    run_id = models.UUIDField(help_text="The run.")
    title = models.CharField(max_length=200, help_text="The question, in one line.")
    description = models.TextField(blank=True, help_text="The details of the question. Null without details.")
    data = models.JSONField(
        null=True, help_text="The data of the question. Sensitive values were redacted when the run asked it."
    )
    roles = models.JSONField(help_text="Members with one of these roles may decide.")
    # Addresses of members who may decide besides holders of the roles.
    members = models.JSONField(
        default=list, help_text="The email addresses of members who may decide even without one of the roles."
    )
    quorum = models.IntegerField(help_text="How many people must approve. The first rejection ends the approval.")
    form = models.JSONField(
        null=True, help_text="The JSON Schema of the form that people fill in. Null without a form."
    )
    written = text_beside("form")
    on_expiry = models.CharField(max_length=16, help_text="The outcome after `expiresAt`: approved or rejected.")
    shown_sha256 = models.CharField(
        max_length=64,
        help_text="The SHA-256 of the question's canonical JSON, as 64 hexadecimal digits. Pass it to decideApproval.",
    )
    requested_by_kind = models.CharField(
        max_length=16, blank=True, help_text="The kind of the caller who sent the run's event."
    )
    requested_by_name = models.CharField(
        max_length=200,
        blank=True,
        help_text="The caller who sent the run's event and therefore may not decide. Null without such a caller.",
    )
    caused_by = models.JSONField(
        default=list, help_text="The names of all callers who caused the run. None of them may decide."
    )
    requested_at = models.DateTimeField(help_text="The time at which the question was asked.")
    expires_at = models.DateTimeField(help_text="The time at which the approval expires if no decision was made.")
    state = models.CharField(max_length=16, default=PENDING, help_text="The state of the approval.")
    ended_at = models.DateTimeField(null=True, help_text="The time at which the approval ended. Null before that.")

    class Meta:
        db_table = "approval"
        indexes = [
            Index(fields=["step_id"], condition=Q(state=PENDING), name="approval_pending"),
            Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="approval_ended"),
            Index(fields=["requested_at", "step_id"], name="approval_requested"),
            Index(fields=["expires_at", "step_id"], name="approval_expiry"),
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
    """The decision of one principal. A principal decides once."""

    approval_id = models.UUIDField(help_text="The approval.")
    principal_kind = models.CharField(max_length=16, help_text="The kind of the caller.")
    principal_id = models.CharField(max_length=64, help_text="The id of the caller.")
    principal_name = models.CharField(max_length=200, help_text="The name of the caller.")
    # The person behind the principal, where one is known.
    person = models.UUIDField(null=True, help_text="The person behind the caller, where one is known.")
    role = models.CharField(max_length=16, help_text="The role with which the person decided.")
    outcome = models.CharField(max_length=16, help_text="The decision.")
    form = models.JSONField(null=True, help_text="The values of the form. Null without a form.")
    shown_sha256 = models.CharField(max_length=64, help_text="The checksum of the question that the person saw.")
    at = models.DateTimeField(help_text="The time of the decision.")

    class Meta:
        db_table = "approval_decision"
        constraints = [
            models.UniqueConstraint(
                fields=["approval_id", "principal_kind", "principal_id"], name="approval_decision_once"
            ),
            check("approval_decision_outcome_known", Q(outcome__in=OUTCOMES)),
        ]


class RunSlot(models.Model):
    """The place of a run in the queue of the run's concurrency key."""

    run_id = models.UUIDField(primary_key=True, help_text="The run.")
    digest = models.CharField(max_length=64, help_text="The checksum of tenant, workflow and key.")
    place = models.BigIntegerField(
        help_text="The time at which the run's event was received, in microseconds since 1970."
    )
    event_id = models.UUIDField(default=NO_EVENT, help_text="The event.")
    key = models.CharField(max_length=255, help_text="The concurrency key in the form that people may see.")
    most = models.IntegerField(help_text="How many runs may hold the key at the same time.")
    held = models.BooleanField(default=False, help_text="Whether the run holds the key. If not, it waits.")

    class Meta:
        db_table = "run_slot"
        indexes = [
            Index(fields=["digest", "place", "event_id", "run_id"], name="run_slot_order"),
            Index(fields=["digest"], condition=Q(held=True), name="run_slot_held"),
        ]


class RunLogEntry(models.Model):
    """One transition of a run or step. Readers order entries by (epoch, xid, id)."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    xid = models.BigIntegerField(help_text="The PostgreSQL transaction that wrote the row.")
    epoch = models.IntegerField(
        default=1, help_text="The number of times that the database was restored. A restore may repeat transaction ids."
    )
    run_id = models.UUIDField(help_text="The run.")
    workflow_id = models.UUIDField(help_text="The workflow.")
    step_id = models.UUIDField(null=True, help_text="The step. Null for a transition of the run.")
    step_key = models.CharField(max_length=64, blank=True, help_text="The key of the step.")
    attempt = models.IntegerField(null=True, help_text="The number of the attempt. Null for a transition of the run.")
    from_state = models.CharField(max_length=16, blank=True, help_text="The state before. Empty at the beginning.")
    to_state = models.CharField(max_length=16, help_text="The state after.")
    reason = models.CharField(max_length=255, blank=True, help_text="Why the state changed.")
    occurred_at = models.DateTimeField(help_text="The time of the change.")

    class Meta:
        db_table = "run_log"
        indexes = [
            Index(fields=["epoch", "xid", "id"], name="run_log_cursor"),
            Index(fields=["run_id", "id"], name="run_log_run"),
        ]


class ApprovalLogEntry(models.Model):
    """One change of an approval. Readers order rows by (epoch, xid, id)."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    xid = models.BigIntegerField(help_text="The PostgreSQL transaction that wrote the row.")
    epoch = models.IntegerField(
        default=1, help_text="The number of times that the database was restored. A restore may repeat transaction ids."
    )
    approval_id = models.UUIDField(help_text="The approval.")
    run_id = models.UUIDField(help_text="The run.")
    change = models.CharField(max_length=16, help_text="The kind of change: requested, decided or ended.")
    state = models.CharField(max_length=16, help_text="The state after the change.")
    decision_id = models.UUIDField(null=True, help_text="The decision. Null for other changes.")
    occurred_at = models.DateTimeField(help_text="The time of the change.")

    class Meta:
        db_table = "approval_log"
        indexes = [Index(fields=["approval_id", "id"], name="approval_log_approval")]


class OperationKey(models.Model):
    """The idempotencyKey of an operation on runs, with the outcome of the first request that used the key."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    operation = models.CharField(max_length=32, help_text="The operation.")
    key = models.CharField(max_length=255, help_text="The idempotency key.")
    digest = models.CharField(max_length=64, help_text="The checksum of the first request.")
    outcome = models.JSONField(null=True, help_text="The outcome of the first request.")
    expires_at = models.DateTimeField(help_text="The time after which the row may be deleted.")

    class Meta:
        db_table = "operation_key"
        constraints = [models.UniqueConstraint(fields=["operation", "key"], name="operation_key_once")]
        indexes = [Index(fields=["expires_at"], name="operation_key_expiry")]
