"""CircuitBreaker: what keeps runs from calling a host that is ill."""

from __future__ import annotations

from enum import Enum

import strawberry
import strawberry_django

from automate.runs import states
from automate.runs.breakers import models
from automate.runs.breakers.queries import BreakerRow
from automate.runs.choices import BreakerState
from graphql_schema.connections import Node
from graphql_schema.ids import global_id


@strawberry.enum(
    description="AUTO: it goes by itself. OPEN: no call leaves. CLOSED: every call leaves, nothing is counted."
)
class BreakerMode(Enum):
    AUTO = ""
    OPEN = states.BREAKER_OPEN
    CLOSED = states.BREAKER_CLOSED


@strawberry_django.type(models.CircuitBreaker, description="Of one connector and one host, from the first failure on.")
class CircuitBreaker(Node):
    connector: strawberry.auto
    host: str
    state: BreakerState
    mode: BreakerMode
    calls: strawberry.auto
    failures: strawberry.auto
    window_started: strawberry.auto
    code: str | None = strawberry.field(description="Of the last of these failures.")
    probe_at: strawberry.auto
    changed_at: strawberry.auto


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
