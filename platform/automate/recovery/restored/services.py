"""Releases jobs that wait after a restore of the database.

The restored database lacks the latest progress of the runs. So the next effect of a run may already have
happened.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit
from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.wakeups import wake_relay
from automate.recovery.once import check_count, transacted
from automate.recovery.restored import transitions as rows
from automate.runs import control, feed, states, transitions
from automate.runs import hold_queries as holds

ALL_AT_ONCE = 500
"""Number of jobs that one request without ids releases. The response has the number of remaining jobs."""


@dataclass(frozen=True)
class Released:
    """The outcome of a release of jobs."""

    job_ids: list[uuid.UUID]
    """Released jobs."""
    remaining: int
    """Number of the tenant's jobs that are still held."""
    errors: list[NormalizedError] = field(default_factory=list)
    """Errors of ids that are not a job, each with its path."""


def release_named(named: Sequence[uuid.UUID | None], reason: str) -> Released:
    """Release the jobs with these ids. Jobs that do not wait are ignored. Raises NormalizedError for an invalid request."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    check_count(
        named, "jobs", "Name at least one job, or set `all` to true.", "Send several requests, or set `all` to true."
    )
    wanted = [job_id for job_id in dict.fromkeys(named) if job_id is not None]
    there = rows.existing(wanted)
    errors = [
        no_such("job", "id", "outboxJobs", "jobs", place) for place, job_id in enumerate(named) if job_id not in there
    ]
    return transacted(partial(_release, wanted, reason, errors))


def release_all(reason: str) -> Released:
    """Release the oldest waiting jobs, at most ALL_AT_ONCE. Repeat the call while jobs remain."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    return transacted(partial(_release, None, reason, []))


def _release(wanted: Sequence[uuid.UUID] | None, reason: str, errors: list[NormalizedError]) -> Released:
    found = rows.held(wanted, ALL_AT_ONCE)
    runs = [job.subject_id for job in found if job.topic == RUN_ADVANCE]
    holds.share_workflows(runs)
    # As everywhere, jobs are locked before their runs are read.
    locked = transitions.lock_open(runs, states.RUN_OPEN) if runs else []
    released = rows.release([job.id for job in found])
    going = [run for run in locked if run.job_id in released]
    if going:
        rows.give_time_back([run.id for run in going])
        control.release(going, f"released after the restore: {reason}")
    remaining = rows.count_held()
    if released:
        tenant = current_tenant()
        changes = {"jobs": (None, len(released)), "reason": (None, reason)}
        audit.record("restored.release", "tenant", tenant.id, tenant.slug, changes)
        after_commit(partial(feed.publish, tenant.id))
        after_commit(wake_relay)
    return Released([job.id for job in found if job.id in released], remaining, errors)
