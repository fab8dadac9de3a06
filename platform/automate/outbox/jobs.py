"""The classes that represent jobs in the relay and in workers. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import NamedTuple


class DispatchedJob(NamedTuple):
    """A job that the relay sends. It is a tuple, because a tuple is created faster than an object."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    topic: str
    alone: bool
    late_seconds: float = 0.0
    """Since its due time."""
    weight: int = 1
    """Of its tenant's lane."""
    waiting: float = 0.0
    """Milliseconds of worker time of all tenants' jobs that were sent before and wait unclaimed."""
    competing: int = 1
    """The weights of all tenants that had jobs to send, together."""
    milliseconds: float = 1.0
    """Of a worker's time that it is expected to take."""


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
    """From its due time to the claim."""

    @property
    def spent(self) -> bool:
        """Whether the job has used all attempts."""
        return self.attempts > self.max_attempts
