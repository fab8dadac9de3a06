"""Converts global ids of runs to row ids. Also converts the results of operations on runs to GraphQL answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import strawberry

from automate.kernel.limits import LIMITS
from automate.recovery.once import OperationResult
from automate.runs.queries import runs_by_id
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.ids import row_id_of
from graphql_schema.runs.types import ExecutionRun, run_of

MOST_RUNS = f"At most {LIMITS.page_size} ids. An unknown id causes an error, but the other runs are processed."


def named_runs(ids: Sequence[strawberry.ID]) -> list[uuid.UUID | None]:
    # None for a malformed id.
    return [row_id_of(run, "ExecutionRun") for run in ids]


def runs_of(outcome: OperationResult) -> list[ExecutionRun]:
    """Return the runs whose ids are in an outcome. The result omits runs that have been removed meanwhile."""
    rows = runs_by_id(outcome.run_ids) if outcome.run_ids else {}
    return [run_of(rows[run_id]) for run_id in outcome.run_ids if run_id in rows]


def answers(outcome: OperationResult) -> list[ErrorAnswer]:
    return [answer_of(error) for error in outcome.errors]
