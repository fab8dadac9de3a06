"""The subscriptions exportRecords and auditExport. Each one sends all records of one kind as JSON lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from functools import partial

import strawberry

from automate.audit.queries import EntriesFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_number
from automate.kernel.permissions import VIEW_AUDIT
from automate.kernel.tenancy import TenantRef
from graphql_schema.audit.filters import AuditEntryFilter
from graphql_schema.context import Caller, Info
from graphql_schema.effects.filters import EffectFilter
from graphql_schema.events.filters import EventFilter
from graphql_schema.exports.audit import audit_page_after
from graphql_schema.exports.page import MOST_ROWS, ExportPage
from graphql_schema.exports.records import PERMISSIONS, RecordKind
from graphql_schema.exports.variables import as_sent
from graphql_schema.permissions import Requires
from graphql_schema.runs.filters import RunFilter
from graphql_schema.runs.steps import StepRunFilter
from graphql_schema.streams import require_active
from graphql_schema.threads import in_thread
from tenants.credentials import Credential
from tenants.lanes import lane_of_tenant

LONGEST_WAIT_SECONDS = 30.0
"""The maximum time that an export waits for points. If the wait would be longer, the export ends. A client can resume
it by cursor.
"""
Read = Callable[[str | None, int], ExportPage]
"""A function that reads the page after a cursor, with at most the given number of rows."""


@strawberry.input(
    description="The filter of an export. Set at most one field: the one for the exported kind of records."
)
class ExportFilter:
    events: EventFilter | None = strawberry.field(default=None, description="The filter for `records: EVENTS`.")
    runs: RunFilter | None = strawberry.field(default=None, description="The filter for `records: RUNS`.")
    steps: StepRunFilter | None = strawberry.field(default=None, description="The filter for `records: STEPS`.")
    effects: EffectFilter | None = strawberry.field(default=None, description="The filter for `records: EFFECTS`.")
    audit: AuditEntryFilter | None = strawberry.field(default=None, description="The filter for `records: AUDIT`.")


@strawberry.type(name="ExportPage", description="A part of an export.")
class ExportPageShown:
    jsonl: str = strawberry.field(
        description="Up to 100 records, oldest first, one JSON object in each line. Empty if no record is left."
    )
    cursor: str | None = strawberry.field(
        description="The position after this part. Pass it as `after` to resume. Null if there is no record yet."
    )


class RequiresForRecords(Requires):
    """Requires the permission for the given kind of records, such as ``permission`` for the audit record."""

    def needs(self, arguments: Mapping[str, object]) -> Iterable[str]:
        return (PERMISSIONS[RecordKind(arguments["records"])],)


@strawberry.type
class ExportSubscription:
    @strawberry.subscription(
        extensions=[RequiresForRecords(VIEW_AUDIT)],
        description="All records of one kind as JSON lines. The subscription completes at the end. Resume it later "
        "with the last cursor. Records of the last 40 seconds are left to a later export.",
    )
    async def export_records(
        self,
        info: Info,
        records: RecordKind,
        after: str | None = None,
        filter: ExportFilter | None = None,
    ) -> AsyncGenerator[ExportPageShown, None]:
        async for page in _pages(info.context, records, after, filter or ExportFilter()):
            yield page

    @strawberry.subscription(
        extensions=[Requires(VIEW_AUDIT)],
        description="The audit record as JSON lines, with the hash of each entry. It is the same as "
        "`exportRecords(records: AUDIT)`, and either can resume from the other's cursor. It completes "
        "at the end; resume it later with the last cursor.",
    )
    async def audit_export(
        self,
        info: Info,
        after: str | None = None,
        filter: AuditEntryFilter | None = None,
    ) -> AsyncGenerator[ExportPageShown, None]:
        async for page in _pages(info.context, RecordKind.AUDIT, after, ExportFilter(audit=filter)):
            yield page


async def _pages(
    caller: Caller, records: RecordKind, after: str | None, wanted: ExportFilter
) -> AsyncGenerator[ExportPageShown, None]:
    # Raises NormalizedError.
    tenant = caller.tenant
    if tenant is None:
        raise LookupError("the platform's schema has no export")
    read, rows, more = _reader(caller, tenant, records, wanted), MOST_ROWS, True
    while more:
        page = await _patiently(lane_of_tenant(tenant), partial(read, after, rows))
        after, rows, more = page.cursor, page.rows, page.more
        yield ExportPageShown(jsonl=page.jsonl.decode(), cursor=page.cursor)
        await require_active(caller, tenant)
        await asyncio.sleep(0)


def _reader(caller: Caller, tenant: TenantRef, records: RecordKind, wanted: ExportFilter) -> Read:
    # Raises BAD_USER_INPUT for a filter of another kind of records.
    from graphql_schema.exports.lists import LISTS  # noqa: PLC0415 - documents of the schema that this field is part of
    from graphql_schema.exports.pages import page_after  # noqa: PLC0415 - it executes them

    for name in (kind.noun for kind in RecordKind if kind is not records):
        if getattr(wanted, name) is not None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"`records` is {records.name}, so the filter `{name}` does not apply. Use the filter `{records.noun}`.",
                path=["filter", name],
            )
    credential = Credential(caller.principal, tenant, suspended=False, proof=caller.proof)
    if records is RecordKind.AUDIT:
        entries = wanted.audit.rows() if wanted.audit is not None else EntriesFilter()
        return lambda after, _rows: audit_page_after(credential, tenant, entries, after)
    return partial(page_after, credential, caller, LISTS[records], as_sent(getattr(wanted, records.noun)))


async def _patiently(lane: str, read: Callable[[], ExportPage]) -> ExportPage:
    # Waits for points first if necessary. Raises NormalizedError.
    while True:
        try:
            return await in_thread(lane, read)
        except NormalizedError as error:
            seconds = as_number(error.details.get("retry_after_seconds", LONGEST_WAIT_SECONDS + 1))
            if error.code != "RATE_LIMITED" or seconds > LONGEST_WAIT_SECONDS:
                raise
        await asyncio.sleep(seconds)
