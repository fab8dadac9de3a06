"""Inputs about retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import strawberry

from automate.kernel.errors import NormalizedError
from automate.retention.choices import DataClass


@strawberry.input(description="The time for which one class of data is stored.")
class RetentionDaysInput:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(
        default=None,
        description="Days from the end of the run: at most those of the plan. Null takes the days of the plan.",
    )


class _DaysInput(Protocol):
    data_class: DataClass
    days: int | None


def days_of(policies: Sequence[_DaysInput], where: str = "policies") -> dict[str, int | None]:
    """Return the days for each class of data. Raises BAD_USER_INPUT for a repeated class."""
    found: dict[str, int | None] = {}
    for place, one in enumerate(policies):
        if one.data_class.value in found:
            message = f"The class {one.data_class.name} is named twice. Name each class of data only once."
            raise NormalizedError("BAD_USER_INPUT", message, path=[where, place, "dataClass"])
        found[one.data_class.value] = one.days
    return found
