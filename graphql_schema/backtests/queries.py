"""Queries about backtests."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RULES
from automate.rules.backtests import queries
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.listed import listed, paged
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection


@strawberry.type
class BacktestQueries:
    @strawberry.field(extensions=[Requires(VIEW_RULES)], description="One backtest; null for an unknown id.")
    def backtest(self, info: Info, id: strawberry.ID) -> Backtest | None:
        row_id = row_id_of(id, "Backtest")
        row = queries.backtests_by_id([row_id]).get(row_id) if row_id is not None else None
        return load_selection(info, backtest_of(row) if row is not None else None)

    @listed(VIEW_RULES, "The backtests, newest first. They are stored for 30 days after their end.")
    def backtests(self, info: Info) -> Connection[Backtest]:
        return paged(info, "backtests", queries.backtests_page, backtest_of, queries.count_backtests)
