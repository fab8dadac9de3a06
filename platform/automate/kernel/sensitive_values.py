"""Finds an event's sensitive values in the data of a run, and replaces them."""

from __future__ import annotations

from collections.abc import Iterable

from automate.kernel.json_values import JsonValue
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS, Scrubber
from automate.kernel.sensitive_shapes import REDACTED

MOST_VALUES = 200
"""The maximum number of distinct values of one event. If the paths select more values, everything is hidden, because
a search for each value would take too long."""
MAX_DEPTH = 100


class Hider:
    """Replaces sensitive values by ``[redacted]``.

    A value of 4 characters or more is found within longer texts. A shorter value is hidden only as a whole text or number.
    """

    def __init__(self, values: Iterable[str]) -> None:
        found: set[str] = set()
        for value in values:
            found.add(value)
            if len(found) > MOST_VALUES:
                break
        self._everything = len(found) > MOST_VALUES
        self._values = frozenset() if self._everything else frozenset(found)
        long = sorted(value for value in self._values if len(value.strip()) >= MIN_SECRET_CHARACTERS)
        self._scrubber = Scrubber(long)
        self._has_long = bool(long)
        self._short = frozenset(self._values.difference(long))

    @classmethod
    def of_everything(cls) -> Hider:
        """Return a Hider that hides everything."""
        hider = cls(())
        hider._everything = True
        return hider

    def scrub_text(self, text: str) -> str:
        if self._everything or text in self._short:
            return REDACTED
        return self._scrubber.scrub_text(text) if self._has_long else text

    def scrub(self, value: JsonValue) -> JsonValue:
        if self._everything:
            return value if value is None else REDACTED
        scrubbed = self._scrubber.scrub(value) if self._has_long else value
        return self._without_short(scrubbed, 0) if self._short else scrubbed

    def _without_short(self, value: JsonValue, depth: int) -> JsonValue:
        if depth > MAX_DEPTH:
            return REDACTED
        if isinstance(value, dict):
            return {
                REDACTED if name in self._short else name: self._without_short(member, depth + 1)
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self._without_short(item, depth + 1) for item in value]
        if value is None or isinstance(value, bool):
            return value
        return REDACTED if str(value) in self._short else value
