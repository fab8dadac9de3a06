"""A run in the memory of its worker. The module imports no Django."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.json_text import JsonText
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.large import HeldJson, Large
from automate.kernel.sensitive_values import Hider
from automate.outbox.jobs import ClaimedJob
from automate.runs import states
from automate.runs.compiled import CompiledStep, CompiledVersion
from automate.runs.seen import RunContext
from automate.runs.step_state import HeldBack, Items, LatestAttempt
from automate.usage.kinds import NORMAL
from automate.workflows.definition import ON_FAILURE_CONTINUE
from automate.workflows.templates import Context

STEP_WEIGHT = 2_000
"""Estimated bytes of memory of a step without its values."""
PARSED_WEIGHT = 12
"""Estimated bytes of memory for each byte of parsed JSON."""


@dataclass
class HeldRun:
    """A run that this worker holds.

    When a step changes its state, the run's collections of steps are updated. So no code has to search all steps.
    """

    id: uuid.UUID
    origin_id: uuid.UUID
    state: str
    trace_id: str
    version: CompiledVersion
    job: ClaimedJob
    event: JsonObject
    """The event in the form that templates see."""
    seconds_left: float | None
    """Seconds from ``held_since`` until the run's deadline."""
    held_since: float
    """The time at which this worker loaded the run, on the clock ``time.monotonic``."""
    depth: int
    """The depth of the run: one more than the depth of its event."""
    parent_step_id: uuid.UUID | None = None
    """The id of a step of another run. This step waits for the end of this run."""
    queued_seconds: float = 0.0
    """Seconds that the run had waited for its start when it was loaded."""
    reason: str = ""
    """The reason why the run is being cancelled, or why it was paused individually."""
    pausing: bool = False
    """The run, or its workflow, is paused."""
    test: bool = False
    restored: bool = False
    """The run was open when the database was restored, and no operator has released the run."""
    use: str = NORMAL
    """The kind of the run's usage, see ``usage``."""
    most_calls: int = 1
    """Maximum number of the run's calls in flight, see ``CallLimits``."""
    steps: dict[str, LatestAttempt] = field(default_factory=dict)
    """The latest attempts by key."""
    compensations: dict[str, LatestAttempt] = field(default_factory=dict)
    """The latest attempts at compensations by key."""
    items: dict[str, Items] = field(default_factory=dict)
    """Items of open for_each steps by key."""
    active: dict[uuid.UUID, LatestAttempt] = field(default_factory=dict)
    """Attempts that are not final."""
    failed: dict[str, LatestAttempt] = field(default_factory=dict)
    ready: dict[str, None] = field(default_factory=dict)
    """Keys that the next round checks."""
    done: dict[str, None] = field(default_factory=dict)
    """Succeeded steps, in order of their ends."""
    recorded: dict[str, HeldJson] = field(default_factory=dict)
    """Requests of an earlier run in the line of retries, which are sent again unchanged."""
    tried: dict[str, str] = field(default_factory=dict)
    """By step key: the outcomes of earlier runs' tries to send the requests of ``recorded``."""
    held_back: dict[tuple[str, int], HeldBack] = field(default_factory=dict)
    """Calls that must not leave yet, by step key and item."""
    payload: Large | None = None
    """The event's payload, if large."""
    large: dict[str, Large] = field(default_factory=dict)
    """Large outputs by key."""
    output_bytes: int = 0
    inline_bytes: int = 0
    """``output_bytes``: bytes of JSON of all outputs. ``inline_bytes``: bytes of JSON of the parsed outputs."""
    event_weight: int = 0
    """Bytes of memory of the parsed event."""
    hider: Hider | None = None
    """Hides the event's sensitive values; None if the event has no sensitive values."""
    loaded: bool = True
    """False while the worker holds only the data that the run's calls need."""
    _seen: dict[str, JsonValue] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)

    def remaining_seconds(self, now: float) -> float:
        """Return the seconds until the run's timeout. Before the run starts, this is the whole timeout."""
        if self.seconds_left is None:
            return self.version.definition.timeout_seconds
        return self.seconds_left - (now - self.held_since)

    def begin(self) -> None:
        self.ready.update(dict.fromkeys(key for key in self.version.steps if key not in self.steps))

    def keep(self, step: LatestAttempt) -> None:
        if step.open:
            self.active[step.id] = step
        else:
            self.active.pop(step.id, None)
        if step.item >= 0:
            self._keep_item(step)
            return
        latest = self.compensations if step.item == COMPENSATION_ITEM else self.steps
        before = latest.get(step.key)
        if before is not None and before is not step:
            self.active.pop(before.id, None)
        latest[step.key] = step
        if step.item == COMPENSATION_ITEM:
            return
        self._seen[step.key] = {
            "state": step.state,
            "output": None if isinstance(step.output, JsonText) else step.output,
            "error": step.error,
        }
        self._weigh(step)
        if step.state == states.SUCCEEDED:
            self.done[step.key] = None
        elif step.state == states.FAILED:
            self.failed[step.key] = step
        self.ready.pop(step.key, None)
        if not step.open:
            self.items.pop(step.key, None)
            self.ready.update(dict.fromkeys(self.version.dependents[step.key]))

    def _weigh(self, step: LatestAttempt) -> None:
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
        """Return how many bytes of JSON the run holds. The items of the step ``key`` are not counted."""
        if not self.items:
            return self.output_bytes
        open_items = sum(items.size + items.values_size for other, items in self.items.items() if other != key)
        return self.output_bytes + open_items

    @property
    def weight(self) -> int:
        """The estimated memory that the run uses, in bytes."""
        if not self.loaded:
            return STEP_WEIGHT
        weight = STEP_WEIGHT * (1 + len(self.steps)) + PARSED_WEIGHT * self.inline_bytes + self.event_weight
        for one in self.items.values():
            weight += 2 * (one.size + one.values_size) + 150 * len(one.values)
        return weight

    @property
    def call_weight(self) -> int:
        """The estimated number of bytes of memory that the run's large requests use."""
        weight = 0
        for step in self.active.values():
            weight += step.request_weight
        return weight

    def unload(self) -> None:
        """Remove the run's data from memory. Keep only the data for the run's calls in flight."""
        self.loaded = False
        self.event = {name: self.event[name] for name in ("id", "type", "received_at")}
        for held in (
            self.steps,
            self.compensations,
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

    def _keep_item(self, step: LatestAttempt) -> None:
        items = self.items.get(step.key)
        if items is not None:
            before = items.open.get(step.item)
            if before is not None and before is not step:
                self.active.pop(before.id, None)
            items.keep(step)

    def read_again(self, fresh: HeldRun) -> None:
        """Copy the content of ``fresh`` into this run. The object itself is kept: calls in flight refer to it."""
        for step_id in [step.id for step in self.active.values() if step.asking]:
            if step_id in fresh.active:
                fresh.active[step_id].asking = True
        for one in fields(self):
            setattr(self, one.name, getattr(fresh, one.name))

    def in_state(self, *wanted: str) -> Iterator[LatestAttempt]:
        """Yield the attempts in one of these states. Only open attempts are searched."""
        return (step for step in self.active.values() if step.state in wanted)

    def held_back_call(self, key: str, item: int, now: float) -> HeldBack | None:
        """Return why a call must not be sent now. Return None if the call can be sent."""
        held = self.held_back.get((key, item))
        return held if held is not None and held.until > now else None

    @property
    def in_flight(self) -> bool:
        """True if a call of the run is in flight."""
        return any(step.calling for step in self.active.values())

    @property
    def only_calls(self) -> bool:
        """True if the run waits only for calls in flight."""
        active = self.active.values()
        return bool(active) and not self.ready and all(step.calling for step in active)

    def hindrance_of(self, compiled: CompiledStep) -> str:
        """Return why a step must be skipped, or "" if the step can run. The steps that it needs must have ended before."""
        if compiled.handles and all(key not in self.failed for key in compiled.handles):
            return "no step that it handles failed"
        if not self.failed:
            return ""
        failed = next(iter(self._failures_above(compiled)), None)
        return "" if failed is None else f"step {failed} failed"

    def _failures_above(self, compiled: CompiledStep) -> set[str]:
        # Directly, or through skipped steps. A failure with a handler prevents neither the handler nor steps after it.
        found: set[str] = set()
        looked_at = dict.fromkeys(compiled.needs)
        pending = list(looked_at)
        while pending:
            need = pending.pop()
            state, above = self.steps[need].state, self.version.steps[need]
            if state == states.FAILED and above.step.on_failure != ON_FAILURE_CONTINUE:
                found.add(need)
            elif state == states.SKIPPED:
                pending.extend(key for key in above.needs if key not in looked_at)
                looked_at.update(dict.fromkeys(above.needs))
        behind = (compiled.step.key, *compiled.needs)
        return {key for key in found if self.version.steps[key].step.on_failure not in behind}

    def context(self, item: JsonValue = None) -> dict[str, JsonValue]:
        """Return the values that templates read: ``event``, ``steps``, ``run``, ``workflow`` and ``item``.

        ``item`` is ``{value, index}``. The result does not contain large values.
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

    def seen(self, item: JsonValue = None) -> Context:
        """Return the values that templates read. A large value is read only when a template needs it."""
        context = self.context(item)
        return RunContext(context, self.payload, self.large) if self.holds_large else context


@dataclass(frozen=True)
class CallLimits:
    """Divides the calls of one tenant among the tenant's runs in this worker."""

    wanting: int = 0
    """Runs that can want several calls at the same time."""
    others: int = 0
    """Runs that want at most one call at the same time."""

    @classmethod
    def dividing(cls, runs: Collection[HeldRun]) -> CallLimits:
        wanting = sum(1 for run in runs if run.version.for_each or len(run.active) + len(run.ready) > 1)
        return cls(wanting, len(runs) - wanting)

    def of(self, calls: int) -> int:
        """Return how many calls one run may have in flight."""
        return max(1, (calls - self.others) // max(1, self.wanting))


def idempotency_key(tenant_id: uuid.UUID, origin_id: uuid.UUID, step_key: str, item: int = NO_ITEM) -> str:
    """Return the Idempotency-Key of an effect: 64 hexadecimal digits, the same for all attempts and retries."""
    return hashlib.sha256(f"{tenant_id}\n{origin_id}\n{step_key}\n{item}".encode()).hexdigest()
