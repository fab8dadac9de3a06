"""Remembers deep backlogs, so that a round of the relay reads only the backlogs of tenants that can have a turn."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from automate.outbox.jobs import DeepTenant


class Depth:
    """The tenants with deep backlogs, as the relay last saw them.

    This knowledge may be wrong, for example if another relay has sent a tenant's jobs. Each round corrects it for the
    tenants that have a turn, and the relay forgets all tenants once a second.
    """

    def __init__(self) -> None:
        self._deep: list[DeepTenant] = []

    def remember(self, deep: Iterable[DeepTenant]) -> None:
        """Replace the known tenants."""
        self._deep = sorted(deep, key=_place)

    def forget(self) -> None:
        self._deep = []

    def skippable(self, debts: Mapping[uuid.UUID, float], *, room: float, after: uuid.UUID) -> list[DeepTenant]:
        """Return the tenants that get no turn before ``room`` is used up, sorted by id.

        The order of turns is the order of the dispatch statement. Tenants without a deep backlog can only delay a turn.
        """
        first = bisect_right(self._deep, after.int, key=_place)
        ring = self._deep[first:] + self._deep[:first]
        ring.sort(key=lambda deep: debts.get(deep.tenant_id, 0.0) + deep.turn_ms / deep.weight)
        for place, deep in enumerate(ring):
            if room <= 0:
                return sorted(ring[place:], key=_place)
            room -= deep.turn_ms
        return []


def _place(deep: DeepTenant) -> int:
    # Comparing ids as objects of UUID takes ten times as long.
    return deep.tenant_id.int
