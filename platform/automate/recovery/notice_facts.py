"""Checks that the cause of a notice still exists, and collects the facts for the notice."""

from __future__ import annotations

import uuid

from automate.budgets.queries import budgets_of
from automate.effects.states import BREAKER_CLOSED
from automate.kernel.json_values import JsonValue, as_text
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import current_tenant
from automate.notices.kinds import APPROVAL, DIGEST, FAILING, HOST
from automate.notices.transitions import PlannedNotice
from automate.recovery import holds
from automate.runs.noticing import queries

LEAST_RUNS = 20
"""Minimum number of a workflow's runs that ended within the day; fewer are not significant."""
FAILING_PERCENT = 95
FULL_PERCENT = 80


def read_facts(notice: PlannedNotice) -> dict[str, JsonValue] | None:
    """Return the facts for a notice. Return None if its cause no longer exists. Requires a transaction."""
    if notice.kind == DIGEST:
        return _digest()
    if notice.kind == FAILING:
        return _failing(uuid.UUID(notice.cause), notice.about)
    if notice.kind == HOST:
        return _host(notice.about)
    if notice.kind == APPROVAL:
        return notice.about if queries.waits(as_text(notice.about["approval"])) else None
    return notice.about


def _digest() -> dict[str, JsonValue] | None:
    runs = queries.tenant_day()
    if not runs:
        return None
    full: list[JsonValue] = [
        {"budget": one.name, "percent": 100 * one.used // one.limit}
        for one in budgets_of(current_tenant().id)
        if one.limit and one.used * 100 >= FULL_PERCENT * one.limit
    ]
    failures, waiting = queries.top_failures(), queries.waiting_approvals()
    return {"runs": {**runs}, "failures": [*failures], "approvals": waiting, "budgets": full}


def _failing(workflow_id: uuid.UUID, about: dict[str, JsonValue]) -> dict[str, JsonValue] | None:
    ended, failed = queries.workflow_day(workflow_id)
    if ended < LEAST_RUNS or failed * 100 < FAILING_PERCENT * ended:
        return None
    slug = queries.unpaused(workflow_id)
    if slug is None:
        return None
    with acting_as(Principal(kind="system", name="notices")):
        holds.pause_workflow(slug, f"paused automatically: {failed} of {ended} runs failed within a day")
    return {**about, "workflow": slug, "ended": ended, "failed": failed}


def _host(about: dict[str, JsonValue]) -> dict[str, JsonValue] | None:
    found = queries.held_runs(as_text(about["connector"]), as_text(about["host"]))
    if found is None:
        return None
    state, jobs = found
    return {**about, "runs": jobs} if jobs and state != BREAKER_CLOSED else None
