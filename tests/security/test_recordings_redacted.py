"""What ``automate record`` writes down of a run holds no text that looks like a secret, wherever in the run it stood."""

from __future__ import annotations

import json
from typing import Any

from automate.simulation.rehearsal.recording import recorded

TOKEN = "Bearer sk_live_abcdef1234567890"
AT = "2026-01-01T00:00:00Z"


def test_subject_and_what_a_child_said_are_redacted() -> None:
    step: dict[str, Any] = {"key": "a", "state": "FAILED", "startedAt": AT, "output": None, "attempts": []}
    run: Any = {
        "state": "FAILED",
        "id": "r",
        "stepCount": 1,
        "workflowVersion": {
            "number": 1,
            "definition": {"schema": 1, "steps": [{"key": "a", "uses": "flow.run_workflow", "with": {}}]},
            "workflow": {"slug": "w"},
        },
        "event": {
            "type": "x",
            "subject": f"order 7 {TOKEN}",
            "occurredAt": AT,
            "receivedAt": AT,
            "payload": {},
            "source": {"slug": "s"},
        },
        "steps": [{**step, "error": {"code": "X", "message": f"The run failed. It said {TOKEN}", "details": {}}}],
    }
    written = json.dumps(recorded(run))
    assert "sk_live" not in written
    assert "order 7" in written
    assert "It said" in written
