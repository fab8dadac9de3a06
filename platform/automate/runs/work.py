"""A run as its worker holds it in memory, and the changes that one transaction will write. No Django here."""

from __future__ import annotations

import hashlib
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from automate.kernel.errors import Json
from automate.kernel.large import Large
from automate.kernel.sensitive_values import Hider
from automate.kernel.storable import json_bytes
from automate.outbox.jobs import ClaimedJob
from automate.runs import states
from automate.runs.compiled import CompiledVersion
from automate.runs.ledger.tries import NOTHING, came_to
from automate.runs.seen import Seen
from automate.usage.kinds import NORMAL
from automate.workflows.templates import Context

NO_ITEM = -1
UNDO_ITEM = -2
"""The ``item`` of a StepRun that is its step's compensation."""
FIRST_ERRORS = 5
"""How many of the items' errors the error of a for_each shows."""
SHOWN_CHARACTERS = 300
"""Of the message of each of them."""
STEP_WEIGHT = 2_000
"""Bytes of memory that a step takes besides its values, estimated."""
PARSED_WEIGHT = 12
"""Bytes of memory for each byte of JSON that stays parsed, estimated."""


@dataclass
class StepState:
    """The latest attempt at one step. due: when it goes on by itself, on the monotonic clock: the next attempt while
    ``retrying``, the end of its wait while ``waiting``; until: the same, where it was given as a moment. request: as it is recorded in the ledger, once there was an attempt.
    begun: when the first attempt began, on the same clock. outcome: what a wait came to, ``{output}`` or ``{error}``, once
    it has. looks_back: the events that came before its wait are still to be looked at. effect_key: of the
    effect that it has; ledger: the state of that, as far as it is known; earlier: what the tries before this one came to, see ``ledger.tries``; lookups: how often its connector asked in vain what became of it; asking: it does so just now;
    resolution: what a person said of it. output: while it waits, what the end of its time makes of it; None where that is a failure.
    output and request may be Large. size: bytes of the output as JSON. request_weight:
    bytes of memory that a large request takes while its call is in flight, estimated.
    """

    id: uuid.UUID
    key: str
    attempt: int
    state: str
    output: Json = None
    error: Json = None
    size: int = 0
    item: int = NO_ITEM
    due: float | None = None
    until: datetime | None = None
    request: Json = None
    begun: float = 0.0
    outcome: Json = None
    looks_back: bool = False
    effect_key: str = ""
    ledger: str = ""
    earlier: str = NOTHING
    lookups: int = 0
    asking: bool = False
    resolution: Json = None
    request_weight: int = 0

    @property
    def calling(self) -> bool:
        """Whether a call of its connector is under way."""
        return self.state == states.RUNNING or self.asking

    @property
    def open(self) -> bool:
        return self.state not in states.STEP_FINAL

    @property
    def came_to(self) -> str:
        """What all tries at its effect came to, this one included."""
        return came_to(self.earlier, self.ledger)


@dataclass(frozen=True)
class Barred:
    """A call that may not leave, for its host is ill or a budget is used up. until: when to look again, on the monotonic clock. cause: for which a
    job is parked that waits for nothing else. alone: when to look again where the run waits for nothing else; None for until.
    """

    until: float
    cause: str
    reason: str
    alone: float | None = None


@dataclass
class Items:
    """The items of a for_each under way. step: its own StepState; None while there are but results of an earlier run.

    parallel: how many are worked on at a time, those that wait for another attempt or for a person counted; tolerated: how
    many may fail. pending: the indexes that have not begun, in order. open: the attempts that are not final, by index.
    results: the outcomes of those that succeeded or failed, as JSON text; size: their bytes. first_errors: of the first that
    failed, each ``{item, code, message}``. values: the items, each as JSON text where the list is large; values_size: their bytes.
    """

    step: StepState | None = None
    values: Sequence[Json] = ()
    parallel: int = 1
    tolerated: int = 0
    pending: deque[int] = field(default_factory=deque)
    open: dict[int, StepState] = field(default_factory=dict)
    results: dict[int, bytes] = field(default_factory=dict)
    first_errors: list[Json] = field(default_factory=list)
    size: int = 0
    values_size: int = 0
    succeeded: int = 0
    failed: int = 0

    def begin(self, step: StepState, values: Sequence[Json], parallel: int, tolerated: int) -> None:
        """Say what there is to do. What is known of some items stays as it is."""
        self.step, self.values, self.parallel, self.tolerated = step, values, parallel, tolerated
        self.pending.extend(
            index for index in range(len(values)) if index not in self.open and index not in self.results
        )
        if self.stopped:
            self.results.clear()

    @property
    def stopped(self) -> bool:
        """Whether the step fails as soon as what is under way has ended: its StepState says why."""
        return self.step is not None and self.step.error is not None

    def next_up(self, now: float) -> list[tuple[int, int]]:
        """What to start: items whose next attempt is due, and new ones that there is room for, each with the attempt's number."""
        if self.stopped:
            return []
        again = [
            (index, step.attempt + 1)
            for index, step in self.open.items()
            if step.state == states.RETRYING and step.due is not None and step.due <= now
        ]
        return again + [(index, 1) for index in islice(self.pending, max(0, self.parallel - len(self.open)))]

    def keep(self, step: StepState) -> None:
        if self.pending and self.pending[0] == step.item:
            self.pending.popleft()
        if step.open:
            self.open[step.item] = step
            return
        self.open.pop(step.item, None)
        step.request = None
        self.succeeded += step.state == states.SUCCEEDED
        self.failed += step.state == states.FAILED
        if not self.stopped and step.state in {states.SUCCEEDED, states.FAILED}:
            result = json_bytes({"state": step.state, "output": step.output, "error": step.error})
            self.results[step.item] = result
            self.size += len(result)
            if step.error is not None and len(self.first_errors) < FIRST_ERRORS:
                error = step.error
                shown = {"item": step.item, "code": error["code"], "message": error["message"][:SHOWN_CHARACTERS]}
                self.first_errors.append(shown)


