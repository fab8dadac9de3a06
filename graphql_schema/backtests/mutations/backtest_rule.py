"""backtestRule: what a draft, or a rule as it stands, would have matched among stored events."""

from __future__ import annotations

import strawberry

from automate.events.queries import EventsFilter
from automate.kernel.limits import LIMITS
from automate.kernel.permissions import EDIT_RULES
from automate.rules.backtests.queries import backtests_by_id
from automate.simulation.backtesting import DEFAULT_EVENTS, BacktestRequest, start_backtest
from graphql_schema.backtests.types import Backtest, backtest_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.filters import EventFilter
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.scalars import JSON


@strawberry.input(
    description="Of `rule` and `when` at least one: a draft beside the live rule, a draft of one that is to come, or the rule as "
    "it stands."
)
class BacktestRuleInput:
    rule: str | None = strawberry.field(default=None, description="The live rule's slug.")
    when: JSON | None = strawberry.field(default=None, description="The draft: JsonLogic, as saveRule takes it.")
    events: EventFilter | None = strawberry.field(default=None, description="Which stored events. Null: all.")
    most: int = strawberry.field(
        default=DEFAULT_EVENTS,
        description=f"Test so many of them, the newest; at most {LIMITS.backtest_events}.",
    )
    idempotency_key: str | None = None


@strawberry.type
class BacktestRulePayload:
    backtest: Backtest | None = strawberry.field(
        default=None, description="Null for a repeated key whose backtest has been removed since."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class BacktestRule:
    @strawberry.mutation(
        extensions=[Requires(EDIT_RULES)],
        description="Test a condition on stored events, and show how it differs from the live rule. The workers do it; nothing "
        f"is started and nothing is decided. A tenant has {LIMITS.backtests_running} under way at most.",
    )
    @refusals_in(BacktestRulePayload)
    def backtest_rule(self, info: Info, input: BacktestRuleInput) -> BacktestRulePayload:  # noqa: A002 - Relay's word
        events = input.events.rows() if input.events is not None else EventsFilter()
        row_id = start_backtest(BacktestRequest(input.rule, input.when, events, input.most), input.idempotency_key)
        row = backtests_by_id([row_id]).get(row_id)
        return planned(info, BacktestRulePayload(backtest=backtest_of(row) if row is not None else None))
