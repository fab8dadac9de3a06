"""The result of each scene, and all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """per_second: answers of ours. raw, graphile: answers of the others; None where they were not asked. wants: the least ratio to raw.

    web_ms, raw_ms: processor time of the web process, and of the raw one, for each answer. agrees: whether the answers are the same.
    """

    scene: str
    per_second: float
    web_ms: float
    raw: float
    raw_ms: float
    graphile: float | None
    wants: float | None
    agrees: bool

    @property
    def ratio(self) -> float:
        return self.per_second / self.raw

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


HEAD = f"{'':22}{'ours/s':>8}{'ms':>7}{'raw/s':>8}{'ms':>7}{'of raw':>8}{'PostGraphile/s':>16}{'of it':>7}  target"


def line(one: Outcome) -> str:
    other = f"{one.graphile:16,.0f}{one.per_second / one.graphile:7.2f}" if one.graphile else f"{'-':>16}{'-':>7}"
    target = "" if one.wants is None else f"  {one.wants} {'met' if one.ratio >= one.wants else 'MISSED'}"
    differs = "" if one.agrees else "  ANSWERS DIFFER"
    numbers = f"{one.per_second:8,.0f}{one.web_ms:7.2f}{one.raw:8,.0f}{one.raw_ms:7.2f}{one.ratio:8.2f}"
    return f"{one.scene:22}{numbers}{other}{target}{differs}"


def missed(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.scene for one in outcomes if one.wants is not None and one.ratio < one.wants]
