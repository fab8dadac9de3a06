"""Reads the valid parts of a definition. Other parts of the definition can be invalid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.workflows.definition import FOR_EACH, ON_FAILURE_FAIL

DefinitionPath = tuple[str | int, ...]
"""A path that can be prefixed to others."""


@dataclass(frozen=True)
class DraftStep:
    """A step of a draft. The draft can be invalid."""

    index: int
    raw: Mapping[str, JsonValue]
    key: str | None
    """None if it is not text."""
    uses: str | None
    """None if it is not text."""
    needs: tuple[str, ...] | None
    """None if it is not a list."""
    on_failure: str | None
    """None if it is not text."""

    @property
    def place(self) -> DefinitionPath:
        return ("steps", self.index)

    def compensation(self) -> tuple[DefinitionPath, Mapping[str, JsonValue]] | None:
        raw = self.raw.get("compensate")
        return ((*self.place, "compensate"), raw) if isinstance(raw, dict) else None

    def item_step(self) -> tuple[DefinitionPath, Mapping[str, JsonValue]] | None:
        given = self.raw.get("with")
        raw = given.get("step") if self.uses == FOR_EACH and isinstance(given, dict) else None
        return ((*self.place, "with", "step"), raw) if isinstance(raw, dict) else None

    def calls(self) -> Iterator[tuple[DefinitionPath, Mapping[str, JsonValue]]]:
        """Yield the path and content of each call of the step."""
        yield self.place, self.raw
        for inner in (self.item_step(), self.compensation()):
            if inner is not None:
                yield inner


def draft_steps(raw_steps: list[JsonValue]) -> list[DraftStep]:
    return [_draft(index, raw) for index, raw in enumerate(raw_steps) if isinstance(raw, dict)]


def _draft(index: int, raw: Mapping[str, JsonValue]) -> DraftStep:
    needs = raw.get("needs")
    return DraftStep(
        index=index,
        raw=raw,
        key=_text(raw.get("key")),
        uses=_text(raw.get("uses")),
        needs=tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else None,
        on_failure=_text(raw.get("on_failure", ON_FAILURE_FAIL)),
    )


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
