"""The report of a simulated run: each step with its redacted input and result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.kernel.redaction import redact
from automate.runs import states
from automate.runs.compiled import CompiledStep
from automate.runs.refusals import request_refusals
from automate.runs.work import HeldRun
from automate.simulation.rehearsal.bounds import StoppedError
from automate.simulation.rehearsal.case import Case
from automate.simulation.rehearsal.script import SeenCall
from automate.simulation.rehearsal.simulator import Rehearsal
from automate.simulation.testing.parts import DefinitionPart
from automate.vault.rules import KnownSecrets
from automate.workflows.connectors import ConnectorSpec

Mock = Literal["GIVEN", "RECORDED", "EXAMPLE"]
"""The origin of a step's answer: the request, a former run, or the connector's example."""
_WAITS = frozenset({states.WAITING, states.RETRYING})


@dataclass(frozen=True)
class CallSeen:
    """One call."""

    uses: str
    item: int | None
    """The index within a flow.for_each; None outside one."""
    compensates: bool
    attempt: int
    at_seconds: float
    seconds: float
    host: str
    """The host of the call; empty if unknown."""
    input: JsonValue
    mock: Mock | None
    """The origin of the answer. None if the connector would not have sent the call."""
    output: JsonValue
    error: NormalizedError | None
    refusals: Sequence[NormalizedError]
    """The reasons why rules of secrets would refuse the call."""


@dataclass(frozen=True)
class StepSeen:
    """One step."""

    key: str
    uses: str
    state: str | None
    """The state of the step; None if the run did not reach the step."""
    reason: str
    """The reason of the step's last transition, for example why the step was skipped."""
    input: JsonValue
    """The input of a flow step. For any other step: the input of its first call."""
    output: JsonValue
    error: NormalizedError | None
    mock: Mock | None
    """The origin of decisions or of another run's end."""
    starts_at_seconds: float | None
    ends_at_seconds: float | None
    waited_seconds: float
    calls: Sequence[CallSeen]


@dataclass(frozen=True)
class EdgeSeen:
    """An edge of the workflow's graph."""

    source: str
    """The step that the other step needs."""
    target: str
    """The step that needs the other step."""
    taken: bool
    """Whether the run continued along this edge."""


@dataclass(frozen=True)
class Report:
    """The report of a mocked test."""

    state: str
    reason: str
    error: NormalizedError | None
    seconds: float
    """Simulated duration of the run."""
    steps: Sequence[StepSeen]
    edges: Sequence[EdgeSeen]
    emitted: Sequence[JsonValue]
    stopped: NormalizedError | None = field(default=None)
    """The bound that stopped the test."""


def report_of(
    seen: Rehearsal, case: Case, part: DefinitionPart, specs: Mapping[str, ConnectorSpec], known: KnownSecrets
) -> Report:
    run = seen.run
    if run is None:
        raise TypeError("a played rehearsal has a run")
    writer = _ReportBuilder(seen, case, part, specs, known, run)
    return Report(
        state=seen.state,
        reason=seen.reason,
        error=_error(seen.error),
        seconds=seen.seconds,
        steps=[writer.step(place, compiled) for place, compiled in enumerate(run.version.steps.values())],
        edges=[edge for compiled in run.version.steps.values() for edge in _edges(seen, compiled)],
        emitted=[redact(event) for event in seen.emitted],
        stopped=seen.stopped,
    )


