"""Failures grouped by what their errors have in common: of runs that failed or timed out, and of dead jobs.

The index holds failures alone, by fingerprint and then by id. One step down it gives the next group and its newest member,
so that a page costs by the groups that there are, whatever the number of failures, let alone of runs.
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
"""Of one group that are named."""

# The groups, each with its newest member: below it in the index comes the newest of the next group.
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
# A page of them, with how many members each has, and what the oldest and the newest of these say.
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
    """Where the failures of a kind stand. mine: narrows them to the tenant, so that the index is used."""

    table: str
    error: str
    members: str
    mine: str = ""

    def statement(self, rest: str, **parts: str) -> str:
        return (GROUPS + rest).format(table=self.table, error=self.error, members=self.members, mine=self.mine, **parts)


_OF = {
    RUNS: _Of("execution_run", "error", RUN_MEMBERS),
    JOBS: _Of("public.outbox_job", "last_error", JOB_MEMBERS, "f.tenant_id = %s AND "),
}


@dataclass(frozen=True)
class GroupRow:
    """id: of the newest member. count: of all, exact to 10,000, then one more for "at least". first_at, last_at: when the
    oldest and the newest of them failed. error: of the newest. workflows: slugs, at most MOST_WORKFLOWS. topics: of jobs.
    """

    id: uuid.UUID
    fingerprint: uuid.UUID
    count: int
    first_at: datetime
    last_at: datetime
    error: dict[str, Json]
    workflows: list[str]
    topics: list[str]


def groups_page(kind: str, part: Slice) -> Page[GroupRow]:
    """Groups of RUNS or JOBS, that with the newest member first."""
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
