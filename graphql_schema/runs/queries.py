"""Queries about runs."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.queries import ColumnSelection, Page
from automate.kernel.rows import DatabaseRow
from automate.retention.classes import RUNS as RUNS_CLASS
from automate.retention.expiry_queries import require_unexpired
from automate.runs import queries
from automate.runs.feed_queries import RUNS
from automate.runs.list_queries import count_runs, runs_page
from automate.runs.named_queries import check_slugs
from automate.runs.queries import Joins, RunRow, RunsFilter
from automate.runs.shown_queries import run_shown, runs_shown, sorted_shown
from automate.runs.sorted_queries import COLUMNS, STARTED, count_sorted, sorted_runs
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.following import ORDER_DESCRIPTION, ListOrder, followed_connection, space_of_followed
from graphql_schema.ids import row_id_of
from graphql_schema.listed import listed
from graphql_schema.loaded import Shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import Selected, load_selection, selected
from graphql_schema.runs.filters import RunFilter
from graphql_schema.runs.sorting import SORT_DESCRIPTION, RunSort, unsorted
from graphql_schema.runs.types import ExecutionRun, run_of
from graphql_schema.straight.connections import by_id, by_place
from graphql_schema.straight.roots import read_one, read_page

T = TypeVar("T")


@strawberry.type
class RunQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)],
        description="One run. Null for an unknown id. If retention has removed all runs from "
        "the time of the id, the error is EXPIRED.",
    )
    def run(self, info: Info, id: strawberry.ID) -> ExecutionRun | None:
        row_id = row_id_of(id, "ExecutionRun")
        if row_id is None:
            return None

        def objects() -> ExecutionRun | None:
            row = queries.runs_by_id([row_id]).get(row_id)
            return load_selection(info, run_of(row) if row is not None else None)

        found: ExecutionRun | None = read_one(selected(info), "r", lambda columns: run_shown(columns, row_id), objects)
        if found is None:
            require_unexpired(row_id, RUNS_CLASS)
        return found

    @listed(VIEW_RUNS, "All runs. With `order: COMMITTED`, the runs that were created within the resume window.")
    def runs(
        self,
        info: Info,
        filter: RunFilter | None = None,
        order: Annotated[ListOrder, strawberry.argument(description=ORDER_DESCRIPTION)] = ListOrder.NEWEST,
        sort: Annotated[RunSort, strawberry.argument(description=SORT_DESCRIPTION)] = RunSort.CREATED,
    ) -> Connection[ExecutionRun]:
        wanted = filter.rows() if filter is not None else RunsFilter()
        field = selected(info)
        if order is ListOrder.COMMITTED:
            if sort is not RunSort.CREATED:
                raise unsorted()
            space = space_of_followed("runs", wanted)
            following, count = queries.followed_runs(wanted, _joins(field)), partial(count_runs, wanted)
            found = followed_connection(field, space, RUNS, following, run_of, count)
            if not found.edges:
                check_slugs(wanted)
            return load_selection(info, found)
        shown: Connection[ExecutionRun] = _page(info, field, wanted, sort)
        return shown


def _page(info: Info, field: Selected, wanted: RunsFilter, sort: RunSort) -> Shown:
    # The newest come first, by their time of creation, start or end.
    by = str(sort.value)
    column = COLUMNS.get(by)
    if column is None:
        space = space_of("runs", binding_of(wanted))
        part, count = slice_of(space, field.arguments), partial(count_runs, wanted)
    else:
        space = space_of("runs", [by, binding_of(wanted)])
        part, count = slice_of(space, field.arguments, space.open_place), partial(count_sorted, wanted, by)

    def checked(page: Page[T]) -> Page[T]:
        if not page.rows:
            check_slugs(wanted)
        return page

    def rows(columns: ColumnSelection) -> Page[DatabaseRow]:
        return checked(runs_shown(wanted, columns, part) if column is None else sorted_shown(wanted, by, columns, part))

    def objects() -> Connection[ExecutionRun]:
        joins = _joins(field)
        if column is None:
            found = connection_of(field, space, checked(runs_page(wanted, part, joins)), run_of, count)
        else:
            page = checked(sorted_runs(wanted, by, part, joins.select(), joins.make))
            found = connection_of(
                field, space, page, run_of, count, lambda row: space.seal_place(_time(row, by), row.id)
            )
        return load_selection(info, found)

    if column is None:
        return read_page(field, "r", by_id(space), rows, count, objects)
    return read_page(field, "r", by_place(space), rows, count, objects, column)


def _time(row: RunRow, by: str) -> datetime:
    found = row.started_at if by == STARTED else row.finished_at
    if found is None:
        raise TypeError("A list by start has only runs that started. A list by end has only runs that ended.")
    return found


def _joins(field: Selected) -> Joins:
    return Joins(version=field.wants("edges", "node", "workflowVersion"), event=field.wants("edges", "node", "event"))
