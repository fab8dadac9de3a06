"""Messages of the relay to workers. A message has a few job ids of one tenant and topic."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from automate.outbox.jobs import DispatchedJob


def batches(jobs: Sequence[DispatchedJob], most: int) -> Iterator[list[DispatchedJob]]:
    """Divide jobs into groups. ``most`` is the maximum size of a group. A job whose last worker died is alone in its group."""
    ordered = sorted(jobs, key=lambda job: (job.tenant_id, job.topic, job.id))
    for _, group in groupby(ordered, key=attrgetter("tenant_id", "topic")):
        mates: list[DispatchedJob] = []
        for job in group:
            if job.alone:
                yield [job]
                continue
            mates.append(job)
            if len(mates) == most:
                yield mates
                mates = []
        if mates:
            yield mates


def arguments(batch: Sequence[DispatchedJob]) -> tuple[str, str, list[str]]:
    """Return the arguments of a message: the topic, the tenant's id, and the jobs' ids."""
    return batch[0].topic, str(batch[0].tenant_id), [str(job.id) for job in batch]


FIRST_TENANT = uuid.UUID(int=0)
