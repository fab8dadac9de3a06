"""Finds the indexes that can serve a filter of runs. Each index reads a limited number of rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from automate.events.event_types.search_keys import digest_of_line
from automate.kernel.ids import CLOCKS_APART, ids_around
from automate.kernel.queries import EXACT_COUNT, Condition
from automate.kernel.range_queries import HIGHEST, LOWEST, Narrowed, Place, Ranges
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.runs.queries import SOURCES_OF_SLUG, RunsFilter, conditions_of
from automate.runs.states import QUEUED, RUNNING, WAITING
from automate.runs.waiting_queries import OF_BUDGET

STARTED, FINISHED = "started", "finished"
COLUMNS: Mapping[str, str] = {STARTED: "r.started_at", FINISHED: "r.finished_at"}
"""The times by which a list of runs can be sorted, beside the time of creation."""
HELD_STATES = (QUEUED, RUNNING, WAITING)
"""The states of runs that a budget can hold."""
RUNS, ID = "execution_run AS r", ("r.id",)
EARLIEST, LATEST = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)
_TIMES = {"since": None, "until": None}
_ENDS = {"ended_since": None, "ended_until": None}

# Events with a value of a search key, and events with an idempotency key.
WITH_VALUE = "SELECT event_id FROM event_search WHERE digest = %s"
WITH_KEY = "SELECT id FROM event WHERE idempotency_key = %s AND idempotency_key <> ''"
ENDED_BETWEEN = "SELECT id FROM execution_run WHERE finished_at >= %s AND finished_at < %s"
# Runs that wait for a budget.
HELD = f"SELECT j.subject_id FROM public.outbox_job AS j WHERE j.tenant_id = %s AND {OF_BUDGET}"
# Runs that a retry has replaced. A run that was retried twice occurs twice.
REPLACED = "SELECT retry_of_id FROM execution_run WHERE retry_of_id IS NOT NULL"

Found = tuple[Ranges, RunsFilter]
"""An index, and the part of the filter that is checked row by row."""


@dataclass(frozen=True)
class Indexes:
    """The indexes that can serve a filter, the most selective first."""

    lists: list[Narrowed]
    """Empty if the filter has only times of creation. The list without a filter then serves it."""
    exceeds: bool = False
    """Whether the list is known to have more than EXACT_COUNT rows."""


@dataclass(frozen=True)
class _Probe:
    """A condition that few runs or few events meet. Their ids are read before the runs."""

    column: str
    """The column of a run that has one of the ids."""
    sql: str
    parameters: tuple[object, ...]
    rest: RunsFilter
    """The filter without the condition."""


def indexes_of(wanted: RunsFilter, most: int, by: str = "") -> Indexes:
    """Find the indexes for a filter. Together, they read at most ``most`` index rows.

    ``by`` is the time that sorts the list. It is empty for the time of creation.
    """
    probes = list(_probes(wanted, by))
    # Half of the rows find the ids, and the other half finds the runs that have these ids.
    share, left = most // 2 // max(1, len(probes)), most if not probes else most - most // 2
    exceeds = False
    for probe in probes:
        found = fetch(f"{probe.sql} LIMIT {share + 1:d}", probe.parameters)
        ids = {row_id for (row_id,) in found}
        # A run that was retried twice is found twice.
        if len(found) <= share:
            return Indexes(_lists([(_of_ids(probe.column, sorted(ids)), probe.rest)], wanted, left, by))
        alone = probe.column == "r.id" and probe.rest == RunsFilter()
        exceeds = exceeds or (alone and len(ids) > EXACT_COUNT)
    if wanted.held_by_budget and wanted.states is None:
        wanted = replace(wanted, states=HELD_STATES)
    return Indexes(_lists(list(_of_columns(wanted)), wanted, left, by), exceeds)


def _lists(found: list[Found], wanted: RunsFilter, most: int, by: str) -> list[Narrowed]:
    times = RunsFilter(since=wanted.since, until=wanted.until)
    if not by:
        # If no index serves the filter, the newest runs are checked.
        found = found or ([(_of_all(), wanted)] if wanted != times else [])
        return [_narrowed(ranges, rest, wanted, most // len(found)) for ranges, rest in found]
    found = found or ([(_of_all(), wanted)] if times != RunsFilter() else [])
    order, there = (COLUMNS[by], "r.id"), Condition(f"{COLUMNS[by]} IS NOT NULL", ())
    each = most // (len(found) + 1)
    lists = []
    for ranges, rest in found:
        one = _narrowed(ranges, rest, wanted, each)
        lists.append(replace(one, rest=[*one.rest, there], order=order))
    own = replace(wanted, **_ENDS) if by == FINISHED else wanted
    sort = Ranges("(SELECT) AS d", (), "", RUNS, order, also=there.sql)
    limit = max(1, each // _cost(own))
    in_order = Narrowed("r", sort, _times(wanted, by), (), conditions_of(own), limit, order)
    # An index with few rows comes before the index of the sort, which is read until the page is full.
    few = any(one.ranges.few for one in lists) or wanted.trace_id is not None
    return [*lists[:1], in_order, *lists[1:]] if few else [in_order, *lists]


def _narrowed(ranges: Ranges, rest: RunsFilter, wanted: RunsFilter, most: int) -> Narrowed:
    conditions = conditions_of(replace(rest, **_TIMES))
    return Narrowed("r", ranges, _ids(wanted), _within(wanted), conditions, max(1, most // _cost(rest)))


def _cost(rest: RunsFilter) -> int:
    # The index rows that one row of a range costs: its own, those of its job and its retry, and those of its event.
    given = (rest.held_by_budget, rest.retried, rest.idempotency_key)
    return 1 + sum(value is not None for value in given) + 2 * len(rest.search or ())


def _probes(wanted: RunsFilter, by: str) -> Iterator[_Probe]:
    # The most selective first. Fewer events have a key than a value of a search key.
    if wanted.event_id is not None:
        return
    if wanted.idempotency_key is not None:
        yield _Probe("r.event_id", WITH_KEY, (wanted.idempotency_key,), replace(wanted, idempotency_key=None))
    for line in wanted.search or ():
        others = tuple(other for other in wanted.search or () if other != line)
        yield _Probe("r.event_id", WITH_VALUE, (digest_of_line(line),), replace(wanted, search=others or None))
    if wanted.held_by_budget:
        yield _Probe("r.id", HELD, (current_tenant().id,), replace(wanted, held_by_budget=None))
    if wanted.retried:
        yield _Probe("r.id", REPLACED, (), replace(wanted, retried=None))
    if by != FINISHED and (wanted.ended_since is not None or wanted.ended_until is not None):
        ends = (wanted.ended_since or EARLIEST, wanted.ended_until or LATEST)
        yield _Probe("r.id", ENDED_BETWEEN, ends, replace(wanted, **_ENDS))


def _of_columns(wanted: RunsFilter) -> Iterator[Found]:
    if wanted.event_id is not None:
        yield _of_ids("r.event_id", [wanted.event_id]), replace(wanted, event_id=None)
        return
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
        ranges = Ranges(sql, (states,), "d.value", RUNS, columns, several=len(states) > 1)
        yield ranges, replace(wanted, states=None)
    if wanted.source is not None:
        ranges = replace(_of_row("source_id", SOURCES_OF_SLUG, wanted.source), several=True)
        yield ranges, replace(wanted, source=None)
    yield from _of_workflow(wanted)
    if wanted.test:
        yield _of_all("r.test"), replace(wanted, test=None)


def _of_workflow(wanted: RunsFilter) -> Iterator[Found]:
    if wanted.workflow_id is not None:
        yield _of_column("workflow_id", "uuid", wanted.workflow_id), replace(wanted, workflow_id=None)
    elif wanted.workflow is not None:
        select = "SELECT id FROM workflow WHERE slug = %s"
        yield _of_row("workflow_id", select, wanted.workflow), replace(wanted, workflow=None)
    elif wanted.version_id is not None:
        select = "SELECT workflow_id FROM workflow_version WHERE id = %s"
        yield _of_row("workflow_id", select, wanted.version_id), wanted


def _of_column(column: str, kind: str, value: object) -> Ranges:
    return _of_row(column, f"SELECT %s::{kind}", value)


def _of_row(column: str, select: str, value: object) -> Ranges:
    columns = (f"r.{column}", "r.id")
    also = "" if column == "workflow_id" else f"r.{column} IS NOT NULL"
    return Ranges(f"({select}) AS d (value)", (value,), "d.value", RUNS, columns, also=also)


def _of_code(code: str) -> Ranges:
    index = ("(r.error ->> 'code')", "r.id")
    return Ranges("(SELECT %s::text) AS d (value)", (code,), "d.value", RUNS, index, also="r.error IS NOT NULL")


def _of_all(also: str = "") -> Ranges:
    return Ranges("(SELECT) AS d", (), "", RUNS, ID, also=also)


def _of_ids(column: str, ids: Sequence[uuid.UUID]) -> Ranges:
    sql, also = "unnest(%s::uuid[]) AS d (value)", f"{column} = d.value"
    return Ranges(sql, (list(ids),), "", RUNS, ID, also=also, few=True)


def _within(wanted: RunsFilter) -> list[Condition]:
    # With coalesce(), the planner uses no statistics. It then expects that every second row matches.
    conditions = []
    if wanted.since is not None:
        conditions.append(Condition("coalesce(r.created_at >= %s, false)", (wanted.since,)))
    if wanted.until is not None:
        conditions.append(Condition("coalesce(r.created_at < %s, false)", (wanted.until,)))
    return conditions


def _ids(wanted: RunsFilter) -> tuple[Place, Place]:
    # Both exclusive. A run ends after its creation.
    latest = [time for time in (wanted.until, wanted.ended_until) if time is not None]
    lower = LOWEST if wanted.since is None else ids_around(wanted.since)[0]
    upper = HIGHEST if not latest else ids_around(min(latest))[1]
    return (lower,), (upper,)


def _times(wanted: RunsFilter, by: str) -> tuple[Place, Place]:
    # Both exclusive. A run starts after its creation, and ends after its start.
    earliest = EARLIEST if wanted.since is None else _moved(wanted.since, -1)
    if by == STARTED:
        latest = LATEST if wanted.ended_until is None else _moved(wanted.ended_until, 1)
    else:
        earliest, latest = max(earliest, wanted.ended_since or EARLIEST), wanted.ended_until or LATEST
    return (earliest, LOWEST), (latest, LOWEST)


def _moved(time: datetime, hours: int) -> datetime:
    try:
        return time + hours * CLOCKS_APART
    except OverflowError:
        return EARLIEST if hours < 0 else LATEST
