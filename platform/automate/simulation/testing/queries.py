"""Reads the earlier runs that a test uses."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonValue, as_list
from automate.kernel.limits import LIMITS, MIB
from automate.kernel.sql import fetch
from automate.runs.states import SUCCEEDED

MOST_ATTEMPTS = 2 * LIMITS.steps_per_run
MOST_BYTES = 4 * MIB
"""Maximum bytes of one run's outputs. All these outputs are in memory at the same time."""

# A run, and its version's definition.
SELECT_RUN = """
SELECT r.event_id, r.workflow_id, v.definition::text
FROM execution_run r JOIN workflow_version v ON v.id = r.workflow_version_id WHERE r.id = %s
"""
# The outcomes of its attempts. The output of a flow.for_each contains its items.
SELECT_ATTEMPTS = f"""
SELECT key, item, state, output::text, error::text, started_at FROM step_run
WHERE run_id = %s AND item IN ({NO_ITEM}, {COMPENSATION_ITEM}) ORDER BY key, item, attempt LIMIT %s
"""
MEASURE_ATTEMPTS = f"""
SELECT count(*), coalesce(sum(octet_length(output::text)), 0) FROM step_run
WHERE run_id = %s AND item IN ({NO_ITEM}, {COMPENSATION_ITEM})
"""


@dataclass(frozen=True)
class RecordedRun:
    """An earlier run. A test uses the event and the answers of this run."""

    event_id: uuid.UUID
    workflow_id: uuid.UUID
    uses: Mapping[str, str]
    """The connector of each step of its version."""
    steps: list[dict[str, JsonValue]]
    """The steps in the form of ``rehearsal.recording``."""


def recorded_run(run_id: uuid.UUID) -> RecordedRun | None:
    """Read an earlier run. Return None if the run does not exist. Raises LIMIT_EXCEEDED if the outputs are too large."""
    found = fetch(SELECT_RUN, [run_id])
    if not found:
        return None
    ((event_id, workflow_id, definition),) = found
    ((attempts, size),) = fetch(MEASURE_ATTEMPTS, [run_id])
    if attempts > MOST_ATTEMPTS or size > MOST_BYTES:
        message = f"The run's {attempts:,} attempts have {int(size):,} bytes of output; the maximum is {MOST_BYTES:,}. Use another run."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["recorded"])
    steps: dict[str, dict[str, JsonValue]] = {}
    for key, item, state, output, error, started_at in fetch(SELECT_ATTEMPTS, [run_id, MOST_ATTEMPTS]):
        address = key if item == NO_ITEM else f"{key}.compensate"
        if state != SUCCEEDED and error is None:
            continue  # the attempt has no outcome
        attempt = {
            "input": {},
            "state": state,
            "output": None if output is None else value_of(output),
            "error": None if error is None else orjson.loads(error),
        }
        step = steps.setdefault(address, {"key": address, "startedAt": started_at.isoformat(), "attempts": []})
        as_list(step["attempts"]).append(attempt)
        step |= {"output": attempt["output"], "error": attempt["error"]}
    raw_steps = orjson.loads(definition)["steps"]
    uses = {step["key"]: step["uses"] for step in raw_steps}
    compensations = {
        f"{step['key']}.compensate": step["compensate"]["uses"] for step in raw_steps if "compensate" in step
    }
    return RecordedRun(event_id, workflow_id, {**uses, **compensations}, list(steps.values()))
