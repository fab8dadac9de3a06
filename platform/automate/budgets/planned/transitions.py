"""Applies the budgets of plans to many tenants at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from automate.budgets.kinds import METERED
from automate.budgets.settings import PlannedBudget
from automate.budgets.transitions import ADDING, LOCK_ORDER
from automate.budgets.windows import USED
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

# Rows of an earlier release have no own_limit. In them, a lower limit is the tenant's own.
PLANNED_ACTION = "coalesce(nullif(b.ceiling_action, ''), 'throttle')"
OWN_LIMIT = 'coalesce(b.own_limit, CASE WHEN b.ceiling IS NULL OR b."limit" < b.ceiling THEN b."limit" END)'
OWN_ACTION = f"coalesce(nullif(b.own_action, ''), CASE WHEN b.ceiling IS NULL OR b.action <> {PLANNED_ACTION} THEN b.action ELSE '' END)"
# A tenant's own ALERT would ignore the limit of a plan with a stricter action, so the plan's limit replaces it.
LETS_PASS = f"({OWN_ACTION} = 'alert' AND excluded.ceiling_action <> 'alert')"

EXCLUSIVELY = f"SELECT pg_advisory_xact_lock({ADDING})"
LOCK_ALL = f"SELECT id FROM budget WHERE tenant_id = ANY (%s) ORDER BY {LOCK_ORDER} FOR UPDATE"
DERIVE = f"""
INSERT INTO budget AS b (id, tenant_id, metric, "window", scope, scope_label, "limit", action, used, window_start, resets_at, ceiling,
                         ceiling_action)
SELECT w.id, t.id, w.metric, w.kind, '', '', w."limit", w.action, 0,
       CASE WHEN w.kind = 'always' THEN now() ELSE date_trunc(w.kind, now(), t.timezone) END,
       CASE WHEN w.kind <> 'always' THEN automate_window_end(w.kind, now(), t.timezone) END, w."limit", w.action
FROM unnest(%(ids)s::uuid[], %(tenants)s::uuid[], %(metrics)s::text[], %(windows)s::text[], %(limits)s::bigint[], %(actions)s::text[])
    AS w (id, tenant_id, metric, kind, "limit", action) JOIN tenant t ON t.id = w.tenant_id
ON CONFLICT (tenant_id, metric, "window", scope) DO UPDATE SET
    ceiling = excluded.ceiling, ceiling_action = excluded.ceiling_action, own_limit = {OWN_LIMIT}, own_action = {OWN_ACTION},
    "limit" = CASE WHEN {LETS_PASS} THEN excluded.ceiling ELSE least({OWN_LIMIT}, excluded.ceiling) END,
    action = CASE WHEN {LETS_PASS} OR {OWN_ACTION} = '' THEN excluded.ceiling_action ELSE {OWN_ACTION} END
    WHERE (b.ceiling, b.ceiling_action) IS DISTINCT FROM (excluded.ceiling, excluded.ceiling_action)
RETURNING b.tenant_id, b.metric, b.action, b."limit", {USED}
"""
GONE = """
b.tenant_id = ANY (%(tenants)s) AND b.ceiling IS NOT NULL AND b.scope = ''
AND NOT EXISTS (SELECT FROM unnest(%(metrics)s::text[], %(windows)s::text[]) AS w (metric, kind) WHERE w.metric = b.metric AND w.kind = b."window")
"""
RELEASE = f"""
UPDATE budget b SET ceiling = NULL, ceiling_action = '', own_limit = NULL, own_action = '', "limit" = {OWN_LIMIT},
       action = coalesce(nullif({OWN_ACTION}, ''), b.action)
WHERE {GONE} AND {OWN_LIMIT} IS NOT NULL RETURNING b.tenant_id, b.metric
"""
REMOVE = f"DELETE FROM budget b WHERE {GONE} AND {OWN_LIMIT} IS NULL RETURNING b.tenant_id, b.metric"
WAITING = """
SELECT w.tenant_id, cause FROM unnest(%(tenants)s::uuid[]) AS w (tenant_id), unnest(%(causes)s::text[]) AS cause
WHERE EXISTS (SELECT FROM outbox_job j WHERE j.tenant_id = w.tenant_id AND j.parked = cause AND j.parked <> '' AND j.state = 'pending')
"""


def lock_all(tenant_ids: Collection[uuid.UUID]) -> None:
    # No other transaction can set a budget meanwhile.
    execute(EXCLUSIVELY)
    fetch(LOCK_ALL, [list(tenant_ids)])


def derive(
    tenant_ids: Sequence[uuid.UUID], planned: Sequence[PlannedBudget]
) -> dict[tuple[uuid.UUID, str], int | None]:
    """Give tenants the budgets of their plan, and remove the budgets of a former plan.

    The caller must call ``lock_all`` before this function.
    """
    each = [(tenant, one) for tenant in tenant_ids for one in planned]
    rows = fetch(
        DERIVE,
        {
            "ids": [new_id() for _ in each],
            "tenants": [tenant for tenant, _ in each],
            "metrics": [one.metric for _, one in each],
            "windows": [one.window for _, one in each],
            "limits": [one.limit for _, one in each],
            "actions": [one.action for _, one in each],
        },
    )
    rooms: dict[tuple[uuid.UUID, str], int | None] = {}
    for tenant, metric, action, limit, used in rows:
        room = max(0, limit - used) if action == "throttle" else None
        if room and metric in METERED:
            # A run uses any number of them.
            room = None
        known = rooms.get((tenant, metric), 0)
        rooms[tenant, metric] = None if room is None or known is None else max(room, known)
    gone = {
        "tenants": list(tenant_ids),
        "metrics": [one.metric for one in planned],
        "windows": [one.window for one in planned],
    }
    for statement in (RELEASE, REMOVE):
        rooms.update(dict.fromkeys(fetch(statement, gone)))
    return rooms


def waiting(tenant_ids: Collection[uuid.UUID], causes: Collection[str]) -> list[tuple[uuid.UUID, str]]:
    """Return each pair (tenant id, cause) for which at least one job of the tenant waits because of the cause."""
    return fetch(WAITING, {"tenants": list(tenant_ids), "causes": sorted(causes)})
