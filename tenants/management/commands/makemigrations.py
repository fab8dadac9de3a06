"""Replaces Django's command ``makemigrations``."""

from __future__ import annotations

from django.core.management.commands import makemigrations

from tenants.management.autodetector import Autodetector


class Command(makemigrations.Command):
    """Django's ``makemigrations``, with the same options. If only a ``help_text`` changed, no migration is created."""

    autodetector = Autodetector

    def handle(self, *args: object, **options: object) -> None:
        # Before Django 5.2 the command names the class itself.
        djangos = makemigrations.MigrationAutodetector  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
        makemigrations.MigrationAutodetector = Autodetector  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
        try:
            super().handle(*args, **options)
        finally:
            makemigrations.MigrationAutodetector = djangos  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
