"""Finds rules that can match an event or other data. A rule cannot match if a necessary condition is false."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.necessary import Key, Necessary, loose_keys, read, strict_keys


def chooser(rules: Sequence[Sequence[Necessary]]) -> Callable[[Sequence[Necessary]], Necessary]:
    # Selects the condition that the fewest rules share.
    shared = Counter(mark for needs in rules for condition in needs for mark in condition.marks)
    paths = Counter(condition.keys for needs in rules for condition in needs)

    def selective(condition: Necessary) -> tuple[int, int]:
        # If equally many rules share two conditions: the condition whose path more rules read comes first.
        return max(map(shared.__getitem__, condition.marks)), -paths[condition.keys]

    return lambda needs: needs[0] if len(needs) == 1 else min(needs, key=selective)


class RuleIndex:
    """Finds the rules that can match some data. Immutable."""

    __slots__ = ("_always", "_anchors")

    def __init__(self, rules: Sequence[Sequence[Necessary]]) -> None:
        # A rule is identified by its position in `rules`.
        anchor_of = chooser(rules)
        self._always = [place for place, needs in enumerate(rules) if not needs]
        anchored: dict[tuple[str, ...], _Anchors] = {}
        for place, needs in enumerate(rules):
            if needs:
                anchor = anchor_of(needs)
                anchored.setdefault(anchor.keys, _Anchors(anchor.keys)).add(place, anchor)
        self._anchors = list(anchored.values())

    def candidates(self, data: JsonValue) -> list[int]:
        """Return the positions of the rules that can match ``data``, in ascending order."""
        found = set(self._always)
        for anchors in self._anchors:
            anchors.find(data, found)
        return sorted(found)


class _Anchors:
    __slots__ = ("_keys", "_loose", "_strict", "_words")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = keys
        self._loose: dict[Key, list[int]] = {}
        self._strict: dict[Key, list[int]] = {}
        # Whether all constants are words. Reading a word as a number would cost more than the rest of the search.
        self._words = True

    def add(self, place: int, condition: Necessary) -> None:
        for _, strict, key in condition.marks:
            (self._strict if strict else self._loose).setdefault(key, []).append(place)
            self._words = self._words and (strict or isinstance(key, str))

    def find(self, data: JsonValue, found: set[int]) -> None:
        value = read(data, self._keys)
        if self._loose:
            wanted = (value,) if self._words and isinstance(value, str) else loose_keys(value)
            for key in wanted:
                found.update(self._loose.get(key, ()))
        if self._strict:
            for key in strict_keys(value):
                found.update(self._strict.get(key, ()))
