# ruff: noqa: ARG002, PLR0917 - the plan reads a field's arguments from the document
"""Queries about the audit record."""

from __future__ import annotations

import strawberry

from automate.audit import queries
from automate.audit.queries import EntriesFilter
from automate.kernel.permissions import VIEW_AUDIT
from graphql_schema.audit.filters import AuditEntryFilter
from graphql_schema.audit.types import AuditEntry, entry_of
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected


@strawberry.type
class AuditQueries:
    @strawberry.field(extensions=[Requires(VIEW_AUDIT)], description="The tenant's audit record, newest first.")
    def audit_entries(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: AuditEntryFilter | None = None,
    ) -> Connection[AuditEntry]:
        wanted = filter.rows() if filter is not None else EntriesFilter()
        field, space = selected(info), space_of("auditEntries", binding_of(wanted))
        page = queries.entries_page(wanted, slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, entry_of, lambda: queries.count_entries(wanted)))
