"""A published version, compiled for execution."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue
from automate.rules.predicate import DEEPEST, Predicate, compile_rule, references
from automate.workflows.definition import FOR_EACH, Definition, ItemStep, Step, is_flow, item_step, parse
from automate.workflows.flow_steps import raw_inputs
from automate.workflows.graph import effective_needs, handled_by
from automate.workflows.templates import Reference, Template, compile_template
from automate.workflows.templates.expressions import READ_LENGTH


@dataclass(frozen=True)
class CompiledStep:
    step: Step
    needs: tuple[str, ...]
    """Keys of the steps that this step waits for."""
    template: Template
    """The template of the step's ``with``, except ``raw``."""
    condition: Predicate | None
    """Its ``if``; None means always."""
    condition_reads: frozenset[Reference]
    """References in the condition."""
    raw: Mapping[str, JsonValue]
    """Parts of its ``with`` that are used literally."""
    flow: bool
    compensation: Template | None
    """The template of its compensation."""
    handles: tuple[str, ...]
    """Steps that name it in ``on_failure``."""
    each: ItemStep | None
    """The call of a flow.for_each for each item."""
    item: Template | None
    """The template of ``each``."""
    source_bytes: int
    """Bytes of its inputs as written in the definition."""


@dataclass(frozen=True)
class CompiledVersion:
    id: uuid.UUID
    workflow_id: uuid.UUID
    workflow_slug: str
    number: int
    definition: Definition
    steps: Mapping[str, CompiledStep]
    """By key, in the order of the definition."""
    dependents: Mapping[str, tuple[str, ...]]
    """Step key -> keys of the steps that need this step."""
    key: Template | None
    """The template of the concurrency key."""
    has_children: bool
    """True if a step can start a run and wait for it."""
    for_each: tuple[str, ...]
    """Keys of the steps that work on items."""


def compile_version(
    version_id: uuid.UUID, workflow_id: uuid.UUID, slug: str, number: int, raw: Mapping[str, JsonValue]
) -> CompiledVersion:
    """Compile a valid definition."""
    definition = parse(raw)
    needs = effective_needs(definition.steps)
    handled = handled_by(definition.steps)
    dependents: dict[str, list[str]] = {step.key: [] for step in definition.steps}
    for key, wanted in needs.items():
        for need in wanted:
            dependents[need].append(key)
    return CompiledVersion(
        id=version_id,
        workflow_id=workflow_id,
        workflow_slug=slug,
        number=number,
        definition=definition,
        steps={step.key: _compile_step(step, needs[step.key], handled.get(step.key, ())) for step in definition.steps},
        dependents={key: tuple(found) for key, found in dependents.items()},
        key=None if definition.concurrency is None else compile_template(definition.concurrency.key),
        has_children=any(step.uses == "flow.run_workflow" for step in definition.steps),
        for_each=tuple(step.key for step in definition.steps if step.uses == FOR_EACH),
    )


def _compile_step(step: Step, needs: tuple[str, ...], handles: tuple[str, ...]) -> CompiledStep:
    raw = raw_inputs(step.uses)
    each = item_step(step) if step.uses == FOR_EACH else None
    return CompiledStep(
        step=step,
        needs=needs,
        template=compile_template({name: value for name, value in step.with_.items() if name not in raw}),
        condition=None if step.if_ is None else compile_rule(step.if_),
        condition_reads=references(step.if_, DEEPEST, READ_LENGTH),
        raw={name: value for name, value in step.with_.items() if name in raw},
        flow=is_flow(step.uses),
        compensation=None if step.compensate is None else compile_template(dict(step.compensate.with_)),
        handles=handles,
        each=each,
        item=None if each is None else compile_template(dict(each.with_)),
        source_bytes=len(json_bytes([step.with_, dict(step.compensate.with_) if step.compensate else None])),
    )
