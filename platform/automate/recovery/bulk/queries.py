"""Reads bulk operations and the outcomes of their items."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.events.queries import EventsFilter
from automate.events.queries import conditions_of as of_events
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import Principal
from automate.kernel.queries import (
    Condition,
    Page,
    RowReader,
    Slice,
    count_of,
    counts_under,
    page_of,
    pages_under,
    parameters,
    rows_by_id,
    where,
)
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.outbox.queries import JobsFilter
from automate.outbox.queries import conditions_of as of_jobs
from automate.recovery.bulk.request import RETRY, BulkFilter, restored
from automate.runs.named_queries import NAMED, is_there
from automate.runs.queries import RunsFilter
from automate.runs.queries import conditions_of as of_runs

# The outcomes of the items of an operation.
SELECT_ITEMS = "SELECT i.id, i.item_id, i.outcome, i.runs::text, i.error::text, i.at FROM bulk_item AS i"

KEPT_BY_ITEMS = ("event_id", "fingerprint")
"""Fields of filters that can name a removed row. For example, an event can be removed before its runs."""

# The states of the newest runs that resulted from an operation.
LATEST_ENDS = """
SELECT count(*) FILTER (WHERE r.state IN ('failed', 'timed_out')), count(*)
FROM (SELECT runs FROM bulk_item WHERE operation_id = %s AND outcome = 'done' ORDER BY id DESC LIMIT %s) i
CROSS JOIN LATERAL jsonb_array_elements_text(i.runs) AS made (id)
JOIN execution_run r ON r.id = made.id::uuid
WHERE r.state IN ('succeeded', 'failed', 'timed_out')
"""


@dataclass(frozen=True)
class OperationRow:
    """One operation."""

    id: uuid.UUID
    kind: str
    state: str
    wanted: dict[str, JsonValue]
    """The filter as stored."""
    options: dict[str, JsonValue]
    reason: str
    rate: int
    ceiling: int
    stop_on_error_rate: int | None
    bounded_at: datetime
    total: int
    done: int
    skipped: int
    refused: int
    cursor_id: uuid.UUID | None
    error: dict[str, JsonValue] | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None
    principal: Principal = field(kw_only=True)

    @property
    def dealt_with(self) -> int:
        return self.done + self.skipped + self.refused

    @property
    def selection(self) -> BulkSelection:
        return select(self.kind, restored(self.kind, self.wanted), self.bounded_at)


_own = RowReader(
    OperationRow,
    "b",
    {"wanted": "b.wanted::text", "options": "b.options::text", "error": "b.error::text"},
    wanted=orjson.loads,
    options=orjson.loads,
    error=orjson.loads,
)
_PRINCIPAL = "b.principal_kind, b.principal_id, b.principal_name, b.principal_role, b.principal_person"
# A page of operations, or some by their ids.
SELECT_OPERATIONS = f"SELECT {_own.columns}, {_PRINCIPAL} FROM bulk_operation AS b"


def operation_row(row: TupleRow) -> OperationRow:
    *own, kind, name_id, name, role, person = row
    return _own(own, principal=Principal(kind=kind, name=name, id=name_id, role=role, person=str(person or "")))


@dataclass(frozen=True)
class ItemRow:
    id: uuid.UUID
    item_id: uuid.UUID
    outcome: str
    runs: list[uuid.UUID]
    """Ids of the resulting runs."""
    error: dict[str, JsonValue] | None
    at: datetime


def _item_row(row: TupleRow) -> ItemRow:
    row_id, item_id, outcome, runs, error, at = row
    made = [uuid.UUID(run) for run in orjson.loads(runs)]
    return ItemRow(row_id, item_id, outcome, made, None if error is None else orjson.loads(error), at)


def operations_page(part: Slice) -> Page[OperationRow]:
    return page_of(SELECT_OPERATIONS, "b.id", part, (), operation_row)


def count_operations() -> int:
    return count_of("bulk_operation AS b", ())


def operations_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, OperationRow]:
    return rows_by_id(operation_row, SELECT_OPERATIONS + " WHERE b.id = ANY(%s)", ids)


def items_under(
    operations: Sequence[uuid.UUID], outcomes: Sequence[str], part: Slice
) -> dict[uuid.UUID, Page[ItemRow]]:
    """Return one page of items for each operation, newest first."""
    among = [Condition("i.outcome = ANY(%s)", (list(outcomes),))]
    return pages_under(SELECT_ITEMS, "i.id", "i.operation_id", operations, part, _item_row, among)


def count_items_under(operations: Sequence[uuid.UUID], outcomes: Sequence[str]) -> dict[uuid.UUID, int]:
    among = [Condition("outcome = ANY(%s)", (list(outcomes),))]
    return counts_under("bulk_item", "operation_id", operations, among)


def latest_ends(operation_id: uuid.UUID, most: int) -> tuple[int, int]:
    # Only the runs of the newest `most` items are counted.
    ((failed, ended),) = fetch(LATEST_ENDS, [operation_id, most])
    return failed, ended


def unknown_in(wanted: BulkFilter) -> str | None:
    given = {name: value for name, value in vars(wanted).items() if value is not None}
    for name, value in given.items():
        found = [is_there(name, value)] if name in NAMED else []
        if name in KEPT_BY_ITEMS and not any(found):
            table, conditions = _items_that_name(type(wanted)(**{name: value}))
            found.append(bool(count_of(table, conditions, 0)))
        if found and not any(found):
            return name
    return None


def _items_that_name(wanted: BulkFilter) -> tuple[str, list[Condition]]:
    if isinstance(wanted, JobsFilter):
        return "outbox_job AS j", of_jobs(wanted)
    if isinstance(wanted, EventsFilter):
        return "event AS e", of_events(wanted)
    return "execution_run AS r", of_runs(wanted)


@dataclass(frozen=True)
class BulkSelection:
    """The rows that a bulk operation processes, in the order of their ids."""

    table: str
    row_id: str
    conditions: Sequence[Condition]
    """A row must meet all of these conditions."""
    apart: Sequence[Condition] = (Condition("true", ()),)
    """In addition, a row must meet at least one of these conditions."""


def select(kind: str, wanted: BulkFilter, bounded_at: datetime) -> BulkSelection:
    """Select the items of an operation. Rows that were created after ``bounded_at`` are left out."""
    if isinstance(wanted, EventsFilter):
        return BulkSelection(
            "event AS e", "e.id", [*of_events(wanted), Condition("e.received_at <= %s", (bounded_at,))]
        )
    if isinstance(wanted, JobsFilter):
        bounds = Condition(
            "j.tenant_id = %s AND j.fingerprint IS NOT NULL AND j.finished_at <= %s", (current_tenant().id, bounded_at)
        )
        return BulkSelection("outbox_job AS j", "j.id", [*of_jobs(wanted), bounds])
    bounds = Condition("r.created_at <= %s", (bounded_at,))
    if kind == RETRY:
        # The bound covers the filter of runs that no retry has replaced, and keeps runs that are retried after it.
        wanted = replace(wanted, retried=None) if wanted.retried is False else wanted
        # A run that had been retried before the bound is no item: the newest run of its line is. A run that is retried after
        # it is an item, and skipped. OFFSET evaluates this for each row that is read, and a chunk reads few. Without OFFSET
        # it becomes a join that reads all retries.
        bounds = Condition(
            "r.finished_at <= %s AND NOT EXISTS (SELECT 1 FROM execution_run o"
            " WHERE coalesce(o.line_id, o.origin_id) = coalesce(r.line_id, r.origin_id) AND o.retry_of_id IS NOT NULL"
            " AND o.created_at > r.created_at AND o.created_at <= %s OFFSET 0)",
            (bounded_at, bounded_at),
        )
    if wanted.fingerprint is not None:
        return BulkSelection("execution_run AS r", "r.id", [*of_runs(wanted), bounds])
    anywhere = RunsFilter(**{**vars(wanted), "states": None})
    apart = [Condition("r.state = %s", (state,)) for state in wanted.states or ()]
    return BulkSelection("execution_run AS r", "r.id", [*of_runs(anywhere), bounds], apart)


def count_selected(selection: BulkSelection, exact: int) -> int:
    # The result `exact` + 1 means that there are more rows.
    found = 0
    for part in selection.apart:
        found += count_of(selection.table, [*selection.conditions, part], exact - found)
        if found > exact:
            break
    return found


def next_selected(selection: BulkSelection, after: uuid.UUID | None, most: int) -> list[uuid.UUID]:
    from_there = [Condition(f"{selection.row_id} > %s", (after,))] if after is not None else []
    pages, values = [], []
    for part in selection.apart:
        conditions = [*selection.conditions, *from_there, part]
        pages.append(
            f"(SELECT {selection.row_id} FROM {selection.table}{where(conditions)} ORDER BY {selection.row_id} LIMIT %s)"
        )
        values += [*parameters(conditions), most]
    statement = f"SELECT found.id FROM ({' UNION ALL '.join(pages)}) AS found ORDER BY found.id LIMIT %s"
    return [row_id for (row_id,) in fetch(statement, [*values, most])]
