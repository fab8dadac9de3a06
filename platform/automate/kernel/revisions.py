"""Optimistic locking: who saves says which revision they have seen, and the row's conditional update decides."""

from __future__ import annotations

from typing import Protocol

from automate.kernel.errors import NormalizedError


class Revised(Protocol):
    revision: int


def check_revision(row: Revised | None, expected: int | None) -> None:
    """Raise CONFLICT unless the row has the revision that its editor saw. expected: None does not ask."""
    actual = row.revision if row is not None else None
    if expected is not None and expected != actual:
        raise moved_on(expected, actual)


def moved_on(expected: int | None, actual: int | None) -> NormalizedError:
    """actual: None where there is no row."""
    message = (
        "There is nothing of this slug yet; save it without expectedRevision."
        if actual is None
        else f"Somebody saved revision {actual} meanwhile. Read it, and save your change on top of it."
    )
    return NormalizedError(
        "CONFLICT", message, details={"expected": expected, "actual": actual}, path=["expectedRevision"]
    )
