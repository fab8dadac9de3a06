"""Reads lists of runs, and lists of the parts of runs. Each row is a tuple of the requested columns. Ids are text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from automate.effects.states import NO_ITEM
from automate.events.event_types.queries import DECLARES_SENSITIVE
from automate.kernel.queries import (
    ColumnSelection,
    Key,
    Page,
    Slice,
    as_it_is,
    cut,
    page_inside,
    rows_inside,
    wanted_under,
)
from automate.kernel.rows import DatabaseRow
from automate.kernel.sql import fetch
from automate.runs import queries
from automate.runs.history_queries import ATTEMPTS, number_of
from automate.runs.list_queries import runs_of
from automate.runs.queries import RunsFilter
from automate.runs.sorted_queries import sorted_runs

Row = DatabaseRow
RUNS, LOG = "execution_run AS r", "run_log AS l"
RUN_ID, STEP_ID = "r.id::text", "s.id::text"
SMALL_BYTES = 65_536
"""Longer texts are read one by one, and only if the response has room."""
JOIN_VERSION = " LEFT JOIN workflow_version AS {new} ON {new}.id = {old}.workflow_version_id"
JOIN_WORKFLOW = " LEFT JOIN workflow AS {new} ON {new}.id = {old}.workflow_id"
# Neighbours that may be removed before the run.
JOIN_RULE = " LEFT JOIN rule_spec AS {new} ON {new}.id = {old}.rule_id"
JOIN_EVENT = " LEFT JOIN event AS {new} ON {new}.id = {old}.event_id"
JOIN_RETRIED = " LEFT JOIN execution_run AS {new} ON {new}.id = {old}.retry_of_id"
BY_ID = " WHERE r.id = %s"
# Size of an output, its text if small, and whether the tenant declares sensitive values.
OUTPUT = (
    f"(SELECT ARRAY[octet_length(o.output::text)::text, CASE WHEN octet_length(o.output::text) <= {SMALL_BYTES} THEN o.output::text"
    f" END, ({DECLARES_SENSITIVE})::text, o.id::text, o.run_id::text] FROM step_run AS o WHERE o.id = {{0}}.id AND o.output IS NOT NULL)"
)
# ``automate.runs.work.idempotency_key`` of a step. A tenant's schema has the tenant's id in its name.
_KEY = (
    "encode(sha256(convert_to(concat_ws(chr(10), substr(current_schema(), 3)::uuid,"
    " (SELECT o.origin_id FROM execution_run AS o WHERE o.id = {0}.run_id), {0}.key, {0}.item), 'UTF8')), 'hex')"
)
# The key under which a step has sent something; null where it has not.
KEY_SENT = f"(SELECT f.key FROM effect AS f WHERE f.key = {_KEY})"
# Size of the recorded request, its input where the request is small, whether the tenant declares sensitive values, the key, and
# the run.
SENT = (
    f"(SELECT ARRAY[octet_length(f.request::text)::text, CASE WHEN octet_length(f.request::text) <= {SMALL_BYTES}"
    f" THEN (f.request -> 'input')::text END, ({DECLARES_SENSITIVE})::text, f.key, f.run_id::text]"
    f" FROM effect AS f WHERE f.key = {_KEY})"
)
# The id of a run that has retries; null for most runs.
RETRIED = "CASE WHEN EXISTS (SELECT FROM execution_run AS o WHERE o.retry_of_id = {0}.id) THEN {0}.id::text END"
# The id of a step with several attempts; null for most steps.
REPEATED = (
    "CASE WHEN {0}.attempt > 1 OR EXISTS (SELECT FROM step_run AS o WHERE o.run_id = {0}.run_id AND o.key = {0}.key"
    " AND o.item = {0}.item AND o.attempt > {0}.attempt) THEN {0}.id::text END"
)
# The item index of a line of the log.
ITEM_OF_LINE = f"coalesce((SELECT s.item FROM step_run AS s WHERE s.id = {{0}}.step_id), {NO_ITEM})"
ERROR_OF_STEP = (
    "CASE WHEN {0}.error IS NOT NULL THEN"
    " ARRAY[{0}.error::text, (SELECT o.trace_id FROM execution_run AS o WHERE o.id = {0}.run_id)] END"
)
ERROR_OF_RUN = "CASE WHEN {0}.error IS NOT NULL THEN ARRAY[{0}.error::text, {0}.trace_id] END"


def runs_shown(wanted: RunsFilter, columns: ColumnSelection, part: Slice) -> Page[Row]:
    """List runs. Raises FILTER_TOO_BROAD if no index serves the filter."""
    return runs_of(wanted, part, columns.of(RUNS), as_it_is)


def sorted_shown(wanted: RunsFilter, by: str, columns: ColumnSelection, part: Slice) -> Page[Row]:
    """List runs in the order of their start or their end. Raises FILTER_TOO_BROAD if a page would read too many rows."""
    return sorted_runs(wanted, by, part, columns.of(RUNS), as_it_is)


def run_shown(wanted: ColumnSelection, run: uuid.UUID) -> list[Row]:
    """Return the run with this id, as a list with one row or none."""
    return [*fetch(wanted.of(RUNS) + BY_ID, [run])]


def steps_shown(wanted: ColumnSelection, runs: Sequence[str], first: int) -> list[list[Row]]:
    """Return the latest attempt at each top-level step. ``first`` is the maximum number of steps for each run.

    The last column of ``wanted`` must be the run's id.
    """
    found: dict[str, list[Row]] = {run: [] for run in runs}
    for row in fetch(_steps(wanted), [list(found), first]):
        *_, run = row
        found[run].append(row)
    return [found[run] for run in runs]


def _steps(wanted: ColumnSelection) -> str:
    columns = queries.SELECT_STEPS.replace(queries.STEP_COLUMNS, ", ".join(wanted.columns), 1)
    return columns.replace(queries.FIRST_STEPS, wanted.joins + queries.FIRST_STEPS, 1)


def attempts_shown(wanted: ColumnSelection, steps: Sequence[tuple[str | None, Row]], part: Slice) -> list[Page[Row]]:
    """Return one page of attempts for each step.

    ``steps`` contains a pair for each step: the id of an attempt, and the row of this attempt. For a step with only
    one attempt, the id is None, and the row becomes the page.
    """
    in_order = replace(part, oldest_first=True)
    repeated = [step for step, _ in steps if step is not None]
    pages = iter(wanted_under(wanted, ATTEMPTS, "s.id", "named.id", repeated, in_order) if repeated else ())
    return [cut([row], in_order) if step is None else next(pages) for step, row in steps]


def retries_shown(wanted: ColumnSelection, runs: Sequence[str | None], part: Slice) -> list[Page[Row]]:
    """Return a page of retries for each entry of ``runs``. The entry None gives an empty page."""
    known = [run for run in runs if run is not None]
    pages = iter(wanted_under(wanted, RUNS, "r.id", "r.retry_of_id", known, part) if known else ())
    return [cut([], part) if run is None else next(pages) for run in runs]


def runs_of_events_shown(wanted: ColumnSelection, events: Sequence[str], part: Slice) -> list[Page[Row]]:
    """Return one page of runs for each event, newest runs first."""
    return wanted_under(wanted, RUNS, "r.id", "r.event_id", events, part)


def runs_of_event(wanted: ColumnSelection, event: str, part: Slice) -> str | None:
    return page_inside(wanted, RUNS, "r.id", "r.event_id", event, part)


def retries_of_run(wanted: ColumnSelection, run: str, part: Slice) -> str | None:
    return page_inside(wanted, RUNS, "r.id", "r.retry_of_id", run, part)


def steps_of_run(wanted: ColumnSelection, run: str, first: int) -> str | None:
    steps = _steps(wanted.as_json()).replace(queries.OF_RUNS, "run_id = parent.id", 1)
    return rows_inside(len(wanted.columns), steps.replace("%s", str(int(first)), 1), run)


def timeline_of_run(wanted: ColumnSelection, run: str, part: Slice) -> str | None:
    return page_inside(wanted, LOG, ("l.id",), "l.run_id", run, replace(part, oldest_first=True))


def timelines_shown(wanted: ColumnSelection, runs: Sequence[str], part: Slice) -> list[Page[Row]]:
    """Return one page of log entries for each run."""
    by_number = replace(part, after=_placed(part.after), before=_placed(part.before), oldest_first=True)
    return wanted_under(wanted, LOG, ("l.id",), "l.run_id", runs, by_number)


def _placed(key: Key | None) -> Key | None:
    return None if key is None else (number_of(key),)
