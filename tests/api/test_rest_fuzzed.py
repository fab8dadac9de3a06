"""Requests that schemathesis makes of the OpenAPI document: none has an undocumented status, header, media type or body."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.tree import ROOT

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="schemathesis needs Python 3.11")

EXAMPLES = 300
HOOKS = "tests.support.rest_acceptance"
EXPORTS = "^/api/v1/exports/"
REPLACED = "positive_data_acceptance"
"""`tests.support.rest_acceptance` has this check, without the places whose rule no schema can state."""


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
        *("--max-examples", str(EXAMPLES), "--exclude-checks", REPLACED, "--seed", "1", "--no-color", part, EXPORTS),
    ]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env=hooks)
    print(done.stdout[-2_000:])
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


@pytest.mark.parametrize(
    ("operation", "source", "sent", "is_excused"),
    [
        ("GET /api/v1/runs", {"parameter": "cursor"}, {}, True),
        ("GET /api/v1/runs", {"parameter": "limit"}, {}, False),
        ("GET /api/v1/exports/runs", {"parameter": "before"}, {}, False),
        ("POST /api/v1/events", {"pointer": "/type"}, {"type": "\0"}, True),
        ("POST /api/v1/events", {"pointer": "/type"}, {"type": "x"}, False),
        ("POST /api/v1/events", None, {"type": "x"}, False),
    ],
)
def test_only_places_with_a_reason_are_left_out(operation: str, source: Any, sent: Any, *, is_excused: bool) -> None:
    from tests.support.rest_acceptance import excused

    assert excused(operation, 400, {"source": source}, [sent]) is is_excused
    assert not excused(operation, 415, {"source": source}, [sent])


def test_places_are_places_of_the_document() -> None:
    from rest_api.__main__ import FILE
    from tests.support.rest_acceptance import UNSTATED

    paths = json.loads(FILE.read_text())["paths"]
    for operation, places in UNSTATED.items():
        method, path = operation.split(" ")
        described = paths[path][method.lower()]
        names = {entry["name"] for entry in described.get("parameters", [])}
        assert {place for place in places if not place.startswith("/")} <= names, operation
