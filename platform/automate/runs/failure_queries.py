"""Groups failed runs and dead jobs by fingerprint."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.kernel.json_values import JsonValue
from automate.kernel.queries import EXACT_COUNT, Page, RowReader, Slice, cut, keyset
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.outbox.claims import RUN_ADVANCE

RUNS, JOBS = "runs", "jobs"
MOST_WORKFLOWS = 20
"""Workflows that a group names."""
TREND_HOURS = 24
"""Hours that the trend of a group covers."""

# The groups, each with its newest member: the next lower entry of the index is the newest of the next group.
ALL = f"""
WITH RECURSIVE stepped AS (
    (SELECT f.fingerprint, f.id FROM {{table}} f WHERE {{mine}}f.fingerprint IS NOT NULL
     ORDER BY f.fingerprint DESC, f.id DESC LIMIT 1)
    UNION ALL
    SELECT below.fingerprint, below.id FROM stepped CROSS JOIN LATERAL (
        SELECT f.fingerprint, f.id FROM {{table}} f WHERE {{mine}}f.fingerprint < stepped.fingerprint
        ORDER BY f.fingerprint DESC, f.id DESC LIMIT 1
    ) below
), found AS MATERIALIZED (SELECT fingerprint, id FROM stepped LIMIT {EXACT_COUNT + 1})
"""
ONE = """
WITH found AS (
    SELECT f.fingerprint, f.id FROM {table} f WHERE {mine}f.fingerprint = %s ORDER BY f.id DESC LIMIT 1
)
"""
# The resolution of each group, and whether the group has a later failure.
JUDGED = f"""
, judged AS MATERIALIZED (
    SELECT found.fingerprint, found.id, r.resolved_at, r.resolved_by, r.reason,
           CASE WHEN r.id IS NULL THEN false ELSE EXISTS (
               SELECT 1 FROM (
                   SELECT f.finished_at FROM {{table}} f WHERE {{mine}}f.fingerprint = found.fingerprint
                   ORDER BY f.id DESC LIMIT {EXACT_COUNT + 1}
               ) m WHERE m.finished_at > r.last_at) END AS reopened
    FROM found LEFT JOIN failure_resolution r ON r.kind = '{{kind}}' AND r.fingerprint = found.fingerprint
), grouped AS (SELECT * FROM judged{{wanted}})
"""
RESOLVED = {
    None: "",
    True: " WHERE resolved_at IS NOT NULL AND NOT reopened",
    False: " WHERE resolved_at IS NULL OR reopened",
}
# A page of groups, each with its number of members and the times and error of its oldest and newest member.
PAGE = f"""
, page AS (SELECT g.* FROM grouped g{{tail}})
SELECT page.id, page.fingerprint, member.count, oldest.finished_at, newest.finished_at, newest.{{error}}::text,
       ARRAY(SELECT w.slug FROM workflow w WHERE w.id = ANY (member.workflows) ORDER BY w.slug LIMIT {MOST_WORKFLOWS}), member.topics,
       page.resolved_at, page.resolved_by, page.reason, page.reopened, {{hours}}
