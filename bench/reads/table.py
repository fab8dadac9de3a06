"""The result of each scene, and all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """The result of one scene."""

    scene: str
    per_second: float
    """Our answers a second."""
    web_ms: float
    """Processor time of the web process for each answer."""
    raw: float
    """Answers of raw SQL a second."""
    raw_ms: float
    """Processor time of the raw process for each answer."""
    graphile: float | None
    """Answers of PostGraphile a second; None if it was not measured."""
    wants: float | None
    """The minimum ratio to raw SQL."""
    agrees: bool
    """Whether the answers are equal."""
    most_ms: float | None = None
    """The maximum of web_ms."""

    @property
    def ratio(self) -> float:
        return self.per_second / self.raw

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


HEAD = f"{'':22}{'ours/s':>8}{'ms':>7}{'raw/s':>8}{'ms':>7}{'of raw':>8}{'PostGraphile/s':>16}{'of it':>7}  target"


def line(one: Outcome) -> str:
    other = f"{one.graphile:16,.0f}{one.per_second / one.graphile:7.2f}" if one.graphile else f"{'-':>16}{'-':>7}"
    target = "" if one.wants is None else f"  {one.wants} {'met' if one.ratio >= one.wants else 'MISSED'}"
    if one.most_ms is not None:
        target = f"  {one.most_ms} ms {'met' if one.web_ms <= one.most_ms else 'MISSED'}"
    differs = "" if one.agrees else "  ANSWERS DIFFER"
    numbers = f"{one.per_second:8,.0f}{one.web_ms:7.2f}{one.raw:8,.0f}{one.raw_ms:7.2f}{one.ratio:8.2f}"
    return f"{one.scene:22}{numbers}{other}{target}{differs}"


def missed(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        one.scene
        for one in outcomes
        if (one.wants is not None and one.ratio < one.wants) or (one.most_ms is not None and one.web_ms > one.most_ms)
    ]
