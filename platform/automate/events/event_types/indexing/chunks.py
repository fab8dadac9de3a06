"""Rebuilds the search index of stored events after a change of search keys. New events are accepted meanwhile."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

import orjson

from automate.events.event_types.indexing import transitions as rows
from automate.events.event_types.indexing.transitions import ReindexProgress, StoredEvent
from automate.events.event_types.search_keys import SearchKey, digests_of
from automate.kernel.ids import new_id
from automate.kernel.strict_json import loads
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit, in_transaction, require_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay

EVENT_REINDEX = "event.reindex"
"""The topic of the jobs that rebuild the search index of stored events."""

MAX_ATTEMPTS = 5
"""The attempts of a chunk before the job is dead."""
CHUNK_SECONDS = 0.1
"""How long the computation of a chunk takes. The tenant's new events wait for it in that worker."""
SETTLING_SECONDS = 1.0
"""The time between two checks whether all transactions that can use the former search keys have ended."""


def start_reindex(event_type_id: uuid.UUID) -> None:
    # Requires the transaction that changes the keys.
    require_transaction()
    job_id = new_id()
    rows.start(event_type_id, job_id)
    jobs = [(job_id, event_type_id, current_trace().trace_id)]
    claims.enqueue(current_tenant().id, EVENT_REINDEX, jobs, max_attempts=MAX_ATTEMPTS)
    after_commit(wake_relay)


def advance(job: ClaimedJob, lease_seconds: float) -> None:
    """Run one chunk of a claimed job."""
    work = rows.read(job.subject_id, job.id)
    if work is None:
        claims.finish([job])
    elif not work.ready:
        _settle(job, work, lease_seconds)
    else:
        _index(job, work, lease_seconds)


def _settle(job: ClaimedJob, work: ReindexProgress, lease_seconds: float) -> None:
    with in_transaction():
        if job.id in claims.keep([job], lease_seconds=lease_seconds, progress=False):
            if not work.settled:
                rows.settle(work, job.subject_id, job.id)
            claims.release([claims.JobRelease(job, SETTLING_SECONDS)])


def _index(job: ClaimedJob, work: ReindexProgress, lease_seconds: float) -> None:
    events = rows.next_events(work)
    keys = [SearchKey(key["name"], key["expression"]) for key in orjson.loads(work.search_keys)]
    done, found = list[StoredEvent](), {}
    ends = time.monotonic() + CHUNK_SECONDS
    for event in events:
        if not event.fits or (done and time.monotonic() >= ends):
            break
        payload = None if event.body is None else loads(event.body)
        found[event.id] = digests_of(keys if event.body is not None else (), payload, orjson.loads(event.headers))
        done.append(event)
    with in_transaction():
        if job.id in claims.keep([job], lease_seconds=lease_seconds, progress=False):
            _write(job, done, found, ended=not events)


def _write(
    job: ClaimedJob, done: Sequence[StoredEvent], found: dict[uuid.UUID, set[uuid.UUID]], *, ended: bool
) -> None:
    if not rows.move_on(job.subject_id, job.id, done, ended=ended):
        claims.finish([job])  # the keys have changed again
        return
    if found:
        rows.write(found)
    if ended:
        claims.finish([job])
    else:
        claims.release([claims.JobRelease(job)])