@dataclass
class RunState:
    """A run that this worker holds. seconds_left: to its deadline, as of held_since (``time.monotonic``).
    event: as templates see it. depth: one more than its event's. queued_seconds: how long it had waited for its
    start when it was read. steps: the latest attempts by key;
    undone: those of their compensations; items: those of for_each steps under way, by key. reason: why it is being cancelled, or was paused by itself.
    parent_step_id: the step of another run that awaits this one. pausing: it, or its workflow, is paused. test: it tries out its workflow. restored: it was open when the
    database was restored, and no operator has released it. use: what its usage is counted as, see ``usage``.
    most_calls: how many it may have under way, see ``portions``.

    What changes with each step is kept up to date instead of being looked for, so that a step of a run of a hundred
    costs what the only step of a run does: active are the steps that are not final, failed those that are, ready the
    keys that the next round looks at, and done the steps that succeeded, in the order of their ends. recorded: requests
    of an earlier run in the line of retries, which are sent again as they are, and tried: what its tries at them came to. barred: calls that may not leave yet, by step
    key and item.

    payload: the event's, where it is large. large: the outputs that are, by key. output_bytes: all outputs as JSON;
    inline_bytes: those that are parsed. event_weight: memory of the parsed event. hider: hides the event's sensitive values; None where it has none. loaded: False while the worker holds no more of the run than its calls need.
    """

    id: uuid.UUID
    origin_id: uuid.UUID
    state: str
    trace_id: str
    version: CompiledVersion
    job: ClaimedJob
    event: Mapping[str, Json]
    seconds_left: float | None
    held_since: float
    depth: int
    parent_step_id: uuid.UUID | None = None
    queued_seconds: float = 0.0
    reason: str = ""
    pausing: bool = False
    test: bool = False
    restored: bool = False
    use: str = NORMAL
    most_calls: int = 1
    steps: dict[str, StepState] = field(default_factory=dict)
    undone: dict[str, StepState] = field(default_factory=dict)
    items: dict[str, Items] = field(default_factory=dict)
    active: dict[uuid.UUID, StepState] = field(default_factory=dict)
    failed: dict[str, StepState] = field(default_factory=dict)
    ready: dict[str, None] = field(default_factory=dict)
    done: dict[str, None] = field(default_factory=dict)
    recorded: dict[str, Json] = field(default_factory=dict)
    tried: dict[str, str] = field(default_factory=dict)
    barred: dict[tuple[str, int], Barred] = field(default_factory=dict)
    payload: Large | None = None
    large: dict[str, Large] = field(default_factory=dict)
    output_bytes: int = 0
    inline_bytes: int = 0
    event_weight: int = 0
    hider: Hider | None = None
    loaded: bool = True
    _seen: dict[str, Json] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    def remaining_seconds(self, now: float) -> float:
        """Seconds to the deadline; a run that has not started has all of its time."""
        if self.seconds_left is None:
            return self.version.definition.timeout_seconds
        return self.seconds_left - (now - self.held_since)

    def begin(self) -> None:
        """Look at every step that has not begun yet."""
        self.ready.update(dict.fromkeys(key for key in self.version.steps if key not in self.steps))

    def keep(self, step: StepState) -> None:
        """Take in a new attempt, or that one has moved."""
        if step.open:
            self.active[step.id] = step
        else:
            self.active.pop(step.id, None)
        if step.item >= 0:
            self._keep_item(step)
            return
        latest = self.undone if step.item == UNDO_ITEM else self.steps
        before = latest.get(step.key)
        if before is not None and before is not step:
            self.active.pop(before.id, None)
        latest[step.key] = step
        if step.item == UNDO_ITEM:
            return
        self._seen[step.key] = {"state": step.state, "output": step.output, "error": step.error}
        self._weigh(step)
        if step.state == states.SUCCEEDED:
            self.done[step.key] = None
        elif step.state == states.FAILED:
            self.failed[step.key] = step
        self.ready.pop(step.key, None)
        if not step.open:
            self.items.pop(step.key, None)
            self.ready.update(dict.fromkeys(self.version.dependents[step.key]))

    def _weigh(self, step: StepState) -> None:
        if step.open:
            return
        step.request = None
        if isinstance(step.output, Large):
            self.large[step.key] = step.output
        else:
            self.inline_bytes += step.size
        self.output_bytes += step.size - self._sizes.get(step.key, 0)
        self._sizes[step.key] = step.size

    def others_bytes(self, key: str) -> int:
        """Bytes of JSON that the run keeps besides the output of a step: outputs, and lists and results of for_each steps."""
        if not self.items:
            return self.output_bytes
        open_items = sum(items.size + items.values_size for other, items in self.items.items() if other != key)
        return self.output_bytes + open_items

    @property
    def weight(self) -> int:
        """Bytes of memory that the run takes, estimated."""
        if not self.loaded:
            return STEP_WEIGHT
        weight = STEP_WEIGHT * (1 + len(self.steps)) + PARSED_WEIGHT * self.inline_bytes + self.event_weight
        for one in self.items.values():
            weight += 2 * (one.size + one.values_size) + 150 * len(one.values)
        return weight

    @property
    def call_weight(self) -> int:
        """Bytes of memory that large requests of its calls take, estimated."""
        weight = 0
        for step in self.active.values():
            weight += step.request_weight
        return weight

    def unload(self) -> None:
        """Drop everything but the calls in flight. The run is read again before its next round."""
        self.loaded = False
        self.event = {name: self.event[name] for name in ("id", "type", "received_at")}
        for held in (
            self.steps,
            self.undone,
            self.items,
            self.failed,
            self.done,
            self.ready,
            self.recorded,
            self.large,
        ):
            held.clear()
        self._seen.clear()
        self._sizes.clear()

    def _keep_item(self, step: StepState) -> None:
        items = self.items.get(step.key)
        if items is not None:
            before = items.open.get(step.item)
            if before is not None and before is not step:
                self.active.pop(before.id, None)
            items.keep(step)

    def read_anew(self, fresh: RunState) -> None:
        """Take over what the database says. Whoever holds this run, such as a call under way, goes on holding it."""
        for step_id in [step.id for step in self.active.values() if step.asking]:
            if step_id in fresh.active:
                fresh.active[step_id].asking = True
        self.__dict__.update(fresh.__dict__)

    def in_state(self, *wanted: str) -> Iterator[StepState]:
        """The attempts in one of these states, which are not final."""
        return (step for step in self.active.values() if step.state in wanted)

    def bar_on(self, key: str, item: int, now: float) -> Barred | None:
        """Why a call may not leave now."""
        bar = self.barred.get((key, item))
        return bar if bar is not None and bar.until > now else None

    @property
    def flying(self) -> bool:
        """Whether calls are under way."""
        return any(step.calling for step in self.active.values())

    @property
    def only_calls(self) -> bool:
        """Whether nothing can happen to it before one of its calls ends."""
        active = self.active.values()
        return bool(active) and not self.ready and all(step.calling for step in active)

    def context(self, item: Json = None) -> dict[str, Json]:
        """The roots of templates and conditions: ``event steps run workflow item``. item: ``{value, index}`` within a for_each.

        Large values stand in it unread: evaluate on ``seen``.
        """
        return {
            "event": self.event,
            "steps": self._seen,
            "run": {"id": str(self.id), "trace_id": self.trace_id},
            "workflow": {"slug": self.version.workflow_slug, "version": self.version.number},
            "item": item,
        }

    @property
    def holds_large(self) -> bool:
        return bool(self.large) or self.payload is not None

    def seen(self, item: Json = None) -> Context:
        """What templates are rendered on: ``context``, its large values read on demand."""
        context = self.context(item)
        return Seen(context, self.payload, self.large) if self.holds_large else context


def idempotency_key(tenant_id: uuid.UUID, origin_id: uuid.UUID, step_key: str, item: int = NO_ITEM) -> str:
    """The key of one effect: attempts and retried runs inherit it. sha256 hex."""
    return hashlib.sha256(f"{tenant_id}\n{origin_id}\n{step_key}\n{item}".encode()).hexdigest()
