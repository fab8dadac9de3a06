"""Gives each call of a simulated run the answer that the test case contains for this call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import jsonschema_rs

from automate.effects import states as effect_states
from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_flag, as_number, as_object, as_text, as_texts
from automate.kernel.large import opened
from automate.runs.step_call import StepCall, StepResult
from automate.simulation.rehearsal.case import Case, seconds_of
from automate.simulation.rehearsal.examples import example_of
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.refs import rendered_refs, resolve
from automate.workflows.templates.literals import MARK


class UnansweredError(NormalizedError):
    """Raised when the case has no answer for a call. ``place`` is the path of the missing answer."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__("BAD_USER_INPUT", message, path=place)
        self.place = place


@dataclass(frozen=True)
class SeenCall:
    """A call in a simulated run. A real run would make this call to another system."""

    step: str
    """Its address."""
    uses: str
    input: JsonObject
    """The rendered input. Secrets appear as names."""
    at_seconds: float
    """Seconds since the start of the run."""
    key: str
    item: int = NO_ITEM
    attempt: int = 1
    seconds: float = 0.0
    """Duration of the call."""
    answered: str | None = ""
    """The address of the answer in the case. Empty: the answer was made up. None: the connector would not have
    sent the call."""
    output: JsonValue = None
    error: JsonObject | None = None
    """``{code message details}``."""
    request: JsonValue = field(default=None, compare=False, repr=False)
    """The rendered request; ``input`` is the form for people."""

    def as_json(self) -> dict[str, JsonValue]:
        return {"step": self.step, "uses": self.uses, "input": self.input, "at_seconds": self.at_seconds}


def address(step: str, item: int) -> str:
    """Return the key of a call's answer, for example ``charge[2]``."""
    if item == COMPENSATION_ITEM:
        return f"{step}.compensate"
    return step if item < 0 else f"{step}[{item}]"


def shown_input(call: StepCall) -> JsonObject:
    rendered = opened(call.request)
    names = {
        (ref.name, ref.version): f"{MARK}{ref.name}" + ("" if ref.version is None else f"@{ref.version}")
        for ref in rendered_refs(rendered)
    }
    return as_object(resolve(rendered, names))


@dataclass(frozen=True)
class CallAnswer:
    seconds: float
    """Duration of the call."""
    result: StepResult
    answered: str | None
    """As in SeenCall."""


class Script:
    def __init__(self, case: Case, specs: Mapping[str, ConnectorSpec]) -> None:
        self._given: Mapping[str, Mapping[str, Sequence[JsonObject]]] = {
            "answers": case.answers,
            "lookups": case.lookups,
        }
        self._specs = specs
        self._assumes = case.assumes
        self._recorded = case.recorded
        self._asked: Counter[tuple[str, str]] = Counter()
        self._used: set[tuple[str, str]] = set()

    def answer(self, call: StepCall) -> CallAnswer:
        """Answer a call. Raises UnansweredError if the case has no valid answer."""
        if call.asks:
            found, where, _ = self._next("lookups", call)
            return CallAnswer(
                0.0, StepResult(call, output=found.get("output"), verdict=as_text(found["verdict"])), where
            )
        refusal = self._refusal(call)
        if refusal is not None and self._assumes:
            return CallAnswer(0.0, StepResult(call, error=refusal), None)
        given, where, place = self._next("answers", call)
        if refusal is not None:
            return CallAnswer(0.0, StepResult(call, error=refusal), None)
        seconds = seconds_of(given, "takes_seconds")
        if seconds > call.timeout_seconds:
            late = NormalizedError("CONNECTOR_TIMEOUT", f"The call did not end within {call.timeout_seconds:g} s.")
            return CallAnswer(call.timeout_seconds, StepResult(call, error=late, arrived=True), where)
        if "error" in given:
            error = as_object(given["error"])
            normalized = NormalizedError(
                as_text(error["code"]),
                as_text(error.get("message", "The case states this error without a message.")),
                details=as_object(error.get("details") or {}),
            )
            asked, arrived = error.get("retry_after_seconds"), as_flag(error.get("arrived", False))
            result = StepResult(
                call, error=normalized, retry_after_seconds=None if asked is None else as_number(asked), arrived=arrived
            )
            return CallAnswer(seconds, result, where)
        output = given["output"]
        if where not in self._recorded:
            output = self._completed(call, output)
            self._check_output(call, output, (where, place))
        return CallAnswer(seconds, StepResult(call, output=output), where)

    def unused(self) -> list[tuple[str, str]]:
        """List the test case's answers that no call used. Each item is the section and the key of an answer."""
        return [(kind, name) for kind, given in self._given.items() for name in given if (kind, name) not in self._used]

    def _next(self, kind: str, call: StepCall) -> tuple[JsonObject, str, int]:
        # A generated answer has an empty key.
        given = self._given[kind]
        own = address(call.step.key, call.step.item)
        place = self._asked[kind, own]
        self._asked[kind, own] += 1
        where = own if own in given or call.step.item < 0 else f"{call.step.key}[*]"
        listed = given.get(where, ())
        if self._assumes and not listed:
            return (
                {"verdict": effect_states.DID_NOT_HAPPEN} if call.asks else {"output": self._example(call.uses, own)},
                "",
                0,
            )
        if self._assumes:
            place = min(place, len(listed) - 1)
        if place >= len(listed):
            does = f"asks {call.uses} for the outcome of its call" if call.asks else f"calls {call.uses}"
            lack = f"has answers for only {len(listed)} of its attempts" if listed else "has no answer for it"
            raise UnansweredError(f"{own} {does}, but the case {lack}. Add an answer.", kind, where)
        self._used.add((kind, where))
        return listed[place], where, place

    def _example(self, uses: str, own: str) -> JsonValue:
        try:
            return example_of(self._specs[uses].output_schema)
        except LookupError:
            message = f"{uses} has no example output. Add an answer for {own}."
            raise UnansweredError(message, "answers", own) from None

    def _completed(self, call: StepCall, output: JsonValue) -> JsonValue:
        schema = self._specs[call.uses].output_schema
        if not isinstance(output, dict) or _may_lack(call):
            return output
        if not (missing := [name for name in as_texts(schema.get("required", [])) if name not in output]):
            return output
        try:
            example = example_of(schema)
        except LookupError:
            return output
        known = example if isinstance(example, dict) else {}
        return {**{name: known[name] for name in missing if name in known}, **output}

    def _refusal(self, call: StepCall) -> NormalizedError | None:
        secret = {ref.path for ref in rendered_refs(opened(call.request))}
        validator = jsonschema_rs.validator_for(dict(self._specs[call.uses].input_schema), mask="the value")
        for error in validator.iter_errors(shown_input(call)):
            if tuple(error.instance_path) not in secret:
                field = ".".join(map(str, error.instance_path)) or "with"
                return NormalizedError("BAD_USER_INPUT", f"{field}: {error.message}.", details={"field": field})
        return None

    def _check_output(self, call: StepCall, output: JsonValue, where: tuple[str, int]) -> None:
        # A test with such an output would prove nothing.
        for error in jsonschema_rs.validator_for(dict(self._specs[call.uses].output_schema)).iter_errors(output):
            if error.kind.name == "required" and _may_lack(call):
                continue
            path = ".".join(["output", *map(str, error.instance_path)])
            raise UnansweredError(f"{call.uses} cannot return this answer: {path}: {error.message}.", "answers", *where)


def _may_lack(call: StepCall) -> bool:
    # A recorded item has only the fields that the step's `keep` names.
    return call.step.item >= 0 and "keep" in call.run.version.steps[call.step.key].raw
