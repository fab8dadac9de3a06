"""Sixteen processes cancel, pause, resume, time out, take over and finish one run at once: one of them wins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support.plane import Plane
from tests.support.processes import ROOT

FEW, MANY = 30, 1_000


def contend(plane: Plane, rounds: int) -> dict[str, Any]:
    """How often each end came, over all rounds; fails with what the first broken round says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.contenders", str(plane.tenant.id), str(rounds), "7"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    won: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return won


@pytest.mark.parametrize("rounds", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(700)])])
def test_run_has_one_end_however_many_are_at_it(plane: Plane, rounds: int) -> None:
    won = contend(plane, rounds)
    assert sum(won.values()) == rounds
    assert won["cancelled"] > 0
