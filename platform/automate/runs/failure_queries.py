"""Failures grouped by their fingerprint: of failed and timed-out runs, and of dead jobs.

The index holds only failures, by fingerprint and then by id. Each step down the index gives the next group and its newest
member. So the cost of a page depends on the number of groups, not on the number of failures or runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from automate.kernel.errors import Json
from automate.kernel.queries import EXACT_COUNT, Page, Slice, cut, keyset
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.outbox.claims import RUN_ADVANCE

RUNS, JOBS = "runs", "jobs"
MOST_WORKFLOWS = 20
"""Workflows that a group names."""

# The groups, each with its newest member: the next lower entry of the index is the newest of the next group.
GROUPS = f"""
WITH RECURSIVE found AS (
    (SELECT f.fingerprint, f.id FROM {{table}} f WHERE {{mine}}f.fingerprint IS NOT NULL
     ORDER BY f.fingerprint DESC, f.id DESC LIMIT 1)
    UNION ALL
    SELECT below.fingerprint, below.id FROM found CROSS JOIN LATERAL (
        SELECT f.fingerprint, f.id FROM {{table}} f WHERE {{mine}}f.fingerprint < found.fingerprint
        ORDER BY f.fingerprint DESC, f.id DESC LIMIT 1
    ) below
), grouped AS MATERIALIZED (SELECT fingerprint, id FROM found LIMIT {EXACT_COUNT + 1})
"""
# A page of groups, each with its number of members and the times and error of its oldest and newest member.
PAGE = f"""
, page AS (SELECT g.fingerprint, g.id FROM grouped g{{tail}})
SELECT page.id, page.fingerprint, member.count, oldest.finished_at, newest.finished_at, newest.{{error}}::text,
       ARRAY(SELECT w.slug FROM workflow w WHERE w.id = ANY (member.workflows) ORDER BY w.slug LIMIT {MOST_WORKFLOWS}), member.topics
FROM page JOIN {{table}} newest ON newest.id = page.id
CROSS JOIN LATERAL ({{members}}) member
CROSS JOIN LATERAL (
    SELECT f.finished_at FROM {{table}} f WHERE {{mine}}f.fingerprint = page.fingerprint ORDER BY f.id LIMIT 1
) oldest
ORDER BY page.id {{order}}
"""
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


@dataclass(frozen=True)
class _Of:
    """The table of a kind of failure."""

    table: str
    error: str
    members: str
    mine: str = ""
    """A condition on the tenant, so that the index is used."""

    def statement(self, rest: str, **parts: str) -> str:
        return (GROUPS + rest).format(table=self.table, error=self.error, members=self.members, mine=self.mine, **parts)


_OF = {
    RUNS: _Of("execution_run", "error", RUN_MEMBERS),
    JOBS: _Of("public.outbox_job", "last_error", JOB_MEMBERS, "f.tenant_id = %s AND "),
}


@dataclass(frozen=True)
class GroupRow:
    """One group."""

    id: uuid.UUID
    """The newest member."""
    fingerprint: uuid.UUID
    count: int
    """All members, exact to 10,000; 10,001 means "at least"."""
    first_at: datetime
    """The time at which the oldest member failed."""
    last_at: datetime
    """The time at which the newest member failed."""
    error: dict[str, Json]
    """Of the newest member."""
    workflows: list[str]
    """Slugs, at most MOST_WORKFLOWS."""
    topics: list[str]
    """Topics of jobs."""


def groups_page(kind: str, part: Slice) -> Page[GroupRow]:
    """Groups of RUNS or JOBS, the group with the newest member first."""
    of = _OF[kind]
    tail, values = keyset("g.id", part, ())
    tenant = [current_tenant().id] if of.mine else []
    statement = of.statement(PAGE, tail=tail, order="DESC" if part.forward else "ASC")
    return cut([_row(row) for row in fetch(statement, [*tenant * 2, *values, *tenant * 2])], part)


def count_groups(kind: str) -> int:
    of = _OF[kind]
    ((count,),) = fetch(of.statement(COUNT), [current_tenant().id] * 2 if of.mine else [])
    return int(count)


def _row(row: Sequence[Any]) -> GroupRow:
    values: list[Json] = [*row[:5], orjson.loads(row[5]), *row[6:]]
    return GroupRow(*values)
