"""The mutation abortBacktest."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_RULES
from automate.rules.backtests.queries import backtests_by_id
from automate.simulation.backtesting import abort_backtest
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class AbortBacktestInput:
    backtest: strawberry.ID
    reason: str = strawberry.field(default="", description="The reason, for the audit record.")


@strawberry.type
class AbortBacktestPayload:
    backtest: Backtest | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class AbortBacktest:
    @strawberry.mutation(extensions=[Requires(EDIT_RULES)], description="Stop a backtest. Its results so far stay.")
    @refusals_in(AbortBacktestPayload)
    def abort_backtest(self, info: Info, input: AbortBacktestInput) -> AbortBacktestPayload:  # noqa: A002 - Relay's word
        row_id = abort_backtest(row_id_of(input.backtest, "Backtest"), input.reason)
        row = backtests_by_id([row_id])[row_id]
        return planned(info, AbortBacktestPayload(backtest=backtest_of(row)))
