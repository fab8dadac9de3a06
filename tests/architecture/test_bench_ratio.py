"""The interval of ``make bench-pair`` against published tables and simulated noise, and the verdicts drawn from it."""

from __future__ import annotations

import math
import random

import pytest

from bench.lines import Line
from bench.pair.ratio import interval_rank, paired_ratio, ratio_so_far
from bench.pair.verdict import judge, table

RATE = Line("rate", "/s", "higher", "busy")
TIME = Line("time", "ms", "lower", "busy")


@pytest.mark.parametrize(
    ("count", "critical"), [(5, 0), (6, 2), (7, 3), (8, 5), (9, 8), (10, 10), (11, 13), (12, 17), (15, 30), (20, 60)]
)
def test_rank_is_that_of_the_published_table(count, critical) -> None:
    """The critical values of Wilcoxon's signed-rank test, two-sided at 10 %."""
    assert interval_rank(count, 0.9) == critical + 1


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_pairs_have_no_interval(count) -> None:
    with pytest.raises(ValueError, match=f"{count} pairs are too few for an interval of 90%"):
        interval_rank(count, 0.9)


def test_interval_of_published_data() -> None:
    """Hollander and Wolfe, Nonparametric Statistical Methods, table 3.1: Hamilton depression factors of nine patients."""
    before = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
    after = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
    pairs = [(math.exp(one), math.exp(other)) for one, other in zip(before, after, strict=True)]
    found = paired_ratio(pairs, confidence=0.95)
    assert [math.log(each) for each in (found.value, found.low, found.high)] == pytest.approx([-0.46, -0.786, -0.01])


def test_ratio_is_of_pairs() -> None:
    """A machine that becomes slower from round to round changes both values of a pair."""
    drifting = [(100.0 / n, 90.0 / n) for n in range(1, 9)]
    found = paired_ratio(drifting)
    assert (found.value, found.low, found.high) == pytest.approx((0.9, 0.9, 0.9))
    assert ratio_so_far(drifting[:1]) == pytest.approx(0.9)


def test_one_disturbed_round_decides_nothing() -> None:
    pairs = [(100.0, value) for value in (99.0, 101.0, 100.0, 100.5, 99.5, 100.2, 99.8, 30.0)]
    found = paired_ratio(pairs)
    assert found.low < 1 < found.high
    assert found.value == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("disturbed", [0.0, 0.15], ids=["quiet", "disturbed"])
def test_interval_holds_the_true_ratio_in_nine_of_ten_comparisons(disturbed) -> None:
    random_ = random.Random(20)

    def value(true: float) -> float:
        noise = random_.gauss(0, 0.03) + (random_.expovariate(4) if random_.random() < disturbed else 0.0)
        return true * math.exp(-noise)

    trials, held = 1_000, 0
    for _ in range(trials):
        found = paired_ratio([(value(100.0), value(95.0)) for _ in range(8)])
        held += found.low <= 0.95 <= found.high
    assert 0.90 <= held / trials <= 0.95


def around(ratio: float, spread: float) -> list[tuple[float, float]]:
    """Eight pairs whose interval reaches from one spread below the ratio to one above it."""
    return [(100.0, 100.0 * (ratio + sign * spread)) for sign in (1, -1) for _ in range(4)]


@pytest.mark.parametrize(
    ("line", "ratio", "spread", "words", "slower"),
    [
        (RATE, 0.90, 0.03, "slower: interval beyond 5 %", True),
        (RATE, 0.97, 0.01, "slower by less than 5 %", False),
        (RATE, 0.95, 0.02, "slower; 5 % lies inside the interval", False),
        (RATE, 1.00, 0.02, "no loss shown", False),
        (RATE, 0.99, 0.08, "no loss shown; add rounds to exclude 5 %", False),
        (RATE, 1.10, 0.03, "faster", False),
        (TIME, 1.10, 0.03, "slower: interval beyond 5 %", True),
        (TIME, 1.03, 0.01, "slower by less than 5 %", False),
        (TIME, 1.00, 0.02, "no loss shown", False),
        (TIME, 0.90, 0.03, "faster", False),
    ],
)
def test_verdict_follows_the_interval(line, ratio, spread, words, slower) -> None:
    verdict = judge(line, around(ratio, spread), 0.05)
    assert (verdict.words, verdict.slower) == (words, slower)


def test_table_has_a_row_for_each_line() -> None:
    head, rate, time = table([judge(RATE, around(0.9, 0.03), 0.05), judge(TIME, around(1, 0.02), 0.05)]).splitlines()
    assert head.split() == ["line", "unit", "better", "base", "this", "ratio", "90", "%", "interval", "verdict"]
    assert rate.split()[:5] == ["rate", "/s", "higher", "100.0", "90.0"]
    assert rate.endswith("0.870 to 0.930  slower: interval beyond 5 %")
    assert time.endswith("no loss shown")
