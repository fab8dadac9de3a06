"""The append-only record of who did what."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row


class AuditColumns(Row):
    """actor_*: the Principal. action: ``noun.verb``. object_*: what was acted on. changes: {field: [before, after]},
    redacted. hash: sha256 over the canonical JSON of all the rest, as ``automate.audit.hashing`` says."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_label = models.CharField(max_length=255, blank=True)
    changes = models.JSONField(default=dict)
    trace_id = models.CharField(max_length=32)
    hash = models.CharField(max_length=64)

    class Meta:
        abstract = True


class AuditEntry(AuditColumns):
    """One act upon what a tenant owns, in its schema. What the platform does to tenants stands in ``tenants``."""

    class Meta:
        db_table = "audit_entry"
