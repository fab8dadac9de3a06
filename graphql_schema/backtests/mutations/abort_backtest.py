"""The mutation abortBacktest."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_RULES
from automate.rules.backtests.queries import backtests_by_id
from automate.simulation import backtesting
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.connections import found_by
from graphql_schema.mutating import REASON, Family, Value

BACKTEST = Family("backtest", Backtest, found_by(backtests_by_id, backtest_of), by_id=True)


@strawberry.type
class AbortBacktest:
    abort_backtest = BACKTEST.changes(
        "abort_backtest",
        backtesting.abort_backtest,
        EDIT_RULES,
        "Stop a backtest. Its results so far stay.",
        reason=Value(str, REASON.description, ""),
    )
