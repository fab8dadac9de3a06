"""Delivers events to the steps that wait for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from automate.events.records import EventRecord
from automate.kernel.json_values import JsonValue
from automate.kernel.large import TURN
from automate.runs.step_state import StepOutcome
from automate.runs.waits import transitions
from automate.runs.waits.fitting import came, digest_at, fits
from automate.runs.work import HeldRun


def outcomes_of(events: Sequence[EventRecord], paths: Sequence[tuple[str, str]]) -> dict[uuid.UUID, StepOutcome]:
    """Find the steps that wait for one of these events. Return an outcome for each of these steps.

    - ``paths``: the rows of ``transitions.paths_for``.
    """
    if not paths:
        return {}
    by_id = {event.id: event for event in events}
    wanted = []
    for event in events:
        of_type = [path for kind, path in paths if kind == event.type]
        if of_type:
            with turn_for(event):
                data = event.seen_by_rules()
                wanted += [_wanted(event, path, data) for path in of_type]
    candidates: dict[uuid.UUID, list[tuple[uuid.UUID, JsonValue]]] = {}
    for step_id, event_id, match in transitions.candidates(wanted):
        candidates.setdefault(event_id, []).append((step_id, match))
    outcomes: dict[uuid.UUID, StepOutcome] = {}
    for event_id in (event.id for event in events if event.id in candidates):
        event = by_id[event_id]
        with turn_for(event):
            data = event.seen_by_rules()
            came_here = [step for step, match in candidates[event_id] if step not in outcomes and fits(match, data)]
            outcomes.update(dict.fromkeys(came_here, came(event)) if came_here else {})
    return outcomes


def turn_for(event: EventRecord) -> AbstractContextManager[object]:
    # TURN lets one thread at a time hold a large value.
    return nullcontext() if event.large is None else TURN


def _wanted(event: EventRecord, path: str, data: Mapping[str, JsonValue]) -> transitions.Wanted:
    return transitions.Wanted(event.id, event.type, path, digest_at(data, path))


def look_back_from(runs: Iterable[HeldRun]) -> None:
    # Requires a transaction.
    new_waits = {step.id: step for run in runs for step in run.active.values() if step.looks_back}
    if new_waits:
        outcomes = look_back(new_waits)
        for step_id, step in new_waits.items():
            step.looks_back, step.outcome = False, outcomes.get(step_id)


def look_back(step_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, StepOutcome]:
    # An event counts only if it was received after the event of the run. Requires a transaction.
    waits = transitions.new_waits(list(step_ids))
    outcomes: dict[uuid.UUID, StepOutcome] = {}
    if waits:
        events = transitions.events_since({wait.event_type for wait in waits}, min(wait.since for wait in waits))
        for event in events:
            left = [wait for wait in waits if wait.step_id not in outcomes and _may_be_for(wait, event)]
            if left:
                with turn_for(event):
                    data = event.seen_by_rules()
                    fitting = [
                        wait.step_id
                        for wait in left
                        if digest_at(data, wait.path) == wait.digest and fits(wait.match, data)
                    ]
                    outcomes.update(dict.fromkeys(fitting, came(event)) if fitting else {})
        transitions.mark_looked_back([wait.step_id for wait in waits])
    return outcomes


def _may_be_for(wait: transitions.NewWait, event: EventRecord) -> bool:
    return event.type == wait.event_type and event.id != wait.event_id and event.received_at >= wait.since
