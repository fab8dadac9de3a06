"""Secrets leave no value in a table; what each may be used for, and that one was used, does leave a row."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row


class Secret(Row):
    """What a secret says of its own use; its value stands elsewhere. Null allows all, and so does having no row.

    slug: its name. allowed_hosts: patterns, see ``hosts``. allowed_connectors: names. allowed_workflows: slugs.
    """

    slug = models.CharField(max_length=64, unique=True)
    allowed_hosts = models.JSONField(null=True)
    allowed_connectors = models.JSONField(null=True)
    allowed_workflows = models.JSONField(null=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "secret"


class SecretResolution(Row):
    """One resolution of a SecretRef for one step, without the value."""

    name = models.CharField(max_length=64)
    backend = models.CharField(max_length=32)
    run_id = models.UUIDField()
    step_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "secret_resolution"
