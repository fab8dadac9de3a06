"""The permissions of each role, in one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping

VIEW_WORKFLOWS, VIEW_EVENTS, VIEW_RUNS = "view_workflows", "view_events", "view_runs"
VIEW_SOURCES, VIEW_RULES, VIEW_SCHEDULES = "view_sources", "view_rules", "view_schedules"
INGEST_EVENTS, RUN_WORKFLOWS, REDRIVE_JOBS = "ingest_events", "run_workflows", "redrive_jobs"
CONTROL_RUNS, RETRY_RUNS, REPLAY_EVENTS = "control_runs", "retry_runs", "replay_events"
START_BULK, RESOLVE_EFFECTS, FORCE_BREAKERS = "start_bulk", "resolve_effects", "force_breakers"
RESOLVE_FAILURES, SHARE_VIEWS = "resolve_failures", "share_views"
PAUSE_WORKFLOWS, PAUSE_RULES, PAUSE_TENANT = "pause_workflows", "pause_rules", "pause_tenant"
EDIT_WORKFLOWS, PUBLISH_WORKFLOWS, EDIT_RULES = "edit_workflows", "publish_workflows", "edit_rules"
MANAGE_SOURCES, REDELIVER = "manage_sources", "redeliver"
MANAGE_EVENT_TYPES = "manage_event_types"
PAUSE_SCHEDULES, EDIT_SCHEDULES = "pause_schedules", "edit_schedules"
VIEW_ENDPOINTS, MANAGE_ENDPOINTS = "view_endpoints", "manage_endpoints"
VIEW_SECRETS, MANAGE_SECRETS = "view_secrets", "manage_secrets"
DECIDE_APPROVALS, SHARE_APPROVALS = "decide_approvals", "share_approvals"
VIEW_AUDIT = "view_audit"
VIEW_BUDGETS, MANAGE_BUDGETS = "view_budgets", "manage_budgets"
VIEW_BILLING = "view_billing"
MANAGE_NOTICES = "manage_notices"
VIEW_RETENTION, MANAGE_RETENTION = "view_retention", "manage_retention"
EXPORT_TENANT, DELETE_TENANT = "export_tenant", "delete_tenant"
VIEW_TOKENS, MANAGE_TOKENS, MANAGE_OWNERS = "view_tokens", "manage_tokens", "manage_owners"
VIEW_MEMBERS, MANAGE_MEMBERS = "view_members", "manage_members"
MANAGE_TENANTS, VIEW_TENANTS = "manage_tenants", "view_tenants"
VIEW_RAW_PAYLOAD = "view_raw_payload"

# The approval states who may decide it, which may include viewers.
_VIEWER = frozenset(
    {
        VIEW_WORKFLOWS,
        VIEW_EVENTS,
        VIEW_RUNS,
        VIEW_SOURCES,
        VIEW_ENDPOINTS,
        VIEW_RULES,
        VIEW_SCHEDULES,
        VIEW_MEMBERS,
        VIEW_BUDGETS,
        VIEW_RETENTION,
        DECIDE_APPROVALS,
    }
)
_OPERATOR = _VIEWER | {
    INGEST_EVENTS,
    RUN_WORKFLOWS,
    REDRIVE_JOBS,
    CONTROL_RUNS,
    RETRY_RUNS,
    REPLAY_EVENTS,
    REDELIVER,
    START_BULK,
    RESOLVE_EFFECTS,
    RESOLVE_FAILURES,
    FORCE_BREAKERS,
    SHARE_VIEWS,
    PAUSE_WORKFLOWS,
    PAUSE_RULES,
    PAUSE_SCHEDULES,
}
_EDITOR = _OPERATOR | {EDIT_WORKFLOWS, PUBLISH_WORKFLOWS, EDIT_RULES, EDIT_SCHEDULES, VIEW_SECRETS}
_ADMIN = _EDITOR | {
    MANAGE_SOURCES,
    MANAGE_EVENT_TYPES,
    MANAGE_ENDPOINTS,
    MANAGE_SECRETS,
    SHARE_APPROVALS,
    PAUSE_TENANT,
    VIEW_AUDIT,
    MANAGE_BUDGETS,
    MANAGE_NOTICES,
    VIEW_RAW_PAYLOAD,
    VIEW_TOKENS,
    MANAGE_TOKENS,
    MANAGE_MEMBERS,
}

# Only owners create, rotate and revoke credentials with an owner's permissions, see what is billed, and delete or
# export the tenant's whole data.
_OWNER = _ADMIN | {MANAGE_OWNERS, VIEW_BILLING, MANAGE_RETENTION, EXPORT_TENANT, DELETE_TENANT}

PLATFORM_ROLE = "platform"

ROLES: Mapping[str, frozenset[str]] = {
    "owner": _OWNER,
    "admin": _ADMIN,
    "editor": _EDITOR,
    "operator": _OPERATOR,
    "viewer": _VIEWER,
    PLATFORM_ROLE: frozenset({MANAGE_TENANTS, VIEW_TENANTS}),
}
"""The five roles of a tenant's members and tokens, and the role of platform tokens."""

MEMBER_ROLES = tuple(role for role in ROLES if role != PLATFORM_ROLE)
"""The roles of a tenant's members and tokens. The role with the most permissions comes first."""

PERMISSIONS: frozenset[str] = frozenset[str]().union(*ROLES.values())

ONLY_BY_SCOPE = frozenset({VIEW_RAW_PAYLOAD})
"""A token has these permissions only if its scopes name them."""


def permissions_of(role: str, scopes: Collection[str] | None = None) -> frozenset[str]:
    """Return the permissions of a role, limited by the scopes of a token. ``scopes=None`` sets no limit."""
    permissions = ROLES.get(role, frozenset())
    return permissions if scopes is None else permissions.intersection(scopes)


def token_permissions(role: str, scopes: Collection[str] | None) -> frozenset[str]:
    """Return the permissions of a token. If ``scopes`` is None, the result has no permission of ONLY_BY_SCOPE."""
    return permissions_of(role, scopes) - (ONLY_BY_SCOPE if scopes is None else frozenset())


def manageable(role: str, permissions: frozenset[str]) -> frozenset[str]:
    """Return the permissions that this caller can manage.

    The caller can change a member or a token only if all permissions of this member or token are in the result.
    """
    whole = permissions_of(role)
    return whole if permissions >= whole - ONLY_BY_SCOPE else permissions
