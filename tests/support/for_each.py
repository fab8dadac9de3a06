"""A workflow of one flow.for_each over the rows of its event, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.support.plane import Plane, Scripted

CALL = {"with": {"n": "{{ item.value }}"}}
ONCE = {"retry": {"max_attempts": 1}}
AGAIN = {"retry": {"max_attempts": 2, "initial_seconds": 100}}


def each(connector: Scripted, *, call: Any = None, **given: Any) -> dict[str, Any]:
    return {
        "key": "each",
        "uses": "flow.for_each",
        "with": {
            "items": "{{ event.payload.rows }}",
            "step": {"uses": connector.name, **CALL, **ONCE, **(call or {})},
            **given,
        },
    }


def begin(plane: Plane, connector: Scripted, rows: Sequence[Any], *, step: Any = None, **given: Any) -> None:
    """Publish the workflow and send its event, without working on anything."""
    plane.publish("one", [{**each(connector, **given), **(step or {})}])
    plane.send({"rows": list(rows)})


def do(plane: Plane, connector: Scripted, rows: Sequence[Any], **given: Any) -> None:
    """The same, and work until nothing is due now."""
    begin(plane, connector, rows, **given)
    plane.drain()


def whole(plane: Plane) -> tuple[str, Any, Any]:
    """State, output and error of the for_each itself; of the latest run's."""
    ((state, output, error),) = plane.rows(
        "SELECT s.state, s.output::text, s.error::text FROM step_run s JOIN execution_run r ON r.id = s.run_id"
        " WHERE s.key = 'each' AND s.item = -1 ORDER BY r.id DESC LIMIT 1"
    )
    return state, json.loads(output or "null"), json.loads(error or "null")


def items(plane: Plane) -> list[tuple[int, int, str, str]]:
    """Item, attempt, state and error code of each attempt at an item."""
    return plane.rows(
        "SELECT item, attempt, state, coalesce(error ->> 'code', '') FROM step_run WHERE item >= 0"
        " ORDER BY run_id, item, attempt"
    )


def sent(connector: Scripted) -> list[Any]:
    """What the calls were made for, in order."""
    return [call.input["n"] for call in connector.calls]
