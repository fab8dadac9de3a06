"""What the rounds of one transaction may keep and write, and where large values are read again."""

from __future__ import annotations

import math
import time
import uuid
from dataclasses import dataclass
from typing import Protocol

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import value_of
from automate.kernel.large import INLINE_BYTES, LARGE_BYTES, SMALL_BYTES, WRITE_BYTES, Large, Read, opened, weight_of
from automate.kernel.limits import LIMITS
from automate.kernel.storable import json_bytes


class Store(Protocol):
    """The rows from which large values are read again."""

    def output_of(self, step_id: uuid.UUID) -> Read: ...

    def request_of(self, effect_key: str) -> Read: ...

    def input_of(self, run_id: uuid.UUID, key: str) -> Read: ...


def call_weight(request: Json) -> int:
    """The bytes of memory that a call takes for its request, estimated; 0 where the request is not large."""
    return weight_of(request.text()) if isinstance(request, Large) and request.is_held else 0


ROUND_SECONDS = 2.0
"""How long the rounds of one transaction plan, where their values are large. The transaction holds their jobs, so the heartbeat waits."""


@dataclass
class Memory:
    """output_bytes: the limit run_output_bytes. store: None keeps all values parsed, as a rehearsal does.

    room: bytes that rounds may still write in this transaction. call_room: bytes of memory that large requests of further calls may
    take, estimated. until: when they stop, on the monotonic clock.
    """

    output_bytes: int = LIMITS.run_output_bytes
    store: Store | None = None
    room: int = WRITE_BYTES
    call_room: float = math.inf
    until: float = math.inf

    @property
    def full(self) -> bool:
        """Whether the rounds of this transaction have to stop: they write enough, or have taken so long that leases may end."""
        if self.room <= 0:
            return self.store is not None
        return self.until != math.inf and self.store is not None and time.monotonic() > self.until

    def begin(self, call_room: float) -> None:
        """Count for a new transaction."""
        self.room, self.call_room, self.until = WRITE_BYTES, call_room, math.inf

    def spend(self, size: int) -> None:
        """Count bytes that the transaction writes. The time counts from the first large value on."""
        self.room -= size
        if size > LARGE_BYTES and self.until == math.inf:
            self.until = time.monotonic() + ROUND_SECONDS

    def is_large(self, size: int, inline: int) -> bool:
        """Whether a value is not to stay parsed. inline: bytes that its run keeps parsed already."""
        if self.store is None or size <= SMALL_BYTES:
            return False
        return size > LARGE_BYTES or inline + size > INLINE_BYTES

    def output(self, step_id: uuid.UUID, value: Json, text: bytes, inline: int) -> Json:
        """The output as it is held: itself, or a Large."""
        self.spend(len(text))
        if self.store is None or not self.is_large(len(text), inline):
            return opened(value)
        return Large(len(text), self.store.output_of(step_id), text)

    def text(self, step_id: uuid.UUID, text: bytes, inline: int) -> Json:
        """An output that is text already, as it is held: parsed, or a Large."""
        self.spend(len(text))
        if self.store is None or not self.is_large(len(text), inline):
            return value_of(text.decode())
        return Large(len(text), self.store.output_of(step_id), text)

    def input(self, run_id: uuid.UUID, key: str, given: Json) -> Json:
        """The input of a for_each as its row takes it."""
        if self.store is None:
            return given
        text = json_bytes(given)
        self.spend(len(text))
        return Large(len(text), self.store.input_of(run_id, key), text)

    def request(self, effect_key: str, value: Json) -> Json:
        """The request of a call as it is held: itself, or a Large."""
        if self.store is None:
            return value
        text = json_bytes(value)
        if len(text) <= LARGE_BYTES:
            return value
        held = Large(len(text), self.store.request_of(effect_key), text)
        self.call_room -= call_weight(held)
        return held

    def check(self, key: str, size: int, others: int) -> None:
        """Refuse an output of ``size`` bytes. others: bytes that the run keeps besides. Raises NormalizedError LIMIT_EXCEEDED."""
        if others + size > self.output_bytes:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"The output of step {key} has {size} bytes of JSON. With it the outputs of this run have {others + size}; "
                f"the limit run_output_bytes is {self.output_bytes}. Let steps output only what later steps read, or "
                "split the workflow with flow.run_workflow.",
                details={
                    "limit": "run_output_bytes",
                    "maximum": self.output_bytes,
                    "step": key,
                    "bytes": size,
                    "others": others,
                },
            )