FROM page JOIN {{table}} newest ON newest.id = page.id
CROSS JOIN LATERAL ({{members}}) member
CROSS JOIN LATERAL (
    SELECT f.finished_at FROM {{table}} f WHERE {{mine}}f.fingerprint = page.fingerprint ORDER BY f.id LIMIT 1
) oldest{{hourly}}
ORDER BY page.id {{order}}
"""
# Pairs of an hour, counted back from now, and the number of members that failed in it.
HOURLY = f"""
CROSS JOIN LATERAL (
    SELECT array_agg(ARRAY[h.hour, h.failures]) AS hours FROM (
        SELECT greatest(floor(extract(epoch FROM now() - m.finished_at) / 3600), 0)::int AS hour, count(*)::int AS failures FROM (
            SELECT f.finished_at FROM {{table}} f WHERE {{mine}}f.fingerprint = page.fingerprint
            ORDER BY f.id DESC LIMIT {EXACT_COUNT + 1}
        ) m WHERE m.finished_at > now() - interval '{TREND_HOURS} hours' GROUP BY 1
    ) h
) trend"""
RUN_MEMBERS = f"""
SELECT count(*), array_agg(DISTINCT m.workflow_id) AS workflows, ARRAY[]::text[] AS topics FROM (
    SELECT f.workflow_id FROM execution_run f WHERE f.fingerprint = page.fingerprint ORDER BY f.id DESC LIMIT {EXACT_COUNT + 1}
) m
"""
JOB_MEMBERS = f"""
SELECT count(*), array_agg(DISTINCT r.workflow_id) AS workflows, array_agg(DISTINCT m.topic) AS topics FROM (
    SELECT f.topic, f.subject_id FROM public.outbox_job f
    WHERE f.tenant_id = %s AND f.fingerprint = page.fingerprint ORDER BY f.id DESC LIMIT {EXACT_COUNT + 1}
) m LEFT JOIN execution_run r ON m.topic = '{RUN_ADVANCE}' AND r.id = m.subject_id
"""
COUNT = "SELECT count(*) FROM grouped"
NEWEST = f"""
SELECT max(m.finished_at) FROM (
    SELECT f.finished_at FROM {{table}} f WHERE {{mine}}f.fingerprint = %s ORDER BY f.id DESC LIMIT {EXACT_COUNT + 1}
) m
"""


@dataclass(frozen=True)
class _Of:
    kind: str
    table: str
    error: str
    members: str
    mine: str = ""
    """A condition on the tenant, so that the index is used."""

    def statement(self, text: str, **parts: str) -> str:
        return text.format(
            kind=self.kind, table=self.table, error=self.error, members=self.members, mine=self.mine, **parts
        )

    def trend(self, asked: bool) -> dict[str, str]:  # noqa: FBT001 - the one question
        hourly = HOURLY.format(table=self.table, mine=self.mine) if asked else ""
        return {"hours": "trend.hours" if asked else "NULL::int[]", "hourly": hourly}

    def tenant(self, times: int) -> list[uuid.UUID]:
        return [current_tenant().id] * times if self.mine else []


_OF = {
    RUNS: _Of(RUNS, "execution_run", "error", RUN_MEMBERS),
    JOBS: _Of(JOBS, "public.outbox_job", "last_error", JOB_MEMBERS, "f.tenant_id = %s AND "),
}


@dataclass(frozen=True)
class GroupRow:
    id: uuid.UUID
    """The newest member."""
    fingerprint: uuid.UUID
    count: int
    """All members, exact to 10,000; 10,001 means "at least"."""
    first_at: datetime
    """The time at which the oldest member failed."""
    last_at: datetime
    """The time at which the newest member failed."""
    error: dict[str, JsonValue]
    """The error of the newest member."""
    workflows: list[str]
    """Slugs, at most MOST_WORKFLOWS."""
    topics: list[str]
    """Topics of jobs."""
    resolved_at: datetime | None
    """The time of the resolution. If the group has no resolution, this field and the next two are None."""
    resolved_by: str | None
    reason: str | None
    reopened: bool
    """Whether the group has a later failure."""
    trend: list[int] = field(kw_only=True)
    """Failures in each of the last TREND_HOURS hours, the oldest hour first. All 0 if it was not asked for."""


_group = RowReader(GroupRow, "g", error=orjson.loads)


def groups_page(kind: str, part: Slice, *, resolved: bool | None = None, trend: bool = False) -> Page[GroupRow]:
    """List groups of failed runs or dead jobs, latest failure first.

    ``resolved`` is True for the resolved groups, False for the other groups, and None for all.
    """
    of = _OF[kind]
    tail, values = keyset("g.id", part, ())
    order = "DESC" if part.forward else "ASC"
    statement = of.statement(ALL + JUDGED + PAGE, wanted=RESOLVED[resolved], tail=tail, order=order, **of.trend(trend))
    return cut([_row(row) for row in fetch(statement, [*of.tenant(3), *values, *of.tenant(3 if trend else 2)])], part)


def count_groups(kind: str, *, resolved: bool | None = None) -> int:
    of = _OF[kind]
    ((count,),) = fetch(of.statement(ALL + JUDGED + COUNT, wanted=RESOLVED[resolved]), of.tenant(3))
    return int(count)


def group_by_fingerprint(kind: str, fingerprint: uuid.UUID) -> GroupRow | None:
    of = _OF[kind]
    statement = of.statement(ONE + JUDGED + PAGE, wanted="", tail="", order="DESC", **of.trend(True))
    rows = fetch(statement, [*of.tenant(1), fingerprint, *of.tenant(4)])
    return _row(rows[0]) if rows else None


def newest_failure(kind: str, fingerprint: uuid.UUID) -> datetime | None:
    """Return the time of the newest failure in a group, or None."""
    of = _OF[kind]
    ((at,),) = fetch(of.statement(NEWEST), [*of.tenant(1), fingerprint])
    newest: datetime | None = at
    return newest


def _row(row: TupleRow) -> GroupRow:
    *columns, failures = row
    by_hour = dict(failures or ())
    trend = [by_hour.get(hour, 0) for hour in reversed(range(TREND_HOURS))]
    return _group(columns, trend=trend)
