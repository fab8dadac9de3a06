"""Figures of the portal, printed with their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FIRST_LOAD_KB = 250
INTERACTIVE_MS, FILTER_MS = 1_000, 200
FRAME_P99_MS, FRAME_MOST_MS = 32, 100


@dataclass(frozen=True)
class Measure:
    """A figure. most: the target in the unit, None for a figure without a target.

    worst: of all rounds, for information.
    """

    name: str
    value: float
    unit: str
    most: float | None
    worst: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.most is None or self.value < self.most

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def measure_of(found: Mapping[str, Any]) -> Measure:
    """The measure of a scene, from the line that the browser's script prints. Raises KeyError for an unknown scene."""
    return {
        "first load": _first_load,
        "interactive": _interactive,
        "filter": _filter,
        "scroll": _scroll,
        "scroll alone": _scroll_alone,
    }[found["scene"]](found)


def _first_load(found: Mapping[str, Any]) -> Measure:
    return Measure("first load, as it is sent", found["kB"], "kB", FIRST_LOAD_KB)


def _interactive(found: Mapping[str, Any]) -> Measure:
    return Measure("run list interactive", found["median"], "ms", INTERACTIVE_MS, found["most"])


def _filter(found: Mapping[str, Any]) -> Measure:
    return Measure(f"filter: {found['name']}", found["median"], "ms", FILTER_MS, found["most"])


def _scroll(found: Mapping[str, Any]) -> Measure:
    """The worse of two clocks: frames that the browser drew, and frames that the page was asked for."""
    worst = max(found["drawnMost"], found["askedMost"])
    p99 = max(found["drawnP99"], found["askedP99"])
    note = f"{found['frames']} frames over {found['rows']:,} rows, {found['blank']} with a blank list, {found['dropped']} dropped"
    # A longest frame above its own target misses, even if the p99 does not.
    value = p99 if worst < FRAME_MOST_MS else max(p99, FRAME_P99_MS)
    return Measure("scrolling, p99 of frames", value, "ms", FRAME_P99_MS, worst, note)


def _scroll_alone(found: Mapping[str, Any]) -> Measure:
    """The frame times of a page with the same boxes and without scripts. The portal cannot be faster than this page."""
    worst = max(found["drawnMost"], found["askedMost"])
    note = f"{found['frames']} frames, {found['dropped']} dropped"
    return Measure("the same boxes, no scripts", max(found["drawnP99"], found["askedP99"]), "ms", None, worst, note)


def missed(measures: Sequence[Measure]) -> list[str]:
    return [measure.name for measure in measures if not measure.met]


def line(measure: Measure) -> str:
    target = "" if measure.most is None else f"  < {measure.most:g} {'met' if measure.met else 'MISSED'}"
    worst = "" if measure.worst is None else f"  worst {measure.worst:g}"
    note = f"  ({measure.note})" if measure.note else ""
    return f"{measure.name:28}{measure.value:10g} {measure.unit:5}{worst:16}{target}{note}"
