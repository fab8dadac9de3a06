"""Runs as the database knows them, read into memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence

import orjson

from automate.outbox.claims import ClaimedJob
from automate.runs import states, transitions
from automate.runs.versions import compiled_versions
from automate.runs.waits import transitions as waits
from automate.runs.work import NO_ITEM, UNDO_ITEM, RunState, StepState, idempotency_key

SENT_AGAIN = frozenset({states.RUNNING, states.UNCERTAIN, states.RETRYING})
"""Attempts whose recorded request is sent again."""


def load_runs(tenant_id: uuid.UUID, jobs: Iterable[ClaimedJob]) -> list[RunState]:
    """The runs of claimed jobs, each with the latest attempt of each step."""
    by_run = {job.subject_id: job for job in jobs}
    rows = transitions.load_runs(list(by_run)) if by_run else []
    versions = compiled_versions([row[4] for row in rows])
    now = time.monotonic()
    runs = {
        row[0]: RunState(
            id=row[0],
            origin_id=row[1],
            state=row[2],
            trace_id=row[3],
            version=versions[row[4]],
            job=by_run[row[0]],
            event=transitions.event_of(row).seen_by_templates(),
            seconds_left=None if row[5] is None else float(row[5]),
            held_since=now,
            depth=row[6],
            parent_step_id=row[7],
            reason=row[8],
            queued_seconds=float(row[9]),
        )
        for row in rows
    }
    # A run that takes another one's place is queued with the steps that were done there.
    begun = [run for run in runs.values() if run.state != states.QUEUED or run.origin_id != run.id]
    if begun:
        _load_steps(tenant_id, begun, now)
    for run in runs.values():
        run.begin()
    return list(runs.values())


def _load_steps(tenant_id: uuid.UUID, runs: Sequence[RunState], now: float) -> None:
    by_id = {run.id: run for run in runs}
    for run_id, step_id, key, item, attempt, state, output, error, due_in, age in transitions.load_steps(list(by_id)):
        step = StepState(
            id=step_id,
            key=key,
            attempt=attempt,
            state=state,
            output=None if output is None else orjson.loads(output),
            error=None if error is None else orjson.loads(error),
            item=item,
            due=None if due_in is None else now + float(due_in),
            begun=now - float(age),
        )
        by_id[run_id].keep(step)
    waiting = [run.id for run in runs if any(True for _ in run.in_state(states.WAITING))]
    if waiting:
        found = waits.state_of(waiting)
        for run in runs:
            for step in run.in_state(states.WAITING):
                step.outcome, looked_back = found.get(step.id, (None, True))
                step.looks_back = step.outcome is None and not looked_back
    _load_requests(tenant_id, runs)


def _load_requests(tenant_id: uuid.UUID, runs: Sequence[RunState]) -> None:
    """The recorded requests of steps that are tried again, here or for an earlier run."""
    wanted = {
        idempotency_key(tenant_id, run.origin_id, key, item): (run, key, item)
        for run in runs
        for key, item in _sent_again(run)
    }
    if wanted:
        recorded = transitions.load_requests(list(wanted), [run.id for run in runs])
        for effect_key, (connector, request) in recorded.items():
            run, key, item = wanted[effect_key]
            step = run.undone.get(key) if item == UNDO_ITEM else run.steps.get(key)
            if step is None:
                # Another version may take the step through another connector: then it is another effect.
                if run.version.steps[key].step.uses == connector:
                    run.recorded[key] = orjson.loads(request)
            else:
                step.request = orjson.loads(request)


def _sent_again(run: RunState) -> list[tuple[str, int]]:
    again = [(step.key, step.item) for step in run.in_state(*SENT_AGAIN)]
    if run.origin_id != run.id:
        again.extend((key, NO_ITEM) for key in run.version.steps if key not in run.steps)
    return again
