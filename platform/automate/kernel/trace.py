"""W3C trace context. One trace id connects a webhook with its run and the calls of the run."""

from __future__ import annotations

import os
import random
import re
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass

from automate.kernel.context_variables import VariableSet

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_INVALID_VERSION = "ff"


@dataclass(frozen=True)
class Trace:
    """A trace id and a span id."""

    trace_id: str
    """32 lower-case hex digits."""
    span_id: str
    """16 lower-case hex digits."""
    sampled: bool = True
    """The sampled flag of the caller."""

    def traceparent(self) -> str:
        """Return the ``traceparent`` header for a call."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


_trace: ContextVar[Trace | None] = ContextVar("automate_trace", default=None)


# os.urandom releases Python's lock, which costs a request of the web process two switches of threads. Ids need not be secret.
_random = random.Random()  # noqa: S311 - no key is made of it
os.register_at_fork(after_in_child=_random.seed)


def _new_id(digits: int) -> str:
    # W3C forbids ids of zeros.
    return f"{_random.getrandbits(4 * digits) or 1:0{digits}x}"


def new_trace() -> Trace:
    return Trace(_new_id(32), _new_id(16))


def child_of(trace_id: str) -> Trace:
    """Create a new span in a trace."""
    return Trace(trace_id, _new_id(16))


def from_traceparent(header: str | None) -> Trace:
    """Return the caller's trace with a new span. Return a new trace if the header is missing or malformed."""
    match = _TRACEPARENT.fullmatch(header.strip()) if header else None
    if match is None:
        return new_trace()
    version, trace_id, parent_id, flags, rest = match.groups()
    if version == _INVALID_VERSION or (version == "00" and rest) or not int(trace_id, 16) or not int(parent_id, 16):
        return new_trace()
    return Trace(trace_id, _new_id(16), sampled=bool(int(flags, 16) & 1))


def current_trace() -> Trace:
    """Return the trace of the running code, or a new trace."""
    return _trace.get() or new_trace()


def trace_or_none() -> Trace | None:
    """Return the trace of the running code, or None."""
    return _trace.get()


class _Tracing(VariableSet["Trace | None"]):
    __slots__ = ("_own",)

    def __init__(self, trace: Trace) -> None:
        super().__init__(_trace, trace)
        self._own = trace

    def __enter__(self) -> Trace:
        super().__enter__()
        return self._own


def tracing(trace: Trace) -> AbstractContextManager[Trace]:
    """Run the code of the block with this trace as the current trace."""
    return _Tracing(trace)
