"""CircuitBreaker: what keeps runs from calling a host that is ill."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from automate.runs import states
from automate.runs.breakers.queries import BreakerRow
from graphql_schema.connections import Node
from graphql_schema.ids import global_id


@strawberry.enum(
    description="CLOSED: calls leave. OPEN: the host is ill, and runs wait. HALF_OPEN: one probe is under way, which decides."
)
class BreakerState(Enum):
    CLOSED = states.BREAKER_CLOSED
    OPEN = states.BREAKER_OPEN
    HALF_OPEN = states.BREAKER_HALF_OPEN


@strawberry.enum(
    description="AUTO: it goes by itself. OPEN: no call leaves. CLOSED: every call leaves, nothing is counted."
)
class BreakerMode(Enum):
    AUTO = ""
    OPEN = states.BREAKER_OPEN
    CLOSED = states.BREAKER_CLOSED


@strawberry.type(description="Of one connector and one host, from the first failure on.")
class CircuitBreaker(Node):
    connector: str
    host: str
    state: BreakerState
    mode: BreakerMode
    calls: int = strawberry.field(description="Since windowStarted, as far as they are known.")
    failures: int = strawberry.field(description="Those of them that say that the host is ill.")
    window_started: datetime
    code: str | None = strawberry.field(description="Of the last of these failures.")
    probe_at: datetime | None = strawberry.field(
        description="When the next probe may leave; while HALF_OPEN, until when the one under way is waited for."
    )
    changed_at: datetime


def breaker_of(row: BreakerRow) -> CircuitBreaker:
    return CircuitBreaker(
        id=strawberry.ID(global_id("CircuitBreaker", row.id)),
        connector=row.connector,
        host=row.target,
        state=BreakerState(row.state),
        mode=BreakerMode(row.forced),
        calls=row.calls,
        failures=row.failures,
        window_started=row.window_started,
        code=row.code or None,
        probe_at=row.probe_at,
        changed_at=row.changed_at,
    )
