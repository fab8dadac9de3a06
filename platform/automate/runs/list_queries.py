"""Lists runs, newest first. Each page reads a limited number of index entries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.events.event_types.search_keys import digest_of_line
from automate.kernel.ids import ids_around
from automate.kernel.queries import Condition, Page, Slice, count_of, page_of
from automate.kernel.range_queries import HIGHEST, LOWEST, MOST_ROWS, Narrowed, Ranges, narrowed_page, too_broad
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.runs.queries import NO_JOINS, SOURCES_OF_SLUG, Joins, RunRow, RunsFilter, conditions_of
from automate.runs.states import QUEUED, RUNNING, WAITING
from automate.runs.waiting_queries import OF_BUDGET

T = TypeVar("T")
ADVICE = (
    "event, traceId, idempotencyKey, searchKeys, fingerprint, errorCode, rule, or a shorter time between createdFrom and "
    "createdBefore"
)
_TIMES = {"since": None, "until": None}
# Events with a value of a search key, and events with an idempotency key.
WITH_VALUE = f"SELECT event_id FROM event_search WHERE digest = %s LIMIT {MOST_ROWS + 1}"
WITH_KEY = f"SELECT id FROM event WHERE idempotency_key = %s AND idempotency_key <> '' LIMIT {MOST_ROWS + 1}"

ENDED_BETWEEN = f"SELECT id FROM execution_run WHERE finished_at >= %s AND finished_at < %s LIMIT {MOST_ROWS + 1}"
# Runs that wait for a budget.
HELD = f"SELECT j.subject_id FROM public.outbox_job AS j WHERE j.tenant_id = %s AND {OF_BUDGET} LIMIT {MOST_ROWS + 1}"
# Runs that a retry has replaced. A run that was retried twice occurs twice.
REPLACED = f"SELECT retry_of_id FROM execution_run WHERE retry_of_id IS NOT NULL LIMIT {MOST_ROWS + 1}"
HELD_STATES = (QUEUED, RUNNING, WAITING)
"""The states of runs that a budget can hold."""


def runs_page(wanted: RunsFilter, part: Slice, joins: Joins = NO_JOINS) -> Page[RunRow]:
    """List runs, newest first. Raises FILTER_TOO_BROAD if no index serves the filter."""
    return runs_of(wanted, part, joins.select(), joins.make)


def runs_of(wanted: RunsFilter, part: Slice, select: str, make: Callable[[TupleRow], T]) -> Page[T]:
    """List runs. ``make`` converts each row to a form that the caller wants.

    Raises FILTER_TOO_BROAD if no index serves the filter.
    """
    lists = _lists(wanted)
    if not lists:
        return page_of(select, "r.id", part, conditions_of(wanted), make)
    return narrowed_page(lists, select, part, make, ADVICE)


def count_runs(wanted: RunsFilter) -> int:
    """Count runs. If there are more than EXACT_COUNT, return EXACT_COUNT + 1."""
    lists = _lists(wanted)
    return lists[0].count() if lists else count_of("execution_run AS r", conditions_of(wanted))


def _lists(wanted: RunsFilter) -> list[Narrowed]:
    # The most selective first. Empty if the filter has only times.
    found = list(_ranges(wanted))
    if not found and wanted != RunsFilter(since=wanted.since, until=wanted.until):
        found = [(Ranges("(SELECT) AS d", (), "", "execution_run AS r", ("r.id",), ("r.id",)), wanted)]
    return [
        Narrowed(
            "r",
            ranges,
            _bounds(wanted),
            _within(wanted),
            conditions_of(replace(rest, **_TIMES)),
            MOST_ROWS // len(found) // _cost(rest),
        )
        for ranges, rest in found
    ]


def _cost(rest: RunsFilter) -> int:
    # The index rows that one row of a range costs: its own, that of its job, and that of its retry. Held runs are in three ranges.
    each = 1 + (rest.held_by_budget is not None) + (rest.retried is not None)
    return each * len(HELD_STATES) if rest.held_by_budget else each


def _ranges(wanted: RunsFilter) -> Iterator[tuple[Ranges, RunsFilter]]:
    # Each with the rest of the filter, which is checked row by row.
    of_few = _of_event_filter(wanted) or _of_held(wanted) or _of_replaced(wanted) or _of_ends(wanted)
    if of_few is not None:
        yield of_few
        return
    if wanted.held_by_budget and wanted.states is None:
        wanted = replace(wanted, states=HELD_STATES)
    yield from _of_columns(wanted)


def _of_columns(wanted: RunsFilter) -> Iterator[tuple[Ranges, RunsFilter]]:
    if wanted.trace_id is not None:
        yield _of_column("trace_id", "text", wanted.trace_id), replace(wanted, trace_id=None)
    if wanted.fingerprint is not None:
        yield _of_column("fingerprint", "uuid", wanted.fingerprint), replace(wanted, fingerprint=None)
    if wanted.error_code is not None:
        yield _of_code(wanted.error_code), replace(wanted, error_code=None)
    if wanted.rule_id is not None:
        yield _of_column("rule_id", "uuid", wanted.rule_id), replace(wanted, rule_id=None)
    if wanted.rule is not None:
        yield _of_row("rule_id", "SELECT id FROM rule_spec WHERE slug = %s", wanted.rule), replace(wanted, rule=None)
    if wanted.states is not None:
        sql, columns = "unnest(%s::text[]) AS d (value)", ("r.state", "r.id")
        states = sorted(set(wanted.states))
        yield Ranges(sql, (states,), "d.value", "execution_run AS r", columns, columns), replace(wanted, states=None)
    if wanted.source is not None:
        yield _of_row("source_id", SOURCES_OF_SLUG, wanted.source), replace(wanted, source=None)
    yield from _of_workflow(wanted)
    if wanted.test:
        yield _of_all("r.test"), replace(wanted, test=None)


def _of_event_filter(wanted: RunsFilter) -> tuple[Ranges, RunsFilter] | None:
    # The events are found first, because each has few runs. Fewer events have a key than a value of a search key.
    if wanted.event_id is not None:
        return _of_events([wanted.event_id]), replace(wanted, event_id=None)
    if wanted.idempotency_key is not None:
        return _of_events(_events(WITH_KEY, wanted.idempotency_key)), replace(wanted, idempotency_key=None)
    if wanted.search:
        first, *others = wanted.search
        return _of_events(_events(WITH_VALUE, digest_of_line(first))), replace(wanted, search=tuple(others) or None)
    return None


def _of_ends(wanted: RunsFilter) -> tuple[Ranges, RunsFilter] | None:
    # None if many runs ended then. The list by creation then fills a page soon.
    if wanted.ended_since is None or wanted.ended_until is None:
        return None
    found = [row_id for (row_id,) in fetch(ENDED_BETWEEN, [wanted.ended_since, wanted.ended_until])]
    return None if len(found) > MOST_ROWS else (_of_ids(found), replace(wanted, ended_since=None, ended_until=None))


def _of_held(wanted: RunsFilter) -> tuple[Ranges, RunsFilter] | None:
    # None if very many runs wait. The list of open runs then fills a page soon.
    if not wanted.held_by_budget:
        return None
    found = [row_id for (row_id,) in fetch(HELD, [current_tenant().id])]
    return None if len(found) > MOST_ROWS else (_of_ids(found), replace(wanted, held_by_budget=None))


def _of_replaced(wanted: RunsFilter) -> tuple[Ranges, RunsFilter] | None:
    # None if very many runs have a retry.
    if not wanted.retried:
        return None
    found = [row_id for (row_id,) in fetch(REPLACED, [])]
    return None if len(found) > MOST_ROWS else (_of_ids(list({*found})), replace(wanted, retried=None))


def _of_workflow(wanted: RunsFilter) -> Iterator[tuple[Ranges, RunsFilter]]:
    if wanted.workflow_id is not None:
        yield _of_column("workflow_id", "uuid", wanted.workflow_id), replace(wanted, workflow_id=None)
    elif wanted.workflow is not None:
        select = "SELECT id FROM workflow WHERE slug = %s"
        yield _of_row("workflow_id", select, wanted.workflow), replace(wanted, workflow=None)
    elif wanted.version_id is not None:
        yield (
            _of_row("workflow_id", "SELECT workflow_id FROM workflow_version WHERE id = %s", wanted.version_id),
            wanted,
        )


def _of_column(column: str, kind: str, value: object) -> Ranges:
    return _of_row(column, f"SELECT %s::{kind}", value)


def _of_row(column: str, select: str, value: object) -> Ranges:
    columns = (f"r.{column}", "r.id")
    also = "" if column == "workflow_id" else f"r.{column} IS NOT NULL"
    return Ranges(f"({select}) AS d (value)", (value,), "d.value", "execution_run AS r", columns, columns, also=also)


def _of_code(code: str) -> Ranges:
    index, outside = ("(r.error ->> 'code')", "r.id"), ("r.error_code", "r.id")
    shown = ("(r.error ->> 'code') AS error_code",)
    sql, table = "(SELECT %s::text) AS d (value)", "execution_run AS r"
    return Ranges(sql, (code,), "d.value", table, index, outside, shown, "r.error IS NOT NULL")


def _of_all(also: str) -> Ranges:
    return Ranges("(SELECT) AS d", (), "", "execution_run AS r", ("r.id",), ("r.id",), also=also)


def _of_ids(runs: list[uuid.UUID]) -> Ranges:
    sql, also = "unnest(%s::uuid[]) AS d (run_id)", "r.id = d.run_id"
    return Ranges(sql, (runs,), "", "execution_run AS r", ("r.id",), ("r.id",), also=also)


def _of_events(events: list[uuid.UUID]) -> Ranges:
    sql, also = "unnest(%s::uuid[]) AS d (event_id)", "r.event_id = d.event_id"
    return Ranges(sql, (events,), "", "execution_run AS r", ("r.id",), ("r.id",), also=also)


def _events(select: str, value: object) -> list[uuid.UUID]:
    found = [row_id for (row_id,) in fetch(select, [value])]
    if len(found) > MOST_ROWS:
        raise too_broad(ADVICE)
    return found


def _within(wanted: RunsFilter) -> list[Condition]:
    # With coalesce(), the planner uses no statistics. It then expects that every second row matches.
    conditions = []
    if wanted.since is not None:
        conditions.append(Condition("coalesce(r.created_at >= %s, false)", (wanted.since,)))
    if wanted.until is not None:
        conditions.append(Condition("coalesce(r.created_at < %s, false)", (wanted.until,)))
    return conditions


def _bounds(wanted: RunsFilter) -> tuple[uuid.UUID, uuid.UUID]:
    # Both exclusive.
    # A run ends after its creation.
    latest = [time for time in (wanted.until, wanted.ended_until) if time is not None]
    lower = LOWEST if wanted.since is None else ids_around(wanted.since)[0]
    upper = HIGHEST if not latest else ids_around(min(latest))[1]
    return lower, upper