@dataclass(frozen=True)
class _ReportBuilder:
    seen: Rehearsal
    case: Case
    part: DefinitionPart
    specs: Mapping[str, ConnectorSpec]
    known: KnownSecrets
    run: HeldRun

    def step(self, place: int, compiled: CompiledStep) -> StepSeen:
        key = compiled.step.key
        simulated = self.seen.steps.get(key)
        calls = [self._call(call) for call in self.seen.calls if call.step.partition("[")[0].partition(".")[0] == key]
        moves = [move for move in self.seen.moves if move.step == key and move.item == NO_ITEM]
        began = moves[0].at_seconds if moves else None
        ended = moves[-1].at_seconds if moves and moves[-1].to_state in states.STEP_FINAL else None
        given, fault = self._given(compiled) if simulated and simulated["state"] != states.SKIPPED else (None, None)
        own = [call for call in calls if call.item is None and not call.compensates]
        error = None if simulated is None else _error(simulated["error"])
        if error is not None:
            error.path = [*self._place(place), *self._fault_path(compiled, fault, own)]
        return StepSeen(
            key=key,
            uses=compiled.step.uses,
            state=simulated["state"] if simulated else None,
            reason=moves[-1].reason if moves else "",
            input=own[0].input if own else redact(given),
            output=redact(simulated["output"]) if simulated else None,
            error=error,
            mock=self._mock_of(key, own),
            starts_at_seconds=began,
            ends_at_seconds=ended,
            waited_seconds=round(self._waited(key), 3),
            calls=calls,
        )

    def _given(self, compiled: CompiledStep) -> tuple[JsonValue, NormalizedError | None]:
        # All steps that the template reads have ended, so the result is final.
        try:
            rendered = as_object(compiled.template.render(self.run.context())["input"])
        except NormalizedError as fault:
            return None, fault
        except StoppedError:
            return None, None
        return {**rendered, **compiled.raw}, None

    def _fault_path(self, compiled: CompiledStep, fault: NormalizedError | None, own: Sequence[CallSeen]) -> list[str]:
        if own:
            return own[-1].error.path if own[-1].error is not None else []
        if fault is not None:
            return ["with", *fault.path]
        simulated = self.seen.steps[compiled.step.key]
        return (
            ["if"]
            if compiled.condition is not None and (simulated["error"] or {}).get("code") == "INVALID_RULE"
            else []
        )

    def _place(self, place: int) -> list[str]:
        return ["definition", *map(str, self.part.path(("steps", place)))]

    def _mock_of(self, key: str, own: Sequence[CallSeen]) -> Mock | None:
        if own:
            return own[-1].mock
        if key in self.seen.assumed:
            return "EXAMPLE"
        return "GIVEN" if key in self.case.pinned else None

    def _waited(self, key: str) -> float:
        seconds, since = 0.0, None
        for move in self.seen.moves:
            if move.step != key or move.item != NO_ITEM:
                continue
            if since is not None:
                seconds, since = seconds + move.at_seconds - since, None
            if move.to_state in _WAITS:
                since = move.at_seconds
        return seconds if since is None else seconds + self.seen.seconds - since

    def _call(self, call: SeenCall) -> CallSeen:
        spec = self.specs[call.uses]
        error = _error(call.error)
        if error is not None and call.answered is None:
            field_path = str(error.details.get("field", "with")).split(".")
            error.path = ["with", *([] if field_path == ["with"] else field_path)]
        return CallSeen(
            uses=call.uses,
            item=call.item if call.item >= 0 else None,
            compensates=call.item == COMPENSATION_ITEM,
            attempt=call.attempt,
            at_seconds=call.at_seconds,
            seconds=call.seconds,
            host=spec.target_of(call.input),
            input=redact(call.input),
            mock=self._source(call),
            output=redact(call.output),
            error=error,
            refusals=list(request_refusals(spec, self.case.workflow, call.request, self.known)),
        )

    def _source(self, call: SeenCall) -> Mock | None:
        if call.answered is None:
            return None
        if not call.answered:
            return "EXAMPLE"
        return "RECORDED" if call.answered in self.case.recorded else "GIVEN"


def _edges(seen: Rehearsal, compiled: CompiledStep) -> list[EdgeSeen]:
    # An edge counts as followed if both of its steps were executed.
    key = compiled.step.key
    began = key in seen.steps and seen.steps[key]["state"] != states.SKIPPED
    return [EdgeSeen(need, key, taken=began and seen.steps[need]["state"] != states.SKIPPED) for need in compiled.needs]


def _error(stored: JsonObject | None) -> NormalizedError | None:
    if stored is None:
        return None
    shown = redact({"message": stored["message"], "details": stored["details"]})
    return NormalizedError(as_text(stored["code"]), as_text(shown["message"]), details=as_object(shown["details"]))
