"""Inputs about retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from automate.kernel.errors import NormalizedError
from automate.kernel.shapes import FieldValue
from automate.retention.choices import DataClass
from automate.retention.settings import PlanRetentionDays, RetentionDays
from graphql_schema.shaped import ShapeInput, input_of


@input_of(RetentionDays, "The time for which one class of data is stored.")
class RetentionDaysInput(ShapeInput):
    data_class: DataClass


@input_of(PlanRetentionDays, "How long the tenants of a plan store one class of data.")
class PlanRetentionInput(ShapeInput):
    data_class: DataClass


class _DaysInput(Protocol):
    data_class: DataClass

    def stored(self) -> dict[str, FieldValue]: ...


def days_of(policies: Sequence[_DaysInput], where: str = "policies") -> dict[str, int | None]:
    """Return the days for each class of data. Raises BAD_USER_INPUT for a repeated class."""
    found: dict[str, int | None] = {}
    for place, one in enumerate(policies):
        name = one.data_class.value
        if name in found:
            message = f"The class {one.data_class.name} is named twice. Name each class of data only once."
            raise NormalizedError("BAD_USER_INPUT", message, path=[where, place, "dataClass"])
        found[name] = one.stored().get("days")
    return found
