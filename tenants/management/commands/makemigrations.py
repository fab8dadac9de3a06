"""Replaces Django's command ``makemigrations``."""

from __future__ import annotations

from django.core.management.commands import makemigrations

from tenants.management.autodetector import Autodetector


class Command(makemigrations.Command):
    """Has the same options as Django's ``makemigrations``, but creates no migration if only a ``help_text`` changed."""

    autodetector = Autodetector

    def handle(self, *args: object, **options: object) -> None:
        # Before Django 5.2 the command names the class itself.
        djangos = makemigrations.MigrationAutodetector  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
        makemigrations.MigrationAutodetector = Autodetector  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
        try:
            super().handle(*args, **options)
        finally:
            makemigrations.MigrationAutodetector = djangos  # type: ignore[attr-defined] # django-stubs does not list what Django's module imports
