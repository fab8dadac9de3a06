"""Load related data of many backtests at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES
from automate.rules.backtests.queries import samples_of
from automate.rules.queries import rules_by_id
from graphql_schema.backtests.types import Backtest, BacktestSample, sample_of
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.rules.types import RuleSpec, rule_of


@prefetch(Backtest, "rule", VIEW_RULES)
def rules_of_backtests(backtests: Sequence[Backtest], _field: Selected) -> list[RuleSpec | None]:
    return objects_of([one.row.rule_id for one in backtests], rules_by_id, rule_of)


@prefetch(Backtest, "samples", VIEW_EVENTS)
def samples_of_backtests(backtests: Sequence[Backtest], field: Selected) -> list[list[BacktestSample]]:
    most, wanted = list_limit(field.arguments), field.arguments.get("difference")
    found = samples_of([one.row.id for one in backtests])
    return [
        [sample_of(row) for row in found[one.row.id] if wanted is None or row.difference == wanted.value][:most]
        for one in backtests
    ]


@prefetch(BacktestSample, "event", VIEW_EVENTS)
def events_of_samples(samples: Sequence[BacktestSample], _field: Selected) -> list[Event | None]:
    return objects_of([one.row.event_id for one in samples], events_by_id, event_of)
