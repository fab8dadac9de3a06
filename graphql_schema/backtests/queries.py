"""Queries about backtests."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RULES
from automate.rules.backtests import queries
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.lookups import looked_up
from graphql_schema.permissions import Requires


@strawberry.type
class BacktestQueries:
    @strawberry.field(extensions=[Requires(VIEW_RULES)], description="One backtest; null for an unknown id.")
    def backtest(self, info: Info, id: strawberry.ID) -> Backtest | None:
        return looked_up(info, "Backtest", id, queries.backtests_by_id, backtest_of)

    @listed(VIEW_RULES, "The backtests, newest first. They are stored for 30 days after their end.")
    def backtests(self, info: Info) -> Connection[Backtest]:
        return paged(info, "backtests", queries.backtests_page, backtest_of, queries.count_backtests)
