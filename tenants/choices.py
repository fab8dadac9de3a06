"""The allowed values of some columns of tenants. The API shows the label of each value as the description of the value."""

from __future__ import annotations

from django.db.models import TextChoices

from tenants import models


class TenantState(TextChoices):
    """The state of a tenant."""

    ACTIVE = models.ACTIVE, "The tenant works."
    SUSPENDED = models.SUSPENDED, "The platform has suspended the tenant: its work waits and its tokens are refused."
