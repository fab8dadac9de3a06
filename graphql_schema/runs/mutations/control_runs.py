"""The mutations pauseRuns, resumeRuns and cancelRuns. A run that cannot change gets an error. All other runs change."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import strawberry

from automate.kernel.permissions import CONTROL_RUNS
from automate.recovery import controlling
from automate.recovery.once import OperationResult
from graphql_schema.context import Caller
from graphql_schema.mutating import Value, declared
from graphql_schema.runs.outcomes import MOST_RUNS, answers, named_runs, runs_of
from graphql_schema.runs.types import ExecutionRun

if TYPE_CHECKING:
    from strawberry.types.field import StrawberryField

REASON = Value(str, "The reason, for the run's log and the audit record.")


def _controls(
    name: str,
    act: Callable[[list[uuid.UUID | None], str, str | None], OperationResult],
    description: str,
    reason: Value = REASON,
) -> StrawberryField:
    def change(
        _caller: Caller, runs: Sequence[strawberry.ID], reason: str, idempotency_key: str | None
    ) -> Mapping[str, object]:
        outcome = act(named_runs(runs), reason, idempotency_key)
        return {"runs": runs_of(outcome), "errors": answers(outcome)}

    takes = {
        "runs": Value(list[strawberry.ID], MOST_RUNS),
        "reason": reason,
        "idempotency_key": Value(str | None, None, None),
    }
    gives = {"runs": Value(list[ExecutionRun], "The runs that exist, in their new state.", list)}
    return declared(name, CONTROL_RUNS, description, takes, gives, change)


@strawberry.type
class ControlRuns:
    pause_runs = _controls(
        "pause_runs",
        controlling.pause_runs,
        "Pause runs. They start no further steps until they are resumed. Calls in flight end first. Timeouts continue to "
        "count.",
    )
    resume_runs = _controls(
        "resume_runs",
        controlling.resume_runs,
        "Resume paused runs.",
        Value(str, REASON.description, "resumed"),
    )
    cancel_runs = _controls(
        "cancel_runs",
        controlling.cancel_runs,
        "Cancel runs. A run that has begun stays CANCELLING until its calls have ended and its effects are compensated. Then "
        "it gets its final state.",
    )
