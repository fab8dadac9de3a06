"""Suspects: claimed jobs of which one may be what ended its last workers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from actors.holding import Begin
from automate.outbox.jobs import ClaimedJob

CROWD = 8
"""How many suspects the child does at once; there may be as many as a worker held when it was lost."""
LOST_WORKERS = 3
"""Claims of a job, this one in, that say no more than that it was among others that were lost."""


@dataclass(frozen=True)
class SuspectBatch:
    """Suspects of one tenant that are done at once."""

    tenant_id: uuid.UUID
    suspects: Sequence[ClaimedJob]
    begin: Begin


def batches_of_suspects(suspects: Sequence[ClaimedJob]) -> list[list[ClaimedJob]]:
    """What is done at once: a crowd of those that were among others so far, each of the rest alone."""
    crowd = [job for job in suspects if job.attempts <= LOST_WORKERS]
    alone = [[job] for job in suspects if job.attempts > LOST_WORKERS]
    return [crowd[start : start + CROWD] for start in range(0, len(crowd), CROWD)] + alone
