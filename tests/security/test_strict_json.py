"""Only JSON that the database, the clients and the readers all read alike comes in."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.strict_json import check_value, loads


def refusal(body: bytes, **limits: int) -> NormalizedError:
    with pytest.raises(NormalizedError) as caught:
        loads(body, **limits)
    json.dumps(caught.value.as_json()).encode()
    return caught.value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"not json", "line 1 column 1"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "double quotes"),
        (b'{"a": 1} x', "text follows the end"),
        (b"{} {}", "text follows the end"),
        (b'{"a"', "not JSON"),
        (b'"abc', "not JSON"),
        (b'"a\x00b"', "control character"),
        (b"[1]\x00", "text follows the end"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "UTF-8 byte order mark"),
        (b"\xff\xfe{\x00}\x00", "UTF-16 byte order mark"),
        (b'{"a": ["\\ud800"]}', '"$.a[0]" contains half of a surrogate pair'),
        (b'"\\udc00"', "surrogate"),
        (b'"\\udc00\\ud800"', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'{"a": {"b": "x\\u0000"}}', '"$.a.b" contains a NUL character'),
        (b'{"a": {"x\\u0000y": 1}}', '"$.a" contains a NUL character'),
        (b"[NaN]", "NaN at character 1"),
        (b'["NaN", -Infinity]', "-Infinity at character 8"),
        (b'["1e999", 1e999]', "1e999 at character 10"),
        (b"-1E+400", "too large for a double"),
        (b"9" * 400 + b".0", "too large for a double"),
        (b"9" * 309, "more than 308 digits"),
        (b"-" + b"9" * 5000, "more than 308 digits"),
        (b'{"a": 1, "b": {"a": 1, "c": 2, "a": 3}}', 'key "a" at character 31 occurs twice'),
        (b'{"a": 1, "\\u0061": 2}', 'key "a" at character 9 occurs twice'),
        (b'{"a": ":", "a": "\\u003a"}', 'key "a" at character 11 occurs twice'),
        (b'{"a": 1, "a": "\\u003A"}', 'key "a" at character 9 occurs twice'),
        (b'[{"k": [{}]}, {"": 0, "": 0}]', 'key "" at character 22 occurs twice'),
        (b"[" * 65 + b"]" * 65, "deeper than 64 levels"),
        (b"[" * 5000, "deeper than 64 levels"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "deeper than 64 levels"),
    ],
)
def test_what_others_would_read_otherwise_is_refused(body: bytes, words: str) -> None:
    error = refusal(body)
    assert error.code == "INVALID_JSON"
    assert words in error.message


def test_refused_duplicate_names_its_path() -> None:
    assert refusal(b'{"x": [{}, {"a": 1, "a": 2}]}').path == ["x", "1", "a"]


def test_body_over_the_limit_is_refused_unparsed() -> None:
    error = refusal(b"[" * (LIMITS.event_bytes + 1))
    assert error.code == "PAYLOAD_TOO_LARGE"
    assert error.details == {"bytes": LIMITS.event_bytes + 1, "max_bytes": LIMITS.event_bytes}
    assert refusal(b"[1, 2]", max_bytes=5).code == "PAYLOAD_TOO_LARGE"
    assert loads(b"[1,2]", max_bytes=5) == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"true",
        b'"\\ud83d\\ude00"',
        b'{"url": "https://a.example:8080/", "n": {"a": ["b:c"]}}',
        b'"\\\\u0000"',
        b'{"a": "\\u003a", "b": ":"}',
        b"18446744073709551615",
        b"18446744073709551616",
        b"-9223372036854775809",
        b"9" * 300,
        b"-" + b"9" * 308,
        b'{"id": "123456789012345678901234567890"}',
        b"0.1234567890123456789012345",
        b"1e-999",
        b"[" * 64 + b"]" * 64,
        b'["' + b"[" * 5000 + b'"]',
        b'["\\"' + b"{" * 5000 + b'", {}]',
        b"[" + b"[]," * 5000 + b"[]]",
    ],
)
def test_sound_json_is_read_exactly(body: bytes) -> None:
    assert loads(body) == json.loads(body)
    assert type(loads(body)) is type(json.loads(body))


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
keys = st.one_of(st.sampled_from(["a", "b", ":", "a:"]), text)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    text,
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=30)


@given(values, st.sampled_from([True, False]), st.sampled_from([None, 1]))
def test_all_that_is_within_limits_is_accepted(value: object, ascii_only: object, indent: int | None) -> None:
    assert loads(json.dumps(value, ensure_ascii=bool(ascii_only), indent=indent).encode()) == value
    check_value(value)


pieces = st.sampled_from(
    ['{"a":1,', '"a":', '"\\u0061":', '"\\u003a"', '":"', "{", "}", "[", "]", ",", ":", '"a"', "1", "-", "0", "9" * 19, "9" * 20, "e9", "e999",
     ".5", "NaN", "null", '"\\ud83d', '\\ude00"', '"\\u0000"', '"\\\\u0000"', " ", "\\", '"']
)  # fmt: skip


@given(st.lists(pieces, max_size=14).map("".join))
@example('{"a":1,"a":"\\u003a"}')
def test_acceptance_equals_a_slow_reference(body: str) -> None:
    try:
        expected = reference(body)
    except ValueError:
        assert refusal(body.encode()).code == "INVALID_JSON"
        return
    assert loads(body.encode()) == expected


def reference(body: str) -> object:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError(pairs)
        return dict(pairs)

    def finite(literal: str) -> float:
        if not math.isfinite(number := float(literal)):
            raise ValueError(literal)
        return number

    value = json.loads(body, object_pairs_hook=unique, parse_float=finite, parse_constant=finite)
    encoded = json.dumps(value, ensure_ascii=False).encode()
    if b"\\u0000" in encoded.replace(rb"\\", b""):
        raise ValueError(body)
    return value


@given(st.binary(max_size=64))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    try:
        loads(body)
    except NormalizedError as error:
        json.dumps(error.as_json()).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"a": [float("nan")]}, "BAD_USER_INPUT", '"$.a[0]" is not a finite number'),
        ({"a": float("-inf")}, "BAD_USER_INPUT", "finite"),
        ({"a": "x\0"}, "BAD_USER_INPUT", '"$.a" contains a NUL'),
        ({"x\0": {"y": "\ud800"}}, "BAD_USER_INPUT", "NUL"),
        (["\ud800"], "BAD_USER_INPUT", "surrogate"),
        ({"a": {1: 2}}, "BAD_USER_INPUT", '"$.a" has a key of type int'),
        ([10**308], "BAD_USER_INPUT", "more than 308 digits"),
        ([(1, 2)], "BAD_USER_INPUT", '"$[0]" is not a JSON value but a tuple'),
        (["x" * LIMITS.event_bytes], "PAYLOAD_TOO_LARGE", "longer than 1048576 bytes"),
        ([0] * LIMITS.event_bytes, "PAYLOAD_TOO_LARGE", "longer"),
        (["é" * (LIMITS.event_bytes // 2)], "PAYLOAD_TOO_LARGE", "longer"),
    ],
)
def test_parsed_values_meet_the_same_limits(value: Any, code: str, words: str) -> None:
    with pytest.raises(NormalizedError) as caught:
        check_value(value)
    assert caught.value.code == code
    assert words in caught.value.message
    json.dumps(caught.value.path).encode()


def nested(levels: int) -> Any:
    value: list[object] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_parsed_values_are_bounded_in_depth() -> None:
    check_value(nested(64))
    with pytest.raises(NormalizedError, match="deeper than 64 levels"):
        check_value(nested(65))
    with pytest.raises(NormalizedError, match="deeper than 64 levels"):
        check_value(nested(5000))


def test_hostile_bodies_are_refused_quickly() -> None:
    megabyte = [
        b"[" * 1_000_000,
        b'"\\' * 500_000,
        b'{"a":' * 200_000,
        b"9" * 1_000_000,
        b"-" * 1_000_000,
        b'"' * 1_000_000,
    ]
    started = time.process_time()
    for body in megabyte:
        refusal(body)
    assert time.process_time() - started < 3
