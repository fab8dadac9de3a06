"""Decides the order of tenants. Each tenant's work is charged in milliseconds, and the tenant with the least work goes first.

This is weighted fair queueing. A tenant's *tag* is its past work divided by its weight. The relay's own tag is the work of a
tenant that got an equal share of each round. A tenant that returns starts at the relay's tag, so idle tenants save up nothing.
The next turn belongs to the tenant that will have the least work after the turn. So a few jobs go before whole turns, until
they amount to a turn. ``actors/costs.py`` measures the milliseconds of each tenant's jobs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from automate.outbox.jobs import DispatchedJob

MOST = 1_000
"""The maximum number of tenants that a relay remembers. Above it, the half with the smallest debts is forgotten."""


class Shares:
    """The work of each tenant that this relay has sent. A new relay has no data, so all tenants start equal."""

    def __init__(self) -> None:
        self._tags: dict[uuid.UUID, float] = {}
        self._now = 0.0

    def debts(self) -> Mapping[uuid.UUID, float]:
        """Tenant -> its work above its share. Tenants without a debt are omitted."""
        return {tenant_id: tag - self._now for tenant_id, tag in self._tags.items()}

    def charge(self, jobs: Collection[DispatchedJob]) -> None:
        """Charge sent jobs to their tenants."""
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
