# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Queries about backtests."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RULES
from automate.rules.backtests import queries
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected


@strawberry.type
class BacktestQueries:
    @strawberry.field(extensions=[Requires(VIEW_RULES)], description="One backtest; null for an unknown id.")
    def backtest(self, info: Info, id: strawberry.ID) -> Backtest | None:
        row_id = row_id_of(id, "Backtest")
        row = queries.backtests_by_id([row_id]).get(row_id) if row_id is not None else None
        return planned(info, backtest_of(row) if row is not None else None)

    @strawberry.field(
        extensions=[Requires(VIEW_RULES)],
        description="The backtests, newest first. They are stored for 30 days after their end.",
    )
    def backtests(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Backtest]:
        field, space = selected(info), space_of("backtests")
        page = queries.backtests_page(slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, backtest_of, queries.count_backtests))
