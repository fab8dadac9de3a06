"""The passes that wait for a thread share one look at the directory of tenants."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from actors.holding import Doing, ProcessShares
from actors.tenant_queue import TenantQueue
from tenants import directory


def queues_of(tenants: Sequence[Any], doing: Doing) -> list[TenantQueue]:
    holdings: dict[uuid.UUID, TenantQueue] = {}
    shares = ProcessShares(holdings)
    for tenant in tenants:
        queue = holdings[tenant.ref.id] = TenantQueue(tenant.ref.id, shares, lambda _queue: None)
        queue.doing = doing
        directory.forget(tenant.ref.id, tenant.ref.slug)
    return list(holdings.values())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[set[uuid.UUID]]:
    """The ids of each look at the directory."""
    looks: list[set[uuid.UUID]] = []
    find, find_one = directory.find_by_ids, directory.find_by_id

    def found(ids: Sequence[uuid.UUID]) -> Any:
        looks.append(set(ids))
        return find(ids)

    def found_one(wanted: uuid.UUID) -> Any:
        looks.append({wanted})
        return find_one(wanted)

    monkeypatch.setattr(directory, "find_by_ids", found)
    monkeypatch.setattr(directory, "find_by_id", found_one)
    return looks


def test_queued_passes_share_a_look(tenant_factory: Any, read: list[set[uuid.UUID]]) -> None:
    tenants = [tenant_factory() for _ in range(3)]
    queues = queues_of(tenants, Doing.QUEUED)
    read.clear()
    for queue in queues:
        queue.make_pass()
    assert read == [{tenant.ref.id for tenant in tenants}]


def test_queues_without_a_pass_are_left_out(tenant_factory: Any, read: list[set[uuid.UUID]]) -> None:
    tenants = [tenant_factory() for _ in range(2)]
    first, _ = queues_of(tenants, Doing.RESTING)
    read.clear()
    first.make_pass()
    assert read == [{tenants[0].ref.id}]
