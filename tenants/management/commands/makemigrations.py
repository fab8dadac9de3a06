"""In the place of Django's, for which each word of a description is a change of the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import makemigrations

from tenants.management.autodetector import Autodetector


class Command(makemigrations.Command):
    """Takes whatever Django's takes. A new description alone makes no migration."""

    autodetector = Autodetector

    def handle(self, *args: Any, **options: Any) -> None:
        # Before Django 5.2 the command names the class itself.
        djangos = makemigrations.MigrationAutodetector  # type: ignore[attr-defined]
        makemigrations.MigrationAutodetector = Autodetector  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        finally:
            makemigrations.MigrationAutodetector = djangos  # type: ignore[attr-defined]
