"""A test that no command runs any more has its reason in a table."""

from __future__ import annotations

import pytest

from scripts.lost_tests import REASONS, Lost, counted, lost, reasons_of

LISTING = ["tests/a.py::one", "tests/a.py::two[1]", "tests/a.py::two[2-x[y]]", "", "3 tests collected in 0.1s"]


def test_cases_are_counted_by_test() -> None:
    assert counted(LISTING) == {"tests/a.py::one": 1, "tests/a.py::two": 2}


def test_test_or_case_that_no_set_runs_is_lost() -> None:
    base = {"a::one": 1, "a::two": 3, "a::three": 1}
    found = lost(base, [{"a::one": 1, "a::two": 2}, {"a::two": 1, "a::new": 5}], {"a::three": "renamed to a::new"})
    assert found == [Lost("a::three", 1, "renamed to a::new"), Lost("a::two", 1, "")]


def test_reason_stands_behind_a_tab() -> None:
    assert reasons_of(["# comment", "", "a::one\trenamed to b::one"]) == {"a::one": "renamed to b::one"}
    with pytest.raises(ValueError, match="Line 1"):
        reasons_of(["a::one renamed to b::one"])


def test_committed_table_is_read() -> None:
    reasons_of(REASONS.read_text("utf-8").splitlines())
