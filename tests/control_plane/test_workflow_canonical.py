from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.canonical import canonical_json, checksum

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (10**21, "1e+21"),
        (10**23, "1e+23"),
        (123456789012345678901, "123456789012345678901"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (333333333.33333329, "333333333.3333333"),
        (5e-324, "5e-324"),
        (True, "true"),
        ([None, "é\n\u0001"], '[null,"é\\n\\u0001"]'),
        ({"b": 1, "a": {"d": 2, "c": 3}}, '{"a":{"c":3,"d":2},"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
    ],
)
def test_canonical_json_is_spelt_as_rfc_8785(value, spelling):
    assert canonical_json(value) == spelling.encode()


@given(JSON)
def test_reading_back_does_not_change_the_spelling(value):
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_read_back_as_themselves(value):
    assert float(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers()))
def test_order_of_keys_does_not_change_checksum(value):
    assert checksum(dict(reversed(value.items()))) == checksum(value)


def test_checksum_is_sha256_of_canonical_json():
    assert checksum({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_what_is_not_json_has_no_canonical_form(value):
    with pytest.raises(ValueError):
        canonical_json([value])
