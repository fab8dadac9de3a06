"""Checks the values that steps read from the outputs of earlier steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.problems import Problem
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import FOR_EACH
from automate.workflows.drafts import DraftStep
from automate.workflows.expression_shapes import Located, ShapeReader, problems_of
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.flow_steps.for_each import KEPT_PATH
from automate.workflows.graph import topological_order
from automate.workflows.problems import did_you_mean, short
from automate.workflows.references import EARLY_ROOTS, EVENT_ROOTS, ReferenceChecker, Refusal, early_refusal
from automate.workflows.shapes import ANYTHING, NO_PLACE, NOTHING, WHY, Shape, Shapes, either, record
from automate.workflows.templates import Template, try_compile

TRANSFORM, FAIL = "flow.transform", "flow.fail"
MOST_ALIKE = 20
"""Up to this length, each entry of a literal list is checked."""

EVENT_NAMES = (*EVENT_ROOTS, "id", "received_at", "trace_id")
"""The schema of an event as templates see it."""

_TEXT: Shape = {"type": "string"}
_COUNT: Shape = {"type": "integer"}
_CONTEXT: Mapping[str, Shape] = {
    "event": record(
        dict.fromkeys(EVENT_NAMES, _TEXT) | {"payload": ANYTHING, "headers": {"type": "object"}, "subject": ANYTHING}
    ),
    "run": record({"id": _TEXT, "trace_id": _TEXT}),
    "workflow": record({"slug": _TEXT, "version": _COUNT}),
}
_ERROR: JsonObject = {**record({"code": _TEXT, "message": _TEXT, "details": ANYTHING}), "type": ["object", "null"]}


@dataclass(frozen=True)
class Sight:
    """The values that a template or a condition may read."""

    refuse: Refusal
    """Returns the problem of a whole reference, or None: see ``references``."""
    shape: Shape
    """Of the context."""
    shapes: Shapes

    def template_problems(self, template: Template) -> Iterator[Problem]:
        """Yield a problem for each expression that reads a missing value."""
        refused = set()
        for where, reference in template.located_references():
            message = self.refuse(reference)
            if message:
                refused.add(where)
                yield Problem("INVALID_TEMPLATE", message, where)
        for where, expression in template.located_expressions():
            if where in refused:
                continue
            for message in self._messages(lambda reader, node=expression.node: reader.follow(node, self._context)):  # type: ignore[misc] # bound at once
                yield Problem("INVALID_TEMPLATE", message, where)

    def read_problem(self, keys: Sequence[str]) -> str | None:
        """Return the problem if a condition cannot read the path ``keys``. Otherwise, return None."""
        refused = self.refuse(tuple(keys))
        if refused:
            return refused
        return next(self._messages(lambda reader: reader.keys(keys, self._context)), None)

    @property
    def _context(self) -> Located:
        return Located(self.shape)

    def _messages(self, read: Callable[[ShapeReader], JsonValue]) -> Iterator[str]:
        return problems_of(read, self.shapes)


class Edges:
    """Checks the values that the steps of one definition read from earlier steps."""

    def __init__(
        self,
        steps: Sequence[DraftStep],
        needs: Mapping[str, Sequence[str]],
        references: ReferenceChecker,
        connectors: Mapping[str, ConnectorSpec],
        *,
        sound: bool,
    ) -> None:
        self._references, self._connectors = references, connectors
        self._shapes = Shapes()
        self._outputs: dict[str, Shape] = {}
        self._seen: dict[str, Shape] = {}
        self._by_key = {step.key: step for step in steps if step.key is not None}
        self._alone = _alone(steps)
        if sound:
            for key in topological_order(needs):
                self._outputs[key] = self._output(self._by_key[key])
                self._seen[key] = _seen(self._outputs[key])

    def early(self) -> Sight:
        return self._sight(early_refusal, {name: _CONTEXT[name] for name in EARLY_ROOTS})

    def of_step(self, step: DraftStep) -> Sight:
        return self._sight(self._references.of_step(step.key), self._context(step.key))

    def of_items(self, step: DraftStep) -> Sight:
        context = self._context(step.key)
        item = record({"value": self._item(step), "index": _COUNT})
        return self._sight(self._references.of_items(step.key), {**context, "item": item})

    def of_compensation(self, step: DraftStep) -> Sight:
        return self._sight(self._references.of_compensation(step.key), self._context(step.key))

    def _sight(self, refuse: Refusal, context: Mapping[str, Shape]) -> Sight:
        # Other roots are refused by name, with a message of their own.
        return Sight(refuse, {"type": "object", "properties": {**context}}, self._shapes)

    def _context(self, key: str | None) -> Mapping[str, Shape]:
        seen: Mapping[str, Shape] = self._seen
        failed = self._alone.get(key) if key is not None else None
        if failed is not None and failed in seen:
            why = f"{key} runs only after {failed} has failed, and then {failed} has no output. Read steps.{failed}.error."
            seen = {**seen, failed: _seen({**NOTHING, WHY: why})}
        # Unknown steps, and steps that may not have ended, are refused by key. In an unsound graph they can have any shape.
        return {**_CONTEXT, "steps": {"type": "object", "properties": {**seen}}}

    def _output(self, step: DraftStep) -> Shape:
        if step.uses == TRANSFORM:
            given = step.raw.get("with")
            written = given.get("output") if isinstance(given, dict) else None
            return self._written(written, self._context(step.key))
        if step.uses == FAIL:
            return {**NOTHING, WHY: f"{step.key} never succeeds, so it has no output. Read steps.{step.key}.error."}
        if step.uses == FOR_EACH:
            return self._results(step)
        spec = FLOW_SPECS.get(step.uses or "") or self._connectors.get(step.uses or "")
        return ANYTHING if spec is None else dict(spec.output_schema)

    def kept_problems(self, step: DraftStep) -> Iterator[Problem]:
        spec = self._called_for_items(step)
        if spec is None:
            return
        for index, path in enumerate(_kept_paths(step) or ()):
            shape: Shape = dict(spec.output_schema)
            for name in path.split("."):
                member = self._shapes.member(shape, name)
                if member is NO_PLACE:
                    known = as_object(spec.output_schema.get("properties", {}))
                    message = f'The output of {spec.name} has nothing at "{short(path)}".{did_you_mean(path, known)}'
                    yield Problem("INVALID_WORKFLOW", message, (*step.place, "with", "keep", index))
                    break
                shape = member

    def _called_for_items(self, step: DraftStep) -> ConnectorSpec | None:
        call = step.item_step()
        uses = call[1].get("uses") if call is not None else None
        return self._connectors.get(uses) if isinstance(uses, str) else None

    def _results(self, step: DraftStep) -> Shape:
        schema = dict(FLOW_SPECS[FOR_EACH].output_schema)
        spec = self._called_for_items(step)
        if spec is None:
            return schema
        properties = as_object(schema["properties"])
        items = as_object(properties["items"])
        item = as_object(items["items"])
        output = either([_kept_of(step, dict(spec.output_schema)), NOTHING])
        item = {**item, "properties": {**as_object(item["properties"]), "output": output}}
        return {**schema, "properties": {**properties, "items": {**items, "items": item}}}

    def _item(self, step: DraftStep) -> Shape:
        given = step.raw.get("with")
        items = given.get("items") if isinstance(given, dict) else None
        shape = self._written(items, self._context(step.key))
        found = self._shapes.item(shape)
        return found if isinstance(found, Mapping) else ANYTHING

    def _written(self, value: JsonValue, context: Mapping[str, Shape]) -> Shape:
        template, problems = try_compile(value)
        if problems:
            return ANYTHING
        whole = {path: expression for path, expression in template.located_expressions() if template.open_paths()[path]}
        root = Located({"type": "object", "properties": {**context}})
        found = {
            path: ShapeReader(self._shapes).follow(expression.node, root).shape for path, expression in whole.items()
        }
        return _shape_of(value, (), found)


def _shape_of(value: JsonValue, path: tuple[str | int, ...], found: Mapping[tuple[str | int, ...], Shape]) -> Shape:
    if isinstance(value, dict):
        return record({name: _shape_of(item, (*path, name), found) for name, item in value.items()})
    if isinstance(value, list):
        alike = [_shape_of(item, (*path, index), found) for index, item in enumerate(value[:MOST_ALIKE])]
        return {"type": "array", "items": ANYTHING if len(value) > MOST_ALIKE else either(alike)}
    if isinstance(value, str):
        return found.get(path, _TEXT)
    return {"enum": [value]}


def _kept_of(step: DraftStep, output: Shape) -> Shape:
    paths = _kept_paths(step)
    return output if paths is None else record({path.partition(".")[0]: ANYTHING for path in paths})


def _kept_paths(step: DraftStep) -> list[str] | None:
    given = step.raw.get("with")
    keep = given.get("keep") if isinstance(given, dict) else None
    if not isinstance(keep, list):
        return None
    paths = [path for path in keep if isinstance(path, str) and re.match(KEPT_PATH, path)]
    return paths if len(paths) == len(keep) else None


def _seen(output: Shape) -> Shape:
    return record({"state": _TEXT, "output": output, "error": _ERROR})


def _alone(steps: Collection[DraftStep]) -> dict[str | None, str]:
    handled: dict[str, list[str]] = {}
    for step in steps:
        if step.on_failure is not None and step.key is not None:
            handled.setdefault(step.on_failure, []).append(step.key)
    return {handler: failing[0] for handler, failing in handled.items() if len(failing) == 1}
