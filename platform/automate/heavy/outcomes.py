"""The errors of computations in a child process."""

from __future__ import annotations

import signal

import structlog

from automate.heavy.bounds import TaskLimits
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import MIB

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 1
_OUT_OF_TIME = frozenset({-signal.SIGPROF, -signal.SIGXCPU})
_OUT_OF_MEMORY = frozenset({-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS})
"""The signals that end a process whose library does not raise MemoryError."""
_FIX = "Make the computation smaller: use fewer steps, shorter conditions and templates, or a smaller event."


class ChildFaultError(RuntimeError):
    """An unexpected exception in a child process. Its message is the child's traceback."""


def past_limit(limit: str, bounds: TaskLimits) -> NormalizedError:
    most = getattr(bounds, limit)
    words = {
        "cpu_seconds": f"{most:g} s of processor time",
        "memory_bytes": f"{most // MIB} MiB of memory",
        "answer_bytes": f"{most // MIB} MiB of answer",
    }[limit]
    message = f"The computation needs more than {words}, and was stopped. {_FIX}"
    return NormalizedError("LIMIT_EXCEEDED", message, details={"bound": limit, "maximum": most})


def overdue(bounds: TaskLimits) -> NormalizedError:
    """Return the error for a computation that took too long. The machine is busy, so a retry can succeed."""
    log.error("computation overdue", wall_seconds=bounds.wall_seconds)
    message = f"The computation did not end within {bounds.wall_seconds:g} s, because the server is busy. Try again."
    details: dict[str, JsonValue] = {
        "bound": "wall_seconds",
        "maximum": bounds.wall_seconds,
        "retry_after_seconds": RETRY_AFTER_SECONDS,
    }
    return NormalizedError("UNAVAILABLE", message, details=details)


def died(code: int | None, bounds: TaskLimits) -> NormalizedError:
    """Return the error for a child that ended without an answer.

    ``code`` is the exit code, or None if it is unknown.
    """
    if code in _OUT_OF_TIME:
        return past_limit("cpu_seconds", bounds)
    if code in _OUT_OF_MEMORY:
        return past_limit("memory_bytes", bounds)
    log.error("computation lost its process", exit_code=code)
    return unavailable()


def unavailable() -> NormalizedError:
    message = "The process for this computation ended before it gave an answer. Try again."
    return NormalizedError("UNAVAILABLE", message, details={"retry_after_seconds": RETRY_AFTER_SECONDS})
