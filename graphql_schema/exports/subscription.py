"""exportRecords: all records of one kind as JSONL, resumed by cursor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial

import strawberry

from automate.audit.queries import EntriesFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef
from graphql_schema.audit.filters import AuditEntryFilter
from graphql_schema.context import Caller, Info
from graphql_schema.effects.filters import EffectFilter
from graphql_schema.events.filters import EventFilter
from graphql_schema.exports.audit import audit_page_after
from graphql_schema.exports.page import MOST_ROWS, ExportPage
from graphql_schema.exports.records import PERMISSIONS, RecordKind
from graphql_schema.exports.variables import as_sent
from graphql_schema.permissions import require
from graphql_schema.runs.filters import RunFilter
from graphql_schema.runs.steps import StepRunFilter
from graphql_schema.streams import require_active
from graphql_schema.threads import in_thread
from tenants.credentials import Credential
from tenants.lanes import lane_of_tenant

LONGEST_WAIT_SECONDS = 30.0
"""For points to come back. A caller that owes more ends its export, and resumes by cursor."""
Read = Callable[[str | None, int], ExportPage]
"""The page behind a cursor, of at most so many rows."""


@strawberry.input(description="What an export is narrowed to: at most the one field of its kind of records.")
class ExportFilter:
    events: EventFilter | None = strawberry.field(default=None, description="With `records: EVENTS`.")
    runs: RunFilter | None = strawberry.field(default=None, description="With `records: RUNS`.")
    steps: StepRunFilter | None = strawberry.field(default=None, description="With `records: STEPS`.")
    effects: EffectFilter | None = strawberry.field(default=None, description="With `records: EFFECTS`.")
    audit: AuditEntryFilter | None = strawberry.field(default=None, description="With `records: AUDIT`.")


@strawberry.type(name="ExportPage", description="A part of an export.")
class ExportPageShown:
    jsonl: str = strawberry.field(
        description="Up to 100 records, oldest first, each a line of JSON that ends with a line break. Empty where none is left."
    )
    cursor: str | None = strawberry.field(
        description="Pass it as `after` to resume behind this part. Null where there is no record yet."
    )


@strawberry.type
class ExportSubscription:
    @strawberry.subscription(
        description="All records of one kind as JSONL. It completes at the end; resume later with the last cursor. Records of "
        "the last 40 seconds come with a later export, except audit entries, which come as soon as they are settled."
    )
    async def export_records(
        self,
        info: Info,
        records: RecordKind,
        after: str | None = None,
        filter: ExportFilter | None = None,  # noqa: A002 - the schema's word
    ) -> AsyncGenerator[ExportPageShown, None]:
        caller, tenant = info.context, info.context.tenant
        if tenant is None:
            raise LookupError("the platform's schema has no export")
        require(caller.principal, PERMISSIONS[records])
        read, rows, more = _reader(caller, tenant, records, filter or ExportFilter()), MOST_ROWS, True
        while more:
            page = await _patiently(lane_of_tenant(tenant), partial(read, after, rows))
            after, rows, more = page.cursor, page.rows, page.more
            yield ExportPageShown(jsonl=page.jsonl.decode(), cursor=page.cursor)
            await require_active(caller, tenant)
            await asyncio.sleep(0)


def _reader(caller: Caller, tenant: TenantRef, records: RecordKind, wanted: ExportFilter) -> Read:
    """Raises NormalizedError BAD_USER_INPUT for the filter of another kind."""
    from graphql_schema.exports.lists import LISTS  # noqa: PLC0415 - documents of the schema that this field is part of
    from graphql_schema.exports.pages import page_after  # noqa: PLC0415 - it executes them

    for name in (kind.noun for kind in RecordKind if kind is not records):
        if getattr(wanted, name) is not None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"The filter `{name}` does not go with records: {records.name}. Use `{records.noun}`.",
                path=["filter", name],
            )
    credential = Credential(caller.principal, tenant, suspended=False, proof=caller.proof)
    if records is RecordKind.AUDIT:
        entries = wanted.audit.rows() if wanted.audit is not None else EntriesFilter()
        return lambda after, _rows: audit_page_after(credential, tenant, entries, after)
    return partial(page_after, credential, caller, LISTS[records], as_sent(getattr(wanted, records.noun)))


async def _patiently(lane: str, read: Callable[[], ExportPage]) -> ExportPage:
    """The page, once the caller has the points for it. Raises NormalizedError."""
    while True:
        try:
            return await in_thread(lane, read)
        except NormalizedError as error:
            seconds = error.details.get("retry_after_seconds", LONGEST_WAIT_SECONDS + 1)
            if error.code != "RATE_LIMITED" or seconds > LONGEST_WAIT_SECONDS:
                raise
        await asyncio.sleep(seconds)
