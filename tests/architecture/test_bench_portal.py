"""``make bench-portal``: figures are held against their targets."""

from __future__ import annotations

from bench.portal.table import Measure, line, measure_of, missed

SCROLL = {
    "scene": "scroll",
    "rows": 10_000,
    "frames": 600,
    "dropped": 0,
    "blank": 0,
    "drawnP99": 17.0,
    "drawnMost": 40.0,
    "askedP99": 20.0,
    "askedMost": 60.0,
}


def test_scrolling_counts_by_the_worse_clock() -> None:
    measure = measure_of(SCROLL)
    assert (measure.value, measure.worst, measure.met) == (20.0, 60.0, True)
    assert not measure_of({**SCROLL, "drawnP99": 33.0}).met


def test_one_frame_that_is_too_long_misses_the_target() -> None:
    assert not measure_of({**SCROLL, "askedMost": 101.0}).met


def test_table_names_what_is_missed() -> None:
    load = measure_of({"scene": "first load", "kB": 199.5})
    slow = measure_of({"scene": "filter", "name": "failed", "median": 250.0, "most": 300.0})
    crowd = Measure("100 open pages", 0.1, "cores", 0.25)
    assert missed([load, slow, crowd]) == ["filter: failed"]
    assert line(load).endswith("< 250 met")
    assert "MISSED" in line(slow)
