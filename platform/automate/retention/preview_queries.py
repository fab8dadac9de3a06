"""Previews the amount of data that retention would remove now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automate.kernel.ids import ids_around
from automate.kernel.sql import fetch
from automate.retention.classes import (
    DECISIONS,
    DELIVERIES,
    OUTPUTS,
    PAYLOADS,
    RUN_LOG,
    RUNS,
    ClassPolicy,
    in_force,
)
from automate.retention.queries import Policies

MOST_ROWS = 200_000
"""Rows of one table that are counted. If there are more, the count is a lower bound."""
SAMPLE_ROWS = 500
ROW_BYTES = 60
"""Estimated bytes of a row without its large columns."""

BY_ID, BY_TIME = "t.id < %(below)s", "t.{} < %(before)s"
FINISHED = BY_TIME.format("finished_at")


@dataclass(frozen=True)
class TablePart:
    """A table that stores a kind of data. ``where`` is the SQL condition that selects the old rows of this table."""

    table: str
    where: str
    """SQL that selects rows old enough."""
    size: str = "0"
    """SQL of a row's bytes, which reads no large value."""


PARTS: Mapping[str, Sequence[TablePart]] = {
    PAYLOADS: (TablePart("event_payload", "t.event_id < %(below)s", "octet_length(t.body)"),),
    OUTPUTS: (
        TablePart("step_run", f"t.output IS NOT NULL AND {BY_ID}", "pg_column_size(t.output)"),
        TablePart("effect", BY_TIME.format("intended_at"), "pg_column_size(t.request)"),
    ),
    RUNS: (
        TablePart("execution_run", FINISHED, "300 + coalesce(pg_column_size(t.error), 0)"),
        TablePart("step_run", BY_ID, "140 + coalesce(pg_column_size(t.error), 0)"),
        TablePart("event", BY_ID, "250 + pg_column_size(t.headers)"),
    ),
    DECISIONS: (
        TablePart("decision", BY_ID, "100 + pg_column_size(t.reason)"),
        TablePart("rule_match", BY_ID),
    ),
    DELIVERIES: (
        TablePart("delivery", BY_ID, "250 + coalesce(octet_length(t.body), 0)"),
        TablePart("webhook_delivery", BY_ID, "60"),
    ),
}
COUNT = "SELECT count(*) FROM (SELECT 1 FROM {table} t WHERE {where} LIMIT {most}) AS bounded"
SAMPLE = """
SELECT count(*), coalesce(sum(size), 0)::bigint FROM (
    SELECT {size} AS size FROM {table} t WHERE {where} LIMIT {most}) AS sample
"""
# The log has no index by time, so the rows of some runs are extrapolated to all runs.
LOG_SAMPLE = f"""
WITH runs AS (SELECT t.id FROM execution_run t WHERE {FINISHED} ORDER BY t.finished_at LIMIT {SAMPLE_ROWS})
SELECT (SELECT count(*) FROM runs), count(l.id), coalesce(sum(110 + length(l.reason)), 0)::bigint
FROM runs JOIN run_log l ON l.run_id = runs.id
"""


@dataclass(frozen=True)
class ClassPreview:
    data_class: str
    days: int | None
    before: datetime | None
    rows: int
    """Rows that would be removed."""
    byte_count: int
    """Bytes that would be removed."""
    exact: bool
    """True if every row was counted. If False, ``rows`` is an estimate or a lower bound."""


def preview(policies: Policies, days: Mapping[str, int | None]) -> list[ClassPreview]:
    """Preview how much retention would remove if the retention times in ``days`` replaced the tenant's own ones."""
    wanted = {
        row.policy.data_class: ClassPolicy(
            row.policy.data_class,
            row.policy.default_days,
            days.get(row.policy.data_class, row.policy.own_days),
            row.policy.hold_reason,
        )
        for row in policies.rows
    }
    return [_preview(name, kept, policies.read_at) for name, kept in in_force(wanted).items()]


def _preview(name: str, days: int | None, now: datetime) -> ClassPreview:
    if days is None:
        return ClassPreview(name, None, None, 0, 0, exact=True)
    before = now - timedelta(days=days)
    values = {"before": before, "below": ids_around(before)[0]}
    if name == RUN_LOG:
        return _log(days, before, values)
    rows = size = 0
    exact = True
    for part in PARTS[name]:
        ((count,),) = fetch(COUNT.format(table=part.table, where=part.where, most=MOST_ROWS), values)
        ((sampled, sampled_bytes),) = fetch(
            SAMPLE.format(table=part.table, where=part.where, size=part.size, most=SAMPLE_ROWS), values
        )
        rows += count
        size += count * ROW_BYTES + (count * sampled_bytes // sampled if sampled else 0)
        exact = exact and count < MOST_ROWS
    return ClassPreview(name, days, before, rows, size, exact)


def _log(days: int, before: datetime, values: Mapping[str, object]) -> ClassPreview:
    ((runs,),) = fetch(COUNT.format(table="execution_run", where=FINISHED, most=MOST_ROWS), values)
    ((sampled, lines, size),) = fetch(LOG_SAMPLE, values)
    times = runs / sampled if sampled else 0
    return ClassPreview(RUN_LOG, days, before, round(lines * times), round(size * times), exact=runs <= sampled)
