"""The values of columns of tenants. The labels are descriptions for clients of the API."""

from __future__ import annotations

from django.db.models import TextChoices

from tenants import models


class TenantState(TextChoices):
    """Whether the tenant may work."""

    ACTIVE = models.ACTIVE, "The tenant works."
    SUSPENDED = models.SUSPENDED, "The platform has suspended the tenant: its work waits and its tokens are refused."
