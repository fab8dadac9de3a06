"""The types of JSON values.

``JsonValue`` is a value that ``json`` or ``orjson`` has parsed. A function that only reads a value takes ``ReadableJson``.
``ReadableJson`` also accepts tuples, mappings, and lists whose items have a narrower type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
JsonObject: TypeAlias = dict[str, JsonValue]
ReadableJson: TypeAlias = bool | int | float | str | Sequence["ReadableJson"] | Mapping[str, "ReadableJson"] | None


def as_object(value: JsonValue) -> JsonObject:
    """Return ``value``, typed as a JSON object. Raises TypeError if ``value`` is not an object."""
    if isinstance(value, dict):
        return value
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not an object.")


def as_list(value: JsonValue) -> list[JsonValue]:
    """Return ``value``, typed as a list. Raises TypeError if ``value`` is neither a list nor a tuple.

    A tuple counts as a list, because connectors declare JSON Schemas with tuples.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return [*value]
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not a list.")


def as_text(value: JsonValue) -> str:
    """Return ``value`` with the type ``str``. Raises TypeError if ``value`` is not a text."""
    if isinstance(value, str):
        return value
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not a text.")


def optional_text(value: JsonValue) -> str | None:
    """Return ``value`` with the type ``str | None``. Raises TypeError if ``value`` is not a text or null."""
    return None if value is None else as_text(value)


def as_flag(value: JsonValue) -> bool:
    """Return ``value`` with the type ``bool``. Raises TypeError if ``value`` is not true or false."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not a boolean.")


def as_objects(value: JsonValue) -> list[JsonObject]:
    """Return ``value``, typed as a list of objects. Raises TypeError if ``value`` is not a list of objects."""
    return [as_object(item) for item in as_list(value)]


def as_texts(value: JsonValue) -> list[str]:
    """Return ``value``, typed as a list of texts. Raises TypeError if ``value`` is not a list of texts."""
    return [as_text(item) for item in as_list(value)]


def as_integer(value: JsonValue) -> int:
    """Return ``value`` as an integer. For 5.0, return 5. Raises TypeError if ``value`` is not an integer."""
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not an integer.")


def as_number(value: JsonValue) -> float:
    """Return the JSON value as a number. Raises TypeError if the value is not a number."""
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"The JSON value has the type {type(value).__name__}, not a number.")
