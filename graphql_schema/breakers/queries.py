# ruff: noqa: FBT001 - the plan reads a field's arguments from the document
"""Queries about circuit breakers."""

from __future__ import annotations

import strawberry

from automate.effects.breakers import queries
from automate.kernel.permissions import VIEW_RUNS
from graphql_schema.breakers.types import CircuitBreaker, breaker_of
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.listed import listed
from graphql_schema.planning import planned, selected


@strawberry.type
class BreakerQueries:
    @listed(
        VIEW_RUNS,
        "The circuit breakers, newest first. `holding: true` selects those that hold runs back; "
        "`holding: false` selects the others.",
    )
    def circuit_breakers(self, info: Info, holding: bool | None = None) -> Connection[CircuitBreaker]:
        field, space = selected(info), space_of("circuitBreakers", {"holding": holding})
        page = queries.breakers_page(slice_of(space, field.arguments), holding=holding)
        found = connection_of(field, space, page, breaker_of, lambda: queries.count_breakers(holding=holding))
        return planned(info, found)
