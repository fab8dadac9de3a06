"""Load related data of many backtests at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES
from automate.rules.backtests.queries import samples_of
from automate.rules.queries import rules_by_id
from graphql_schema.backtests.types import Backtest, BacktestSample, sample_of
from graphql_schema.connections import list_limit
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.rules.types import RuleSpec, rule_of


@prefetch(Backtest, "rule", VIEW_RULES)
def rules_of_backtests(backtests: Sequence[Backtest], _field: Selected) -> list[RuleSpec | None]:
    found = rules_by_id(sorted({one.row.rule_id for one in backtests if one.row.rule_id is not None}))
    rows = [found.get(one.row.rule_id) if one.row.rule_id is not None else None for one in backtests]
    return [rule_of(row) if row is not None else None for row in rows]


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
    found = events_by_id(sorted({one.row.event_id for one in samples}))
    rows = [found.get(one.row.event_id) for one in samples]
    return [event_of(row) if row is not None else None for row in rows]
