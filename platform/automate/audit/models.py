"""The append-only record of who did what."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce

from automate.kernel.models import Row


class AuditColumns(Row):
    """One entry."""

    at = models.DateTimeField()
    # The Principal.
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)
    # noun.verb
    action = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=255, blank=True)
    # {field: [before, after]}, redacted.
    changes = models.JSONField(default=dict)
    trace_id = models.CharField(max_length=32)
    # 64 hexadecimal digits, see ``automate.audit.hashing``.
    hash = models.CharField(max_length=64)
    # The transaction that wrote the entry, by PostgreSQL's default; null for entries of release 0.1.
    xid = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


class AuditEntry(AuditColumns):
    """One act upon something that a tenant owns, in its schema. Acts of the platform upon tenants are in ``tenants``."""

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["object_id", "id"], name="audit_entry_by_object"),
            models.Index(fields=["actor_id", "id"], name="audit_entry_by_actor"),
            models.Index(fields=["action", "id"], name="audit_entry_by_action"),
            models.Index(Coalesce("xid", 0), "id", name="audit_entry_by_commit"),
        ]
