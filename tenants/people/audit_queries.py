"""Writes entries about people into the platform's audit record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections

from automate.audit.services import entry
from automate.audit.transitions import INSERT_OF_PLATFORM
from automate.kernel.sql import as_set

if TYPE_CHECKING:
    from tenants.people.models import User


def record_of_person(action: str, user: User, using: str) -> None:
    """Write one audit entry about a person, in the caller's transaction."""
    made = entry(action, "person", user.pk, user.email, {})
    with connections[using].cursor() as cursor:
        cursor.execute(INSERT_OF_PLATFORM, {"audit": as_set([made]), "tenant": None})
