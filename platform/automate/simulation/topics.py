"""The outbox topic for the jobs of backtests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.outbox import progress
from automate.outbox.registry import Topic
from automate.rules.backtests import transitions
from automate.simulation.backtesting import RULE_BACKTEST, advance_backtests


def _fail(backtest_ids: Sequence[uuid.UUID], error: NormalizedError) -> None:
    progress.publish_after_commit(transitions.fail(backtest_ids, error.as_json()))


TOPICS = (
    Topic(RULE_BACKTEST, "Backtest", "Run a backtest.", advance_backtests, fail=_fail, reopen=transitions.reopen),
)
