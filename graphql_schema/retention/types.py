"""RetentionPolicy and RetentionPreview: how long data is kept, and what would be removed."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.retention.choices import DataClass
from automate.retention.preview_queries import Preview
from automate.retention.queries import Policies, PolicyRow
from graphql_schema.scalars import BigInt


@strawberry.type(description="How long one class of the tenant's data is kept.")
class RetentionPolicy:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(
        description="Days from the run's end for which the data is kept: the shortest of `ownDays`, `defaultDays`, and, for data "
        "that belongs to runs, the days of RUNS. Null: for ever."
    )
    default_days: int | None = strawberry.field(
        description="The days of the tenant's plan, which are the most that the tenant may set. Null: for ever."
    )
    own_days: int | None = strawberry.field(description="The days that the tenant set. Null: the plan's.")
    hold_reason: str | None = strawberry.field(
        description="Why the platform holds the data: nothing of it is removed meanwhile. Null without a hold."
    )
    held_at: datetime | None = strawberry.field(description="The time of the hold. Null without a hold.")
    removed_before: datetime | None = strawberry.field(
        description="Data that ended before this time has been removed, or is being removed. Null: nothing was removed yet."
    )


@strawberry.type(description="What the policies would remove of one class of data.")
class RetentionPreview:
    data_class: DataClass = strawberry.field(description="The kind of data.")
    days: int | None = strawberry.field(description="For how many days it would be kept. Null: for ever.")
    before: datetime | None = strawberry.field(
        description="Data that ended before this time would be removed. Null where none would be."
    )
    rows: BigInt = strawberry.field(
        description="Rows that are old enough. Rows that open runs still need are counted, too, and stay."
    )
    bytes: BigInt = strawberry.field(description="About how many bytes these rows have, without their indexes.")
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


def preview_shown(found: Preview) -> RetentionPreview:
    return RetentionPreview(
        data_class=DataClass(found.data_class),
        days=found.days,
        before=found.before,
        rows=BigInt(found.rows),
        bytes=BigInt(found.byte_count),
        exact=found.exact,
    )
