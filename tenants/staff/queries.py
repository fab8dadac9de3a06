"""SQL of the admin, in addition to Django's own SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from automate.kernel.sql import execute, fetch

PROVEN = "SELECT public.automate_staff_proven()"
READ_ONLY = "SET TRANSACTION READ ONLY"
PAGE_TIMEOUT = "SET LOCAL statement_timeout = '10s'"


def is_staff() -> bool:
    """Return whether row-level security recognises the caller as staff."""
    return fetch(PROVEN) == [(True,)]


@contextmanager
def reading() -> Iterator[None]:
    """Open the transaction of a page. The transaction is read-only and has a time limit."""
    with transaction.atomic():
        execute(READ_ONLY)
        execute(PAGE_TIMEOUT)
        yield
