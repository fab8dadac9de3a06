"""``make bench-reads`` on few rows: it loads, asks, compares and reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.reads.awake import awake_processors
from bench.reads.graphile import rows_in
from bench.reads.scenes import comparable
from bench.reads.second import CONTROL, Second
from bench.reads.table import Outcome, line, missed

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.long
def test_answers_of_ours_and_of_raw_sql_agree() -> None:
    command = [sys.executable, "-m", "bench.reads", "--runs", "400", "--seconds", "0.5", "--rounds", "1"]
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUTOMATE_", "DATABASE_", "REDIS_"))
    }
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((ROOT / "bench" / "out" / "reads.json").read_text())
    assert len(found["scenes"]) == 14
    assert all(one["agrees"] and one["per_second"] > 0 and one["raw"] > 0 for one in found["scenes"])
    assert [one["scene"] for one in found["second_process"]] == [
        *("50 runs first", "one run in detail", "__typename", CONTROL)
    ]
    assert all(one["one_ms"] > 0 and one["half_ms"] > 0 and one["two_ms"] > 0 for one in found["second_process"])
    assert "PostGraphile" in done.stdout
    assert all(one["us"] == pytest.approx(sum(one["parts"].values())) for one in found["profiles"])
    assert found["profiles"][0]["parts"]["SQL: send, receive, values"] > 0


def test_answers_are_compared_without_cursors_and_costs() -> None:
    ours = b'{"data": {"runs": {"pageInfo": {"endCursor": "a", "hasNextPage": true}, "edges": [{"cursor": "a", "node": {"id": "1"}}]}}, "extensions": {}}'
    raw = ours.replace(b'"a"', b'"b"')
    assert comparable(ours) == comparable(raw)
    assert comparable(ours) != comparable(raw.replace(b'"1"', b'"2"'))


def test_rows_are_counted_in_answers_of_both() -> None:
    assert rows_in(b'{"data": {"runs": {"edges": [{}, {}]}}, "extensions": {}}') == 2
    assert rows_in(b'{"data": {"page": {"edges": []}}}') == 0
    assert rows_in(b'{"data": {"run": {"id": "x"}}}') == 1
    assert rows_in(b'{"data": {"executionRunByRowId": null}}') == 0
    assert rows_in(b'{"data": {"__typename": "Query"}}') == 1
    assert rows_in(b'{"errors": [{"message": "x"}]}') == rows_in(b'{"data": null}') == 0


def test_second_process_is_compared_at_the_load_of_each() -> None:
    cold = Second(
        "a page",
        100.0,
        1.0,
        1.2,
        1.25,
    )
    assert (round(cold.rise, 2), round(cold.rise_of_each, 2)) == (0.25, 0.04)
    assert cold.line().endswith("+25%        +4%  +10% met")
    assert Second("a page", 100.0, 1.0, 1.0, 1.25).line().endswith("+25%       +25%  +10% MISSED")
    assert Second(CONTROL, 100.0, 1.0, 1.0, 1.25).line().endswith("+25%       +25%")


def test_table_names_what_is_missed() -> None:
    met = Outcome("a page", 500.0, 2.0, 1000.0, 1.0, 800.0, 0.4, agrees=True)
    short = Outcome("a run", 200.0, 5.0, 1000.0, 1.0, None, 0.25, agrees=False)
    dear = Outcome("a name", 500.0, 0.4, 1000.0, 1.0, None, None, agrees=True, most_ms=0.35)
    assert missed([met, short, dear]) == ["a run", "a name"]
    assert line(dear).split()[-3:] == ["0.35", "ms", "MISSED"]
    assert line(met).split()[-2:] == ["0.4", "met"]
    assert line(short).endswith("0.25 MISSED  ANSWERS DIFFER")


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux has this priority")
def test_processors_are_kept_awake_at_the_lowest_priority() -> None:
    before = set(psutil.Process().children())
    with awake_processors() as awake:
        loops = set(psutil.Process().children()) - before
        assert awake
        assert len(loops) == len(os.sched_getaffinity(0))
        deadline = time.monotonic() + 20
        while any(os.sched_getscheduler(loop.pid) != os.SCHED_IDLE for loop in loops):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert set(psutil.Process().children()) == before
