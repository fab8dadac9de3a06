"""Rounds of alternating measurements, and their figures."""

from __future__ import annotations

from collections.abc import Callable

from bench.figure import Figure, readable


class Rounds:
    """figures: all added figures, in order."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.figures: list[Figure] = []

    def say(self, text: str) -> None:
        print(text, flush=True)

    def add(self, measured: Figure) -> None:
        self.figures.append(measured)
        self.say(f"  {measured}")

    def alternate(self, **measures: Callable[[], float]) -> dict[str, list[float]]:
        """Run the measures in turn, round by round, so that a slow phase of the machine affects all of them equally."""
        found: dict[str, list[float]] = {name: [] for name in measures}
        for number in range(1, self.count + 1):
            for name, measure in measures.items():
                value = measure()
                found[name].append(value)
                self.say(f"    round {number} of {self.count}: {name} {readable(value)}")
        return found
