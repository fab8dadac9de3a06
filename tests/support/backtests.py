"""Backtests on a plane: started, worked off, and read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from automate.events.queries import EventsFilter
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.trace import new_trace, tracing
from automate.rules.backtests import queries
from automate.rules.backtests.queries import BacktestRow, SampleRow
from automate.simulation.backtesting import DEFAULT_EVENTS, BacktestRequest, abort_backtest, start_backtest
from tests.support.plane import Plane

EDITOR = Principal(kind="api_token", name="eve's token", id="8", role="editor")
CREATED = {"==": [{"var": "type"}, "order.created"]}


def start(
    plane: Plane,
    rule: str | None = None,
    when: Any = None,
    *,
    most: int = DEFAULT_EVENTS,
    key: str | None = None,
    **wanted: Any,
) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(EDITOR), tracing(new_trace()):
        return start_backtest(BacktestRequest(rule, when, EventsFilter(**wanted), most), key)


def abort(plane: Plane, backtest: uuid.UUID) -> None:
    with acting_for(plane.tenant), acting_as(EDITOR), tracing(new_trace()):
        abort_backtest(backtest, "enough")


def read(plane: Plane, backtest: uuid.UUID) -> BacktestRow:
    with acting_for(plane.tenant):
        return queries.backtests_by_id([backtest])[backtest]


def samples(plane: Plane, backtest: uuid.UUID) -> list[SampleRow]:
    with acting_for(plane.tenant):
        return queries.samples_of([backtest])[backtest]


def backtested(plane: Plane, rule: str | None = None, when: Any = None, **options: Any) -> BacktestRow:
    """A backtest that came to its end."""
    backtest = start(plane, rule, when, **options)
    plane.drain()
    row = read(plane, backtest)
    assert (row.state, row.tested) == ("finished", row.total), row
    return row


def stored(plane: Plane, *payloads: Any, **options: Any) -> list[uuid.UUID]:
    """Events whose match jobs are gone, as after a while."""
    events = plane.send(*payloads, **options)
    plane.root.execute("DELETE FROM public.outbox_job WHERE subject_id = ANY (%s)", events)
    return events


def erase(plane: Plane, events: Iterable[uuid.UUID]) -> None:
    """Take payloads away as the owner does who erases a person's data."""
    with plane.root.connection.transaction():
        plane.root.execute("SET LOCAL automate.retention = 'on'")
        plane.root.execute(f'DELETE FROM "{plane.tenant.schema}".event_payload WHERE event_id = ANY (%s)', list(events))


def change_rule(plane: Plane, slug: str, when: str) -> None:
    with acting_for(plane.tenant):
        execute('UPDATE rule_spec SET "when" = %s::jsonb WHERE slug = %s', [when, slug])
