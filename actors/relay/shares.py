"""Which tenant is next: each tenant's work is charged to it in milliseconds, and the tenant that has had least goes first.

This is weighted fair queueing. A tenant has a *tag*, the work that it has had for its weight; the relay's own tag is what each tenant
would have had if all competing tenants shared each round equally. A tenant that comes back starts at the relay's tag, and saves
up nothing while it rests. The turn goes first after which a tenant has had least: so a few jobs go before whole batches, until
they are as much as a turn. A job is charged what the tenant's jobs took of a worker's time lately, see ``actors/costs.py``.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from automate.outbox.jobs import DispatchedJob

MOST = 1_000
"""How many tenants a relay remembers. Above that it forgives the half that owes least."""


class Shares:
    """What this relay has sent. A new relay knows nothing, and all tenants start equal."""

    def __init__(self) -> None:
        self._tags: dict[uuid.UUID, float] = {}
        self._now = 0.0

    def debts(self) -> Mapping[uuid.UUID, float]:
        """By tenant, what it has had above its share. Tenants that owe nothing are left out."""
        return {tenant_id: tag - self._now for tenant_id, tag in self._tags.items()}

    def charge(self, jobs: Collection[DispatchedJob]) -> None:
        """Charge what was sent to its tenants."""
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
