"""The state machine of jobs in the outbox."""

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
"""Legal moves. A lost lease dispatches a claimed job again; a redrive revives a dead job."""

STATES = tuple(MOVES)
OPEN = frozenset({PENDING, DISPATCHED, CLAIMED})
