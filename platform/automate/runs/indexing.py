"""Handles claimed jobs. These jobs rebuild the search index of stored events."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.event_types.indexing import chunks
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall


def index_events(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    # Returns no calls, because indexing calls no connector.
    for job in jobs:
        chunks.advance(job, run_set.lease.seconds)
    wake_relay()
    return []
