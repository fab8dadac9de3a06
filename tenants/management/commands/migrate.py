"""Replaces the command ``migrate`` of Django and of django-tenants.

Django's command knows only one schema. The command of django-tenants stores the tenant on the connection. This platform
stores no tenant there.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate

from tenants.management.autodetector import Autodetector


class Command(migrate.Command):
    """Accepts the options of Django's command, and always ends with the advice to run ``automate migrate``."""

    help = "Names the command that brings the tables up to date: automate migrate."
    requires_system_checks = ()
    autodetector = Autodetector  # Django's system check wants that of makemigrations

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        raise CommandError(
            "Run `automate migrate` instead: it brings the public schema and every tenant's up to date, as their owner."
        )
