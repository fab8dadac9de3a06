"""The scalars of this schema, each with its specification."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from automate.kernel.timestamps import parse_with_offset

BigInt = NewType("BigInt", int)
MAX_BIG_INT = 2**63


def _parse_big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise GraphQLError("a BigInt is a whole number, as a number or a string")
    try:
        parsed = int(value)
    except ValueError:
        raise GraphQLError("a BigInt is a whole number, as a number or a string") from None
    if not -MAX_BIG_INT <= parsed < MAX_BIG_INT:
        raise GraphQLError("a BigInt has at most 64 bits")
    return parsed


def parse_date_time(value: object) -> datetime:
    """Parse a time with an offset, and return it in UTC. Raises GraphQLError for any other value."""
    wanted = GraphQLError("a DateTime is a string with an offset from UTC, such as 2026-11-25T12:00:00Z")
    if not isinstance(value, str):
        raise wanted
    try:
        return parse_with_offset(value)
    except (ValueError, OverflowError):
        raise wanted from None


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A time with its offset from UTC, as in RFC 3339.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    serialize=datetime.isoformat,
    parse_value=parse_date_time,
)
BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number of up to 64 bits. It is written as a string, because JavaScript's numbers are "
    "exact only up to 53 bits.",
    specified_by_url="https://scalars.graphql.org/apollographql/bigint-v0.1.html",
    serialize=str,
    parse_value=_parse_big_int,
)

SCALARS: Mapping[object, ScalarDefinition] = {datetime: DATE_TIME, BigInt: BIG_INT}

__all__ = ["JSON", "SCALARS", "BigInt"]
