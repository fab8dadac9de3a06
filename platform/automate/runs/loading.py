"""Loads runs from the database into a worker's memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from automate.budgets.reservations import reservation_of
from automate.effects.states import NO_ITEM
from automate.effects.tries import came_to
from automate.events.lean_records import lean_record_of
from automate.events.records import EventRecord
from automate.kernel.before_statements import before_each_statement
from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_object
from automate.kernel.large import EVENT_WEIGHT, LARGE_BYTES, TURN, HeldJson, Large, Read, weight_of
from automate.kernel.limits import MIB
from automate.kernel.sensitive_values import Hider
from automate.outbox.jobs import ClaimedJob
from automate.rules.new_runs import NewRun
from automate.runs import loaded_queries, states
from automate.runs.advance import Advance
from automate.runs.compiled import CompiledVersion
from automate.runs.items import engine as for_each
from automate.runs.items import transitions as item_rows
from automate.runs.items.transitions import ItemsToLoad
from automate.runs.large_queries import STORE
from automate.runs.loaded_queries import LoadedRun, LoadedStep
from automate.runs.memory import Memory
from automate.runs.services import MAX_ATTEMPTS
from automate.runs.step_state import Items, LatestAttempt
from automate.runs.versions import compiled_versions
from automate.runs.waits import transitions as waits
from automate.runs.work import PARSED_WEIGHT, STEP_WEIGHT, HeldRun, idempotency_key

SET_WEIGHT = 16 * MIB
"""Estimated bytes of memory that the runs of one set may use."""
EVENT_HEAD_WEIGHT = 4_000
"""Estimated bytes of memory of an event without its payload."""
READ_AGAIN = Memory(store=STORE)
Rows = Sequence[LoadedRun]
SENT_AGAIN = frozenset({states.RUNNING, states.UNCERTAIN, states.RETRYING})
"""States of attempts that send their recorded request again."""


def load_runs(
    tenant_id: uuid.UUID, jobs: Iterable[ClaimedJob], deferred: list[ClaimedJob] | None = None
) -> list[HeldRun]:
    # If memory does not suffice for all runs, the jobs of the remaining runs are added to `deferred`.
    by_run = {job.subject_id: job for job in jobs}
    rows: Rows = loaded_queries.load_runs(list(by_run)) if by_run else []
    versions = compiled_versions([row.version_id for row in rows])
    if deferred is not None:
        rows, left = _fitting(rows, versions)
        deferred.extend(by_run[row.id] for row in left)
    now = time.monotonic()
    runs = {
        row.id: HeldRun(
            id=row.id,
            origin_id=row.origin_id,
            state=row.state,
            trace_id=row.trace_id,
            version=versions[row.version_id],
            job=by_run[row.id],
            event={},
            seconds_left=None if row.seconds_left is None else float(row.seconds_left),
            held_since=now,
            depth=row.depth,
            parent_step_id=row.parent_step_id,
            reason=row.reason,
            queued_seconds=float(row.queued_seconds),
            pausing=row.pausing,
            test=row.test,
            restored=row.restored,
            use=row.use,
        )
        for row in rows
    }
    for row in rows:
        set_event(runs[row.id], run_event_of(lean_record_of(row.event)))
    # A retry is queued with the steps that its predecessor finished.
    begun = [run for run in runs.values() if run.state != states.QUEUED or run.origin_id != run.id]
    if begun:
        _load_steps(tenant_id, begun, now)
    for run in runs.values():
        run.begin()
    return list(runs.values())


def _fitting(rows: Rows, versions: Mapping[uuid.UUID, CompiledVersion]) -> tuple[Rows, Rows]:
    # Together at most SET_WEIGHT of memory, but at least one run.
    weight = 0
    for place, row in enumerate(rows):
        (*_, body, size), begun = row.event, row.state != states.QUEUED
        weight += STEP_WEIGHT * len(versions[row.version_id].steps) * begun
        weight += min(PARSED_WEIGHT * (size or 0), EVENT_WEIGHT) if body is not None else 0
        if weight > SET_WEIGHT and place:
            return rows[:place], rows[place:]
    return rows, []


@dataclass(frozen=True)
class RunEvent:
    event: JsonObject
    """The event. A large payload is left out."""
    payload: Large | None
    weight: int
    """Estimated bytes of memory."""
    hider: Hider | None
    """As in RunState."""


def run_event_of(record: EventRecord) -> RunEvent:
    if record.large is not None:
        return RunEvent(record.head_for_templates(), record.large, EVENT_HEAD_WEIGHT, record.hider())
    weight = 0 if record.body is None else weight_of(record.body)
    return RunEvent(record.seen_by_templates(), None, EVENT_HEAD_WEIGHT + weight, record.hider())


def set_event(run: HeldRun, seen: RunEvent) -> None:
    run.event, run.payload, run.event_weight, run.hider = seen.event, seen.payload, seen.weight, seen.hider


def newborn(new: NewRun, version: CompiledVersion, event: RunEvent) -> HeldRun:
    """Return an object for a new run that the current transaction creates and starts."""
    run = HeldRun(
        id=new.run_id,
        origin_id=new.run_id,
        state=states.QUEUED,
        trace_id=new.trace_id,
        version=version,
        job=ClaimedJob(new.run_id, new.run_id, 1, 1, MAX_ATTEMPTS, new.trace_id),
        event={},
        seconds_left=new.version.timeout_seconds,
        held_since=time.monotonic(),
        depth=new.depth,
        parent_step_id=new.parent_step_id,
    )
    set_event(run, event)
    run.begin()
    return run


def _load_steps(tenant_id: uuid.UUID, runs: Sequence[HeldRun], now: float) -> None:
    by_id = {run.id: run for run in runs}
    for row in loaded_queries.load_steps(list(by_id)):
        by_id[row.run_id].keep(_step_of(row, now))
    _load_items(runs, now)
    waiting = [run.id for run in runs if any(True for _ in run.in_state(states.WAITING))]
    if waiting:
        found = waits.state_of(waiting)
        for run in runs:
            for step in run.in_state(states.WAITING):
                step.outcome, looked_back = found.get(step.id, (None, True))
                step.looks_back = step.outcome is None and not looked_back
    _load_requests(tenant_id, runs)


def _step_of(row: LoadedStep, now: float) -> LatestAttempt:
    _, step_id, key, item, attempt, state, output, error, due_in, age, size = row
    # An uncertain attempt keeps the time of its next lookup.
    continues_automatically = state in states.CONTINUES_AUTOMATICALLY
    return LatestAttempt(
        id=step_id,
        key=key,
        attempt=attempt,
        state=state,
        output=value_of(output) if output is not None else Large(size, STORE.output_of(step_id)) if size else None,
        size=size or 0,
        error=None if error is None else as_object(value_of(error)),
        item=item,
        due=now + float(due_in) if continues_automatically and due_in is not None else None,
        begun=now - float(age),
    )


def _load_items(runs: Sequence[HeldRun], now: float) -> None:
    # In a retry, also load the items that earlier runs have finished.
    by_id = {run.id: run for run in runs}
    wanted = []
    for run in runs:
        for key in run.version.for_each:
            step = run.steps.get(key)
            if step.open if step else run.origin_id != run.id:
                run.items[key] = Items()
                wanted.append(ItemsToLoad(run.id, key, whole=step is None or step.error is None))
    if not wanted:
        return
    inputs = item_rows.inputs_of(list({one.run_id for one in wanted}))
    for row in item_rows.load(wanted):
        by_id[row.run_id].keep(_step_of(row, now))
    for one in wanted:
        run = by_id[one.run_id]
        step, given = run.steps.get(one.key), inputs.get((one.run_id, one.key))
        if (one.run_id, one.key) not in inputs:
            continue
        if step is not None:
            _begin_items(run, step, given)
        elif given is not None:
            run.recorded[one.key] = {"input": given, "refs": []}
        else:
            read = partial(_as_request, STORE.input_of(run.id, one.key))
            run.recorded[one.key] = Large(LARGE_BYTES, read)


def _begin_items(run: HeldRun, step: LatestAttempt, given: JsonValue) -> None:
    with TURN, before_each_statement(None):
        if given is None:
            given = value_of(STORE.input_of(run.id, step.key)().decode())
        held = as_object(given)
        values, size = for_each.held_values(as_list(held["items"]), READ_AGAIN)
        for_each.begin(run.items[step.key], step, held, values, size)


def _as_request(read: Read) -> bytes:
    return b'{"input":%b,"refs":[]}' % read()


def send_as_recorded(rounds: Iterable[Advance]) -> None:
    # Call it after the intents are written. So memory holds only the requests of calls that are made now.
    calls = {
        call.key: (this, place)
        for this in rounds
        if this.run.origin_id != this.run.id
        for place, call in enumerate(this.calls)
        if call.step.item >= 0
    }
    if calls:
        recorded = loaded_queries.load_requests({key: this.run.id for key, (this, _) in calls.items()})
        for key, entry in recorded.items():
            this, place = calls[key]
            call = this.calls[place]
            call.step.request, call.step.earlier = _request_of(key, entry), entry.earlier
            if isinstance(call.step.request, Large):
                call.step.request.hold()
            this.calls[place] = replace(call, request=call.step.request)


def _load_requests(tenant_id: uuid.UUID, runs: Sequence[HeldRun]) -> None:
    # A request was recorded by this run or, for a retry, by an earlier run.
    wanted: dict[str, tuple[HeldRun, str, LatestAttempt | None]] = {}
    for run in runs:
        again: list[tuple[str, int, LatestAttempt | None]] = [(s.key, s.item, s) for s in run.in_state(*SENT_AGAIN)]
        if run.origin_id != run.id:
            again.extend((key, NO_ITEM, None) for key in run.version.steps if key not in run.steps)
        for key, item, step in again:
            effect_key = idempotency_key(tenant_id, run.origin_id, key, item)
            wanted[effect_key] = run, key, step
            if step is not None:
                step.effect_key = effect_key
    if wanted:
        recorded = loaded_queries.load_requests({key: run.id for key, (run, *_) in wanted.items()})
        for effect_key, entry in recorded.items():
            run, key, step = wanted[effect_key]
            if step is None:
                # Another version may use another connector for the step; then it is a different effect.
                if run.version.steps[key].step.uses == entry.connector:
                    run.recorded[key] = _request_of(effect_key, entry)
                run.tried[key] = came_to(entry.earlier, entry.state)
                continue
            step.request = _request_of(effect_key, entry)
            step.ledger, step.earlier, step.lookups = entry.state, entry.earlier, entry.lookups
            if entry.reserved is not None and step.state in states.RESERVING:
                step.reserved = reservation_of(as_object(value_of(entry.reserved)))
            step.resolution = None if entry.resolution is None else as_object(value_of(entry.resolution))


def _request_of(effect_key: str, entry: loaded_queries.RecordedEffect) -> HeldJson:
    if entry.request is not None:
        return value_of(entry.request)
    return Large(entry.size, STORE.request_of(effect_key))
