"""Rounds of measurements in turn, and the figures that they come to."""

from __future__ import annotations

from collections.abc import Callable

from bench.figure import Figure, readable


class Rounds:
    """figures: all that were added, in their order."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.figures: list[Figure] = []

    def say(self, text: str) -> None:
        print(text, flush=True)

    def add(self, measured: Figure) -> None:
        self.figures.append(measured)
        self.say(f"  {measured}")

    def alternate(self, **measures: Callable[[], float]) -> dict[str, list[float]]:
        """Each measure in turn, round by round, so that a slow moment of the machine hits all of them alike."""
        found: dict[str, list[float]] = {name: [] for name in measures}
        for number in range(1, self.count + 1):
            for name, measure in measures.items():
                value = measure()
                found[name].append(value)
                self.say(f"    round {number} of {self.count}: {name} {readable(value)}")
        return found
