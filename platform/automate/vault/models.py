"""Secrets: what each may be used for, its sealed versions, and its resolutions. No row holds a plain value."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row


class Secret(Row):
    """A secret's name and rules. A null list allows all, and so does a missing row. The value may come from another backend.

    slug: its name. allowed_hosts: patterns, see ``hosts``. allowed_connectors: names. allowed_workflows: slugs.
    last_version: the number given out last, never given out again; 0 where no value was set.
    """

    slug = models.CharField(max_length=64, unique=True)
    allowed_hosts = models.JSONField(null=True)
    allowed_connectors = models.JSONField(null=True)
    allowed_workflows = models.JSONField(null=True)
    last_version = models.IntegerField(default=0)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "secret"


class SecretVersion(Row):
    """One value of a secret. number: as in ``$secret:NAME@2``. sealed: see ``envelope``. expires_at: the end of its overlap
    with newer versions; null without one. Its writers lock the secret's row first, so no foreign key is needed.
    """

    secret_id = models.UUIDField()
    number = models.IntegerField()
    sealed = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "secret_version"
        constraints = [models.UniqueConstraint(fields=["secret_id", "number"], name="secret_version_once")]


class SecretResolution(Row):
    """One resolution of a SecretRef for one step, without the value. version: null where the backend has no versions."""

    name = models.CharField(max_length=64)
    version = models.IntegerField(null=True)
    backend = models.CharField(max_length=32)
    run_id = models.UUIDField()
    step_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "secret_resolution"
        indexes = [models.Index(fields=["name", "id"], name="secret_resolution_of_name")]


class EnvironmentNames(Row):
    """The names of this tenant's secrets that the environment of one worker holds, never a value. worker_id: one for each
    start of a worker. seen_at: the worker repeats it, so the rows of a killed worker grow stale.
    """

    worker_id = models.UUIDField(unique=True)
    names = models.JSONField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "environment_names"
