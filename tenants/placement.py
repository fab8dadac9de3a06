"""Decides which tables are in the public schema, and which in the schema of each tenant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.db.models.options import Options

OURS = "automate"
"""The package of the platform's own tenant apps. ``grants`` lists a tenant's rights on their tables."""

WITHOUT_TABLES = frozenset({"django_dramatiq"})
"""django_dramatiq stores messages that the platform does not read."""


@lru_cache
def _names(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(AppConfig.create(entry).name for entry in entries)


def names_of(entries: Sequence[str]) -> frozenset[str]:
    """Return the names of the apps in a setting."""
    return _names(tuple(entries))


def _models(app: AppConfig, *, joining: bool = False) -> list[Options[Model]]:
    # `joining`: include the automatic models of many-to-many fields.
    options = [model._meta for model in app.get_models(include_auto_created=joining)]  # noqa: SLF001 - Django's public name
    return [model for model in options if model.can_migrate(connection)]


def host_tables() -> list[str]:
    placed = names_of(settings.TENANT_APPS)
    return sorted(
        connection.ops.quote_name(model.db_table)
        for app in apps.get_app_configs()
        if app.name in placed and app.name.partition(".")[0] != OURS
        for model in _models(app, joining=True)
    )


def check_placement() -> None:
    """Raise ImproperlyConfigured if Django would create no tables for an app or a model."""
    shared, tenants = names_of(settings.SHARED_APPS), names_of(settings.TENANT_APPS)
    installed = {app.name: app for app in apps.get_app_configs()}
    for listed, setting in ((shared, "SHARED_APPS"), (tenants, "TENANT_APPS")):
        for name in sorted(listed - installed.keys()):
            raise ImproperlyConfigured(
                f"The app {name} is in {setting}, but not in INSTALLED_APPS. Add it to INSTALLED_APPS."
            )
    migrated = MigrationLoader(None).project_state().models
    for name, app in installed.items():
        models = _models(app)
        if models and name not in shared | tenants | WITHOUT_TABLES:
            raise ImproperlyConfigured(
                f"The app {name} has tables, but is in neither TENANT_APPS nor SHARED_APPS. Add it to one of them."
            )
        for model in models:
            if (model.app_label, model.model_name) not in migrated:
                raise ImproperlyConfigured(
                    f"The model {model.label} is in no migration yet. Run `makemigrations {model.app_label}`."
                )
