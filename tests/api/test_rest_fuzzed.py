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

EXAMPLES = 300
EXPORTS = "^/api/v1/exports/"
LEFT_OUT = "positive_data_acceptance"
"""A cursor or an id is any text to the document, and only some texts are one."""


@pytest.fixture
def filled(tenant: Any) -> Any:
    with acting_for(tenant.ref):
        flow = rows.flow("flow")
        for state in ("succeeded", "failed", "queued"):
            rows.run(flow, rows.event(), state=state)
    return tenant


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("part", ["--include-path-regex", "--exclude-path-regex"], ids=["exports", "others"])
def test_three_hundred_examples_find_nothing(filled: Any, web: str, tmp_path: Path, part: str) -> None:
    """Exports apart: each would read the thousands of events that examples of the other operations send."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"http://{web}/api/v1/openapi.json", "--header", f"Authorization: Bearer {filled.token}"),
        *("--max-examples", str(EXAMPLES), "--exclude-checks", LEFT_OUT, "--seed", "1", "--no-color", part, EXPORTS),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    print(done.stdout[-2_000:])
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
