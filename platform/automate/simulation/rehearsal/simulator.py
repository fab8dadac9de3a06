"""Simulates a run in memory, with the code of the run engine."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypedDict

from automate.effects.states import NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.large import opened
from automate.kernel.limits import LIMITS
from automate.outbox.jobs import ClaimedJob
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.compiled import compile_version
from automate.runs.engine import RunEngine
from automate.runs.nondeterminism import Nondeterminism
from automate.runs.permits import NoBreakers
from automate.runs.step_call import StepCall, StepResult
from automate.runs.step_state import LatestAttempt
from automate.runs.work import HeldRun
from automate.simulation.rehearsal.bounds import MeteredRun, RehearsalLimits, RehearsalMeter, StoppedError
from automate.simulation.rehearsal.case import TRACE_ID, Case
from automate.simulation.rehearsal.script import CallAnswer, Script, SeenCall, UnansweredError, address, shown_input
from automate.simulation.rehearsal.simulated_services import SimulatedServices
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.validation import check_definition

TENANT_ID = uuid.UUID(int=0)
CALLS = LIMITS.for_each
"""Maximum number of calls in flight. A worker allows fewer calls, and makes the other calls a little later."""
TICK_SECONDS = 1e-6
"""Seconds added to a due time, so that rounding of sums cannot miss it."""


@dataclass(frozen=True)
class Move:
    """One transition."""

    step: str
    """The key of the step; empty for the run."""
    item: int
    from_state: str
    to_state: str
    reason: str
    at_seconds: float
    """Seconds since the start of the run."""


class SimulatedStep(TypedDict):
    """The final state of a step in a simulated run.

    The state is a dict, because authors of tests read its values by name.
    """

    state: str
    attempts: int
    output: JsonValue
    error: JsonObject | None


@dataclass
class Rehearsal:
    state: str = states.QUEUED
    reason: str = ""
    error: JsonObject | None = None
    steps: dict[str, SimulatedStep] = field(default_factory=dict)
    """By key, in order of ends or starts."""
    calls: list[SeenCall] = field(default_factory=list)
    emitted: list[JsonObject] = field(default_factory=list)
    """Events that the run would have emitted."""
    seconds: float = 0.0
    """Simulated duration of the run."""
    moves: list[Move] = field(default_factory=list)
    unused: list[tuple[str, str]] = field(default_factory=list)
    """Unused entries of the case: section and name within it."""
    assumed: frozenset[str] = frozenset()
    """Steps whose decisions or child runs were made up."""
    stopped: NormalizedError | None = None
    """The bound that stopped the rehearsal."""
    run: HeldRun | None = field(default=None, compare=False, repr=False)
    """The final state of the run."""

    @property
    def log(self) -> list[tuple[str, str, str]]:
        return [(move.step, move.from_state, move.to_state) for move in self.moves]

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "run": self.state,
            "reason": self.reason,
            "error": self.error,
            "steps": {key: _as_json(step) for key, step in self.steps.items()},
            "calls": [call.as_json() for call in self.calls],
            "emitted": [*self.emitted],
            "seconds": self.seconds,
        }


def _as_json(step: SimulatedStep) -> JsonObject:
    return {
        "state": step["state"],
        "attempts": step["attempts"],
        "output": step["output"],
        "error": step["error"],
    }


def rehearse(case: Case, specs: Mapping[str, ConnectorSpec], *, strict: bool = True) -> Rehearsal:
    """Simulate the run of a case.

    Raises INVALID_WORKFLOW with ``details.problems`` for an invalid definition. Raises BAD_USER_INPUT if the case has no
    answer for a call, or if the connector of the call can never return the answer. If ``strict`` is True, also raises
    BAD_USER_INPUT if the case contains an answer that the run did not use.
    """
    problems = check_definition(case.definition, specs, None)
    if problems:
        listed: list[JsonValue] = [
            {"message": problem.message, "path": list(map(str, problem.path))} for problem in problems
        ]
        raise NormalizedError(
            "INVALID_WORKFLOW",
            f"The workflow cannot be published: {problems[0].message}",
            details={"problems": listed},
            path=["definition", *map(str, problems[0].path)],
        )
    seen = play(case, specs)
    if strict and seen.unused:
        section, name = seen.unused[0]
        raise UnansweredError(
            f"The case has an answer for {name}, but the run never asked for it. Remove the answer.", section, name
        )
    return seen


def play(case: Case, specs: Mapping[str, ConnectorSpec], meter: RehearsalMeter | None = None) -> Rehearsal:
    """Simulate the run of a case until the run ends or reaches a limit of the meter. The definition must be valid.

    Raises BAD_USER_INPUT if the case has no answer for a call, or if the case has an answer that the call's connector never returns.
    """
    return _Simulator(case, specs, meter or RehearsalMeter(RehearsalLimits(under_way=CALLS))).play()


class _Simulator:
    def __init__(self, case: Case, specs: Mapping[str, ConnectorSpec], meter: RehearsalMeter) -> None:
        self.case = case
        self.now = 0.0
        self.meter = meter
        self.script = Script(case, specs)
        self.services = SimulatedServices(case)
        self.engine = RunEngine(TENANT_ID, specs, NoBreakers(), lambda: self.now)
        self.seen = Rehearsal()
        self.flights: list[tuple[float, int, StepResult]] = []
        self._items: dict[uuid.UUID, int] = {}
        self._order = count()
        self._ids = count(1)
        began = case.event.received_at.timestamp()
        self.nondeterminism = Nondeterminism(
            lambda: began + self.now, lambda: uuid.UUID(int=next(self._ids)), lambda _low, high: high
        )

    def play(self) -> Rehearsal:
        run = self._new_run()
        try:
            with self.meter.running():
                self._play(run)
        except StoppedError as stop:
            self.seen.stopped = stop.error
        return self._result(run)

    def _play(self, run: HeldRun) -> None:
        for key, output in self.case.pinned.items():
            run.keep(LatestAttempt(self.nondeterminism.new_id(), key, 1, states.SUCCEEDED, output))
        run.begin()
        made = self._round(run, ())
        stop = self.case.stop_after_seconds
        while not made.final:
            at = self._next_at(made)
            if stop is not None and at > stop:
                self.now = stop
                break
            self.now = max(self.now, at)
            landed = [heapq.heappop(self.flights)[2] for _ in list(self.flights) if self.flights[0][0] <= self.now]
            made = self._round(made.run, landed)

    def _new_run(self) -> HeldRun:
        run_id = self.nondeterminism.new_id()
        workflow_id, version_id = self.nondeterminism.new_id(), self.nondeterminism.new_id()
        version = compile_version(version_id, workflow_id, self.case.workflow, 1, self.case.definition)
        return MeteredRun(
            id=run_id,
            origin_id=run_id,
            state=states.RUNNING,
            trace_id=TRACE_ID,
            version=version,
            job=ClaimedJob(run_id, run_id, 1, 1, 1, TRACE_ID),
            event=self.case.event.seen_by_templates(),
            seconds_left=version.definition.timeout_seconds,
            held_since=0.0,
            depth=self.case.event.depth + 1,
            most_calls=self.meter.bounds.under_way,
            meter=self.meter,
        )

    def _round(self, run: HeldRun, results: Sequence[StepResult]) -> Advance:
        # A worker does the same work in one transaction.
        self.services.deliver(run, self.now)
        made = Advance(run, nondeterminism=self.nondeterminism)
        for result in results:
            self.engine.settle(made, result)
        self.engine.advance(made, yielding=False)
        self.services.begin_waits(made, self.now)
        self._keep(made)
        for call in made.calls:
            self.meter.call()
            answer = self.script.answer(call)
            if not call.asks:
                self.seen.calls.append(self._seen(call, answer))
            heapq.heappush(self.flights, (self.now + answer.seconds, next(self._order), answer.result))
        return made

    def _seen(self, call: StepCall, answer: CallAnswer) -> SeenCall:
        # A retry sends the recorded request again.
        given, error = shown_input(call), answer.result.error
        self.meter.take(given)
        return SeenCall(
            address(call.step.key, call.step.item),
            call.uses,
            given,
            round(self.now, 3),
            call.key,
            call.step.item,
            call.step.attempt,
            answer.seconds,
            answer.answered,
            opened(answer.result.output),
            None if error is None else error.as_json(),
            opened(call.request),
        )

    def _next_at(self, made: Advance) -> float:
        return min(self._dues(made))

    def _dues(self, made: Advance) -> Iterator[float]:
        if self.flights:
            yield self.flights[0][0]
            if made.recheck_seconds is not None:
                yield self.now + made.recheck_seconds + TICK_SECONDS
        elif made.wait_seconds is not None:
            yield self.now + made.wait_seconds + TICK_SECONDS
        comes_at = self.services.next_at(made.run, self.now)
        if comes_at is not None:
            yield comes_at

    def _keep(self, made: Advance) -> None:
        self._items.update((row.id, row.item) for row in made.changes.new_steps)
        self.seen.moves += [
            Move(
                row.step_key,
                NO_ITEM if row.step_id is None else self._items.get(row.step_id, NO_ITEM),
                row.from_state,
                row.to_state,
                row.reason,
                round(self.now, 3),
            )
            for row in made.changes.log
        ]
        self.seen.emitted += [
            {"type": event.type, "subject": event.subject, "payload": event.payload} for event in made.changes.events
        ]
        if made.changes.run is not None:
            self.seen.reason, self.seen.error = made.changes.run.reason, made.changes.run.error

    def _result(self, run: HeldRun) -> Rehearsal:
        unused = [*self.script.unused(), *self.services.unused()]
        self.seen.unused = unused if self.case.stop_after_seconds is None else []
        self.seen.assumed, self.seen.run = frozenset(self.services.assumed), run
        self.seen.state, self.seen.seconds = run.state, round(self.now, 3)
        for key, step in run.steps.items():
            self.seen.steps[key] = SimulatedStep(
                state=step.state, attempts=step.attempt, output=opened(step.output), error=step.error
            )
        return self.seen
