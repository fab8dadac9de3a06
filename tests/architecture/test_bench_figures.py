"""What ``make bench`` writes for each figure: the keys that are asked for, and a verdict only where there is a target."""

from __future__ import annotations

import pytest

from bench.figure import Figure, figure, ratio_figure

KEYS = {"name", "value", "unit", "min", "max", "ratio", "of", "target", "met"}


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (figure("a", [1.0, 3.0, 2.0], "ms"), (2.0, 1.0, 3.0, None, None, None, None)),
        (figure("a", [1.0, 3.0, 2.0], "ms", at_most=2), (2.0, 1.0, 3.0, None, None, 2, True)),
        (figure("a", [1.0, 3.0, 2.0], "/s", at_least=2.5), (2.0, 1.0, 3.0, None, None, 2.5, False)),
        (
            ratio_figure("a", [10.0, 30.0], "/s", of="b", others=[20.0, 40.0], at_least=0.5),
            (20.0, 10.0, 30.0, 0.625, "b", 0.5, True),
        ),
        (
            ratio_figure("a", [10.0, 30.0], "/s", of="b", others=[20.0, 40.0]),
            (20.0, 10.0, 30.0, 0.625, "b", None, None),
        ),
    ],
    ids=["plain", "at most", "at least", "share with a target", "share alone"],
)
def test_figure_has_every_key(made: Figure, told: tuple[object, ...]) -> None:
    told_of = made.as_json()
    assert set(told_of) == KEYS
    assert tuple(told_of[key] for key in ("value", "min", "max", "ratio", "of", "target", "met")) == told
