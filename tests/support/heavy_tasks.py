"""What tests let children compute."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.trace import current_trace

KEPT: list[str] = []
"""A careless task would keep a tenant's data in a module."""


def echo(value: Any) -> Any:
    return value


def who() -> dict[str, Any]:
    """The child, what it knows of secrets, and the trace."""
    secret = sorted(name for name in os.environ if "DATABASE" in name or "SECRET" in name or "REDIS" in name)
    return {"pid": os.getpid(), "parent": os.getppid(), "secret": secret, "trace": current_trace().trace_id}


def keep(value: str) -> list[str]:
    """What is kept here, before and with this value."""
    KEPT.append(value)
    return list(KEPT)


def open_files() -> int:
    """Sockets and files beyond the standard three."""
    return len([fd for fd in Path("/proc/self/fd").iterdir() if int(fd.name) > 2])


def spin() -> None:
    while True:
        pass


def spin_in_c() -> None:
    """Holds the interpreter, so that no code of ours could interrupt it."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def wait_for(path: str) -> bool:
    """Until the test makes the file."""
    while not Path(path).exists():
        time.sleep(0.01)
    return True


def grow() -> int:
    return sum(len(part) for part in [bytearray(16 << 20) for _ in range(1000)])


def long_text(size: int) -> str:
    return "x" * size


def die(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def refuse() -> None:
    raise NormalizedError("INVALID_WORKFLOW", "No.", details={"problems": [{"code": "X"}]}, path=["steps", 0])


def fail() -> None:
    raise ZeroDivisionError("inside")


def deep() -> Any:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


class Evil:
    """Would run code in the process that reads it."""

    def __reduce__(self) -> Any:
        return os.getpid, ()


def evil() -> Any:
    return Evil()


class EvilOfOurs:
    """A function of the platform is no value either."""

    def __reduce__(self) -> Any:
        from automate.kernel.sql import fetch

        return fetch, ("SELECT 1",)


def evil_of_ours() -> Any:
    return EvilOfOurs()
