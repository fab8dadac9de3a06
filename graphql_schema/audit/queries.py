"""Queries about the audit record."""

from __future__ import annotations

import strawberry

from automate.audit import queries
from automate.audit.queries import EntriesFilter
from automate.kernel.permissions import VIEW_AUDIT
from graphql_schema.audit.filters import AuditEntryFilter
from graphql_schema.audit.types import AuditEntry, entry_of
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import filtered, listed


@strawberry.type
class AuditQueries:
    @listed(VIEW_AUDIT, "The tenant's audit record, newest first.")
    def audit_entries(self, info: Info, filter: AuditEntryFilter | None = None) -> Connection[AuditEntry]:
        wanted = filter.rows() if filter is not None else EntriesFilter()
        return filtered(info, "auditEntries", wanted, queries.entries_page, entry_of, queries.count_entries)
