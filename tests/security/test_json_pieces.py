"""A large body is parsed in pieces: to the same value or the same refusal, and no step holds Python's lock for long."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automate.kernel import json_pieces, strict_json
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_list
from tests.support.held import FACTOR, MOST_SECONDS, NOISE, longest_call

MIB = 1024 * 1024


def filled(entry: str) -> bytes:
    return ("[" + ",".join([entry] * (MIB // (len(entry) + 1) - 20)) + "]").encode()


DENSE = {
    "texts": filled('"a"'),
    "numbers": filled("1"),
    "lists": filled("[]"),
    "deep lists": filled("[[[[[[[[[]]]]]]]]]"),
    "objects": filled('{"a":1}'),
    "one object": json.dumps({f"k{n}": n for n in range(60_000)}).encode(),
    "escapes": filled('"\\"\\\\"'),
    "no commas": b"[]" * (MIB // 2),
    "texts without commas": b'""' * (MIB // 2),
}

REFUSED = {"key twice": filled("[]")[:-1] + b',{"a":1,"a":2}]', "not closed": filled("[]")[:-1]}


def outcome(body: bytes, **limits: Any) -> object:
    try:
        return strict_json.loads(body, **limits)
    except NormalizedError as error:
        return error.as_json()


@pytest.fixture
def no_collector() -> Iterator[None]:
    """A collection may begin within any call. Its time follows the values of a body: tests/api/test_large_bodies.py."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("body", DENSE.values(), ids=DENSE)
def test_no_step_holds_the_lock_for_long(body: bytes) -> None:
    assert min(longest_call(lambda: outcome(body)) for _ in range(NOISE)) < MOST_SECONDS


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_no_step_on_the_way_to_a_refusal_holds_the_lock_for_long(body: bytes) -> None:
    assert longest_call(lambda: outcome(body)) < MOST_SECONDS


@pytest.mark.usefixtures("no_collector")
def test_a_parser_that_takes_all_at_once_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    in_pieces = min(longest_call(lambda: outcome(DENSE["lists"])) for _ in range(NOISE))
    monkeypatch.setattr(strict_json, "AT_ONCE_BYTES", MIB)
    assert min(longest_call(lambda: outcome(DENSE["lists"])) for _ in range(NOISE)) > FACTOR * in_pieces


text = st.text(st.sampled_from('ab,:"\\[]{}é☃😀 '), max_size=9)
scalars = st.none() | st.booleans() | st.integers(-99, 10**20) | text | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=9) | st.dictionaries(text, inner, max_size=9), max_leaves=60
)


def both(body: bytes) -> tuple[object, object]:
    """In pieces of 7 bytes, and at once."""
    found = []
    for at_once in (0, MIB):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_pieces, "PIECE_BYTES", 7)
            patch.setattr(strict_json, "AT_ONCE_BYTES", at_once)
            found.append(outcome(body))
    return found[0], found[1]


@given(value=values, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_pieces_make_the_same_value(value: object, *, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    in_pieces, at_once = both(body)
    assert in_pieces == at_once == value
    # Members keep their order.
    assert json.dumps(in_pieces) == json.dumps(value)


@given(values, st.data())
@example({"a": [1, 2], "b": 3}, None)
def test_spoiled_json_is_refused_in_the_same_words(value: object, data: st.DataObject | None) -> None:
    """One character more, less or changed: each cut must notice what the whole parser notices."""
    body = json.dumps(value)
    if data is not None:
        at = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 2))
        body = body[:at] + data.draw(st.sampled_from(["", *'[]{},:"\\ 1-'])) + body[at + cut :]
    in_pieces, at_once = both(body.encode())
    assert in_pieces == at_once


PARTS = [
    '{"a":1,',
    '"a":',
    '"b":',
    "{",
    "}",
    "[",
    "]",
    ",",
    ",,",
    ":",
    '"a"',
    "1",
    "12345678",
    '"long text, with: [all]"',
    " ",
    "[1,",
    ",2]",
]


@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join))
@example("[1,2,3,4,5,6,]")
@example("[1,2,3,4,[[,1]]]")
@example("[1,2,3,4],[5,6,7]")
@example('{"a":1,"b":2,"a":3,"c":4}')
@example('{"a":{"b":1,"c":2},"d":[],"a":3}')
@example("[[1,2,3,4,5},6]")
@example('{"a":"x","":[1,2,3,4],"":7}')
def test_anything_is_refused_or_accepted_alike(body: str) -> None:
    in_pieces, at_once = both(body.encode())
    assert in_pieces == at_once


def test_values_of_a_large_body_are_bounded() -> None:
    body = filled('"aaaaaaaa"')
    entries = body.count(b",") + 1
    assert len(as_list(strict_json.loads(body, max_values=entries + 1))) == entries
    with pytest.raises(NormalizedError, match="more than") as caught:
        strict_json.loads(body, max_values=entries)
    assert (caught.value.code, caught.value.details) == ("PAYLOAD_TOO_LARGE", {"max_values": entries})
    # Commas in texts are no values.
    assert strict_json.loads(b'["' + b"," * 900_000 + b'"]', max_values=2)
