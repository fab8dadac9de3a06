"""The quick look at a value never passes one that the exact look refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.storable import is_plain
from automate.kernel.strict_json import check_value
from automate.runs.storable import text_of
from tests.support.examples import examples

DEPTH = 6
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(max_size=2),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(0, 9)), inner, max_size=3),
    ),
    max_leaves=20,
)


@settings(max_examples=examples(2_000), deadline=None)
@given(VALUES)
def test_plain_values_have_no_fault(value: Any) -> None:
    if is_plain(value, DEPTH) and "\0" not in repr(value).replace("\\x00", "\0"):
        check_value(value, max_depth=DEPTH)


@pytest.mark.parametrize("levels", [1, 70, 71, 72, 73])
def test_large_and_small_values_have_the_same_depth(levels: int) -> None:
    def refused(least: int) -> bool:
        value: Any = "x" * least
        for _ in range(levels):
            value = [value]
        try:
            text_of(value)
        except NormalizedError:
            return True
        return False

    assert refused(1) == refused(10_000)


@pytest.mark.parametrize("text", ["\0", "\ud800", "a\0" * 2_000])
def test_text_that_cannot_be_stored_is_refused_in_a_large_value(text: str) -> None:
    with pytest.raises(NormalizedError):
        text_of({"more": "x" * 10_000, "text": text})
