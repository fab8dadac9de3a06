"""Replaces the commands ``migrate`` of Django and django-tenants. These commands do not support this platform's tenants."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.core.management.commands import migrate

from tenants.management.autodetector import Autodetector


class Command(migrate.Command):
    """Migrates no tables. Always raises an error that advises the operator to run ``automate migrate``."""

    help = "Names the command that brings the tables up to date: automate migrate."
    requires_system_checks = ()
    autodetector = Autodetector  # Django's system check wants that of makemigrations

    def handle(self, *_arguments: object, **_options: object) -> None:
        """Always raise CommandError."""
        raise CommandError(
            "Run `automate migrate` instead: it brings the public schema and each tenant's schema up to date, as the owner of the schemas."
        )
