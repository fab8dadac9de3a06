"""Forms batches of suspects. A suspect is a claimed job whose worker was lost several times in a row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from actors.holding import Begin
from automate.outbox.jobs import ClaimedJob

CROWD = 8
"""The number of suspects that the child runs at once. There can be as many as a lost worker held."""
LOST_WORKERS = 3
"""A suspect with more claims than this, including the current claim, runs alone. Up to this number, another job may
have ended the worker."""


@dataclass(frozen=True)
class SuspectBatch:
    """A group of suspect jobs of one tenant. The child process runs these jobs together."""

    tenant_id: uuid.UUID
    suspects: Sequence[ClaimedJob]
    begin: Begin


def batches_of_suspects(suspects: Sequence[ClaimedJob]) -> list[list[ClaimedJob]]:
    # A suspect is alone if a worker was lost again while it had the suspect.
    crowd = [job for job in suspects if job.attempts <= LOST_WORKERS]
    alone = [[job] for job in suspects if job.attempts > LOST_WORKERS]
    return [crowd[start : start + CROWD] for start in range(0, len(crowd), CROWD)] + alone
