"""The SQL statements that the platform adds to the admin. Django creates the other statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from automate.kernel.sql import execute, fetch

PROVEN = "SELECT public.automate_staff_proven()"
READ_ONLY = "SET TRANSACTION READ ONLY"
PAGE_TIMEOUT = "SET LOCAL statement_timeout = '10s'"


def is_staff() -> bool:
    """Return whether row-level security recognises the current caller as a member of the staff."""
    return fetch(PROVEN) == [(True,)]


@contextmanager
def reading() -> Iterator[None]:
    """Open the transaction of a page. It can only read, and has a time limit.

    A change runs later, in another transaction.
    """
    with transaction.atomic():
        execute(READ_ONLY)
        execute(PAGE_TIMEOUT)
        yield
