"""The rights of each database role on each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.kernel.roles import (
    ANY_TENANT_ROLE,
    AUTHENTICATION_ROLE,
    DIRECTORY_ROLE,
    METRICS_ROLE,
    OPERATOR_ROLE,
    PLATFORM_ROLE,
    PLATFORM_ROLES,
    QUEUE_ROLE,
    STAFF_ROLE,
    TENANT_GROUP_ROLE,
)
from tenants.token_rows import STORED

READ, APPEND, CHANGE, WHOLE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"
FORGET = "SELECT, INSERT, DELETE"
"""Rights on rows that never change and are removed later. Where necessary, a trigger restricts when rows can
be removed."""

_SHOWN = ", ".join((*STORED, "tenant_id"))
"""The columns of ``api_token`` that a list of tokens shows. A column that ``TokenDetails`` reads is added automatically."""

SHARED_TABLES: Mapping[str, str] = {
    "tenant": READ,
    # Row-level security shows the tenant's own plan.
    "plan": READ,
    # Without the password's hash and other personal data. Row-level security shows the tenant's own members.
    "person": "SELECT (id, email, name, is_active)",
    # Row-level security demands a proof of each write.
    "membership": "SELECT, INSERT, DELETE, UPDATE (role)",
    "invitation": "SELECT, INSERT, UPDATE (role, token_hash, serial, invited_by, expires_at, accepted_at, revoked_at)",
    # The one sign-in that belongs to the scope's proof.
    "sign_in": "SELECT (user_id, proof, expires_at)",
    "outbox_job": CHANGE,
    "outbox_lane": "SELECT, UPDATE (held, broken)",
    "database_epoch": READ,
    "budget": WHOLE,
    "budget_entry": APPEND,
    "budget_slot": WHOLE,
    "usage_entry": APPEND,
    "usage_hour": READ,
    "usage_closed": READ,
    # The platform sets holds, and the scheduler records removals.
    "retention_policy": "SELECT, INSERT (id, tenant_id, data_class, days, changed_at), UPDATE (days, changed_at)",
    "tenant_deletion": "SELECT, INSERT, DELETE",
    "platform_audit_entry": READ,
    # Without the digest: a tenant lists its tokens and looks up none. Row-level security demands a proof of each write.
    "api_token": f"INSERT, SELECT ({_SHOWN}, proof), UPDATE (expires_at, revoked_at)",
    "api_token_use": READ,
    # A tally becomes an audit entry in one transaction of its tenant.
    "audit_tally": WHOLE,
}
"""All rights of a tenant on public tables. Row-level security applies to each of these tables."""

_KNOWN_TENANT = "SELECT (id, schema_name, slug, state, allowed_networks)"
_BROKEN_LANE = "SELECT (tenant_id, broken)"
_DELETED_TENANT = "SELECT (tenant_id)"
_STAFF_PERMISSIONS = (
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "person_groups",
    "person_user_permissions",
    "django_content_type",
)

PLATFORM_TABLES: Mapping[str, Mapping[str, str]] = {
    AUTHENTICATION_ROLE: {
        "api_token": "SELECT (id, tenant_id, name, digest, role, scopes, allowed_ips, created_by, expires_at, revoked_at)",
        "api_token_use": "SELECT, INSERT, UPDATE (used_at)",
        "audit_tally": "SELECT, INSERT, UPDATE (addresses, times)",
        # The only role that reads the hashes of passwords. It cannot create staff; see its policies.
        "person": "SELECT, INSERT, UPDATE (email, name, password, last_login)",
        "membership": READ,
        "invitation": READ,
        "sign_in": WHOLE,
        "browser_session": WHOLE,
        # allauth looks for further addresses of a person; none exist.
        "account_emailaddress": READ,
        "mfa_authenticator": WHOLE,
        # Rows of people who sign in; see its policy.
        "platform_audit_entry": "INSERT",
        # The permissions of staff in Django.
        **dict.fromkeys(_STAFF_PERMISSIONS, READ),
        "tenant": "SELECT (id, schema_name, slug, name, state, allowed_networks)",
        "tenant_deletion": _DELETED_TENANT,
        "outbox_lane": _BROKEN_LANE,
    },
    DIRECTORY_ROLE: {
        "tenant": "SELECT (id, schema_name, slug, state, allowed_networks, plan)",
        "tenant_domain": "SELECT (tenant_id, domain)",
        "tenant_deletion": _DELETED_TENANT,
        "audit_tally": "SELECT (tenant_id, minute)",
        "outbox_lane": _BROKEN_LANE,
        "budget": "SELECT (tenant_id, metric)",
        "plan": "SELECT (slug, prices)",
    },
    QUEUE_ROLE: {
        # The dispatch finds rows again by ctid.
        "outbox_job": "SELECT (ctid, id, tenant_id, topic, state, open, alone, due_at, dispatched_at, lease_until, fence, attempts,"
        " max_attempts, parked, signals, created_at, finished_at, restored),"
        " UPDATE (state, alone, due_at, dispatched_at, lease_until, attempts, parked, restored)",
        "outbox_lane": READ,
        # Relays and workers raise the epoch when they start, see ``automate.outbox.epochs.transitions``.
        "database_epoch": "SELECT, UPDATE",
    },
    METRICS_ROLE: {
        "outbox_job": "SELECT (tenant_id, topic, state, open, due_at)",
        "outbox_lane": _BROKEN_LANE,
        "budget_slot": "SELECT (tenant_id, working)",
        "tenant": _KNOWN_TENANT,
        "tenant_deletion": _DELETED_TENANT,
    },
    OPERATOR_ROLE: {
        "tenant": "SELECT, INSERT, UPDATE (name, plan, state, state_reason, allowed_networks, timezone)",
        # Without the digest: the operator writes tokens and looks up none.
        "api_token": f"INSERT, SELECT ({_SHOWN}, proof), UPDATE (expires_at, revoked_at)",
        "api_token_use": READ,
        "person": "SELECT (id, email, name, is_staff, is_active, date_joined, last_login)",
        "membership": READ,
        "invitation": CHANGE,
        "plan": WHOLE,
        # A change of a plan changes the budgets of its tenants, and wakes the runs that then fit.
        "budget": WHOLE,
        "budget_slot": "SELECT, INSERT, UPDATE (working)",
        "tenant_deletion": "SELECT, INSERT, DELETE",
        "retention_policy": "SELECT, INSERT (id, tenant_id, data_class, hold_reason, held_at, changed_at),"
        " UPDATE (hold_reason, held_at, changed_at)",
        "outbox_lane": CHANGE,
        # Jobs that mail invitations, and runs that wait for a budget; see the policies. The times are for ``tenants.fairness_queries``.
        "outbox_job": "INSERT, SELECT (id, tenant_id, subject_id, state, open, due_at, claimed_at, finished_at, parked),"
        " UPDATE (due_at, parked)",
        "usage_entry": READ,
        "usage_hour": READ,
        "usage_closed": READ,
        "spare_schema": "SELECT, UPDATE, DELETE",
        "spare_demand": WHOLE,
        "platform_audit_entry": "INSERT",
    },
    STAFF_ROLE: {
        "tenant": READ,
        "plan": READ,
        "retention_policy": READ,
        "tenant_deletion": READ,
        "person": "SELECT (id, email, name, is_staff, is_superuser, is_active, date_joined, last_login)",
        "membership": READ,
        # The one sign-in that belongs to the scope's proof.
        "sign_in": "SELECT (user_id, proof, expires_at)",
        "api_token": f"SELECT ({_SHOWN}), UPDATE (revoked_at)",
        "api_token_use": READ,
        "platform_audit_entry": "SELECT, INSERT",
    },
}
"""The rights of each platform role on the public tables. A role cannot reach a table that is not listed."""

TENANT_TABLES: Mapping[str, str] = {
    "audit_entry": APPEND,
    "secret": WHOLE,
    "secret_version": WHOLE,
    "environment_names": WHOLE,
    "secret_resolution": APPEND,
    "mail": WHOLE,
    "notice": WHOLE,
    "notice_policy": CHANGE,
    "saved_view": WHOLE,
    "source": CHANGE,
    "event": APPEND,
    "event_payload": APPEND,
    "event_key": WHOLE,
    "event_log": APPEND,
    "event_type": CHANGE,
    "event_search": FORGET,
    "event_reindex": CHANGE,
    "delivery": FORGET,
    "delivery_tally": WHOLE,
    "workflow": WHOLE,
    "workflow_version": APPEND,
    "rule_spec": WHOLE,
    "rule_set": CHANGE,
    "rule_history": "SELECT, INSERT, DELETE, UPDATE (to_version)",
    "rule_match": FORGET,
    "decision": APPEND,
    "rule_window": WHOLE,
    "throttled_run": FORGET,
    "backtest": WHOLE,
    "backtest_sample": FORGET,
    "execution_run": CHANGE,
    "run_hour": APPEND,
    "step_run": CHANGE,
    "step_input": APPEND,
    "step_wait": CHANGE,
    "approval": WHOLE,
    "approval_decision": FORGET,
    "approval_log": APPEND,
    "run_slot": WHOLE,
    "effect": CHANGE,
    "circuit_breaker": WHOLE,
    "run_log": APPEND,
    "operation_key": WHOLE,
    "bulk_operation": WHOLE,
    "bulk_item": WHOLE,
    "failure_resolution": WHOLE,
    "schedule": WHOLE,
    "schedule_tick": FORGET,
    "webhook_endpoint": CHANGE,
    "webhook_delivery": APPEND,
}
"""A tenant's rights in its own schema. Only the owner can reach tables of the platform that are not listed
here."""


def public_grants() -> list[str]:
    # Revokes all rights that are not listed. Run the statements in one transaction.
    split = ", ".join(PLATFORM_ROLES)
    return [
        f"GRANT USAGE ON SCHEMA public TO {split}, {PLATFORM_ROLE}, {TENANT_GROUP_ROLE}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {split}",
        *(
            f"GRANT {rights} ON {table} TO {role}"
            for role, tables in PLATFORM_TABLES.items()
            for table, rights in tables.items()
        ),
        f"GRANT {WHOLE} ON ALL TABLES IN SCHEMA public TO {PLATFORM_ROLE}",
        f"REVOKE ALL ON django_migrations FROM {PLATFORM_ROLE}",
        f"REVOKE UPDATE, DELETE ON platform_audit_entry FROM {PLATFORM_ROLE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {PLATFORM_ROLE}",
        *(f"GRANT {rights} ON {table} TO {TENANT_GROUP_ROLE}" for table, rights in SHARED_TABLES.items()),
    ]


def tenant_grants(schema: str, *, host: Sequence[str] = ()) -> list[str]:
    # The tenant's role has the name of the schema. `host`: the tables of the host's own apps.
    return [
        f"GRANT {schema} TO {ANY_TENANT_ROLE}",
        f"GRANT USAGE ON SCHEMA {schema} TO {schema}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {schema}",
        *(f"GRANT {rights} ON {schema}.{table} TO {schema}" for table, rights in TENANT_TABLES.items()),
        *(f"GRANT {WHOLE} ON {schema}.{table} TO {schema}" for table in host),
    ]
