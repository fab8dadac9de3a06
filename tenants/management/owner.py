"""Lets Django's commands connect with the role that owns the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from tenants.routers import ADMIN


@contextmanager
def as_owner(schema: str = PUBLIC_SCHEMA) -> Iterator[str]:
    """Yield the alias of a connection with the role that owns the tables.

    Raises CommandError if AUTOMATE_ADMIN_DATABASE_URL is not set.
    """
    if ADMIN not in settings.DATABASES:
        raise CommandError(
            "AUTOMATE_ADMIN_DATABASE_URL is not set. This command needs the login that owns the tables. In "
            "containers, run the command beside the scheduler, because the scheduler has this login."
        )
    with administering(schema):
        yield ADMIN
