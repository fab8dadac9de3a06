"""Gives a simulated run the outcomes of events, decisions and child runs. The case contains these outcomes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from automate.approvals.answers import check_answers
from automate.approvals.tally import outcome_of
from automate.effects import states as effect_states
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.kernel.large import HeldJson
from automate.runs import flow, states
from automate.runs.advance import Advance
from automate.runs.changes import NewApproval, NewStepWait
from automate.runs.step_state import LatestAttempt, StepOutcome
from automate.runs.waits.fitting import came, digest_at, fits
from automate.runs.work import HeldRun
from automate.simulation.rehearsal.case import Case, seconds_of
from automate.simulation.rehearsal.examples import example_of
from automate.simulation.rehearsal.script import UnansweredError, address
from automate.workflows.flow_steps.approval import DecisionOutput
from automate.workflows.flow_steps.run_workflow import CalledRun
from automate.workflows.parts import written

SIMULATED_PERSON = "somebody"


@dataclass(frozen=True)
class _Coming:
    at: float
    """Seconds since the start of the run."""
    outcome: StepOutcome | None
    """The outcome of the wait; None changes only the output that the wait has at its timeout."""
    output: HeldJson = None


class SimulatedServices:
    """Provides the outcomes of steps that the test case contains.

    If the case has no outcome for a step, the simulation assumes an outcome and adds the step's key to ``assumed``.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._coming: dict[uuid.UUID, list[_Coming]] = {}
        self._used: set[str] = set()
        self.assumed: set[str] = set()
        self._held_since: dict[uuid.UUID, float] = {}

    def begin_waits(self, made: Advance, now: float) -> None:
        keys = {step.id: step.key for step in made.run.active.values()}
        waits = [wait for wait in made.changes.waits if wait.step_id in keys]
        approvals = {asked.step_id: asked for asked in made.changes.approvals}
        children = {child.step_id: child for child in made.changes.children}
        for wait in waits:
            step_id, key = wait.step_id, keys[wait.step_id]
            if wait.kind == flow.FOR_EVENT:
                self._coming[step_id] = list(self._events(wait))
            elif step_id in approvals:
                self._coming[step_id] = list(self._decisions(key, approvals[step_id], now))
            else:
                child = children[step_id]
                self._coming[step_id] = [self._child(key, child.id, now, awaited=child.awaited)]

    def deliver(self, run: HeldRun, now: float) -> None:
        for step in run.in_state(states.WAITING):
            for coming in self._coming.get(step.id, ()):
                if coming.at <= now and step.outcome is None:
                    step.outcome = coming.outcome
                    step.output = coming.output if step.output is not None and coming.outcome is None else step.output
            step.looks_back = False
        for step in run.in_state(states.UNCERTAIN):
            at = self._resolved_at(step, now)
            if at is not None and at <= now:
                said = self._case.resolutions[address(step.key, step.item)]
                step.resolution = {"by": SIMULATED_PERSON, "reason": "", "output": None, **said}

    def next_at(self, run: HeldRun, now: float) -> float | None:
        """Return the earliest time at which a wait of the run ends. Return None if no such time is known."""
        ahead = [
            max(now, coming.at)
            for step in run.in_state(states.WAITING)
            for coming in self._coming.get(step.id, ())
            if coming.at > now or (coming.outcome is not None and step.outcome is None)
        ]
        ahead += [
            max(now, at) for step in run.in_state(states.UNCERTAIN) if (at := self._resolved_at(step, now)) is not None
        ]
        return min(ahead, default=None)

    def _resolved_at(self, step: LatestAttempt, now: float) -> float | None:
        # None if the call needs no decision, or the case has none.
        where = address(step.key, step.item)
        said = self._case.resolutions.get(where)
        if said is None or step.ledger != effect_states.EFFECT_UNCERTAIN or step.resolution is not None:
            return None
        self._used.add(where)
        return self._held_since.setdefault(step.id, now) + seconds_of(said, "after_seconds")

    def unused(self) -> list[tuple[str, str]]:
        """Find the case entries that the simulated run did not use. Return the section and the step of each such entry."""
        given = {
            "decisions": self._case.decisions,
            "children": self._case.children,
            "resolutions": self._case.resolutions,
        }
        return [(name, key) for name, steps in given.items() for key in steps if key not in self._used]

    def _events(self, wait: NewStepWait) -> Iterator[_Coming]:
        for coming in sorted(self._case.events, key=lambda coming: coming.after_seconds):
            data = coming.event.seen_by_rules()
            same = coming.event.type == wait.type and digest_at(data, wait.path) == wait.digest
            if same and fits(wait.match, data):
                yield _Coming(coming.after_seconds, came(coming.event))

    def _decisions(self, key: str, asked: NewApproval, now: float) -> Iterator[_Coming]:
        self._used.add(key)
        decisions: list[DecisionOutput] = []
        form_schema = None if asked.form is None else as_object(asked.form)
        for number, made in enumerate(self._decided(key, asked)):
            at = now + seconds_of(made, "after_seconds")
            try:
                form = check_answers(form_schema, made.get("form"), rejects=made["outcome"] == states.REJECTED)
            except NormalizedError as refusal:
                raise UnansweredError(refusal.message, "decisions", key, number) from None
            by = as_text(made.get("by", SIMULATED_PERSON))
            when = self._case.event.received_at + timedelta(seconds=at)
            decisions.append(DecisionOutput(by, when.isoformat(), as_text(made["outcome"]), form))
            state, comes_to = outcome_of(decisions, asked.quorum)
            if state != states.PENDING:
                yield _Coming(at, {**comes_to})
                return
            yield _Coming(at, None, comes_to["output"])

    def _decided(self, key: str, asked: NewApproval) -> Sequence[JsonObject]:
        # If the case may omit the decisions and does so: immediate approvals, as many as the step needs.
        if key in self._case.decisions or not self._case.assumes:
            return self._case.decisions.get(key, ())
        self.assumed.add(key)
        approval: dict[str, JsonValue] = {"outcome": states.APPROVED}
        if asked.form is not None:
            try:
                approval["form"] = example_of(as_object(asked.form))
            except LookupError:
                message = f"No example can be made for the form of {key}. Add its answers to the case."
                raise UnansweredError(message, "decisions", key) from None
        return [approval] * asked.quorum

    def _child(self, key: str, run_id: uuid.UUID, now: float, *, awaited: bool) -> _Coming:
        if not awaited:
            return _Coming(now, {"output": written(CalledRun(str(run_id), states.QUEUED, {}))})
        self._used.add(key)
        given = self._case.children.get(key)
        if given is None and self._case.assumes:
            self.assumed.add(key)
            given = {"outputs": {}}
        if given is None:
            raise UnansweredError(
                f"{key} waits for another run, but the case has no end for this run. Add the end.", "children", key
            )
        at = now + seconds_of(given, "takes_seconds")
        if "error" in given:
            return _Coming(at, {"error": flow.child_failed(run_id, states.FAILED, as_text(given["error"]))})
        output = CalledRun(str(run_id), states.SUCCEEDED, as_object(given["outputs"]))
        return _Coming(at, {"output": written(output)})
