"""Beside the backlog of one tenant, another tenant's events start soon: its wait follows the relay's turns, not the backlog."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.faults.conftest import MakeScene
from tests.support.processes import TENANT

pytestmark = pytest.mark.slow

EVENTS = 4_000
OTHER = "globex"
MOST = 400
"""Events of the backlog that may be matched while a run of the other tenant waits: five times what the relay may have sent before. A
count is the same on a busy machine. ``python -m bench.floods`` holds the delay in milliseconds."""


def flooded(make_scene: MakeScene, sabotage: str = "") -> dict[str, Any]:
    scene = make_scene(AUTOMATE_RELAY_WINDOW_JOBS="80", AUTOMATE_RELAY_BATCH_JOBS="40")
    scene.platform.start("relay", sabotage=sabotage)
    scene.platform.start_all("worker")
    found: dict[str, Any] = json.loads(scene.platform.call("tests.support.flood", TENANT, OTHER, str(EVENTS)))
    assert len(found["overtaken"]) > 2
    return found


def test_backlog_of_one_tenant_delays_no_other(make_scene: MakeScene) -> None:
    found = flooded(make_scene)
    assert max(found["overtaken"]) < MOST, found


def test_relay_that_sends_in_due_order_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: the other tenant's first run waits for the whole backlog."""
    found = flooded(make_scene, "relay_sends_in_due_order")
    assert max(found["overtaken"]) > MOST, found
