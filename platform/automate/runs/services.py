"""Creates runs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from automate.kernel.principals import current_principal
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.outbox import claims
from automate.rules.new_runs import NewRun
from automate.runs import states, transitions
from automate.runs.changes import LogEntry

MAX_ATTEMPTS = 5
"""Number of workers that may be lost over a run, without a committed step in between, before the run fails."""


def by_hand() -> str:
    """Return the name of the principal who starts a run. Return an empty text if this principal is the system.

    The named principal cannot decide approvals of the run.
    """
    principal = current_principal()
    return "" if principal.kind == "system" else principal.name


def _person(started_by: str) -> str | None:
    return current_principal().person or None if started_by else None


def create_runs(runs: Sequence[NewRun]) -> None:
    """Queue new runs. Each run gets a job that is due now.

    Requires a transaction. The caller must wake the relay after the commit.
    """
    require_transaction()
    insert_runs(runs, running=())
    transitions.insert_log([row for run in runs for row in birth_log(run, started=False)])
    jobs = [(run.run_id, run.run_id, run.trace_id) for run in runs]
    claims.enqueue(current_tenant().id, claims.RUN_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS)


def insert_runs(runs: Sequence[NewRun], *, running: Collection[uuid.UUID]) -> None:
    # `running` are runs that have already started.
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


def birth_log(run: NewRun, *, started: bool) -> list[LogEntry]:
    born = [("", states.QUEUED)]
    return [
        LogEntry(run.run_id, run.workflow_id, before, after, run.reason if not before else "")
        for before, after in ([*born, (states.QUEUED, states.RUNNING)] if started else born)
    ]
