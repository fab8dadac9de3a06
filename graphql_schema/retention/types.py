"""The types RetentionPolicy and RetentionPreview."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.retention import models
from automate.retention.choices import DataClass
from automate.retention.preview_queries import ClassPreview
from automate.retention.queries import Policies, PolicyRow
from automate.retention.settings import RetentionDays
from graphql_schema.scalars import BigInt
from graphql_schema.shaped import output_of, shown


@output_of(RetentionDays, "How long one class of the tenant's data is stored.", model=models.RetentionPolicy)
class RetentionPolicy:
    data_class: DataClass
    days: int | None = strawberry.field(
        description="Days from the end of the run until the data is removed. The value is the shortest of `ownDays` "
        "and `defaultDays`; for data that belongs to runs, also of the days of RUNS. Null: forever."
    )
    default_days: int | None = strawberry.field(
        description="The days of the tenant's plan. The tenant cannot set more. Null: forever."
    )
    own_days: int | None = strawberry.field(
        description="The days that the tenant has set. Null: the days of the plan apply."
    )
    hold_reason: str | None
    held_at: strawberry.auto
    removed_before: strawberry.auto


@strawberry.type(description="How much data of one class the policies would remove.")
class RetentionPreview:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(description="The days for which the data would be stored. Null: forever.")
    before: datetime | None = strawberry.field(
        description="Data that ended before this time would be removed. Null if no data would be removed."
    )
    rows: BigInt = strawberry.field(
        description="The number of rows that are old enough. It includes rows that stay because open runs still "
        "need them."
    )
    bytes: BigInt = strawberry.field(description="The approximate size of these rows in bytes, without their indexes.")
    exact: bool = strawberry.field(
        description="Whether all rows were counted. Otherwise `rows` is a lower bound or an estimate."
    )


def policies_shown(found: Policies) -> list[RetentionPolicy]:
    return [_policy(row) for row in found.rows]


def _policy(row: PolicyRow) -> RetentionPolicy:
    return shown(
        RetentionDays(row.policy.data_class, row.days_in_force),
        default_days=row.policy.default_days,
        own_days=row.policy.own_days,
        hold_reason=row.policy.hold_reason or None,
        held_at=row.held_at,
        removed_before=row.removed_before,
    )


def preview_shown(found: ClassPreview) -> RetentionPreview:
    return RetentionPreview(
        data_class=DataClass(found.data_class),
        days=found.days,
        before=found.before,
        rows=BigInt(found.rows),
        bytes=BigInt(found.byte_count),
        exact=found.exact,
    )
