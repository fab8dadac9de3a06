"""Each example of docs/flow_steps.md does what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from actors.connectors.registry import specs
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.validation import check_definition
from tests.support.approvals import approvals, person, say
from tests.support.plane import Plane

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "flow_steps.md").read_text()
SECTION = re.compile(r"^## (.+?)$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCKS = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""Two in each section: the definition, then the events and what comes of them."""
SECTIONS: dict[str, str] = dict(SECTION.findall(PAGE))


def test_page_has_every_flow_step() -> None:
    assert {title for title in SECTIONS if title.startswith("flow.")} == set(FLOW_SPECS)


@pytest.mark.parametrize("title", SECTIONS)
def test_example(plane: Plane, title: str) -> None:
    definition, example = map(json.loads, BLOCKS.findall(SECTIONS[title]))
    assert check_definition(definition, specs(), None) == []
    first, *rest = example["events"]
    if "child" in example:
        plane.publish("child", example["child"]["steps"], when={"==": [{"var": "type"}, "nothing"]})
    plane.publish("example", definition["steps"], when={"==": [{"var": "type"}, first["type"]]})
    plane.send(first["payload"], kind=first["type"])
    plane.drain()
    for event in rest:
        if "pass_seconds" in event:
            plane.pass_seconds(event["pass_seconds"])
        elif "outcome" in event:
            _decide(plane, event)
        else:
            plane.send(event["payload"], kind=event["type"])
        plane.drain()
    ((state, error),) = plane.rows(
        "SELECT r.state, r.error::text FROM execution_run r JOIN workflow w ON w.id = r.workflow_id WHERE w.slug = 'example'"
    )
    failure = orjson.loads(error) if error else {}
    assert (state, failure.get("code"), failure.get("message")) == (
        example["run"],
        example.get("error"),
        example.get("message"),
    )
    steps = {key: (found, output) for key, found, output in _steps(plane)}
    assert {key: steps[key] for key in example.get("steps", {})} == {
        key: ("succeeded", output) for key, output in example.get("steps", {}).items()
    }
    assert [key for key, (found, _) in steps.items() if found == "skipped"] == example.get("skipped", [])
    assert _emitted(plane) == example.get("emitted", [])


def _steps(plane: Plane) -> list[tuple[str, str, Any]]:
    rows = plane.rows(
        "SELECT s.key, s.state, s.output::text FROM step_run s JOIN execution_run r ON r.id = s.run_id"
        " JOIN workflow w ON w.id = r.workflow_id WHERE w.slug = 'example' AND s.item = -1 ORDER BY s.started_at, s.id"
    )
    return [(key, state, None if output is None else orjson.loads(output)) for key, state, output in rows]


def _emitted(plane: Plane) -> list[list[Any]]:
    rows = plane.rows(
        "SELECT e.type, e.subject, p.body FROM event e JOIN source s ON s.id = e.source_id JOIN event_payload p ON p.event_id = e.id"
        " WHERE s.slug = 'runs' AND e.type NOT LIKE 'run.%%' ORDER BY e.received_at"
    )
    return [[kind, subject, orjson.loads(bytes(body))] for kind, subject, body in rows]


def _decide(plane: Plane, event: dict[str, Any]) -> None:
    """``{"outcome": "approved", "by": "ada", "form": …}``, of the one approval that there is."""
    (approval,) = approvals(plane)
    say(plane, approval, person(event["by"]), event["outcome"], form=event.get("form"))
