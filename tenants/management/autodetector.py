"""Detects model changes that need a migration."""

from __future__ import annotations

from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector


class Autodetector(MigrationAutodetector):
    """Finds changes of models that need a migration. A change of only ``help_text`` needs no migration."""

    def deep_deconstruct(self, obj: object) -> object:
        found = super().deep_deconstruct(obj)
        if not isinstance(obj, models.Field):
            return found
        path, arguments, options = found
        return path, arguments, {name: value for name, value in options.items() if name != "help_text"}
