"""The ratio of two sides from paired measurements, with its interval. Pure.

The method is the Hodges-Lehmann estimate with the interval of Wilcoxon's signed-rank test, over the logarithms of the
paired ratios. Three reasons:

- Pairs cancel drift. Both values of a pair are taken one after the other, so the machine's slow changes hit both.
- The interval needs no normal noise. If the sides do not differ, exchanging them changes nothing, so the logarithms
  are symmetric around zero. The test is exact for symmetric noise. Student's t is not.
- A disturbed round moves the estimate little. A checkpoint or a neighbour's job often spoils one measurement of ten.

The price is a minimum of five pairs for an interval of 90 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

CONFIDENCE = 0.9


@dataclass(frozen=True)
class Ratio:
    """The ratio.

    low and high bound the interval that contains the true ratio with at least the requested confidence.
    """

    value: float
    low: float
    high: float


def paired_ratio(pairs: Sequence[tuple[float, float]], confidence: float = CONFIDENCE) -> Ratio:
    """The ratio this / base. pairs: (base, this), all above zero.

    Raises ValueError for too few pairs for the confidence.
    """
    rank = interval_rank(len(pairs), confidence)
    averages = _pairwise_averages(pairs)
    return Ratio(math.exp(median(averages)), math.exp(averages[rank - 1]), math.exp(averages[-rank]))


def ratio_so_far(pairs: Sequence[tuple[float, float]]) -> float:
    """The value of ``paired_ratio``, for any number of pairs."""
    return math.exp(median(_pairwise_averages(pairs)))


def _pairwise_averages(pairs: Sequence[tuple[float, float]]) -> list[float]:
    """The averages of all pairs of logarithms, each also with itself, in order."""
    logs = [math.log(this / base) for base, this in pairs]
    return sorted((logs[i] + logs[j]) / 2 for i in range(len(logs)) for j in range(i, len(logs)))


def interval_rank(count: int, confidence: float) -> int:
    """The interval extends from the rank-th smallest of the pairwise averages to the rank-th largest.

    Raises ValueError if even the whole range has less than the confidence.
    """
    ways = _ways_of_signed_ranks(count)
    tail, rank = 0, 0
    while (tail := tail + ways[rank]) / 2**count <= (1 - confidence) / 2:
        rank += 1
    if rank == 0:
        raise ValueError(f"{count} pairs are too few for an interval of {confidence:.0%}")
    return rank


def _ways_of_signed_ranks(count: int) -> list[int]:
    """For each sum 0, 1, 2, …: the number of the 2**count assignments of signs whose positive ranks have this sum."""
    ways = [1]
    for rank in range(1, count + 1):
        longer = ways + [0] * rank
        for total, number in enumerate(ways):
            longer[total + rank] += number
        ways = longer
    return ways
