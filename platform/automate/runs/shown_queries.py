"""Runs and their children, with the columns that a reader requests. Rows are tuples, and ids are text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from automate.events.event_types.queries import DECLARES_SENSITIVE
from automate.kernel.queries import Key, Page, Slice, Wanted, as_it_is, cut, wanted_under
from automate.kernel.sql import fetch
from automate.runs import queries
from automate.runs.history_queries import ATTEMPTS, number_of
from automate.runs.list_queries import runs_of
from automate.runs.queries import RunsFilter
from automate.runs.sorted_queries import sorted_runs
from automate.runs.work import NO_ITEM

Row = Sequence[Any]
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
# The parts of an effect's key, see ``automate.runs.work.idempotency_key``.
EFFECT_OF = "ARRAY[(SELECT o.origin_id::text FROM execution_run AS o WHERE o.id = {0}.run_id), {0}.key, {0}.item::text]"
SENT = f"""
SELECT key, octet_length(request::text), CASE WHEN octet_length(request::text) <= {SMALL_BYTES} THEN request::text END,
       {DECLARES_SENSITIVE}, run_id
FROM effect WHERE key = ANY (%s)
"""
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


def runs_shown(wanted: RunsFilter, columns: Wanted, part: Slice) -> Page[Row]:
    """List runs, as ``list_queries.runs_page``. Raises NormalizedError FILTER_TOO_BROAD if no index serves the filter."""
    return runs_of(wanted, part, columns.of(RUNS), as_it_is)


def sorted_shown(wanted: RunsFilter, by: str, columns: Wanted, part: Slice) -> Page[Row]:
    """List runs, as ``sorted_queries.sorted_runs``. Raises NormalizedError FILTER_TOO_BROAD if a page would read too many rows."""
    return sorted_runs(wanted, by, part, columns.of(RUNS), as_it_is)


def run_shown(wanted: Wanted, run: uuid.UUID) -> list[Row]:
    """At most one row."""
    return [*fetch(wanted.of(RUNS) + BY_ID, [run])]


def steps_shown(wanted: Wanted, runs: Sequence[str], first: int) -> list[list[Row]]:
    """The current attempt of each top-level step, at most ``first`` for each run. wanted: its last column is the run's id."""
    columns = queries.SELECT_STEPS.replace(queries.STEP_COLUMNS, ", ".join(wanted.columns), 1)
    statement = columns.replace(queries.FIRST_STEPS, wanted.joins + queries.FIRST_STEPS, 1)
    found: dict[str, list[Row]] = {run: [] for run in runs}
    for row in fetch(statement, [list(found), first]):
        found[row[-1]].append(row)
    return [found[run] for run in runs]


def attempts_shown(wanted: Wanted, steps: Sequence[tuple[str | None, Row]], part: Slice) -> list[Page[Row]]:
    """A page of attempts for each step, as ``history_queries.attempts_of``. steps: ids, or None and the row of the only attempt."""
    in_order = replace(part, oldest_first=True)
    repeated = [step for step, _ in steps if step is not None]
    pages = iter(wanted_under(wanted, ATTEMPTS, "s.id", "named.id", repeated, in_order) if repeated else ())
    return [cut([row], in_order) if step is None else next(pages) for step, row in steps]


def retries_shown(wanted: Wanted, runs: Sequence[str | None], part: Slice) -> list[Page[Row]]:
    """A page of retries for each run, as ``history_queries.retries_of``. None stands for a run without retries."""
    known = [run for run in runs if run is not None]
    pages = iter(wanted_under(wanted, RUNS, "r.id", "r.retry_of_id", known, part) if known else ())
    return [cut([], part) if run is None else next(pages) for run in runs]


def runs_of_events_shown(wanted: Wanted, events: Sequence[str], part: Slice) -> list[Page[Row]]:
    """The same page of each event's runs, newest first."""
    return wanted_under(wanted, RUNS, "r.id", "r.event_id", events, part)


def timelines_shown(wanted: Wanted, runs: Sequence[str], part: Slice) -> list[Page[Row]]:
    """A page of the log for each run, as ``history_queries.timelines_of``."""
    by_number = replace(part, after=_placed(part.after), before=_placed(part.before), oldest_first=True)
    return wanted_under(wanted, LOG, ("l.id",), "l.run_id", runs, by_number)


def _placed(key: Key | None) -> Key | None:
    return None if key is None else (number_of(key),)


def sent_under(keys: Sequence[str]) -> dict[str, Row]:
    """The recorded request of each used Idempotency-Key: its size, its text if small, whether the tenant declares sensitive
    values, and the run.
    """
    return {row[0]: row[1:] for row in fetch(SENT, [list(keys)])}
