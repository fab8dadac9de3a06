"""What a quarantine is for: a connector ``test.deadly`` that is there only in a process that imports this as a child.

Each call appends a line to the file ``told``, waits until nobody holds that file's lock alone, and ends its process if
it is to ``die``.
"""

from __future__ import annotations

import asyncio
import fcntl
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from actors.connectors.base import Call
from actors.connectors.registry import CONNECTORS
from automate.outbox.jobs import ClaimedJob
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from tests.support.plane import Scripted

NAME = "test.deadly"


def take(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """``RunSet.take``, which brings the connector along to the process that begins the jobs."""
    return run_set.take(jobs)


async def act(call: Call) -> dict[str, Any]:
    told = Path(str(call.input["told"]))
    _tell(told, f"{call.input['n']} {call.idempotency_key} {os.getpid()}\n")
    await asyncio.to_thread(_wait, told)
    if call.input["die"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return {}


def _tell(told: Path, line: str) -> None:
    with told.open("a") as lines:
        lines.write(line)


def _wait(told: Path) -> None:
    with told.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def holding(told: Path) -> Iterator[None]:
    """Calls come, and do not end."""
    with told.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if multiprocessing.parent_process() is not None:
    registry: Any = CONNECTORS
    registry[NAME] = Scripted(name=NAME, inline=False, acts=(act,))
