"""Statements of the admin beside Django's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from automate.kernel.sql import execute, fetch

PROVEN = "SELECT public.automate_staff_proven()"
READ_ONLY = "SET TRANSACTION READ ONLY"
PAGE_TIMEOUT = "SET LOCAL statement_timeout = '10s'"


def is_staff() -> bool:
    """Whether row-level security accepts the scope's proof as that of a member of the staff."""
    return fetch(PROVEN) == [(True,)]


@contextmanager
def reading() -> Iterator[None]:
    """A read-only transaction with a time limit, for each page. A submitted form only chooses an act."""
    with transaction.atomic():
        execute(READ_ONLY)
        execute(PAGE_TIMEOUT)
        yield
