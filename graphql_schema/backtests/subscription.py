"""The subscription backtestProgress."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from automate.kernel.permissions import VIEW_RULES
from automate.kernel.problems import no_such
from automate.rules.backtests.queries import backtests_by_id
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.progress import WatchedKind, watched

WATCH = WatchedKind(
    "Backtest",
    lambda row_id: backtests_by_id([row_id]).get(row_id),
    backtest_of,
    no_such("backtest", "id", "backtests", "backtest"),
)


@strawberry.type
class BacktestSubscription:
    @strawberry.subscription(
        extensions=[Requires(VIEW_RULES)],
        description="The backtest now and after each step of progress. The subscription completes when the backtest "
        "has ended.",
    )
    async def backtest_progress(self, info: Info, backtest: strawberry.ID) -> AsyncGenerator[Backtest, None]:
        async for item in watched(info, WATCH, backtest):
            yield item
