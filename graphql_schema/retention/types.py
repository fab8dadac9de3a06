"""The types RetentionPolicy and RetentionPreview."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.retention.choices import DataClass
from automate.retention.preview_queries import ClassPreview
from automate.retention.queries import Policies, PolicyRow
from graphql_schema.scalars import BigInt


@strawberry.type(description="The time for which one class of the tenant's data is stored.")
class RetentionPolicy:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(
        description="Days from the run's end for which the data is stored: the shortest of `ownDays`, `defaultDays` and, for data "
        "that belongs to runs, the days of RUNS. Null: forever."
    )
    default_days: int | None = strawberry.field(
        description="The days of the tenant's plan, which are the maximum for the tenant. Null: forever."
    )
    own_days: int | None = strawberry.field(description="The days that the tenant set. Null: those of the plan.")
    hold_reason: str | None = strawberry.field(
        description="Why the platform keeps the data from removal. Null without a hold."
    )
    held_at: datetime | None = strawberry.field(description="The time of the hold. Null without a hold.")
    removed_before: datetime | None = strawberry.field(
        description="Data that ended before this time has been removed, or is being removed. Null: nothing was removed yet."
    )


@strawberry.type(description="The data of one class that the policies would remove.")
class RetentionPreview:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(description="The days for which the data would be stored. Null: forever.")
    before: datetime | None = strawberry.field(
        description="Data that ended before this time would be removed. Null if none would be."
    )
    rows: BigInt = strawberry.field(
        description="Rows that are old enough. Rows that open runs still need are counted too, but stay."
    )
    bytes: BigInt = strawberry.field(description="The approximate size of these rows in bytes, without their indexes.")
    exact: bool = strawberry.field(
        description="Whether all rows were counted. Otherwise `rows` is a lower bound or an estimate."
    )


def policies_shown(found: Policies) -> list[RetentionPolicy]:
    return [_policy(row) for row in found.rows]


def _policy(row: PolicyRow) -> RetentionPolicy:
    return RetentionPolicy(
        data_class=DataClass(row.policy.data_class),
        days=row.days_in_force,
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
