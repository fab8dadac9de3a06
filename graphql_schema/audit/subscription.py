"""auditExport: the audit record as JSONL, in an order that loses nothing, resumed by cursor."""

from __future__ import annotations

import asyncio
import struct
import uuid
from collections.abc import AsyncGenerator

import strawberry

from automate.audit.export_queries import BEGINNING, ExportPage, Position, check_position, export_after
from automate.audit.lines import line_of
from automate.audit.queries import EntriesFilter
from automate.kernel.cursors import CursorSpace, invalid_cursor
from automate.kernel.permissions import VIEW_AUDIT
from graphql_schema.audit.filters import AuditEntryFilter
from graphql_schema.connections import binding_of, space_of
from graphql_schema.context import Info
from graphql_schema.permissions import require
from graphql_schema.streams import in_scope, require_active

EXPORT_PERMISSION = VIEW_AUDIT
_POSITION = struct.Struct(">q16s")


@strawberry.type(description="A part of the audit record.")
class AuditExportPage:
    jsonl: str = strawberry.field(
        description="Up to 100 entries, oldest first, each a line of JSON that ends with a line break. Empty where none is left."
    )
    cursor: str = strawberry.field(description="Pass it as `after` to resume behind this part.")


def _open(space: CursorSpace, after: str) -> Position:
    key = space.open(after)
    if len(key) != _POSITION.size:
        raise invalid_cursor()
    xid, entry = _POSITION.unpack(key)
    return xid, uuid.UUID(bytes=entry)


def _shown(space: CursorSpace, page: ExportPage) -> AuditExportPage:
    lines = [line_of(row.at, row.hashed(), row.hash) + "\n" for row in page.rows]
    xid, entry = page.position
    return AuditExportPage(jsonl="".join(lines), cursor=space.seal(_POSITION.pack(xid, entry.bytes)))


@strawberry.type
class AuditSubscription:
    @strawberry.subscription(
        description="The audit record in the order of its commits. It completes at its end; resume later with the last cursor."
    )
    async def audit_export(
        self,
        info: Info,
        after: str | None = None,
        filter: AuditEntryFilter | None = None,  # noqa: A002 - the schema's word
    ) -> AsyncGenerator[AuditExportPage, None]:
        caller, tenant = info.context, info.context.tenant
        if tenant is None:
            raise LookupError("the platform's schema has no export")
        require(caller.principal, EXPORT_PERMISSION)
        wanted = filter.rows() if filter is not None else EntriesFilter()

        def begin() -> tuple[CursorSpace, Position]:
            space = space_of("auditExport", binding_of(wanted))
            position = _open(space, after) if after is not None else BEGINNING
            check_position(position)
            return space, position

        space, position = await in_scope(tenant, begin)
        while True:
            page = await in_scope(tenant, lambda: export_after(position, wanted))  # noqa: B023 - awaited before it changes
            position = page.position
            yield _shown(space, page)
            if not page.more:
                return
            await require_active(caller, tenant)
            await asyncio.sleep(0)
