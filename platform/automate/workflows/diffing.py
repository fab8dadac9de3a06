"""Finds the differences between two definitions. Steps with the same key are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from automate.kernel.canonical import canonical_json
from automate.kernel.json_values import JsonValue
from automate.workflows.drafts import draft_steps
from automate.workflows.graph_problems import check_graph

MOST_PLACES = 1_000
"""Maximum number of places that a difference reports."""

Change = Literal["added", "removed", "changed", "renamed"]


@dataclass(frozen=True)
class ChangedValue:
    """A value that differs between two definitions."""

    path: tuple[str | int, ...]
    """The path below the step, or below the definition; outermost key first."""
    before: JsonValue
    """None if there was no value."""
    after: JsonValue
    """None if there is no value."""
    present: tuple[bool, bool] = (True, True)
    """Distinguishes a missing value from a null."""


@dataclass(frozen=True)
class StepChange:
    """A step that differs between two definitions."""

    key: str
    change: Change
    needs: tuple[tuple[str, ...], tuple[str, ...]]
    """The steps that this step waits for: before the change, and after it. They follow from ``needs``, the order
    and ``on_failure``."""
    places: Sequence[ChangedValue] = ()
    """The differences within the step; for an added or removed step, the whole step."""
    renamed_from: str = ""
    """Its key before."""


@dataclass(frozen=True)
class DefinitionDifference:
    fields: Sequence[ChangedValue] = ()
    """Differences outside of the steps."""
    steps: Sequence[StepChange] = ()
    """In the order of the later definition; then the removed steps."""
    left_out: int = 0
    """Number of places beyond MOST_PLACES."""

    @property
    def same(self) -> bool:
        return not self.fields and not self.steps


@dataclass(frozen=True)
class _Side:
    steps: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    """Steps with a unique key."""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nameless: Sequence[JsonValue] = ()
    """The other steps."""
    rest: Mapping[str, JsonValue] = field(default_factory=dict)
    """The definition without its steps."""


def difference(before: JsonValue, after: JsonValue) -> DefinitionDifference:
    """Compare two definitions. The definitions can be invalid."""
    old, new = _side(before), _side(after)
    fields = list(places({**old.rest}, {**new.rest}, ()))
    if canonical_json(list(old.nameless)) != canonical_json(list(new.nameless)):
        fields.append(ChangedValue(("steps",), list(old.nameless), list(new.nameless)))
    steps = [*_steps(old, new)]
    return _cut(fields, steps)


def _side(definition: JsonValue) -> _Side:
    raw = definition if isinstance(definition, dict) else {}
    rest = {name: value for name, value in raw.items() if name != "steps"}
    listed = raw.get("steps")
    if not isinstance(listed, list):
        return _Side(rest=raw)
    drafts = draft_steps(listed)
    needs, _ = check_graph(drafts)
    often = Counter(draft.key for draft in drafts)
    steps = {draft.key: draft.raw for draft in drafts if draft.key is not None and often[draft.key] == 1}
    named = {draft.index for draft in drafts if draft.key in steps}
    nameless = [step for index, step in enumerate(listed) if index not in named]
    return _Side(steps, needs, nameless, rest)


def _steps(old: _Side, new: _Side) -> Iterator[StepChange]:
    renamed = _renamed(old, new)
    for key, step in new.steps.items():
        was = renamed.get(key, key)
        needs = old.needs.get(was, ()), new.needs.get(key, ())
        if was not in old.steps:
            yield StepChange(key, "added", needs, [ChangedValue((), None, dict(step), (False, True))])
        elif was != key:
            yield StepChange(key, "renamed", needs, renamed_from=was)
        else:
            changed = [*places({**old.steps[key]}, {**step}, ())]
            if changed or set(needs[0]) != set(needs[1]):
                yield StepChange(key, "changed", needs, changed)
    gone = set(renamed.values())
    for key, step in old.steps.items():
        if key not in new.steps and key not in gone:
            yield StepChange(
                key, "removed", (old.needs.get(key, ()), ()), [ChangedValue((), dict(step), None, (True, False))]
            )


def _renamed(old: _Side, new: _Side) -> dict[str, str]:
    # If several added or removed steps are equal, no step counts as renamed.
    came = _by_content(new, old)
    went = _by_content(old, new)
    return {
        keys[0]: went[content][0]
        for content, keys in came.items()
        if len(keys) == 1 and len(went.get(content, ())) == 1
    }


def _by_content(side: _Side, other: _Side) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = {}
    for key, step in side.steps.items():
        if key not in other.steps:
            content = canonical_json({name: value for name, value in step.items() if name != "key"})
            found.setdefault(content, []).append(key)
    return found


def places(before: JsonValue, after: JsonValue, path: tuple[str | int, ...]) -> Iterator[ChangedValue]:
    # Lists of different lengths differ as a whole: the position of the new entry is unknown.
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            if name in before and name in after:
                yield from places(before[name], after[name], (*path, name))
            else:
                present = name in before, name in after
                yield ChangedValue((*path, name), before.get(name), after.get(name), present)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from places(old, new, (*path, index))
    elif canonical_json(before) != canonical_json(after):
        yield ChangedValue(path, before, after)


def _cut(fields: Sequence[ChangedValue], steps: Sequence[StepChange]) -> DefinitionDifference:
    listed = list(islice(fields, MOST_PLACES))
    left, kept = MOST_PLACES - len(listed), []
    for step in steps:
        shown = list(islice(step.places, left))
        left -= len(shown)
        kept.append(StepChange(step.key, step.change, step.needs, shown, step.renamed_from))
    total = len(fields) + sum(len(step.places) for step in steps)
    return DefinitionDifference(listed, kept, total - (MOST_PLACES - left))
