"""The code of a child process. Each child process runs one computation."""

from __future__ import annotations

import math
import pickle
import resource
import signal
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

from automate.heavy import frames
from automate.heavy.bounds import TaskLimits
from automate.kernel.errors import NormalizedError
from automate.kernel.trace import Trace, tracing
from automate.kernel.untyped import Unpickled

BEGUN = b"begun"
TASK_BYTES = 1 << 28
"""The maximum size of a task. The web process itself limits tasks by the limits of definitions and events."""
GRACE_SECONDS = 2.0
"""If no other process ends a child, the kernel ends the child this long after its time."""


@dataclass(frozen=True)
class Task:
    """A computation for a child process."""

    function: Callable[..., object]
    arguments: tuple[object, ...]
    bounds: TaskLimits
    trace: Trace


@dataclass(frozen=True)
class TaskResult:
    """The result of a computation: a value, an error, or an exceeded limit."""

    value: Unpickled = None
    """The function's value."""
    error: NormalizedError | None = None
    """The NormalizedError that the function raised."""
    limit: str = ""
    """The exceeded limit, as a field of TaskLimits."""
    fault: str = ""
    """The traceback of any other exception."""
    seconds: float = 0.0
    """The child's processor time."""


def serve(connection: socket.socket) -> None:
    """Receive a task, compute it, and send the answer."""
    frames.send(connection, BEGUN)
    task: Task = pickle.loads(frames.receive(connection, TASK_BYTES))  # noqa: S301 - from web, over a socket of its own
    bound(task.bounds)
    frames.send(connection, answered(task))


def bound(bounds: TaskLimits) -> None:
    """Let the operating system limit the time and memory of this process."""
    for name in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(name, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, bounds.cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, bounds.wall_seconds + GRACE_SECONDS)
    resource.setrlimit(resource.RLIMIT_DATA, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = math.ceil(bounds.cpu_seconds + GRACE_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def answered(task: Task) -> bytes:
    """Execute a task, and return the pickled result."""
    try:
        with tracing(task.trace):
            made = _pickled(_computed(task))
    except MemoryError:
        return _pickled(TaskResult(limit="memory_bytes"))
    if len(made) > task.bounds.answer_bytes:
        return _pickled(TaskResult(limit="answer_bytes"))
    return made


def _pickled(answer: TaskResult) -> bytes:
    return pickle.dumps(replace(answer, seconds=time.process_time()), pickle.HIGHEST_PROTOCOL)


def _computed(task: Task) -> TaskResult:
    try:
        return TaskResult(value=task.function(*task.arguments))
    except MemoryError:
        raise
    except NormalizedError as error:
        return TaskResult(error=error)
    except RecursionError:
        return TaskResult(fault=traceback.format_exc(limit=-20))
    except Exception:  # noqa: BLE001 - the edge of the process; web raises and logs it
        return TaskResult(fault=traceback.format_exc())
