"""Fields that accept only JSON values of their own type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeAlias

from graphql import GraphQLError
from rest_framework import serializers

from automate.kernel.json_values import JsonObject
from graphql_schema.scalars import parse_date_time

FieldOption: TypeAlias = Any
"""An option, or the checked value, of a field of Django REST framework. Each class of fields has other options and values,
and the field of a parameter keeps a text that the framework's own field would convert.
"""
AnyField: TypeAlias = serializers.Field[FieldOption, FieldOption, FieldOption, FieldOption]
"""A field for values of any type."""
MOST_INT = 2**31 - 1


class SelfDescribed(ABC):
    """A field that states its JSON Schema for the OpenAPI document."""

    @abstractmethod
    def json_schema(self) -> JsonObject:
        """Return the JSON Schema of the values that the field accepts."""


class Text(serializers.CharField):
    """A field that keeps a JSON string unchanged."""

    default_error_messages = {"invalid": "It is not a string. Send a string."}

    def __init__(self, **options: FieldOption) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": True, **options})

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class WholeNumber(serializers.IntegerField):
    """A field for a whole number of 32 bits."""

    default_error_messages = {"invalid": "It is not a whole number. Send a number such as 50."}

    def __init__(self, *, from_text: bool = False, **options: FieldOption) -> None:
        self.from_text = from_text
        super().__init__(**{"min_value": -MOST_INT - 1, "max_value": MOST_INT, **options})

    def to_internal_value(self, data: object) -> int:
        if self.from_text and isinstance(data, str) and data.isascii() and data.removeprefix("-").isdigit():
            # More digits than any allowed number has, and few enough for every Python.
            return int(data[:20])
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Switch(serializers.BooleanField):
    """A field for ``true`` or ``false``."""

    default_error_messages = {"invalid": "It is neither true nor false. Send one of the two."}

    def __init__(self, *, from_text: bool = False, **options: FieldOption) -> None:
        self.from_text = from_text
        super().__init__(**options)

    def to_internal_value(self, data: object) -> bool:
        if self.from_text and data in ("true", "false"):
            return bool(data == "true")
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Timestamp(serializers.DateTimeField):
    """A field for a text that contains a time and an offset from UTC."""

    default_error_messages = {
        "invalid": "It is no time with an offset from UTC. Send a time such as 2026-11-25T12:00:00Z."
    }

    def to_internal_value(self, value: object) -> FieldOption:
        try:
            parse_date_time(value)
        except GraphQLError:
            self.fail("invalid")
        return value


class Choice(serializers.ChoiceField):
    """A field for one of the values of an enum."""

    default_error_messages = {"invalid_choice": "It is none of the allowed values. Send one of: {choices}."}

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", choices=", ".join(self.choices))
        return data


class NamedValue(Text, SelfDescribed):
    """A field for a name and a value, such as ``order:4711``."""

    default_error_messages = dict.fromkeys(
        ("blank", "unnamed"), "It has no name. Send the name, a colon and the value, such as order:4711."
    )

    def __init__(self, **options: FieldOption) -> None:
        super().__init__(**{"allow_blank": False, **options})

    def json_schema(self) -> JsonObject:
        return {"type": "string", "pattern": "^[^:]+:"}

    def to_internal_value(self, data: object) -> FieldOption:
        name, colon, value = super().to_internal_value(data).partition(":")
        if not name or not colon:
            self.fail("unnamed")
        return {"name": name, "value": value}


class AnyJson(AnyField, SelfDescribed):
    """Any JSON value."""

    def json_schema(self) -> JsonObject:
        return {} if self.allow_null else {"type": ["array", "boolean", "number", "object", "string"]}

    def to_internal_value(self, data: object) -> object:
        return data

    def to_representation(self, value: object) -> object:
        return value
