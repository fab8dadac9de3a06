"""Everything that is wrong with a definition, at once, each problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeGuard

from automate.kernel.errors import Json
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import ON_FAILURE_FAIL, RUN_TIMEOUT_SECONDS
from automate.workflows.graph import Ancestry, effective_needs, find_cycles
from automate.workflows.inputs import InputChecker
from automate.workflows.problems import did_you_mean, short
from automate.workflows.references import Refusal, condition_problems, refusal_for
from automate.workflows.schema import schema_problems
from automate.workflows.templates import try_compile
from automate.workflows.templates.literals import MARK

MAX_CYCLE_NAMED = 12
"""Steps of a cycle that a message names."""


@dataclass(frozen=True)
class WorkflowLimits:
    """timeout_seconds: of a run."""

    steps: int = LIMITS.steps_per_run
    timeout_seconds: float = LIMITS.wait_seconds


@dataclass(frozen=True)
class _DraftStep:
    """What is well formed of a step that may be wrong elsewhere; key and uses are None where they are not text."""

    index: int
    raw: Mapping[str, Json]
    key: str | None
    uses: str | None
    needs: tuple[str, ...] | None


@dataclass(frozen=True)
class _Placed:
    key: str
    needs: tuple[str, ...] | None
    on_failure: str = ON_FAILURE_FAIL


def check_definition(
    raw: Json,
    connectors: Mapping[str, ConnectorSpec],
    known_secrets: Callable[[str], bool] | None,
    limits: WorkflowLimits | None = None,
) -> list[Problem]:
    """Empty where the definition may be published. Never raises.

    raw: JSON that can be stored, which ``strict_json.check_value`` has seen to. connectors: by name.
    known_secrets: whether a secret of the name exists; None leaves that unchecked.
    """
    limits = limits or WorkflowLimits()
    problems = schema_problems(raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        return problems
    if len(raw["steps"]) > limits.steps:
        message = f"A workflow has at most {limits.steps:,} steps; this one has {len(raw['steps']):,}."
        return [*problems, Problem("LIMIT_EXCEEDED", message, ("steps",))]
    steps = [_draft(index, step) for index, step in enumerate(raw["steps"]) if isinstance(step, dict)]
    needs, graph_problems = _check_graph(steps)
    problems += graph_problems
    problems += _check_timeouts(raw, steps, limits)
    ancestry = None if graph_problems else Ancestry(needs)
    inputs = InputChecker(connectors)
    secret_exists = None if known_secrets is None else cache(known_secrets)
    for step in steps:
        refuse = refusal_for(step.key or "", needs, ancestry if step.key else None)
        if "if" in step.raw:
            problems += condition_problems(step.raw["if"], ("steps", step.index, "if"), refuse)
        problems += _check_refs_elsewhere(step)
        problems += _check_input(step, inputs, refuse, secret_exists)
    return problems


def _check_input(
    step: _DraftStep, inputs: InputChecker, refuse: Refusal, known_secrets: Callable[[str], bool] | None
) -> list[Problem]:
    """Connector and ``with``."""
    problems = []
    connector = None if step.uses is None else inputs.connectors.get(step.uses)
    if step.uses is not None and connector is None:
        problems.append(_unknown_connector(step, step.uses, inputs.connectors))
    value = step.raw.get("with", {})
    if not isinstance(value, dict):
        return problems
    place = ("steps", step.index, "with")
    template, template_problems = try_compile(value, place)
    problems += template_problems
    for where, reference in template.located_references():
        message = refuse(reference)
        if message:
            problems.append(Problem("INVALID_TEMPLATE", message, where))
    if connector is not None and not connector.secrets:
        problems += [
            Problem("INVALID_WORKFLOW", f"{step.uses} shows what it is given; remove {MARK}{ref.name}.", ref.path)
            for ref in template.secret_refs()
        ]
    elif known_secrets is not None:
        problems += [
            Problem("SECRET_UNAVAILABLE", f"There is no secret {ref.name}; set it, or correct the name.", ref.path)
            for ref in template.secret_refs()
            if not known_secrets(ref.name)
        ]
    if step.uses is not None and step.uses in inputs.connectors:
        problems += inputs.problems(step.uses, value, template, place)
    return problems


def _draft(index: int, raw: Mapping[str, Json]) -> _DraftStep:
    key, uses, needs = raw.get("key"), raw.get("uses"), raw.get("needs")
    return _DraftStep(
        index=index,
        raw=raw,
        key=key if isinstance(key, str) else None,
        uses=uses if isinstance(uses, str) else None,
        needs=tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else None,
    )


def _check_graph(steps: list[_DraftStep]) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
    """The effective needs among known keys, and the problems of keys, needs and cycles."""
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for step in steps:
        if step.key is None:
            continue
        if step.key in first:
            message = f'The key "{short(step.key)}" is taken by step {first[step.key] + 1}; give this step another.'
            problems.append(Problem("INVALID_WORKFLOW", message, ("steps", step.index, "key")))
        else:
            first[step.key] = step.index
    placed = []
    for step in steps:
        for need in step.needs or ():
            if need not in first:
                message = f'There is no step "{short(need)}".{did_you_mean(need, first)}'
                position = step.raw["needs"].index(need)
                problems.append(Problem("INVALID_WORKFLOW", message, ("steps", step.index, "needs", position)))
        if step.key is not None and first[step.key] == step.index:
            placed.append(_Placed(step.key, None if step.needs is None else tuple(n for n in step.needs if n in first)))
    needs = effective_needs(placed)
    for cycle in find_cycles(needs):
        message = f"These steps wait for one another and none could start: {_arrows(cycle)}."
        problems.append(Problem("INVALID_WORKFLOW", message, ("steps", first[cycle[0]], "needs")))
    return needs, problems


def _arrows(cycle: list[str]) -> str:
    named = (
        cycle
        if len(cycle) <= MAX_CYCLE_NAMED
        else [*cycle[: MAX_CYCLE_NAMED // 2], "…", *cycle[-MAX_CYCLE_NAMED // 2 :]]
    )
    return " -> ".join(short(key) for key in named)


def _check_timeouts(raw: Mapping[str, Json], steps: list[_DraftStep], limits: WorkflowLimits) -> list[Problem]:
    problems: list[Problem] = []
    run = raw.get("timeout_seconds", RUN_TIMEOUT_SECONDS)
    if not _is_number(run):
        return problems
    if run > limits.timeout_seconds:
        days = limits.timeout_seconds / DAY_SECONDS
        message = f"A run may take at most {limits.timeout_seconds:,.0f} seconds ({days:g} days)."
        problems.append(Problem("LIMIT_EXCEEDED", message, ("timeout_seconds",)))
    for step in steps:
        timeout = step.raw.get("timeout_seconds")
        if _is_number(timeout) and timeout > run:
            message = f"A step's time-out cannot be longer than its run's, which is {run:g} seconds."
            problems.append(Problem("INVALID_WORKFLOW", message, ("steps", step.index, "timeout_seconds")))
        retry = step.raw.get("retry")
        if isinstance(retry, dict):
            initial, longest = retry.get("initial_seconds"), retry.get("max_seconds")
            if _is_number(initial) and _is_number(longest) and initial > longest:
                message = f"The first wait ({initial:g} s) cannot be longer than the longest ({longest:g} s)."
                problems.append(Problem("INVALID_WORKFLOW", message, ("steps", step.index, "retry", "initial_seconds")))
    return problems


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _unknown_connector(step: _DraftStep, uses: str, connectors: Mapping[str, ConnectorSpec]) -> Problem:
    if uses.startswith("flow."):
        message = f'"{short(uses)}" is not executed by this version of the platform yet; remove the step.'
    else:
        message = f'There is no connector "{short(uses)}".{did_you_mean(uses, connectors)}'
    return Problem("INVALID_WORKFLOW", message, ("steps", step.index, "uses"))


def _check_refs_elsewhere(step: _DraftStep) -> list[Problem]:
    """SecretRefs outside of ``with`` would be plain text that looks like more."""
    problems = []
    pending: list[tuple[Json, tuple[str | int, ...]]] = [
        (value, ("steps", step.index, name)) for name, value in step.raw.items() if name != "with"
    ]
    while pending:
        value, path = pending.pop()
        if isinstance(value, str) and MARK in value:
            problems.append(Problem("INVALID_WORKFLOW", f'{MARK}… works in "with" only; remove it here.', path))
        elif isinstance(value, dict):
            pending.extend((item, (*path, key)) for key, item in value.items())
        elif isinstance(value, list):
            pending.extend((item, (*path, index)) for index, item in enumerate(value))
    return problems
