"""Finds all problems of a definition, each with its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.workflows.call_problems import CallChecker, KnownSecretRules, marked
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.drafts import DefinitionPath, DraftStep, draft_steps
from automate.workflows.edges import Edges, Sight
from automate.workflows.graph import Ancestry
from automate.workflows.graph_problems import check_graph
from automate.workflows.problems import few_suggestions
from automate.workflows.references import ReferenceChecker, condition_problems
from automate.workflows.schema import schema_problems
from automate.workflows.templates import try_compile
from automate.workflows.templates.literals import MARK
from automate.workflows.time_problems import time_problems


@dataclass(frozen=True)
class WorkflowLimits:
    steps: int = LIMITS.steps_per_run
    timeout_seconds: float = LIMITS.wait_seconds
    """Of a run."""


def check_definition(
    raw: Json,
    connectors: Mapping[str, ConnectorSpec],
    known_secrets: Callable[[str], bool] | None,
    limits: WorkflowLimits | None = None,
    secret_use: KnownSecretRules | None = None,
) -> list[Problem]:
    """Return all problems of a definition. Never raises.

    With ``known_secrets=None`` or ``secret_use=None``, secrets are not checked.
    """
    with few_suggestions():
        return _problems(raw, connectors, known_secrets, limits or WorkflowLimits(), secret_use)


def _problems(
    raw: Json,
    connectors: Mapping[str, ConnectorSpec],
    known_secrets: Callable[[str], bool] | None,
    limits: WorkflowLimits,
    secret_use: KnownSecretRules | None,
) -> list[Problem]:
    problems = schema_problems(raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        return problems
    if len(raw["steps"]) > limits.steps:
        message = f"This workflow has {len(raw['steps']):,} steps; the maximum is {limits.steps:,}. Split it with flow.run_workflow."
        return [*problems, Problem("LIMIT_EXCEEDED", message, ("steps",))]
    steps = draft_steps(raw["steps"])
    needs, graph_problems = check_graph(steps)
    problems += graph_problems
    problems += time_problems(raw, steps, limits.timeout_seconds)
    references = ReferenceChecker(needs, None if graph_problems else Ancestry(needs))
    edges = Edges(steps, needs, references, connectors, sound=not graph_problems)
    problems += _concurrency_problems(raw.get("concurrency"), edges.early())
    calls = CallChecker(connectors, edges, known_secrets, secret_use)
    for step in steps:
        if "if" in step.raw:
            problems += condition_problems(step.raw["if"], (*step.place, "if"), edges.of_step(step).read_problem)
        problems += _refs_elsewhere(step)
        problems += calls.problems(step)
    return problems


def _concurrency_problems(concurrency: Json, sight: Sight) -> Iterator[Problem]:
    key = concurrency.get("key") if isinstance(concurrency, dict) else None
    if not isinstance(key, str):
        return
    place = ("concurrency", "key")
    if MARK in key:
        yield _misplaced(place)
        return
    template, problems = try_compile(key, place)
    yield from problems
    yield from sight.template_problems(template)


def _refs_elsewhere(step: DraftStep) -> Iterator[Problem]:
    # Outside of `with`, a reference would be plain text.
    for name, value in step.raw.items():
        if name == "compensate" and isinstance(value, dict):
            value = {inner: item for inner, item in value.items() if inner != "with"}  # noqa: PLW2901 - without its own
        if name != "with":
            yield from map(_misplaced, marked(value, (*step.place, name)))


def _misplaced(path: DefinitionPath) -> Problem:
    return Problem("INVALID_WORKFLOW", f'A secret ({MARK}…) can be used only in "with". Remove it here.', path)
