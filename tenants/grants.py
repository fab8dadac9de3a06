"""What each database role may do with each table, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.kernel.tenancy import PLATFORM_ROLE, TENANT_GROUP_ROLE

READ, APPEND, CHANGE, WHOLE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"
FORGET = "SELECT, INSERT, DELETE"
"""What is never changed and goes in its time; where that is not any time, a trigger says when."""

SHARED_TABLES: Mapping[str, str] = {
    "tenant": READ,
    "member": READ,
    "outbox_job": CHANGE,
    "outbox_lane": "SELECT, UPDATE (held, broken)",
    "budget": CHANGE,
    "budget_slot": WHOLE,
}
"""A tenant's rights on the public tables, all of them under row-level security."""

TENANT_TABLES: Mapping[str, str] = {
    "audit_entry": APPEND,
    "secret": CHANGE,
    "secret_resolution": APPEND,
    "source": CHANGE,
    "event": APPEND,
    "event_payload": APPEND,
    "event_key": WHOLE,
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
    "step_run": CHANGE,
    "step_input": APPEND,
    "step_wait": CHANGE,
    "approval": WHOLE,
    "approval_decision": FORGET,
    "run_slot": WHOLE,
    "effect": CHANGE,
    "circuit_breaker": WHOLE,
    "run_log": APPEND,
    "operation_key": WHOLE,
    "bulk_operation": WHOLE,
    "bulk_item": WHOLE,
    "schedule": WHOLE,
    "schedule_tick": FORGET,
    "webhook_endpoint": CHANGE,
    "webhook_delivery": APPEND,
}
"""A tenant's rights in its own schema. A table of ours that is not named here is reachable by nobody but its owner."""


def public_grants(application: str) -> list[str]:
    """Statements for the public schema. application: the login role of the processes, which itself gets nothing."""
    return [
        f"GRANT {PLATFORM_ROLE} TO {application}",
        f"GRANT USAGE ON SCHEMA public TO {PLATFORM_ROLE}, {TENANT_GROUP_ROLE}",
        f"GRANT {WHOLE} ON ALL TABLES IN SCHEMA public TO {PLATFORM_ROLE}",
        f"REVOKE ALL ON django_migrations FROM {PLATFORM_ROLE}",
        f"REVOKE UPDATE, DELETE ON platform_audit_entry FROM {PLATFORM_ROLE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {PLATFORM_ROLE}",
        *(f"GRANT {rights} ON {table} TO {TENANT_GROUP_ROLE}" for table, rights in SHARED_TABLES.items()),
    ]


def tenant_grants(schema: str, application: str, *, host: Sequence[str] = ()) -> list[str]:
    """Statements for one tenant's schema. Its database role has the schema's name. host: tables of the host's own apps."""
    return [
        f"GRANT {schema} TO {application}",
        f"GRANT USAGE ON SCHEMA {schema} TO {schema}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {schema}",
        *(f"GRANT {rights} ON {schema}.{table} TO {schema}" for table, rights in TENANT_TABLES.items()),
        *(f"GRANT {WHOLE} ON {schema}.{table} TO {schema}" for table in host),
    ]
