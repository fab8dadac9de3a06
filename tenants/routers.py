"""Decides whether a migration creates a table in the public schema or in the schemas of tenants."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings

from automate.kernel.tenancy import PUBLIC_SCHEMA, scope_or_none
from tenants.placement import names_of

ADMIN = "admin"
"""The alias of the connection that owns the tables. Only the scheduler and the migration command have it."""


class PlacementRouter:
    """Places the tables of shared apps in the public schema. Each tenant's schema gets the tables of tenant apps."""

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        scope = scope_or_none()
        if db != ADMIN or scope is None:
            return False
        name = apps.get_app_config(app_label).name
        in_public = scope.schemas[0] == PUBLIC_SCHEMA
        return name in names_of(settings.SHARED_APPS if in_public else settings.TENANT_APPS)
