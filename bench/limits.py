"""(a) Limit A, measured by the unchanged yardstick."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

YARDSTICK = Path(__file__).with_name("limit_a.py")


def limit_a(superuser_url: str, steps: int, seconds: float) -> float:
    """Whole events per second in one round. Raises AssertionError unless fsync and synchronous_commit are on."""
    command = [
        sys.executable,
        str(YARDSTICK),
        superuser_url,
        "--steps",
        str(steps),
        "--seconds",
        f"{seconds:g}",
        "--rounds",
        "1",
    ]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert (told["fsync"], told["synchronous_commit"]) == ("on", "on"), told
    return float(told["limit_a_per_s"])
