"""The tables and columns of a tenant's export. Each omitted table or column has a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import TupleRow

from automate.kernel.sql import fetch

ROWS, LARGE_ROWS = 500, 10
"""Rows that one statement reads: from tables with small rows, and from tables with rows of up to some MiB."""


@dataclass(frozen=True)
class Table:
    """A table of the export."""

    name: str
    key: Sequence[str] = ("id",)
    """The columns that order and identify the rows."""
    source: str = ""
    """SQL that replaces the table's name, if only some columns are read."""
    without: Sequence[str] = ()
    """Columns with secret values, encrypted or not. The export omits these columns."""
    rows: int = ROWS

    @property
    def statement(self) -> str:
        keys = ", ".join(f"t.{column}" for column in self.key)
        places = ", ".join(["%s"] * len(self.key))
        return (
            f"SELECT {keys}, (to_jsonb(t) - %s::text[])::text FROM {self.source or self.name} AS t"
            f" WHERE %s OR ({keys}) > ({places}) ORDER BY {keys} LIMIT {self.rows}"
        )


_OF_TOKENS = "id, name, prefix, role, scopes, allowed_ips, created_by, created_at, expires_at, revoked_at"
_INVITATION = "id, email, role, invited_by, expires_at, accepted_at, revoked_at"
_LOG_KEY = ("epoch", "xid", "id")

TABLES: Sequence[Table] = (
    Table(
        "tenant",
        source="(SELECT id, external_id, slug, name, plan, state, timezone, allowed_networks, created_at FROM public.tenant)",
    ),
    Table("person", source="(SELECT id, email, name, is_active FROM public.person)"),
    Table("membership", source="public.membership"),
    Table("invitation", source=f"(SELECT {_INVITATION} FROM public.invitation)"),
    Table("api_token", source=f"(SELECT {_OF_TOKENS} FROM public.api_token)"),
    Table("budget", source="public.budget"),
    Table("budget_entry", source="public.budget_entry"),
    Table("retention_policy", source="public.retention_policy"),
    Table("usage_hour", source="public.usage_hour"),
    Table("platform_audit_entry", source="public.platform_audit_entry"),
    Table("audit_entry"),
    Table("secret"),
    Table("secret_version", without=("sealed",)),
    Table("secret_resolution"),
    Table("source", without=("secrets",)),
    Table("webhook_endpoint", without=("secrets",)),
    Table("event_type"),
    Table("event"),
    Table("event_payload", key=("event_id",), rows=LARGE_ROWS),
    Table("event_key"),
    Table("event_log", key=_LOG_KEY),
    Table("delivery", without=("sealed_headers",), rows=LARGE_ROWS),
    Table("delivery_tally"),
    Table("workflow", rows=LARGE_ROWS),
    Table("workflow_version", rows=LARGE_ROWS),
    Table("rule_spec"),
    Table("rule_set"),
    Table("rule_history"),
    Table("rule_match"),
    Table("decision"),
    Table("rule_window"),
    Table("backtest"),
    Table("backtest_sample"),
    Table("schedule"),
    Table("schedule_tick"),
    Table("execution_run"),
    Table("step_run", rows=LARGE_ROWS),
    Table("step_input", rows=LARGE_ROWS),
    Table("step_wait", key=("step_id",), rows=LARGE_ROWS),
    Table("effect", key=("key",), rows=LARGE_ROWS),
    Table("webhook_delivery"),
    Table("approval", key=("step_id",)),
    Table("approval_decision"),
    Table("approval_log", key=_LOG_KEY),
    Table("run_log", key=_LOG_KEY),
    Table("run_hour"),
    Table("circuit_breaker"),
    Table("bulk_operation"),
    Table("bulk_item"),
    Table("failure_resolution"),
    Table("operation_key"),
    Table("notice_policy", key=("singleton",)),
    Table("notice"),
    Table("saved_view"),
)
"""The exported tables, in the order of the archive."""

LEFT_OUT: Mapping[str, str] = {
    "mail": "Mail contains links that authenticate their reader.",
    "environment_names": "Names of secrets in the environment of the platform's workers.",
    "event_search": "An index of digests, derived from the payloads.",
    "event_reindex": "The progress of that index.",
    "run_slot": "Places in queues of runs.",
    "throttled_run": "Places in queues of runs.",
}
"""Tables of a tenant that an export omits, with the reason."""
HIDDEN: Sequence[str] = (
    "values of secrets, secrets of sources and webhook endpoints, values of API tokens, and signatures of stored deliveries",
)


def rows_after(table: Table, after: tuple[object, ...] | None) -> list[TupleRow]:
    # Each row as its key and its JSON text. `after` is the last key, or None.
    return fetch(table.statement, [list(table.without), after is None, *(after or [None] * len(table.key))])
