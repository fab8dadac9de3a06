"""Queries about usage, for a tenant and for the platform."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from automate.budgets.models import MILLIONTHS
from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import VIEW_BILLING, VIEW_BUDGETS, VIEW_TENANTS
from automate.kernel.tenancy import current_scope, current_tenant
from automate.kernel.timestamps import microseconds, timestamp_of
from automate.usage import queries
from automate.usage.choices import UsageMetric
from automate.usage.queries import PAGE_RECORDS, UsageRecord, UsageRow
from graphql_schema.connections import space_of
from graphql_schema.context import Info
from graphql_schema.json_text import dumps
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.scalars import BigInt

_POSITION = struct.Struct(">qq")
COLUMNS = ("tenant", "hour", "metric", "kind", "workflow", "connector", "amount")
"""The columns of an export, in their order."""


@strawberry.enum(description="The length of the periods for which usage is summed.")
class UsageBy(Enum):
    HOUR = strawberry.enum_value(queries.HOUR, description="Hours, in UTC.")
    DAY = strawberry.enum_value(queries.DAY, description="Days in the tenant's time zone.")


@strawberry.enum(description="What usage is grouped by.")
class UsageGroup(Enum):
    WORKFLOW = strawberry.enum_value(queries.WORKFLOW, description="By workflow.")
    CONNECTOR = strawberry.enum_value(queries.CONNECTOR, description="By connector.")


@strawberry.enum(description="The format of exported usage.")
class UsageFormat(Enum):
    JSONL = strawberry.enum_value("jsonl", description="One JSON object in each line.")
    CSV = strawberry.enum_value("csv", description="Comma-separated values. The first page begins with a header line.")


@strawberry.type(description="The usage in one hour or day, in total or of one workflow or connector.")
class Usage:
    start: datetime = strawberry.field(description="The beginning of the hour or day.")
    name: str | None = strawberry.field(
        description="The slug of the workflow, or the connector. Null without `groupBy`, and for usage that belongs "
        "to none."
    )
    total: BigInt = strawberry.field(description="The total usage. For COST in millionths of the currency.")
    cost: Decimal | None = strawberry.field(description="The total in the currency, for COST. Null for other metrics.")
    normal: BigInt = strawberry.field(description="Usage by ordinary runs, which are no retries, tests or replays.")
    retries: BigInt = strawberry.field(description="Usage by further attempts at steps, and by retries of runs.")
    tests: BigInt = strawberry.field(description="Usage by live tests.")
    replays: BigInt = strawberry.field(description="Usage by runs that replayEvent started.")
    closed: bool = strawberry.field(description="Whether the usage is final and can no longer change.")


@strawberry.type(description="A part of an export of usage. Only closed hours are exported.")
class UsagePage:
    text: str = strawberry.field(description=f"Up to {PAGE_RECORDS:,} records, the oldest hour first.")
    cursor: str | None = strawberry.field(
        description="The position after this part. Pass it as `after` to resume. Null if there is no record yet."
    )
    more: bool = strawberry.field(description="Whether more records can be read now.")


def _shown(row: UsageRow, metric: UsageMetric) -> Usage:
    total = row.normal + row.retry + row.test + row.replay
    return Usage(
        start=row.start,
        name=row.name or None,
        total=BigInt(total),
        cost=Decimal(total) / MILLIONTHS if metric is UsageMetric.COST else None,
        normal=BigInt(row.normal),
        retries=BigInt(row.retry),
        tests=BigInt(row.test),
        replays=BigInt(row.replay),
        closed=row.closed,
    )


def _page(after: str | None, to: datetime | None, format_: UsageFormat, *, billed: bool) -> UsagePage:
    # `billed`: whether the page includes the records of COST.
    tenant = current_scope().tenant
    space = space_of("usageRecords")
    hour, row_id = _POSITION.unpack(space.open(after)) if after is not None else (0, 0)
    end = to or datetime.now(timezone.utc)
    found = queries.records_after(tenant.id if tenant else None, (timestamp_of(hour), row_id), end, billed=billed)
    cursor = space.seal(_POSITION.pack(microseconds(found[-1].hour), found[-1].id)) if found else after
    text = _csv(found, header=after is None) if format_ is UsageFormat.CSV else _jsonl(found)
    return UsagePage(text=text, cursor=cursor, more=len(found) == PAGE_RECORDS)


def _line_of(record: UsageRecord) -> dict[str, JsonValue]:
    values = asdict(record)
    return {
        **{name: values[name] for name in COLUMNS[2:]},
        "tenant": str(record.tenant_id),
        "hour": record.hour.isoformat(),
    }


def _jsonl(records: Sequence[UsageRecord]) -> str:
    lines = (_line_of(record) for record in records)
    return b"".join(dumps({name: line[name] for name in COLUMNS}) + b"\n" for line in lines).decode()


def _csv(records: Sequence[UsageRecord], *, header: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow(COLUMNS)
    for record in records:
        line = _line_of(record)
        writer.writerow([line[name] for name in COLUMNS])
    return text.getvalue()


End = Annotated[
    datetime | None, strawberry.argument(description="The end of the time, which is excluded. Null means now.")
]
Format = Annotated[UsageFormat, strawberry.argument(description="The format of the records.")]


class RequiresForMetric(Requires):
    """Also requires the permission for amounts of money, if the metric is one."""

    def needs(self, arguments: Mapping[str, object]) -> Iterable[str]:
        yield self.permission
        if arguments["metric"] is UsageMetric.COST:
            yield VIEW_BILLING


@strawberry.type
class UsageQueries:
    @strawberry.field(
        extensions=[RequiresForMetric(VIEW_BUDGETS)],
        description="The usage of the tenant, oldest first. An hour is closed ten minutes after its end. A closed "
        "hour never changes. Only owners see COST (`view_billing`).",
    )
    def usage(  # noqa: PLR0917 - the schema's arguments
        self,
        info: Info,
        metric: Annotated[UsageMetric, strawberry.argument(description="The metric to sum.")],
        from_: Annotated[
            datetime,
            strawberry.argument(name="from", description="The beginning of the time, at the start of an hour or day."),
        ],
        to: End = None,
        by: Annotated[UsageBy, strawberry.argument(description="The length of the period of each row.")] = UsageBy.DAY,
        group_by: Annotated[
            UsageGroup | None,
            strawberry.argument(description="What each period is grouped by. Null: one row for each period."),
        ] = None,
    ) -> list[Usage]:
        end = to or datetime.now(timezone.utc)
        rows = queries.usage(metric.value, from_, end, str(by.value), str(group_by.value) if group_by else "")
        return load_selection(info, [_shown(row, metric) for row in rows])

    @strawberry.field(
        extensions=[Requires(VIEW_BUDGETS)],
        description="Records of the tenant's closed hours, page by page. "
        "Only owners see records of COST (`view_billing`).",
    )
    def usage_records(
        self,
        info: Info,
        after: str | None = None,
        to: End = None,
        format: Format = UsageFormat.JSONL,
    ) -> UsagePage:
        assert current_tenant()  # noqa: S101 - never the records of all tenants here
        billed = VIEW_BILLING in info.context.principal.permissions
        return load_selection(info, _page(after, to, format, billed=billed))


@strawberry.type
class PlatformUsageQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)], description="Records of the closed hours of all tenants, page by page."
    )
    def usage_records(
        self,
        info: Info,
        after: str | None = None,
        to: End = None,
        format: Format = UsageFormat.JSONL,
    ) -> UsagePage:
        return load_selection(info, _page(after, to, format, billed=True))
