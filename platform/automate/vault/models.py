"""Secrets leave no value in a table; that one was used does leave a row."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row


class SecretResolution(Row):
    """One resolution of a SecretRef for one step, without the value."""

    name = models.CharField(max_length=64)
    backend = models.CharField(max_length=32)
    run_id = models.UUIDField()
    step_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "secret_resolution"
