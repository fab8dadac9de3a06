"""``make portal-pictures``: renew the pictures of the portal in docs/pictures, from an installation made for them.

It runs the same journey as ``make portal-shots``, and copies what the pages show. It needs Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / ".cache" / "shots"
PICTURES = ROOT / "docs" / "pictures"
LOOK = "light-wide"
SHOWN = {
    "portal-runs.png": "runs-full",
    "portal-run.png": "run-full",
    "portal-failures.png": "failures-full",
    "portal-rule.png": "rules-placed-orders-full",
    "portal-compare.png": "workflows-order-flow-view-compare-version-draft-full",
}
"""A picture of the docs -> the picture that the journey writes."""


def main() -> None:
    environ = {**os.environ, "PORTAL_SHOTS": str(SHOTS), "PORTAL_LOOKS": LOOK}
    journey = [sys.executable, "-m", "pytest", "tests/journeys/test_portal.py", "-q", "-k", "shots"]
    if subprocess.run(journey, check=False, cwd=ROOT, env=environ).returncode:  # noqa: S603 - this interpreter
        sys.exit("the journey failed; docs/pictures is unchanged")
    PICTURES.mkdir(exist_ok=True)
    for picture, shot in SHOWN.items():
        shutil.copyfile(SHOTS / f"{shot}-{LOOK}.png", PICTURES / picture)


if __name__ == "__main__":
    main()
