"""A definition that may be wrong, as far as it is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json
from automate.workflows.definition import FOR_EACH, ON_FAILURE_FAIL

Place = tuple[str | int, ...]
"""A path that can be put before others."""


@dataclass(frozen=True)
class DraftStep:
    """key, uses and on_failure are None where they are not text; needs where it is no list."""

    index: int
    raw: Mapping[str, Json]
    key: str | None
    uses: str | None
    needs: tuple[str, ...] | None
    on_failure: str | None

    @property
    def place(self) -> Place:
        return ("steps", self.index)

    def compensation(self) -> tuple[Place, Mapping[str, Json]] | None:
        """Where it stands, and what it says."""
        raw = self.raw.get("compensate")
        return ((*self.place, "compensate"), raw) if isinstance(raw, dict) else None

    def item_step(self) -> tuple[Place, Mapping[str, Json]] | None:
        """Where it stands, and what it says; None for a step that is no FOR_EACH."""
        given = self.raw.get("with")
        raw = given.get("step") if self.uses == FOR_EACH and isinstance(given, dict) else None
        return ((*self.place, "with", "step"), raw) if isinstance(raw, dict) else None

    def calls(self) -> Iterator[tuple[Place, Mapping[str, Json]]]:
        """All that is called on behalf of the step, with its place: itself, each item's step, its compensation."""
        yield self.place, self.raw
        for inner in (self.item_step(), self.compensation()):
            if inner is not None:
                yield inner


def draft_steps(raw_steps: list[Json]) -> list[DraftStep]:
    return [_draft(index, raw) for index, raw in enumerate(raw_steps) if isinstance(raw, dict)]


def _draft(index: int, raw: Mapping[str, Json]) -> DraftStep:
    needs = raw.get("needs")
    return DraftStep(
        index=index,
        raw=raw,
        key=_text(raw.get("key")),
        uses=_text(raw.get("uses")),
        needs=tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else None,
        on_failure=_text(raw.get("on_failure", ON_FAILURE_FAIL)),
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
