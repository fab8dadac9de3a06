"""Optimistic locking by revision."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Protocol

from django.db import models
from django.db.models.functions import Now

from automate.kernel.errors import NormalizedError


class HasRevision(Protocol):
    @property
    def revision(self) -> int: ...


NEW = 0
"""The expected revision of an object that does not exist yet."""
SAVE_IT, DELETE_IT = "save your change with this revision", "delete the object if you still want to"
"""The next step of a caller after it has read the newer revision."""


def check_revision(row: HasRevision | None, expected: int | None, then: str = SAVE_IT) -> None:
    """Raise CONFLICT unless the row has the revision ``expected``.

    If ``expected`` is NEW, the row must not exist. If ``expected`` is None, nothing is checked.
    """
    if expected is not None and expected != (NEW if row is None else row.revision):
        raise _moved_on(expected, None if row is None else row.revision, then)


def write_revision(
    model: type[models.Model], found: HasRevision | None, row_id: uuid.UUID, slug: str, values: Mapping[str, object]
) -> None:
    """If ``found`` is None, insert a row. Otherwise, update the row ``found`` and increase its revision.

    Raises CONFLICT after a concurrent change.
    """
    rows = model._default_manager  # noqa: SLF001 - Django's name for what every model has
    if found is None:
        new = model(id=row_id, slug=slug, created_at=Now(), updated_at=Now(), **values)
        rows.bulk_create([new], ignore_conflicts=True)
        written = int(rows.filter(id=row_id).exists())
    else:
        stale = rows.filter(id=row_id, revision=found.revision)
        written = stale.update(**values, revision=models.F("revision") + 1, updated_at=Now())
    if not written:
        actual = rows.filter(slug=slug).order_by("id").values_list("revision", flat=True).last()
        raise _moved_on(found.revision if found else None, actual)


def _moved_on(expected: int | None, actual: int | None, then: str = SAVE_IT) -> NormalizedError:
    # `actual` is None if the row is missing.
    if actual is None:
        message = (
            "No object has this slug yet. To create the object, omit expectedRevision or set expectedRevision to 0."
        )
    elif expected == NEW:
        message = f"Another object has this name already, with revision {actual}. Choose another name, or read that object, and {then}."
    elif expected is not None and expected > actual:
        message = f"There is no revision {expected} yet; the newest is {actual}. Read the newest revision, and {then}."
    else:
        message = f"Another caller saved revision {actual} in the meantime. Read this revision, and {then}."
    return NormalizedError(
        "CONFLICT", message, details={"expected": expected, "actual": actual}, path=["expectedRevision"]
    )
