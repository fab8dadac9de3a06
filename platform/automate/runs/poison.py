"""What becomes of jobs that their worker could not do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.audit import services as audit
from automate.budgets import claims as budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction, require_transaction
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob, RevivedJob
from automate.outbox.hints import wake_relay
from automate.outbox.queries import jobs_by_id
from automate.outbox.states import DEAD
from automate.runs import feed, parents, slots, states, transitions
from automate.runs.bulk import progress
from automate.runs.bulk import transitions as bulk
from automate.runs.recovery import queries
from automate.runs.recovery import transitions as recovery
from automate.runs.recovery.keeping import FAILED_STEP, keep
from automate.runs.recovery.retrying import Repeat, take_over
from automate.runs.versions import compiled_versions


def put_back(jobs: Sequence[ClaimedJob], error: NormalizedError) -> None:
    """After a fault in the worker: try again later and alone, or give up where the attempts are spent."""
    bury([job for job in jobs if job.attempts >= job.max_attempts], error)
    again = [job for job in jobs if job.attempts < job.max_attempts]
    if again:
        claims.retry(again, claims.last_error(error.as_json()))


def bury(jobs: Sequence[ClaimedJob], error: NormalizedError) -> set[uuid.UUID]:
    """Mark jobs as dead, and fail their runs in the same transaction. A dead job can be redriven. Returns which died."""
    if not jobs:
        return set()
    tenant = current_tenant()
    with in_transaction():
        slots.lock_of([job.subject_id for job in jobs], wait=True)
        dead = claims.bury(jobs, error)
        failed = transitions.fail_runs([job.subject_id for job in jobs if job.id in dead], error)
        woken = bool(failed and budgets.release(tenant.id, failed))
        woken |= slots.release(failed, wait=True)
        if failed:
            parents.tell_parents(failed, states.FAILED, error.message)
        stopped = bulk.fail([job.subject_id for job in jobs if job.id in dead], error.as_json())
    for operation_id in stopped:
        progress.publish(operation_id)
    feed.publish(tenant.id)
    if woken:
        wake_relay()
    return dead


def redrive(job_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Give dead jobs another chance, each alone. Returns those that were dead.

    An event is matched anew. A run never leaves its final state: its job takes a new run of the same version and
    event instead, which keeps what succeeded and inherits the Idempotency-Keys. Where somebody has retried that run
    meanwhile, and the retry is under way or has succeeded, its job stays dead.
    """
    with in_transaction():
        revived = revive(job_ids)
    wake_relay()
    return revived


def revive(job_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """``redrive`` in the caller's transaction; the number of statements does not depend on the jobs."""
    require_transaction()
    dead = [job for job in jobs_by_id(job_ids).values() if job.state == DEAD]
    run_ids = [job.subject_id for job in dead if job.topic == claims.RUN_ADVANCE]
    if run_ids:
        recovery.lock_lines(list(queries.origins_of(run_ids).values()))
    taken = queries.rivals(run_ids) if run_ids else {}
    revived = claims.redrive([job.id for job in dead if job.subject_id not in taken])
    if runs := [job for job in revived if job.topic == claims.RUN_ADVANCE]:
        _take_over(runs)
    if operations := [job.subject_id for job in revived if job.topic == claims.BULK_ADVANCE]:
        bulk.reopen(operations)
    changes = {"state": ("dead", "pending")}
    audit.record_all([audit.entry("job.redrive", "outbox_job", job.id, job.topic, changes) for job in revived])
    return [job.id for job in revived]


def _take_over(jobs: Sequence[RevivedJob]) -> None:
    """Let revived jobs take new runs in the place of those that died with them."""
    run_ids = [job.subject_id for job in jobs]
    found = queries.sources(run_ids, None)
    attempts = queries.last_attempts(run_ids)
    versions = compiled_versions([source.version_id for source in found.values()])
    repeats = []
    for job in jobs:
        source = found[job.subject_id]
        version = versions[source.version_id]
        repeats.append(
            Repeat(
                old_id=source.id,
                new_id=new_id(),
                workflow_id=source.workflow_id,
                version=version,
                event_id=source.event_id,
                origin_id=source.origin_id,
                kept=keep(attempts[source.id], version, FAILED_STEP, same_work=True),
                reason=f"redrive of run {source.id}",
                job_id=job.id,
            )
        )
    take_over(repeats)
    claims.point_at({repeat.job_id: repeat.new_id for repeat in repeats if repeat.job_id is not None})


def poisoned(job: ClaimedJob) -> NormalizedError:
    return NormalizedError(
        "POISON_JOB",
        f"The job lost its worker {job.max_attempts} times in a row and was given up. "
        "Look for what ends the worker, such as memory, then redrive it.",
        details={"attempts": job.max_attempts},
    )
