"""The amounts that a call reserves from budgets until its outcome is known."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from automate.kernel.json_values import JsonObject, as_integer, as_list, as_text


@dataclass(frozen=True, eq=False)
class Reservation:
    """The amounts that one call reserves."""

    price: int
    """The cost of the call for the tenant's bill, even if no budget limits the cost."""
    budgets: Sequence[tuple[uuid.UUID, str, int]]
    """For each budget: its id, the start of the window, and the amount."""


Ends: TypeAlias = Mapping[tuple[uuid.UUID, str], Sequence[int]]
"""The reservations that end, by budget and window: the settled amount, and the released amount."""


def reservation_of(stored: JsonObject) -> Reservation:
    """Return the reservation that the ledger of effects stores."""
    budgets = [
        (uuid.UUID(as_text(budget_id)), as_text(started), as_integer(amount))
        for budget_id, started, amount in map(as_list, as_list(stored["budgets"]))
    ]
    return Reservation(as_integer(stored["price"]), budgets)


def ends_of(ended: Iterable[tuple[Reservation, bool]]) -> Ends:
    """Sum the ended reservations by budget and window. Settled and released amounts are separate sums.

    Each item of ``ended`` is a reservation and a bool: True if the reservation is settled, False if it is released.
    """
    # Most calls of a transaction share few objects, and a UUID hashes itself in Python.
    times = Counter(ended)
    ends: dict[tuple[uuid.UUID, str], list[int]] = {}
    for (reservation, settled), count in times.items():
        for budget_id, started, amount in reservation.budgets:
            ends.setdefault((budget_id, started), [0, 0])[0 if settled else 1] += amount * count
    return ends
