"""Gives templates the values that they read. A large value is parsed when an expression needs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.large import Large
from automate.kernel.limits import LIMITS
from automate.workflows.templates import LazyContext, Reference
from automate.workflows.templates.expressions import READ_LENGTH

PAYLOAD = ""
"""Stands for the event's payload in mappings by step key."""
SHOWN_KEYS = 5
"""Number of steps that an error names."""


class RunContext(LazyContext):
    """The data that templates read. A large value is parsed only when a template needs this value."""

    def __init__(self, roots: JsonObject, payload: Large | None, large: Mapping[str, Large]) -> None:
        self._roots, self._payload, self._large = roots, payload, large
        self._read: dict[str, JsonValue] = {}
        self._size = 0

    def read(self, reads: Collection[Reference]) -> JsonObject:
        """Return the values that the references name.

        Raises LIMIT_EXCEEDED if these values are too large for a template.
        """
        wanted = self._wanted(reads)
        size = sum(value.size for value in wanted.values())
        if size > LIMITS.template_read_bytes:
            raise _too_large(wanted, size)
        missing = {key: value for key, value in wanted.items() if key not in self._read}
        if missing:
            size = sum(value.size for value in missing.values())
            if self._size + size > LIMITS.template_read_bytes:
                self._read = {key: value for key, value in self._read.items() if key in wanted}
                self._size = sum(wanted[key].size for key in self._read)
            self._read.update((key, value.value()) for key, value in missing.items())
            self._size += size
        return self._with(wanted) if wanted else self._roots

    def has_large(self, reads: Collection[Reference]) -> bool:
        """Return whether ``reads`` contains a template reference to a large value."""
        return bool(self._wanted(reads))

    def _wanted(self, reads: Collection[Reference]) -> dict[str, Large]:
        wanted: dict[str, Large] = {}
        for root, first, second in ((*read, "", "", "")[:READ_LENGTH] for read in reads):
            if root in {"", "steps"} and second in {"", "output"}:
                keys = [first] if first else self._large
                wanted.update((key, self._large[key]) for key in keys if key in self._large)
            if root in {"", "event"} and first in {"", "payload"} and self._payload is not None:
                wanted[PAYLOAD] = self._payload
        return wanted

    def _with(self, wanted: Collection[str]) -> JsonObject:
        steps = {**as_object(self._roots["steps"])}
        for key in wanted:
            if key != PAYLOAD:
                steps[key] = {**as_object(steps[key]), "output": self._read[key]}
        event = self._roots["event"]
        if PAYLOAD in wanted:
            event = {**as_object(event), "payload": self._read[PAYLOAD]}
        return {**self._roots, "event": event, "steps": steps}


def _too_large(wanted: Mapping[str, Large], size: int) -> NormalizedError:
    keys = sorted(key for key in wanted if key != PAYLOAD)
    named = ", ".join(keys[:SHOWN_KEYS]) + (", …" if len(keys) > SHOWN_KEYS else "")
    return NormalizedError(
        "LIMIT_EXCEEDED",
        f"One expression reads {size} bytes of JSON from the event and from the outputs of {len(keys)} steps ({named}). The "
        f"limit template_read_bytes is {LIMITS.template_read_bytes}. Read each output in a separate expression.",
        details={
            "limit": "template_read_bytes",
            "maximum": LIMITS.template_read_bytes,
            "bytes": size,
            "steps": [*keys[:SHOWN_KEYS]],
        },
    )
