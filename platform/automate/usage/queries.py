"""Reads the usage for each hour or day. The usage can also be divided by workflow or by connector."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.usage.kinds import KINDS

HOUR, DAY = "hour", "day"
WORKFLOW, CONNECTOR = "workflow", "connector"
MOST_BUCKETS = 1_000
"""Maximum hours or days in one answer."""
MOST_ROWS = 12_000
PAGE_RECORDS = 1_000

# An open hour has entries, a closed one a sum; no hour has both.
USAGE = """
SELECT bucket, name, kind, sum(amount)::bigint, bool_and(hour <= closed.last)
FROM (
    SELECT date_trunc(%(by)s, u.hour, zone.name) AS bucket, u.hour, u.kind, u.amount,
           CASE %(group)s WHEN 'workflow' THEN u.workflow WHEN 'connector' THEN u.connector ELSE '' END AS name
    FROM (
        SELECT hour, kind, workflow, connector, amount FROM public.usage_hour
        WHERE tenant_id = %(tenant)s AND metric = %(metric)s AND hour >= %(from)s AND hour < %(to)s
        UNION ALL
        SELECT hour, kind, workflow, connector, amount FROM public.usage_entry
        WHERE tenant_id = %(tenant)s AND metric = %(metric)s AND hour >= %(from)s AND hour < %(to)s
    ) AS u CROSS JOIN (
        SELECT CASE %(by)s WHEN 'day' THEN timezone ELSE 'UTC' END AS name FROM public.tenant WHERE id = %(tenant)s
    ) AS zone
) AS used CROSS JOIN (SELECT hour AS last FROM public.usage_closed) AS closed
GROUP BY bucket, name, kind ORDER BY bucket, name, kind LIMIT %(most)s
"""
RECORDS = """
SELECT u.id, u.tenant_id, u.hour, u.metric, u.kind, u.workflow, u.connector, u.amount
FROM public.usage_hour AS u
WHERE (u.hour, u.id) > (%(hour)s, %(id)s) AND u.hour < %(to)s AND (%(tenant)s::uuid IS NULL OR u.tenant_id = %(tenant)s)
  AND (%(billed)s OR u.metric <> 'cost')
ORDER BY u.hour, u.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class UsageRow:
    """The usage of one workflow or connector in one hour or day."""

    start: datetime
    name: str
    normal: int
    retry: int
    test: int
    replay: int
    closed: bool
    """True if the row never changes."""


@dataclass(frozen=True)
class UsageRecord:
    id: int
    tenant_id: uuid.UUID
    hour: datetime
    metric: str
    kind: str
    workflow: str
    connector: str
    amount: int


def usage(metric: str, start: datetime, end: datetime, by: str, group: str) -> list[UsageRow]:
    """Return the tenant's usage. ``start`` is included, and ``end`` is excluded.

    ``group`` is WORKFLOW or CONNECTOR. If it is empty, each hour or day has one row.

    Raises BAD_USER_INPUT if the time span is empty, and LIMIT_EXCEEDED for too many buckets or rows.
    """
    step = timedelta(hours=1) if by == HOUR else timedelta(days=1)
    if end <= start:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`to` is {end:%Y-%m-%d %H:%M}, which is not after `from`. Pass a later time.",
            path=["to"],
        )
    if (end - start) / step > MOST_BUCKETS:
        message = f"This time span has more than {MOST_BUCKETS:,} {by}s, which is the maximum. Choose a shorter time span or, for hours, `by: DAY`."
        raise NormalizedError("LIMIT_EXCEEDED", message, details={"maximum": MOST_BUCKETS}, path=["to"])
    values = {"metric": metric, "from": start, "to": end, "by": by, "group": group, "most": MOST_ROWS + 1}
    found = fetch(USAGE, {**values, "tenant": current_tenant().id})
    if len(found) > MOST_ROWS:
        message = f"The answer would have more than {MOST_ROWS:,} rows, which is the maximum. Choose a shorter time span, or leave out `groupBy`."
        raise NormalizedError("LIMIT_EXCEEDED", message, details={"maximum": MOST_ROWS}, path=["to"])
    sums: dict[tuple[datetime, str], dict[str, int]] = {}
    closed: dict[tuple[datetime, str], bool] = {}
    for bucket, name, kind, amount, is_closed in found:
        sums.setdefault((bucket, name), dict.fromkeys(KINDS, 0))[kind] += amount
        closed[bucket, name] = closed.get((bucket, name), True) and is_closed
    return [UsageRow(bucket, name, **amounts, closed=closed[bucket, name]) for (bucket, name), amounts in sums.items()]


def records_after(
    tenant_id: uuid.UUID | None, after: tuple[datetime, int], end: datetime, most: int = PAGE_RECORDS, *, billed: bool
) -> Sequence[UsageRecord]:
    """Return usage records of closed hours, oldest first.

    ``tenant_id=None`` reads all tenants, and requires the platform's scope.
    """
    values = {"hour": after[0], "id": after[1], "to": end, "tenant": tenant_id, "most": most, "billed": billed}
    return [UsageRecord(*row) for row in fetch(RECORDS, values)]
