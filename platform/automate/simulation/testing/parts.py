"""Extracts a step from a definition, together with all steps that this step needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.workflows.definition import ON_FAILURE_WORDS
from automate.workflows.drafts import DraftStep, draft_steps
from automate.workflows.graph_problems import check_graph
from automate.workflows.problems import did_you_mean


@dataclass(frozen=True)
class DefinitionPart:
    """A step of a definition, together with all steps that this step needs."""

    definition: Mapping[str, JsonValue]
    """The definition of the part. It can be published if the part has no problems."""
    places: tuple[int, ...]
    """The index of each step of the part in the whole definition."""

    def path(self, path: tuple[str | int, ...]) -> list[str | int]:
        """Convert a path in this part of a definition to the path of the same value in the whole definition."""
        if len(path) > 1 and path[0] == "steps" and isinstance(path[1], int):
            return ["steps", self.places[path[1]], *path[2:]]
        return list(path)


def whole(definition: Mapping[str, JsonValue]) -> DefinitionPart:
    steps = definition.get("steps")
    return DefinitionPart(definition, tuple(range(len(steps))) if isinstance(steps, list) else ())


def up_to(definition: Mapping[str, JsonValue], key: str) -> DefinitionPart:
    """Return a part of a definition. The last step of this part is ``key``. Raises NOT_FOUND for an unknown step."""
    # Without a concurrency key, because other runs could hold that key.
    raw_steps = definition.get("steps")
    steps = [step for step in draft_steps(raw_steps if isinstance(raw_steps, list) else []) if step.key is not None]
    needs, _ = check_graph(steps)
    if key not in needs:
        message = f"The workflow has no such step.{did_you_mean(key, needs)}"
        raise NormalizedError("NOT_FOUND", message, path=["step"])
    wanted = {key: None}
    for known in wanted_order(needs, key):
        wanted[known] = None
    kept = {step.key: step for step in reversed(steps) if step.key in wanted}
    places = sorted(step.index for step in kept.values())
    by_place = {step.index: step for step in kept.values()}
    members = {name: value for name, value in definition.items() if name != "concurrency"}
    part: list[JsonValue] = [_alone(by_place[place], needs[str(by_place[place].key)], wanted) for place in places]
    return DefinitionPart({**members, "steps": part}, tuple(places))


def wanted_order(needs: Mapping[str, tuple[str, ...]], key: str) -> list[str]:
    found: dict[str, None] = {}
    pending = list(needs[key])
    while pending:
        need = pending.pop()
        if need not in found:
            found[need] = None
            pending.extend(needs[need])
    return list(found)


def _alone(step: DraftStep, needs: tuple[str, ...], wanted: Mapping[str, None]) -> JsonObject:
    raw = {name: value for name, value in step.raw.items() if name != "needs"}
    after = step.on_failure
    if after is not None and after not in ON_FAILURE_WORDS and after not in wanted:
        del raw["on_failure"]
    handled_here = [need for need in needs if need in wanted]
    return {**raw, "needs": [*handled_here]}
