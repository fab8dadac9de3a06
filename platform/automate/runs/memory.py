"""Limits the memory and the writes of one transaction."""

from __future__ import annotations

import math
import time
import uuid
from dataclasses import dataclass
from typing import Protocol

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes, value_of
from automate.kernel.json_values import JsonValue
from automate.kernel.large import (
    INLINE_BYTES,
    LARGE_BYTES,
    SMALL_BYTES,
    WRITE_BYTES,
    HeldJson,
    Large,
    Read,
    opened,
    weight_of,
)
from automate.kernel.limits import LIMITS


class Store(Protocol):
    """Reads a large value from its row when the value is needed again."""

    def output_of(self, step_id: uuid.UUID) -> Read: ...

    def request_of(self, effect_key: str) -> Read: ...

    def input_of(self, run_id: uuid.UUID, key: str) -> Read: ...


def call_weight(request: HeldJson) -> int:
    """Return the estimated memory in bytes that the request of a call uses. Return 0 if the request is small."""
    return weight_of(request.text()) if isinstance(request, Large) and request.is_held else 0


ROUND_SECONDS = 2.0
"""Maximum planning time of one transaction with large values. The transaction holds the jobs of the runs, so
the heartbeat waits for it."""


@dataclass
class Memory:
    """The memory limits and the write limit of one transaction."""

    output_bytes: int = LIMITS.run_output_bytes
    """The limit run_output_bytes."""
    store: Store | None = None
    """Reads large values. With None, all values stay parsed in memory, for example in a simulated run."""
    room: int = WRITE_BYTES
    """Bytes that rounds may still write in this transaction."""
    call_room: float = math.inf
    """Estimated bytes of memory for large requests of further calls."""
    until: float = math.inf
    """Time on the monotonic clock at which planning stops."""

    @property
    def full(self) -> bool:
        """Whether this transaction has reached a limit, and must stop planning."""
        if self.room <= 0:
            return self.store is not None
        return self.until != math.inf and self.store is not None and time.monotonic() > self.until

    def begin(self, call_room: float) -> None:
        self.room, self.call_room, self.until = WRITE_BYTES, call_room, math.inf

    def spend(self, size: int) -> None:
        self.room -= size
        if size > LARGE_BYTES and self.until == math.inf:
            self.until = time.monotonic() + ROUND_SECONDS

    def is_large(self, size: int, inline: int) -> bool:
        """Return whether a value of ``size`` bytes stays in memory as JSON text that is not parsed."""
        if self.store is None or size <= SMALL_BYTES:
            return False
        return size > LARGE_BYTES or inline + size > INLINE_BYTES

    def output(self, step_id: uuid.UUID, value: HeldJson, text: bytes, inline: int) -> HeldJson:
        self.spend(len(text))
        if self.store is None or not self.is_large(len(text), inline):
            return opened(value)
        return Large(len(text), self.store.output_of(step_id), text)

    def text(self, step_id: uuid.UUID, text: bytes, inline: int) -> HeldJson:
        self.spend(len(text))
        if self.store is None or not self.is_large(len(text), inline):
            return value_of(text.decode())
        return Large(len(text), self.store.output_of(step_id), text)

    def input(self, run_id: uuid.UUID, key: str, given: JsonValue) -> HeldJson:
        if self.store is None:
            return given
        text = json_bytes(given)
        self.spend(len(text))
        return Large(len(text), self.store.input_of(run_id, key), text)

    def request(self, effect_key: str, value: HeldJson) -> HeldJson:
        if self.store is None:
            return value
        text = json_bytes(value)
        if len(text) <= LARGE_BYTES:
            return value
        held = Large(len(text), self.store.request_of(effect_key), text)
        self.call_room -= call_weight(held)
        return held

    def check(self, key: str, size: int, others: int) -> None:
        """Raise LIMIT_EXCEEDED if the new output makes the outputs of the run too large.

        ``size`` is the size of the new output, and ``others`` the size of all other outputs. Both are in bytes.
        """
        if others + size > self.output_bytes:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"The output of step {key} has {size} bytes of JSON. With it, the outputs of this run have {others + size} bytes; "
                f"the limit run_output_bytes is {self.output_bytes}. Store only values that later steps read, or "
                "move steps into another workflow with flow.run_workflow.",
                details={
                    "limit": "run_output_bytes",
                    "maximum": self.output_bytes,
                    "step": key,
                    "bytes": size,
                    "others": others,
                },
            )
