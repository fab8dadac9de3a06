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
JOB_OPEN_SQL = ", ".join(f"'{state}'" for state in STATES if state in OPEN)
"""A statement that finds jobs by their ids tests ``state IN`` this list, and not the column ``open``. With ``open``, PostgreSQL can
choose the index of open jobs, and read all open jobs of a tenant. It does so when it has counted few open jobs, just before many
arrive."""
