"""Classes for the jobs of the relay and of workers. Also checks the fence of a worker."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class DispatchedJob(NamedTuple):
    """A job that the relay sends. It is a tuple, because a tuple is created faster than an object."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    topic: str
    alone: bool
    late_seconds: float = 0.0
    """The seconds since the job's due time."""
    weight: int = 1
    """The weight of its tenant's lane."""
    waiting: float = 0.0
    """The milliseconds of worker time for all tenants' jobs that were sent earlier and wait unclaimed."""
    competing: int = 1
    """The sum of the weights of all tenants that had jobs to send."""
    milliseconds: float = 1.0
    """The milliseconds of a worker's time that the job is expected to take."""


class LaterTurn(NamedTuple):
    """A tenant with due jobs that gets no turn in a round of the relay. Workers have claimed all its sent jobs."""

    tenant_id: uuid.UUID
    weight: int
    turn_ms: float
    """The milliseconds of a worker's time in the tenant's next turn."""


class DispatchRound(NamedTuple):
    """The jobs that one round of the relay marked as sent, and the tenants that must wait for a later turn."""

    jobs: list[DispatchedJob]
    later: list[LaterTurn]
    """The tenants that the round saw and that got no turn, in no order."""
    held_back: bool
    """Whether a tenant with sent jobs that wait unclaimed may have more due jobs."""
    waiting: float
    """The milliseconds of worker time for all jobs that were sent earlier and wait unclaimed. It is 0 if the
    round sent no job and saw no job that must wait."""
    missed: bool = False
    """Whether the round sent fewer jobs than it chose. Another session had locked or changed a job, or a tenant had fewer jobs
    than the round assumed. Another round may find jobs for the rest of the room."""
    at: datetime | None = None
    """The time at which the round looked for due jobs."""


@dataclass(frozen=True)
class JobSubject:
    """A job and its subject."""

    id: uuid.UUID
    topic: str
    subject_id: uuid.UUID


@dataclass(frozen=True)
class ClaimedJob:
    """A job that this worker holds until its lease ends."""

    id: uuid.UUID
    subject_id: uuid.UUID
    fence: int
    attempts: int
    max_attempts: int
    trace_id: str
    topic: str = ""
    late_seconds: float = 0.0
    """The seconds from its due time to the claim."""

    @property
    def spent(self) -> bool:
        """Whether the job has used all attempts."""
        return self.attempts > self.max_attempts


Fence = dict[uuid.UUID, int]
"""Jobs that are still held, each with its signals."""


class SignalledError(Exception):
    """Raised if jobs have new signals. The caller must not write the plans that it made for these jobs."""

    def __init__(self, job_ids: set[uuid.UUID]) -> None:
        super().__init__()
        self.job_ids = job_ids


def held_of(fence: Fence) -> set[uuid.UUID]:
    """Return the jobs that this worker still holds. Raises SignalledError if any of them has a signal."""
    signalled = {job_id for job_id, signals in fence.items() if signals}
    if signalled:
        raise SignalledError(signalled)
    return set(fence)
