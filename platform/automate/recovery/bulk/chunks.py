"""Processes a bulk operation in chunks. One transaction stores the outcomes of a chunk.

Between two chunks, the operation's job waits in the tenant's queue.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from functools import partial

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import acting_as
from automate.kernel.trace import child_of, tracing
from automate.outbox import claims, progress
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay
from automate.recovery.bulk import queries, transitions
from automate.recovery.bulk.queries import OperationRow
from automate.recovery.bulk.request import CHUNK_ITEMS, ERRORS_AFTER, PERCENT, pace
from automate.recovery.bulk.verbs import ItemOutcome, perform, refuse
from automate.recovery.once import transacted
from automate.runs import feed
from automate.runs.concurrency import slots
from automate.runs.concurrency.slots import KeysBusyError
from automate.runs.run_set import RunSet
from automate.runs.states import (
    BULK_FINISHED,
    BULK_OUTCOMES,
    BULK_RUNNING,
    BULK_STOPPED,
    ITEM_REFUSED,
    ITEM_SKIPPED,
)
from automate.runs.step_call import StepCall

ALONE_ATTEMPTS, BLAMED_ATTEMPTS = 2, 4
"""Numbers of claims without a committed chunk. From the first number on, items are processed one by one. From
the second number on, the next item is refused without a try. Such an item has ended its worker, or has
failed twice alone.
"""
LATEST_RUNS = 100
"""Number of newest items whose runs are checked. The operation stops if too many of these runs failed."""
PRUNED_ITEMS = 4 * CHUNK_ITEMS
"""Rows of earlier operations that each chunk removes. So old rows are removed as fast as new rows are added."""


def advance_bulk(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    # Returns an empty list, because bulk operations call no connectors.
    found = queries.operations_by_id([job.subject_id for job in jobs])
    for job in jobs:
        operation = found.get(job.subject_id)
        if operation is None:
            # The operation was aborted so long ago that its row has been removed.
            claims.finish([job])
            continue
        with acting_as(operation.principal), tracing(child_of(operation.trace_id)):
            _advance(job, run_set.lease.seconds)
        progress.publish(operation.id)
    feed.publish(run_set.tenant.id)
    wake_relay()
    return []


def _advance(job: ClaimedJob, lease_seconds: float) -> None:
    busy: frozenset[str] = frozenset()
    while True:
        try:
            return transacted(partial(_chunk, job, lease_seconds, busy))
        except KeysBusyError as error:
            busy |= error.digests


def _chunk(job: ClaimedJob, lease_seconds: float, busy: frozenset[str]) -> None:
    slots.lock(busy, wait=True)
    if job.id not in claims.keep([job], lease_seconds=lease_seconds, progress=False):
        return
    operation = transitions.lock(job.subject_id)
    if operation is None or operation.state != BULK_RUNNING:
        claims.finish([job])
        return
    step = pace(operation.rate)
    most = min(step.items if job.attempts < ALONE_ATTEMPTS else 1, operation.total - operation.dealt_with)
    items = queries.next_selected(operation.selection, operation.cursor_id, most) if most > 0 else []
    counts = _do(operation, items, blamed=job.attempts >= BLAMED_ATTEMPTS)
    transitions.prune(PRUNED_ITEMS)
    refusal = _too_many_errors(operation, counts)
    if refusal is not None:
        _end(job, operation, counts, refusal)
    elif len(items) < most or operation.dealt_with + len(items) >= operation.total:
        _end(job, operation, counts)
    else:
        claims.release([claims.JobRelease(job, after_seconds=step.seconds)])


def _do(operation: OperationRow, items: Sequence[uuid.UUID], *, blamed: bool) -> Counter[str]:
    counts = Counter(dict.fromkeys(BULK_OUTCOMES, 0))
    if items:
        outcomes = [refuse(item, _blame()) for item in items] if blamed else perform(operation, items)
        counts.update(outcome.outcome for outcome in outcomes)
        transitions.insert_items([_as_row(operation.id, outcome) for outcome in outcomes])
        transitions.advance(operation.id, counts, items[-1])
    return counts


def _as_row(operation_id: uuid.UUID, outcome: ItemOutcome) -> dict[str, object]:
    return {
        "id": new_id(),
        "operation_id": operation_id,
        "item_id": outcome.item_id,
        "outcome": outcome.outcome,
        "runs": [str(run) for run in outcome.runs],
        "error": outcome.error.as_json() if outcome.error is not None else None,
    }


def _blame() -> NormalizedError:
    return NormalizedError(
        "INTERNAL",
        "Workers failed or ended several times in a row while they processed this item. Read the reason in the worker's log.",
    )


def _too_many_errors(operation: OperationRow, counts: Counter[str]) -> NormalizedError | None:
    most = operation.stop_on_error_rate
    if most is None:
        return None
    refused = operation.refused + counts[ITEM_REFUSED]
    tried = operation.done + operation.refused + sum(counts[name] for name in BULK_OUTCOMES if name != ITEM_SKIPPED)
    failed, ended = queries.latest_ends(operation.id, LATEST_RUNS)
    for errors, among, what in ((refused, tried, "items were refused"), (failed, ended, "of its newest runs failed")):
        if among >= ERRORS_AFTER and errors * PERCENT > most * among:
            return NormalizedError(
                "CONFLICT",
                f"The operation was stopped, because there were too many errors: {errors} of {among} {what}. stopOnErrorRate allows {most} percent. "
                "Fix the cause of the errors, then start another operation for the remaining items.",
                details={"errors": errors, "of": among, "stopOnErrorRate": most},
            )
    return None


def _end(
    job: ClaimedJob, operation: OperationRow, counts: Counter[str], refusal: NormalizedError | None = None
) -> None:
    state = BULK_FINISHED if refusal is None else BULK_STOPPED
    claims.finish([job])
    transitions.move([operation.id], state, refusal.as_json() if refusal is not None else None)
    changes: dict[str, tuple[object, object]] = {"state": (BULK_RUNNING, state)}
    for name in BULK_OUTCOMES:
        before: int = getattr(operation, name)
        changes[name] = (None, before + counts[name])
    audit.record("bulk.end", "bulk_operation", operation.id, operation.kind, changes)
