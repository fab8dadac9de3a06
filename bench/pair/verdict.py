"""A line's verdict: whether this side is slower than the base, and whether the loss is beyond the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from bench.figure import readable
from bench.lines import Line
from bench.pair.ratio import Ratio, paired_ratio


@dataclass(frozen=True)
class Verdict:
    """A line's verdict."""

    line: Line
    pairs: Sequence[tuple[float, float]]
    """(base, this), round by round."""
    ratio: Ratio
    words: str
    slower: bool
    """The whole interval lies beyond the limit."""

    def as_json(self) -> dict[str, object]:
        base, this = map(median, zip(*self.pairs, strict=True))
        return {
            **asdict(self.line),
            "base": base,
            "this": this,
            "ratio": self.ratio.value,
            "interval": [self.ratio.low, self.ratio.high],
            "verdict": self.words,
            "slower": self.slower,
            "pairs": [list(pair) for pair in self.pairs],
        }


def judge(line: Line, pairs: Sequence[tuple[float, float]], limit: float) -> Verdict:
    """Judge a line. limit: the allowed loss. A rate may fall to 1 - limit, a time may rise to 1 + limit."""
    ratio = paired_ratio(pairs)
    losses = (1 - ratio.high, 1 - ratio.low) if line.better == "higher" else (ratio.low - 1, ratio.high - 1)
    least, most = losses
    share = f"{100 * limit:g} %"
    if least > limit:
        words = f"slower: interval beyond {share}"
    elif least > 0:
        words = f"slower by less than {share}" if most <= limit else f"slower; {share} lies inside the interval"
    elif most < 0:
        words = "faster"
    elif most <= limit:
        words = "no loss shown"
    else:
        words = f"no loss shown; add rounds to exclude {share}"
    return Verdict(line, pairs, ratio, words, slower=least > limit)


def table(verdicts: Sequence[Verdict]) -> str:
    head = ("line", "unit", "better", "base", "this", "ratio", "90 % interval", "verdict")
    rows = [head]
    for verdict in verdicts:
        line, ratio = verdict.line, verdict.ratio
        base, this = (readable(median(values)) for values in zip(*verdict.pairs, strict=True))
        interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
        rows.append((line.name, line.unit, line.better, base, this, f"{ratio.value:.3f}", interval, verdict.words))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = {head.index(name) for name in ("base", "this", "ratio")}
    return "\n".join(
        "  ".join(
            word.rjust(width) if place in numbers else word.ljust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
