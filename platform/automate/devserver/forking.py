"""Forks other processes: ``python -m automate.devserver.forking FD COMMAND MODULE…``.

Forked processes share the memory of imported modules. This process has no secrets and no connections.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from automate.devserver.launch import die_with, take
from automate.project.lean_structlog import import_structlog_without_rich

LARGEST_ORDER = 250_000
PR_SET_NAME = 15
NAME_BYTES = 15


@dataclass(frozen=True)
class ForkRequest:
    """A request to fork a process that runs ``automate <words>``."""

    name: str
    """The name of the process."""
    words: list[str]
    """The command and its arguments."""
    lock: str
    """The file whose lock the process holds while it lives."""
    log: str
    """The file for standard output and standard error."""
    environ: dict[str, str]
    death_signal: int
    """The signal that the process gets when the supervisor ends. 0 means no signal."""


def serve(orders: socket.socket, supervisor: int) -> bool:
    """Fork a process for each request on the socket ``orders``. Each request is a ``ForkRequest``.

    Returns True in a forked process. Returns False in the original process, after the last request.
    """
    while message := orders.recv(LARGEST_ORDER):
        if _fork(orders):
            _become(ForkRequest(**json.loads(message)), orders, supervisor)
            return True
    return False


def _fork(orders: socket.socket) -> bool:
    # Twice, so that the second process becomes a child of the supervisor. Returns True in the second process.
    middle = 0
    try:
        if first := os.fork():
            os.waitpid(first, 0)
            return False
        middle = os.getpid()
        if os.fork():
            os._exit(0)
    except OSError as error:
        orders.send(os.strerror(error.errno or 0).encode())
        if middle:
            os._exit(1)
        return False
    while os.getppid() == middle:
        time.sleep(0.001)
    return True


def _become(order: ForkRequest, orders: socket.socket, supervisor: int) -> None:
    os.setsid()
    if order.death_signal:
        die_with(supervisor, order.death_signal)
    orders.send(str(os.getpid()).encode())
    orders.detach()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    # This includes the lock of the forking process, which must not outlive that process in its children.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(order.environ)
    time.tzset()
    ctypes.CDLL(None).prctl(PR_SET_NAME, order.name.encode()[:NAME_BYTES], 0, 0, 0)
    os.set_inheritable(take(order.lock), True)
    sys.argv[:] = ["automate", *order.words]
    gc.enable()


def main(fd: str, command: str, *modules: str) -> None:
    # Imported modules live as long as the process: a collection would only write to shared pages.
    gc.disable()
    import_structlog_without_rich()
    for module in modules:
        # Older releases of a library lack some modules.
        with suppress(ImportError):
            importlib.import_module(module)
    gc.freeze()
    if serve(socket.socket(fileno=int(fd)), os.getppid()):
        importlib.import_module(command).main()


if __name__ == "__main__":
    main(*sys.argv[1:])
