"""Load related data of many backtests at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.rules.backtests.queries import BacktestRow, SampleRow, samples_of
from automate.rules.queries import rules_by_id
from graphql_schema.connections import list_limit, objects_of
from graphql_schema.planning import Of, Selected


def rules_of_backtests(backtests: Sequence[Of[BacktestRow]], field: Selected) -> list[object]:
    return objects_of([one.row.rule_id for one in backtests], rules_by_id, field.make)


def samples_of_backtests(backtests: Sequence[Of[BacktestRow]], field: Selected) -> list[list[object]]:
    most, wanted = list_limit(field.arguments), field.arguments.get("difference")
    found = samples_of([one.row.id for one in backtests])
    return [
        [field.make(row) for row in found[one.row.id] if wanted is None or row.difference == wanted.value][:most]
        for one in backtests
    ]


def events_of_samples(samples: Sequence[Of[SampleRow]], field: Selected) -> list[object]:
    return objects_of([one.row.event_id for one in samples], events_by_id, field.make)
