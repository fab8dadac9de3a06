"""What becomes of jobs that their worker could not do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.audit.services import record
from automate.budgets import claims as budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob
from automate.outbox.hints import wake_relay
from automate.runs import consequences, feed, slots, transitions


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
        dead = claims.bury(jobs, claims.last_error(error.as_json()))
        failed = transitions.fail_runs([job.subject_id for job in jobs if job.id in dead], error)
        woken = bool(failed and budgets.release(tenant.id, failed))
        woken |= slots.release(failed, wait=True)
        if failed:
            consequences.tell_parents(failed, error)
    feed.publish(tenant.id)
    if woken:
        wake_relay()
    return dead


def redrive(job_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Give dead jobs another chance, each alone. Returns those that were dead.

    An event is matched anew. A run never leaves its final state: its job takes a new run of the same version and
    event instead, which keeps what succeeded and inherits the Idempotency-Keys.
    """
    with in_transaction():
        revived = claims.redrive(job_ids)
        for job in revived:
            if job.topic == claims.RUN_ADVANCE:
                new_run_id = new_id()
                transitions.repeat_run(job.subject_id, new_run_id, job_id=job.id)
                claims.point_at(job.id, new_run_id)
            record("job.redrive", "outbox_job", job.id, job.topic, {"state": ("dead", "pending")})
    wake_relay()
    return [job.id for job in revived]


def poisoned(job: ClaimedJob) -> NormalizedError:
    return NormalizedError(
        "POISON_JOB",
        f"The job lost its worker {job.max_attempts} times in a row and was given up. "
        "Look for what ends the worker, such as memory, then redrive it.",
        details={"attempts": job.max_attempts},
    )
