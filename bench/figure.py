"""One measured figure, as ``bench/out/latest.json`` holds it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


def readable(number: float) -> str:
    """As it is printed: with three decimals below ten, where they are what differs."""
    return f"{number:.{1 if number >= 10 else 3}f}"  # noqa: PLR2004


@dataclass(frozen=True)
class Figure:
    """value: the median of the rounds, in unit. ratio: to the figure named by ``of``, round by round, its median.

    target: the bound that value (or ratio, where there is one) is held against; met: None without a target.
    """

    name: str
    value: float
    unit: str
    min: float
    max: float
    ratio: float | None = None
    of: str | None = None
    target: float | None = None
    met: bool | None = None

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
    """The median of several rounds, held against a bound."""
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
    """A figure as a share of another one that was measured in turn with it: machines are noisy, ratios less so."""
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
