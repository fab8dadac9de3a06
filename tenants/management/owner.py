"""The connection of the tables' owner, for Django's commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from tenants.routers import ADMIN


@contextmanager
def as_owner(schema: str = PUBLIC_SCHEMA) -> Iterator[str]:
    """Yield the alias of the owner's connection. Raises CommandError if AUTOMATE_ADMIN_DATABASE_URL is not set."""
    if ADMIN not in settings.DATABASES:
        raise CommandError(
            "AUTOMATE_ADMIN_DATABASE_URL is not set. This command needs the login that owns the tables; in containers, run it "
            "beside the scheduler, which has that login."
        )
    with administering(schema):
        yield ADMIN
