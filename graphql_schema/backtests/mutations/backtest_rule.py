"""The mutation backtestRule: tests a rule on stored events."""

from __future__ import annotations

import strawberry

from automate.events.queries import EventsFilter
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import EDIT_RULES
from automate.rules.backtests.queries import backtests_by_id
from automate.simulation.backtesting import DEFAULT_EVENTS, BacktestRequest, start_backtest
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.events.filters import EventFilter
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.scalars import JSON


@strawberry.input(
    description="Give `rule` to test a live rule, `when` to test a draft, or both to compare a draft with the "
    "live rule."
)
class BacktestRuleInput:
    rule: str | None = strawberry.field(default=None, description="The live rule's slug.")
    when: JSON | None = strawberry.field(default=None, description="The draft: JsonLogic, as for saveRule.")
    events: EventFilter | None = strawberry.field(
        default=None, description="The filter of stored events. Null: all events."
    )
    most: int = strawberry.field(
        default=DEFAULT_EVENTS,
        description=f"How many events are tested: at most {LIMITS.backtest_events}. The newest events are tested first.",
    )
    idempotency_key: str | None = None


@strawberry.type
class BacktestRulePayload(Payload):
    backtest: Backtest | None = strawberry.field(
        default=None, description="The backtest. Null if the key was used before and its backtest has been deleted."
    )


@strawberry.type
class BacktestRule:
    @mutation(
        EDIT_RULES,
        "Test a condition on stored events, and compare it with the live rule. Workers run the test; it starts no run and "
        f"stores no decision. A tenant may have {LIMITS.backtests_running} running backtests.",
    )
    def backtest_rule(self, input: BacktestRuleInput) -> BacktestRulePayload:
        events = input.events.rows() if input.events is not None else EventsFilter()
        row_id = start_backtest(
            BacktestRequest(input.rule, json_of(input.when), events, input.most), input.idempotency_key
        )
        row = backtests_by_id([row_id]).get(row_id)
        return BacktestRulePayload(backtest=backtest_of(row) if row is not None else None)
