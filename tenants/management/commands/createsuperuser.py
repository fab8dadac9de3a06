"""Django's command ``createsuperuser``. The command connects to the database as the owner of the tables."""

from __future__ import annotations

from django.contrib.auth.management.commands import createsuperuser

from tenants.management.owner import as_owner


class Command(createsuperuser.Command):
    """Creates a member of the staff. Writes an entry in the platform's audit record."""

    # Django's checks of migrations need a connection that sees their table; a process's connection does not.
    requires_migrations_checks = False

    def handle(self, *args: object, **options: object) -> None:
        with as_owner() as alias:
            super().handle(*args, **{**options, "database": alias})
