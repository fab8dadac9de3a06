"""Declares the retention settings, in days: the days of one tenant, and the days of all tenants of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem, refusal_of
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.shapes import OneOf, Says, Spell, Whole
from automate.retention.classes import CLASSES, KEPT, LEAST_DAYS, MOST_DAYS


@dataclass(frozen=True)
class RetentionDays:
    """The number of days that a tenant keeps one class of data. The maximum is in the tenant's plan."""

    data_class: Annotated[str, OneOf(CLASSES, shouted=True), Says("The kind of data.")]
    days: Annotated[
        int | None,
        Whole(LEAST_DAYS),
        Says(
            "Days from the end of the run: at most those of the plan.",
            null="Null takes the days of the plan.",
        ),
    ] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if given.get("data_class") in KEPT:
            message = "the audit record is kept for ever. Leave it out."
            yield Problem("BAD_USER_INPUT", message, ("data_class",))


@dataclass(frozen=True)
class PlanRetentionDays(RetentionDays):
    """The number of days that the tenants of a plan keep one class of data."""

    days: Annotated[
        int | None,
        Whole(LEAST_DAYS, MOST_DAYS),
        Says(
            "Days from the end of the run until the data is removed. A tenant may set fewer.",
            null="Null: forever.",
        ),
    ] = None


def check_days(kind: type[RetentionDays], days: Mapping[str, int | None], where: str) -> None:
    """Check the retention time of each class of data, in days. Raises BAD_USER_INPUT with all problems.

    ``where`` is the field of the input that lists the classes.
    """
    wrong = [
        replace(problem, message=f"{name.upper()}: {problem.message}")
        for place, (name, value) in enumerate(days.items())
        for problem in problems_of(kind, {"data_class": name, "days": value}, (where, place), stored=True)
    ]
    if wrong:
        raise refusal_of(refusals(wrong))
