"""The append-only record of the actions of people, tokens and the system."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce

from automate.kernel.models import Row


class AuditColumns(Row):
    """The columns of one audit entry."""

    at = models.DateTimeField(help_text="The time at which the caller acted.")
    # The Principal.
    actor_kind = models.CharField(
        max_length=16, help_text="The kind of the caller: api_token, end_user, member, operator or system."
    )
    actor_id = models.CharField(
        max_length=64,
        blank=True,
        help_text="The id of the caller, because several can have the same name. Empty for the system.",
    )
    actor_name = models.CharField(max_length=200, help_text="The name of the caller at that time.")
    # noun.verb
    action = models.CharField(max_length=64, help_text="What was done: a noun and a verb, such as workflow.publish.")
    object_kind = models.CharField(
        max_length=64, help_text="The kind of the object, such as workflow, source or execution_run."
    )
    object_id = models.CharField(max_length=64, help_text="The id of the object.")
    object_label = models.CharField(
        max_length=255, blank=True, help_text="The object's slug or name at that time. May be empty."
    )
    # {field: [before, after]}, redacted.
    changes = models.JSONField(
        default=dict, help_text="The changed values as {field: [before, after]}, without secrets."
    )
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    # 64 hexadecimal digits, see ``automate.audit.hashing``.
    hash = models.CharField(
        max_length=64,
        help_text="SHA-256 over all fields but `seal`, as 64 hexadecimal digits. `automate audit verify` recomputes it.",
    )
    # The transaction that wrote the entry, by PostgreSQL's default; null for entries of release 0.1.
    xid = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="The id of the transaction that wrote the entry. Null for entries of release 0.1.",
    )

    class Meta:
        abstract = True


class AuditEntry(AuditColumns):
    """An audit entry: one action on an object of a tenant. The table of entries is in the tenant's schema.

    Actions of the platform on tenants are recorded in ``tenants``.
    """

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["object_id", "id"], name="audit_entry_by_object"),
            models.Index(fields=["actor_id", "id"], name="audit_entry_by_actor"),
            models.Index(fields=["action", "id"], name="audit_entry_by_action"),
            models.Index(Coalesce("xid", 0), "id", name="audit_entry_by_commit"),
        ]
