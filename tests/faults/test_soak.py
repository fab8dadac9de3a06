"""The short form of ``make soak``: a minute of load and faults, the same in each run. ``make soak`` draws its seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from soak.report import figures, table
from soak.soaking import Plan, soak

SEED = 134146
SECONDS = 60.0
MOST_SECONDS = 600
"""With start, settling and judgement, on a machine that does other things beside."""


@pytest.mark.slow
@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.long
def test_minute_of_faults_breaks_nothing(tmp_path: Path) -> None:
    result = soak(Plan(SEED, SECONDS), tmp_path, print)
    assert result.breaches == [], table(result)
    found = figures(result)
    assert found["accepted"] > 2 * SECONDS
    assert found["faults"] > SECONDS / 6
    assert found["effects made"] > SECONDS
    assert found["transitions seen by the feeds"] > 10 * SECONDS
