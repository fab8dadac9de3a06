"""Narrowing of JSON that other code has checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel import json_values as narrow


@pytest.mark.parametrize(
    ("to", "value"),
    [
        (narrow.as_object, {"a": 1}),
        (narrow.as_list, [1]),
        (narrow.as_text, ""),
        (narrow.as_texts, ["a", ""]),
        (narrow.as_objects, [{"a": 1}, {}]),
        (narrow.as_flag, False),
        (narrow.optional_text, None),
        (narrow.optional_text, ""),
        (narrow.as_integer, 0),
        (narrow.as_integer, 5.0),
        (narrow.as_number, 0.5),
        (narrow.as_number, 2),
    ],
)
def test_right_kind_is_returned_unchanged(to: Callable[[Any], object], value: object) -> None:
    assert to(value) == value


@pytest.mark.parametrize(
    ("to", "value", "words"),
    [
        (narrow.as_object, [1], "list, not an object"),
        (narrow.as_list, "text", "str, not a list"),
        (narrow.as_text, None, "NoneType, not a text"),
        (narrow.as_texts, ["a", 1], "int, not a text"),
        (narrow.as_objects, [{}, []], "list, not an object"),
        (narrow.as_flag, 1, "int, not a boolean"),
        (narrow.optional_text, 1, "int, not a text"),
        (narrow.as_integer, 0.5, "float, not an integer"),
        (narrow.as_number, "1", "str, not a number"),
    ],
)
def test_wrong_kind_is_refused(to: Callable[[Any], object], value: object, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        to(value)


def test_integer_that_was_written_as_a_float_becomes_one() -> None:
    assert type(narrow.as_integer(5.0)) is int


def test_tuple_of_a_connectors_schema_counts_as_a_list() -> None:
    given: Any = ("a", "b")
    assert narrow.as_texts(given) == ["a", "b"]
