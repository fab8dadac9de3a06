# ruff: noqa: FBT001 - the plan reads a field's arguments from the document
"""Queries about circuit breakers."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.effects.breakers import queries
from automate.kernel.permissions import VIEW_RUNS
from graphql_schema.breakers.types import CircuitBreaker, breaker_of
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged


@strawberry.type
class BreakerQueries:
    @listed(
        VIEW_RUNS,
        "The circuit breakers, newest first. `holding: true` selects those that hold runs back; "
        "`holding: false` selects the others.",
    )
    def circuit_breakers(self, info: Info, holding: bool | None = None) -> Connection[CircuitBreaker]:
        load = partial(queries.breakers_page, holding=holding)
        count = partial(queries.count_breakers, holding=holding)
        return paged(info, "circuitBreakers", load, breaker_of, count, {"holding": holding})
