"""A rehearsal makes the very moves that real workers made: those of the golden histories, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from actors.connectors.registry import specs
from automate.simulation.rehearsal.case import case_of
from automate.simulation.rehearsal.simulator import rehearse
from tests.support.crash_scenarios import BY_NAME
from tests.support.golden import FOLDER

OK = {"output": {"status": 200, "headers": {}, "elapsed_ms": 1}}
BUSY = {"error": {"code": "CONNECTOR_TRANSIENT"}}
NO = {"error": {"code": "CONNECTOR_REFUSED"}}
NOTED = {"output": {"message": "noted", "level": "info"}}
SETTLED = {"type": "payment.settled", "payload": {"n": 1}}
YES = {"outcome": "approved", "after_seconds": 1}
WORLD: Mapping[str, dict[str, Any]] = {
    **{name: {} for name in ("post", "log", "sequence", "branches", "retry", "on_failure", "compensation", "emit", "delay")},
    **{name: {} for name in ("detached", "for_each", "items_again", "fail", "expiry_approves", "expiry_rejects")},
    "event_before": {"events": [{**SETTLED, "after_seconds": 1}]},
    "event_after": {"events": [{**SETTLED, "after_seconds": 5}]},
    "parent": {"children": {"call": {"outputs": {}, "takes_seconds": 1}}},
    "approval": {"decisions": {"ask": [YES, {**YES, "after_seconds": 2}]}},
    "rejection": {"decisions": {"ask": [{**YES, "outcome": "rejected"}]}},
}  # fmt: skip
"""What happens to each scenario beside its calls. The others are about what lies between runs, or about lost workers."""


def answers_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """What the receiver of the scenarios answers, which reads its part in the body."""
    key, uses, given = step["key"], step["uses"], step.get("with", {})
    if uses == "log.write":
        return {key: [NOTED]}
    if uses == "flow.for_each":
        return {f"{key}[*]": answered(given["step"]["with"])}
    found = {key: answered(given)} if uses == "http.request" else {}
    if "compensate" in step:
        found[f"{key}.compensate"] = answered(step["compensate"]["with"])
    return found


def answered(given: Mapping[str, Any]) -> list[Any]:
    body = given["json"]
    if body.get("refuse"):
        return [NO]
    # A call that is held lasts, as does one that is told to.
    lasts = 2.0 if body.get("hold") else body.get("seconds", 0)
    return [*[BUSY] * body.get("busy", 0), {**OK, "takes_seconds": lasts}]


def moves_of(name: str, **changed: Any) -> list[tuple[str, str, str]]:
    """Those of the scenario's first run, rehearsed. changed: what else happens than its world has."""
    given = BY_NAME[name].workflows("https://receiver.example.com/")[0]
    document = {
        "event": {"type": "order.created", "payload": {"n": 1, "scenario": name}},
        "answers": {where: made for step in given["steps"] for where, made in answers_of(step).items()},
        "expect": {},
        **WORLD[name],
        **changed,
    }
    definition = {"schema": 1, "steps": given["steps"]}
    return rehearse(case_of(document, workflow=name, definition=definition), specs(), strict=False).log


def stored_moves(name: str) -> list[tuple[str, str, str]]:
    stored = json.loads((FOLDER / f"{name}.json").read_text())["log"]
    moves = [(row["step_key"], row["from_state"], row["to_state"]) for row in stored if row["run"] == 1]
    assert moves[:2] == [("", "", "queued"), ("", "queued", "running")]
    return moves[2:]


@pytest.mark.parametrize("name", WORLD)
def test_rehearsal_makes_the_moves_of_workers(name: str) -> None:
    assert moves_of(name) == stored_moves(name)


def test_another_world_makes_other_moves() -> None:
    """The sabotaged twin: the comparison looks."""
    assert moves_of("retry", answers={"tell": [OK]}) != stored_moves("retry")
    assert moves_of("approval", decisions={"ask": [YES]}) != stored_moves("approval")
    assert moves_of("event_after", events=[]) != stored_moves("event_after")
