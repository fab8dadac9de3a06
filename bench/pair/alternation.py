"""Measures both sides in turn: base then this in one round, this then base in the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bench.figure import readable
from bench.lines import Line
from bench.pair.ratio import CONFIDENCE, interval_rank, ratio_so_far

Pairs = dict[str, list[tuple[float, float]]]


class Measured(Protocol):
    def measure(self, load: str) -> Mapping[str, float]:
        """The value of each line that the load yields."""


def check_rounds(rounds: int) -> int:
    """Raise ValueError for an odd number of rounds, where one side would be first more often, and for too few."""
    if rounds % 2:
        raise ValueError(f"{rounds} rounds do not let both sides begin equally often; choose an even number")
    interval_rank(rounds, CONFIDENCE)
    return rounds


def alternate(base: Measured, this: Measured, lines: Sequence[Line], rounds: int, say: Callable[[str], None]) -> Pairs:
    """The values of each line as (base, this), a pair for each round.

    A load with several lines runs once for all of them.
    """
    loads = list(dict.fromkeys(line.load for line in lines))
    pairs: Pairs = {line.name: [] for line in lines}
    for number in range(1, rounds + 1):
        for load in loads:
            if number % 2:
                first = base.measure(load)
                second = this.measure(load)
            else:
                second = this.measure(load)
                first = base.measure(load)
            for line in (line for line in lines if line.load == load):
                pair = first[line.name], second[line.name]
                pairs[line.name].append(pair)
                say(_progress(number, rounds, line, pairs[line.name]))
    return pairs


def _progress(number: int, rounds: int, line: Line, pairs: Sequence[tuple[float, float]]) -> str:
    base, this = map(readable, pairs[-1])
    so_far = ratio_so_far(pairs)
    return f"  round {number:2} of {rounds}  {line.name:20} base {base:>8}  this {this:>8} {line.unit:8} ratio so far {so_far:.3f}"
