"""Some things are written once: the options of JSON, the reading of ISO 8601, and the open states of runs."""

from __future__ import annotations

import re

import pytest

from automate.runs.states import RUN_MOVES, RUN_OPEN, RUN_OPEN_SQL
from tests.support.tree import name_of, package_files

HOMES = {
    r"orjson\.OPT_|orjson\.Fragment|orjson\.dumps\([^\n]*\)\.decode\(\)": "platform/automate/kernel/json_text.py",
    r"\.fromisoformat\(": "platform/automate/kernel/timestamps.py",
}
WRITERS = {"platform/automate/runs/storable.py"}
"""Modules outside of the kernel that call orjson's writer. They measure a value, and write it again if it is not plain."""
STATES = re.compile(r"IN\s*\(((?:\s*'\w+'\s*,?)+)\)")


def places(pattern: str, texts: dict[str, str]) -> set[str]:
    return {path for path, text in texts.items() if re.search(pattern, text)}


def lists_of_open_states(texts: dict[str, str]) -> set[str]:
    """The files whose SQL writes out the states of open runs, instead of RUN_OPEN_SQL."""
    return {
        path
        for path, text in texts.items()
        for listed in STATES.findall(text)
        if {state.strip(" '\n") for state in listed.split(",") if state.strip()} == RUN_OPEN
    }


@pytest.fixture(scope="module")
def product() -> dict[str, str]:
    return {name_of(path): path.read_text() for path in package_files() if "migrations" not in path.parts}


@pytest.mark.parametrize("pattern", HOMES)
def test_home_is_the_only_place(pattern: str, product: dict[str, str]) -> None:
    assert places(pattern, product) == {HOMES[pattern]}


def test_json_is_written_by_the_kernel(product: dict[str, str]) -> None:
    found = places(r"orjson\.dumps\(", product)
    assert {path for path in found if not path.startswith("platform/automate/kernel/")} == WRITERS


def test_open_states_of_runs_are_listed_once(product: dict[str, str]) -> None:
    assert lists_of_open_states(product) == set()
    assert [state.strip("'") for state in RUN_OPEN_SQL.split(", ")] == [one for one in RUN_MOVES if one in RUN_OPEN]


def test_other_places_are_found() -> None:
    texts = {
        "a.py": "datetime.fromisoformat(text)",
        "b.py": "orjson.dumps(value).decode()",
        "c.py": "state IN ('queued', 'running', 'waiting',\n 'paused', 'cancelling')",
        "d.py": "state IN ('queued', 'running')",
    }
    assert [places(pattern, texts) for pattern in HOMES] == [{"b.py"}, {"a.py"}]
    assert lists_of_open_states(texts) == {"c.py"}
