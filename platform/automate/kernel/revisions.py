"""Optimistic locking: who saves says which revision they have seen, and a conditional UPDATE decides."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models.functions import Now

from automate.kernel.errors import NormalizedError


def check_revision(row: Any | None, expected: int | None) -> None:
    """Raise CONFLICT unless the row has the revision that its editor saw. expected: None does not ask."""
    actual = row.revision if row is not None else None
    if expected is not None and expected != actual:
        raise _moved_on(expected, actual)


def write_revision(
    model: type[models.Model], found: Any | None, row_id: uuid.UUID, slug: str, values: Mapping[str, Any]
) -> None:
    """Insert the row, or raise its revision by one, unless somebody else did so since it was found. Raises CONFLICT.

    model: has ``id slug revision created_at updated_at``.
    """
    rows = model._default_manager  # noqa: SLF001 - Django's name for what every model has
    if found is None:
        new = model(id=row_id, slug=slug, created_at=Now(), updated_at=Now(), **values)
        rows.bulk_create([new], ignore_conflicts=True)
        written = rows.filter(id=row_id).count()
    else:
        stale = rows.filter(id=row_id, revision=found.revision)
        written = stale.update(**values, revision=models.F("revision") + 1, updated_at=Now())
    if not written:
        actual = rows.filter(slug=slug).values_list("revision", flat=True).first()
        raise _moved_on(found.revision if found else None, actual)


def _moved_on(expected: int | None, actual: int | None) -> NormalizedError:
    """actual: None where there is no row."""
    if actual is None:
        message = "There is nothing of this slug yet; save it without expectedRevision."
    elif expected is not None and expected > actual:
        message = (
            f"There is no revision {expected} yet; the newest is {actual}. Read it, and save your change on top of it."
        )
    else:
        message = f"Somebody saved revision {actual} meanwhile. Read it, and save your change on top of it."
    return NormalizedError(
        "CONFLICT", message, details={"expected": expected, "actual": actual}, path=["expectedRevision"]
    )
