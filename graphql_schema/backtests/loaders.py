"""Load related data of many backtests at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.rules.backtests.queries import BacktestRow, SampleRow, samples_of
from automate.rules.queries import rules_by_id
from graphql_schema.connections import list_limit
from graphql_schema.planning import Of, Selected


def rules_of_backtests(backtests: Sequence[Of[BacktestRow]], field: Selected) -> list[object]:
    found = rules_by_id(sorted({one.row.rule_id for one in backtests if one.row.rule_id is not None}))
    rows = [found.get(one.row.rule_id) if one.row.rule_id is not None else None for one in backtests]
    return [field.make(row) if row is not None else None for row in rows]


def samples_of_backtests(backtests: Sequence[Of[BacktestRow]], field: Selected) -> list[list[object]]:
    most, wanted = list_limit(field.arguments), field.arguments.get("difference")
    found = samples_of([one.row.id for one in backtests])
    return [
        [field.make(row) for row in found[one.row.id] if wanted is None or row.difference == wanted.value][:most]
        for one in backtests
    ]


def events_of_samples(samples: Sequence[Of[SampleRow]], field: Selected) -> list[object]:
    found = events_by_id(sorted({one.row.event_id for one in samples}))
    rows = [found.get(one.row.event_id) for one in samples]
    return [field.make(row) if row is not None else None for row in rows]
