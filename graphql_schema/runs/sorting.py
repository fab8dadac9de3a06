"""The times by which a list of runs can be ordered."""

from __future__ import annotations

from enum import Enum

import strawberry

from automate.kernel.errors import NormalizedError
from automate.runs.sorted_queries import FINISHED, STARTED

SORT_DESCRIPTION = (
    "The time by which runs are sorted, newest first. A cursor is valid only for the sort that returned it."
)


@strawberry.enum(description="The time by which a list of runs is ordered.")
class RunSort(Enum):
    CREATED = strawberry.enum_value("created", description="By time of creation. The list has all runs.")
    STARTED = strawberry.enum_value(STARTED, description="By time of start. The list has only runs that have started.")
    FINISHED = strawberry.enum_value(FINISHED, description="By time of end. The list has only runs that have ended.")


def unsorted() -> NormalizedError:
    return NormalizedError(
        "BAD_USER_INPUT",
        "`sort` cannot be combined with `order: COMMITTED`, because each of them sets the order. Remove one of them.",
        path=["sort"],
    )
