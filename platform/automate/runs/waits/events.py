"""Events and the steps that wait for them.

A wait is committed first, and looks back afterwards. An event is committed before it is matched. So whichever of the two
comes first, the other one sees it; and where both do, the wait is resolved once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from automate.events.records import EventRecord
from automate.kernel.canonical import checksum
from automate.kernel.errors import Json
from automate.rules.predicate import compile_rule, verdict
from automate.runs.waits import transitions
from automate.workflows.flow_steps.wait_for_event import value_at

Seen = Mapping[uuid.UUID, tuple[EventRecord, dict[str, Json]]]
"""Events by id, each with what rules see of it, which is parsed once."""


def outcomes_of(events: Sequence[EventRecord]) -> dict[uuid.UUID, Json]:
    """What events bring the steps that wait for them: outcomes by step, to be told in the transaction that ends their match."""
    paths = transitions.paths_of({event.type for event in events})
    if not paths:
        return {}
    seen: Seen = {event.id: (event, event.seen_by_rules()) for event in events}
    wanted = [
        {"event": event.id, "type": event.type, "path": path, "digest": digest_at(data, path)}
        for event, data in seen.values()
        for kind, path in paths
        if kind == event.type
    ]
    outcomes: dict[uuid.UUID, Json] = {}
    for step_id, event_id, match in transitions.candidates(wanted):
        event, data = seen[event_id]
        if step_id not in outcomes and fits(match, data):
            outcomes[step_id] = came(event)
    return outcomes


def look_back(step_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Json]:
    """What came since their run began brings steps that have just begun to wait. Requires a transaction."""
    waits = transitions.new_waits(list(step_ids))
    outcomes: dict[uuid.UUID, Json] = {}
    if waits:
        events = transitions.events_since({wait.event_type for wait in waits}, min(wait.since for wait in waits))
        seen = [(event, event.seen_by_rules()) for event in events]
        for wait in waits:
            for event, data in seen:
                if (
                    event.type == wait.event_type
                    and event.id != wait.event_id
                    and event.received_at >= wait.since
                    and digest_at(data, wait.path) == wait.digest
                    and fits(wait.match, data)
                ):
                    outcomes[wait.step_id] = came(event)
                    break
        transitions.mark_looked([wait.step_id for wait in waits])
    return outcomes


def digest_at(data: Mapping[str, Json], path: str) -> str:
    """The checksum of what stands at a path; empty for no path."""
    return checksum(value_at(data, path)) if path else ""


def fits(match: Json, data: Mapping[str, Json]) -> bool:
    """Whether an event, as rules see it, is what the ``match`` of a wait asks for; None takes any."""
    return match is None or verdict(compile_rule(match), data).matched


def came(event: EventRecord) -> dict[str, Json]:
    """The outcome of a wait that the event ends."""
    return {"output": {"event": event.seen_by_templates(), "timed_out": False}}
