"""The one queue of jobs of all tenants.

Its tables are in the public schema, and row-level security separates the tenants.
"""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row, check
from automate.outbox.states import OPEN, PENDING, STATES


class OutboxJob(Row):
    """One unit of work for a worker. The id of a job is the id of its run or event."""

    tenant_id = models.UUIDField(help_text="The tenant.")
    topic = models.CharField(max_length=64, help_text="What the job does.")
    subject_id = models.UUIDField(help_text="The id of the row that the job works on.")
    state = models.CharField(max_length=16, default=PENDING, help_text="The state of the job.")
    open = models.BooleanField(default=True, help_text="Whether the job has not reached a final state.")
    alone = models.BooleanField(
        default=False, help_text="Whether the job is sent to a worker alone, because its last worker died."
    )
    due_at = models.DateTimeField(
        help_text="The time at which the job is due. Null while a cause holds the job back; see `parked`."
    )
    dispatched_at = models.DateTimeField(null=True, help_text="The time at which the relay last sent the job.")
    claimed_at = models.DateTimeField(null=True, help_text="The time at which a worker last claimed the job.")
    lease_until = models.DateTimeField(null=True, help_text="The time at which the worker's claim ends.")
    fence = models.IntegerField(default=0, help_text="A number that rises with each claim.")
    attempts = models.IntegerField(default=0, help_text="The number of claims since the last step that committed.")
    max_attempts = models.IntegerField(default=5, help_text="The number of claims after which the job is dead.")
    parked = models.CharField(
        max_length=32,
        default="",
        blank=True,
        help_text="The cause that holds the job back, such as a budget. Empty if the job only waits for its time.",
    )
    signals = models.SmallIntegerField(default=0, help_text="The signals for the worker that has claimed the job.")
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    last_error = models.JSONField(null=True, help_text="The last error. Null without one.")
    fingerprint = models.UUIDField(
        null=True,
        help_text="A fingerprint that similar errors share: see failureGroups. Null unless the job is dead.",
    )
    created_at = models.DateTimeField(help_text="The time of creation.")
    finished_at = models.DateTimeField(null=True, help_text="The time at which the job ended. Null before that.")
    restored = models.BooleanField(
        default=False,
        help_text="Whether the job was open when the database was restored, and waits for releaseRestored.",
    )

    class Meta:
        db_table = "outbox_job"
        indexes = [
            models.Index(fields=["tenant_id", "due_at"], condition=models.Q(open=True), name="outbox_job_open"),
            models.Index(
                fields=["tenant_id", "parked", "id"], condition=~models.Q(parked=""), name="outbox_job_parked_for"
            ),
            models.Index(fields=["finished_at"], condition=models.Q(open=False), name="outbox_job_final"),
            models.Index(
                fields=["tenant_id", "fingerprint", "id"],
                condition=models.Q(fingerprint__isnull=False),
                name="outbox_job_failures",
            ),
            models.Index(
                fields=["tenant_id", "id"], condition=models.Q(restored=True, open=True), name="outbox_job_restored"
            ),
        ]
        constraints = [
            check("outbox_job_state", models.Q(state__in=STATES)),
            check(
                "outbox_job_open_while_not_final",
                models.Q(open=True, state__in=sorted(OPEN))
                | (models.Q(open=False) & ~models.Q(state__in=sorted(OPEN))),
            ),
        ]


class OutboxLane(models.Model):
    """The row of one tenant in the queue. The tenant itself may change only ``held`` and ``broken``."""

    tenant_id = models.UUIDField(primary_key=True, help_text="The tenant.")
    weight = models.IntegerField(default=1, help_text="The tenant's weight in the queue.")
    paused = models.BooleanField(default=False, help_text="Whether the tenant is suspended.")
    held = models.BooleanField(default=False, help_text="Whether members of the tenant have paused its work.")
    broken = models.BooleanField(default=False, help_text="Whether one of the tenant's circuit breakers is not closed.")

    class Meta:
        db_table = "outbox_lane"


class DatabaseEpoch(models.Model):
    """The identity of the database, and the number of its restores. The table has only one row."""

    singleton = models.SmallIntegerField(primary_key=True, default=1, help_text="Always 1: the table has one row.")
    epoch = models.IntegerField(
        default=1, help_text="The number of the epoch that began with the last restore. The first epoch is 1."
    )
    system_identifier = models.CharField(
        max_length=32,
        default="",
        blank=True,
        help_text="The identifier of the database cluster in which the epoch began. Empty before the first start.",
    )
    timeline = models.BigIntegerField(null=True, help_text="The timeline of that cluster.")
    database_oid = models.BigIntegerField(null=True, help_text="The oid of the database in that cluster.")
    table_oid = models.BigIntegerField(
        null=True, help_text="The oid of this table. It changes with a restore, which creates the table again."
    )
    raised_at = models.DateTimeField(
        null=True, help_text="The time at which the platform detected the restore, or at which a person reported it."
    )
    reason = models.CharField(
        max_length=255, default="", blank=True, help_text="How the platform learned of the restore."
    )

    class Meta:
        db_table = "database_epoch"
        constraints = [check("database_epoch_only_one", models.Q(singleton=1))]
