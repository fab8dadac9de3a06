"""The OutboxJob's state machine, written once."""

from __future__ import annotations

from collections.abc import Mapping

PENDING, DISPATCHED, CLAIMED = "pending", "dispatched", "claimed"
DONE, DEAD, CANCELLED = "done", "dead", "cancelled"

MOVES: Mapping[str, frozenset[str]] = {
    PENDING: frozenset({DISPATCHED, CANCELLED}),
    DISPATCHED: frozenset({CLAIMED, PENDING, CANCELLED}),
    CLAIMED: frozenset({DONE, PENDING, DISPATCHED, DEAD, CANCELLED}),
    DONE: frozenset(),
    DEAD: frozenset({PENDING}),
    CANCELLED: frozenset(),
}
"""From each state to which: a lost lease sends a claimed job back out, a redrive revives a dead one."""

STATES = tuple(MOVES)
OPEN = frozenset({PENDING, DISPATCHED, CLAIMED})
