"""Django's command, as the owner of the tables: no process of the platform may make staff."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from tenants.management.owner import as_owner


class Command(createsuperuser.Command):
    """Makes a member of the staff, who signs in at /admin/, with an entry of the platform's record."""

    # They ask the connection of a process, which sees no table of migrations.
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner() as alias:
            super().handle(*args, **{**options, "database": alias})
