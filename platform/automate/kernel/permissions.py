"""Which member role may do what: one table, walked whole by a test."""

from __future__ import annotations

from collections.abc import Mapping

VIEW_WORKFLOWS, VIEW_EVENTS, VIEW_RUNS = "view_workflows", "view_events", "view_runs"
VIEW_SOURCES, VIEW_RULES = "view_sources", "view_rules"
INGEST_EVENTS, RUN_WORKFLOWS, REDRIVE_JOBS = "ingest_events", "run_workflows", "redrive_jobs"
CONTROL_RUNS, RETRY_RUNS, REPLAY_EVENTS = "control_runs", "retry_runs", "replay_events"
START_BULK = "start_bulk"
PAUSE_WORKFLOWS, PAUSE_RULES, PAUSE_TENANT = "pause_workflows", "pause_rules", "pause_tenant"
EDIT_WORKFLOWS, PUBLISH_WORKFLOWS, EDIT_RULES = "edit_workflows", "publish_workflows", "edit_rules"
MANAGE_SOURCES = "manage_sources"
DECIDE_APPROVALS, SHARE_APPROVALS = "decide_approvals", "share_approvals"
MANAGE_TENANTS, VIEW_TENANTS = "manage_tenants", "view_tenants"

# Who may decide an approval is said by the approval: it may ask viewers, too.
_VIEWER = frozenset({VIEW_WORKFLOWS, VIEW_EVENTS, VIEW_RUNS, VIEW_SOURCES, VIEW_RULES, DECIDE_APPROVALS})
_OPERATOR = _VIEWER | {
    INGEST_EVENTS,
    RUN_WORKFLOWS,
    REDRIVE_JOBS,
    CONTROL_RUNS,
    RETRY_RUNS,
    REPLAY_EVENTS,
    START_BULK,
    PAUSE_WORKFLOWS,
    PAUSE_RULES,
}
_EDITOR = _OPERATOR | {EDIT_WORKFLOWS, PUBLISH_WORKFLOWS, EDIT_RULES}
_ADMIN = _EDITOR | {MANAGE_SOURCES, SHARE_APPROVALS, PAUSE_TENANT}

PLATFORM_ROLE = "platform"

ROLES: Mapping[str, frozenset[str]] = {
    "owner": _ADMIN,
    "admin": _ADMIN,
    "editor": _EDITOR,
    "operator": _OPERATOR,
    "viewer": _VIEWER,
    PLATFORM_ROLE: frozenset({MANAGE_TENANTS, VIEW_TENANTS}),
}
"""The five roles of a tenant's members and tokens, and the one of the platform's own token."""

PERMISSIONS: frozenset[str] = frozenset[str]().union(*ROLES.values())


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; nothing for a role that is not in the table."""
    return ROLES.get(role, frozenset())
