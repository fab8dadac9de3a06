"""The verbs that make runs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.kernel.errors import Json
from automate.kernel.principals import current_principal
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.outbox import claims
from automate.runs import states, transitions

MAX_ATTEMPTS = 5
"""How many workers a run may cost, without a step committed in between, before it is given up."""


@dataclass(frozen=True)
class WorkflowVersionRef:
    """What a new run needs to know of its version. timeout_seconds: of the whole run."""

    id: uuid.UUID
    step_count: int
    timeout_seconds: float


@dataclass(frozen=True)
class NewRun:
    """held: its workflow or rule is paused, so it is not to start at once. reason: for its log, why there is such a run.
    started_by: see ``by_hand``. test: it tries out its workflow. origin_id: its own id where None; another one lets its worker
    look for steps that it begins with."""

    run_id: uuid.UUID
    workflow_id: uuid.UUID
    version: WorkflowVersionRef
    event_id: uuid.UUID
    rule_id: uuid.UUID | None
    trace_id: str
    depth: int
    parent_step_id: uuid.UUID | None = None
    held: bool = False
    reason: str = ""
    started_by: str = ""
    test: bool = False
    origin_id: uuid.UUID | None = None


def by_hand() -> str:
    """Who brings runs about that no event has: they decide none of the approvals of these. Empty for the platform itself."""
    principal = current_principal()
    return "" if principal.kind == "system" else principal.name


def _person(started_by: str) -> str | None:
    """The person who starts a run by hand, where one is known."""
    return current_principal().person or None if started_by else None


def create_runs(runs: Sequence[NewRun]) -> None:
    """Queue runs: each with its job, due now; what is paused is found when they are to begin. Requires a transaction;
    wake the relay after its commit.
    """
    require_transaction()
    insert_runs(runs, running=())
    transitions.insert_log([row for run in runs for row in birth_log(run, started=False)])
    jobs = [(run.run_id, run.run_id, run.trace_id) for run in runs]
    claims.enqueue(current_tenant().id, claims.RUN_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS)


def insert_runs(runs: Sequence[NewRun], *, running: Collection[uuid.UUID]) -> None:
    """The rows of new runs, whose log is written beside them; those named in running have started already."""
    transitions.insert_runs(
        [
            {
                "id": run.run_id,
                "workflow_id": run.workflow_id,
                "version_id": run.version.id,
                "event_id": run.event_id,
                "rule_id": run.rule_id,
                "state": states.RUNNING if run.run_id in running else states.QUEUED,
                "trace_id": run.trace_id,
                "depth": run.depth,
                "step_count": run.version.step_count,
                "parent_step_id": run.parent_step_id,
                "started_by": run.started_by,
                "started_person": _person(run.started_by),
                "test": run.test,
                "origin_id": run.origin_id or run.run_id,
                "timeout": run.version.timeout_seconds,
            }
            for run in runs
        ]
    )


def birth_log(run: NewRun, *, started: bool) -> list[dict[str, Json]]:
    """The rows of the run log that tell of a new run."""
    born = [("", states.QUEUED)]
    return [
        {
            "run_id": run.run_id,
            "workflow_id": run.workflow_id,
            "from_state": before,
            "to_state": after,
            "reason": run.reason if not before else "",
        }
        for before, after in ([*born, (states.QUEUED, states.RUNNING)] if started else born)
    ]
