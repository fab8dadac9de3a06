"""Requests that schemathesis makes of the OpenAPI document: none has an undocumented status, header, media type or body."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from tests.support import rows

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="schemathesis needs Python 3.11")

SMALL, WHOLE = 2, 300
LEFT_OUT = "positive_data_acceptance"
"""A cursor or an id is any text to the document, and only some texts are one."""


@pytest.fixture
def filled(tenant: Any) -> Any:
    with acting_for(tenant.ref):
        flow = rows.flow("flow")
        for state in ("succeeded", "failed", "queued"):
            rows.run(flow, rows.event(), state=state)
    return tenant


def attack(web: str, token: str, examples: int, folder: Path, *more: str) -> None:
    """Fails with what the command prints."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"http://{web}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"),
        *("--max-examples", str(examples), "--exclude-checks", LEFT_OUT, "--seed", "1", "--no-color"),
        *more,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def test_few_examples_find_nothing(filled: Any, web: str, tmp_path: Path) -> None:
    attack(web, filled.token, SMALL, tmp_path, "--phases", "examples,fuzzing")


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_three_hundred_examples_find_nothing(filled: Any, web: str, tmp_path: Path) -> None:
    attack(web, filled.token, WHOLE, tmp_path)
