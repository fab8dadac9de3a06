"""Converts a parsed input object back to the JSON that the client sent in the variables."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from automate.kernel.json_values import JsonValue
from automate.kernel.text import api_name
from graphql_schema.loaded import Shown


def as_sent(value: Shown) -> JsonValue:
    """Return the input as JSON, without null fields."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [as_sent(each) for each in value]
    definition = getattr(type(value), "__strawberry_definition__", None)
    if definition is None:
        return value
    fields = (
        (field.graphql_name or api_name(field.python_name), getattr(value, field.python_name))
        for field in definition.fields
    )
    return {name: as_sent(each) for name, each in fields if each is not None}
