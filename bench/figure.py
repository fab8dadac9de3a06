"""One measured figure, as ``bench/out/latest.json`` holds it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


def readable(number: float) -> str:
    """A number as it is printed: with three decimals below ten, where they matter."""
    return f"{number:.{1 if number >= 10 else 3}f}"  # noqa: PLR2004


@dataclass(frozen=True)
class Figure:
    """One figure."""

    name: str
    value: float
    """The median of the rounds, in ``unit``."""
    unit: str
    min: float
    max: float
    ratio: float | None = None
    """The median of the ratios to the figure ``of``, round by round."""
    of: str | None = None
    target: float | None = None
    """The bound for the value, or for the ratio if there is one."""
    met: bool | None = None
    """None without a target."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def __str__(self) -> str:
        share = f"  {self.ratio:.2f} of {self.of}" if self.ratio is not None else ""
        aim = "" if self.met is None else f"  target {self.target:g}: {'met' if self.met else 'MISSED'}"
        value, least, most = map(readable, (self.value, self.min, self.max))
        return f"{self.name:44} {value:>10} {self.unit:6} ({least} to {most}){share}{aim}"


def figure(
    name: str, values: Sequence[float], unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    """A figure from the median of several rounds, with its target."""
    value = statistics.median(values)
    target = at_least if at_least is not None else at_most
    met = None
    if at_least is not None:
        met = value >= at_least
    elif at_most is not None:
        met = value <= at_most
    return Figure(name, round(value, 3), unit, round(min(values), 3), round(max(values), 3), target=target, met=met)


def ratio_figure(
    name: str, values: Sequence[float], unit: str, *, of: str, others: Sequence[float], at_least: float | None = None
) -> Figure:
    """A figure as a ratio to another one, measured in turn with it: ratios are less noisy than values."""
    ratio = statistics.median(mine / other for mine, other in zip(values, others, strict=True))
    return Figure(
        name,
        round(statistics.median(values), 3),
        unit,
        round(min(values), 3),
        round(max(values), 3),
        ratio=round(ratio, 3),
        of=of,
        target=at_least,
        met=None if at_least is None else ratio >= at_least,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """share: between 0 and 1. The nearest rank."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
