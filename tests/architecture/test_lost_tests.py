"""A test that no command runs any more has its reason in a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lost_tests import REASONS, Lost, cases_of, counted, lost, reasons_of
from scripts.suites import ALL, FAST, arguments_of
from tests.support.tree import ROOT

LISTING = ["tests/a.py::one", "tests/a.py::two[1]", "tests/a.py::two[2-x[y]]", "", "3 tests collected in 0.1s"]


def test_cases_are_counted_by_test() -> None:
    assert counted(cases_of(LISTING)) == {"tests/a.py::one": 1, "tests/a.py::two": 2}


def test_test_or_case_that_no_set_runs_is_lost() -> None:
    base = ["a::one", "a::two[1]", "a::two[2]", "a::two[3]", "a::three"]
    found = lost(base, ["a::one", "a::two[1]", "a::two[x]", "a::new"], {"a::three": "renamed to a::new"})
    assert found == [Lost("a::three", 1, "renamed to a::new"), Lost("a::two", 1, "")]


def test_reason_stands_behind_a_tab() -> None:
    assert reasons_of(["# comment", "", "a::one\trenamed to b::one"]) == {"a::one": "renamed to b::one"}
    with pytest.raises(ValueError, match="Line 1"):
        reasons_of(["a::one renamed to b::one"])


def test_makefile_defines_the_sets(tmp_path: Path) -> None:
    assert arguments_of(ROOT, FAST)[:2] == ("-m", "not slow")
    assert arguments_of(ROOT, ALL) == ()
    (tmp_path / "Makefile").write_text("test: venv ## run\n\t@$(python) -m pytest $(or $(ARGS),-n auto)\n")
    assert arguments_of(tmp_path, FAST) == ()
    with pytest.raises(KeyError, match="no target test-all"):
        arguments_of(tmp_path, ALL)


def test_committed_table_is_read() -> None:
    reasons_of(REASONS.read_text("utf-8").splitlines())
