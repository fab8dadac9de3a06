"""Reads pages of the audit record for an export. The entries are in the order of commits."""

from __future__ import annotations

import struct
import uuid

from automate.audit.export_queries import BEGINNING, Position, check_position, export_after
from automate.audit.lines import line_of
from automate.audit.queries import EntriesFilter
from automate.kernel.cursors import CursorSpace, invalid_cursor
from automate.kernel.principals import acting_as
from automate.kernel.tenancy import TenantRef, acting_for
from graphql_schema.allowance import allowance_of
from graphql_schema.billing import Bill
from graphql_schema.connections import binding_of, space_of
from graphql_schema.exports.page import ExportPage
from graphql_schema.prices import OPERATION_POINTS
from tenants.credentials import Credential

_POSITION = struct.Struct(">q16s")


def audit_page_after(credential: Credential, tenant: TenantRef, wanted: EntriesFilter, after: str | None) -> ExportPage:
    # Raises INVALID_CURSOR or RATE_LIMITED.
    bill = Bill(allowance_of(credential))
    bill.admit(OPERATION_POINTS, OPERATION_POINTS)
    try:
        with bill.timed(), acting_as(credential.principal), acting_for(tenant):
            space = space_of("auditExport", binding_of(wanted))
            position = _open(space, after) if after is not None else BEGINNING
            check_position(position)
            page = export_after(position, wanted)
            lines = "".join(line_of(row.at, row.hashed(), row.hash) + "\n" for row in page.rows)
            xid, entry = page.position
            return ExportPage(lines.encode(), space.seal(_POSITION.pack(xid, entry.bytes)), page.more)
    finally:
        bill.settle()


def _open(space: CursorSpace, after: str) -> Position:
    key = space.open(after)
    if len(key) != _POSITION.size:
        raise invalid_cursor()
    xid, entry = _POSITION.unpack(key)
    return xid, uuid.UUID(bytes=entry)
