"""Decides the order of tenants by weighted fair queueing.

A tenant's *tag* is its work in milliseconds, divided by the tenant's weight. The tenant with the lowest
tag has the next turn.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from automate.outbox.jobs import DispatchedJob

MOST = 1_000
"""The maximum number of tenants that a relay remembers. Above it, the half with the smallest debts is forgotten."""


class Shares:
    """The work that this relay has sent for each tenant."""

    def __init__(self) -> None:
        self._tags: dict[uuid.UUID, float] = {}
        self._now = 0.0

    def debts(self) -> Mapping[uuid.UUID, float]:
        """For each tenant that has received more than its share of work, return the surplus."""
        return {tenant_id: tag - self._now for tenant_id, tag in self._tags.items()}

    def charge(self, jobs: Collection[DispatchedJob]) -> None:
        if not jobs:
            return
        sent: dict[uuid.UUID, float] = {}
        for job in jobs:
            sent[job.tenant_id] = sent.get(job.tenant_id, 0.0) + job.milliseconds
        weights = {job.tenant_id: job.weight for job in jobs}
        starts = {tenant_id: max(self._tags.get(tenant_id, 0.0), self._now) for tenant_id in sent}
        for tenant_id, milliseconds in sent.items():
            self._tags[tenant_id] = starts[tenant_id] + milliseconds / weights[tenant_id]
        self._now += sum(sent.values()) / next(iter(jobs)).competing
        if len(self._tags) > MOST:
            self._now = max(self._now, sorted(self._tags.values())[len(self._tags) // 2])
        self._tags = {tenant_id: tag for tenant_id, tag in self._tags.items() if tag > self._now}
