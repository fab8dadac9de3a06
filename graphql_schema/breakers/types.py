"""The type CircuitBreaker."""

from __future__ import annotations

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.effects import states as effect_states
from automate.effects.breakers import models
from automate.effects.breakers.queries import BreakerRow
from automate.runs.choices import BreakerState
from graphql_schema.connections import Node
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.ids import global_id


@described
class BreakerMode(TextChoices):
    """Whether a person has forced the state of a circuit breaker."""

    AUTO = "", "Failures open the breaker, and a probe closes it."
    OPEN = effect_states.BREAKER_OPEN, "No call leaves."
    CLOSED = effect_states.BREAKER_CLOSED, "Every call leaves, and nothing is counted."


@strawberry_django.type(
    models.CircuitBreaker, description="The breaker of one connector and one host, created by the first failure."
)
class CircuitBreaker(Node):
    connector: strawberry.auto
    host: str = strawberry.field(description="The host that the connector calls.")
    state: BreakerState
    mode: BreakerMode = strawberry.field(description="Whether a person has forced the breaker's state.")
    calls: strawberry.auto
    failures: strawberry.auto
    window_started: strawberry.auto
    code: str | None
    probe_at: strawberry.auto
    changed_at: strawberry.auto


_circuit_breaker = copier(CircuitBreaker, BreakerRow, "id", "host", "state", "mode", "code")


def breaker_of(row: BreakerRow) -> CircuitBreaker:
    return _circuit_breaker(
        row,
        id=strawberry.ID(global_id("CircuitBreaker", row.id)),
        host=row.target,
        state=BreakerState(row.state),
        mode=BreakerMode(row.forced),
        code=row.code or None,
    )
