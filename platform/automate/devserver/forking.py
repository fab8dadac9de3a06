"""The process from which others are forked: ``python -m automate.devserver.forking FD COMMAND MODULE…``.

It imports the modules that several processes need, and its forked processes share this memory. It has one thread, no
secrets and no connections. The supervisor sends orders on the socket FD, and receives the ends of processes there:
see ``forks``.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from automate.devserver.launch import die_with, take

LENGTH = struct.Struct("!I")
"""The length of a message in bytes, before the message."""
PART_BYTES = 65_536
PR_SET_NAME = 15
NAME_BYTES = 15


@dataclass(frozen=True)
class Order:
    """A process to fork, which runs ``automate <words>`` and holds a lock.

    death_signal: sent to it when this process ends; 0 for none.
    """

    name: str
    words: list[str]
    lock: str
    environ: dict[str, str]
    death_signal: int

    def as_message(self) -> bytes:
        return json.dumps(asdict(self)).encode()


class Forking:
    """The forking process. orders: the socket of the supervisor. Its pid is given, too."""

    def __init__(self, orders: socket.socket, supervisor: int) -> None:
        self._orders, self._supervisor = orders, supervisor
        self._own_pid = os.getpid()
        self._ends, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def run(self) -> Order | None:
        """Fork processes until the supervisor closes its socket.

        In a forked process, returns its order. In this process, returns None at the end.
        """
        self._ends.setblocking(False)
        self._woken.setblocking(False)
        before = signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        for source in (self._orders, self._ends):
            self._selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._ends:
                    with suppress(BlockingIOError):
                        self._ends.recv(PART_BYTES)
                    self._reap()
                    continue
                taken = self._take()
                if taken is None:
                    return None
                order, log = taken
                pid = self._fork()
                if pid == 0:
                    self._leave(before)
                    _become(order, log, self._own_pid)
                    return order
                os.close(log)

    def _take(self) -> tuple[Order, int] | None:
        """Receive the next order, and the file to which its process writes. None after the supervisor has closed the socket."""
        head, files, _flags, _address = socket.recv_fds(self._orders, LENGTH.size, 1)
        if not head:
            return None
        (length,) = LENGTH.unpack(head)
        message = bytearray()
        while len(message) < length:
            part = self._orders.recv(min(PART_BYTES, length - len(message)))
            if not part:
                return None
            message += part
        return Order(**json.loads(message)), files[0]

    def _fork(self) -> int:
        """Fork. Returns 0 in the new process.

        In this process, returns the new pid, or -1 if the fork failed, and sends it to the supervisor.
        """
        begun, mark = os.pipe()
        try:
            pid = os.fork()
        except OSError as error:
            pid = -1
            self._report({"failed": error.strerror})
        if pid == 0:
            os.setsid()
        os.close(mark)
        if pid > 0:
            # Before it leads its own group, a signal to that group would be lost. Its end closes the pipe as well.
            os.read(begun, 1)
            self._report({"forked": pid})
        os.close(begun)
        return pid

    def _leave(self, of_sigchld: Any) -> None:
        """Release everything that the new process inherited from this one."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, of_sigchld)
        self._selector.close()
        for own in (self._orders, self._ends, self._woken):
            own.close()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._report({"ended": pid, "status": os.waitstatus_to_exitcode(status)})
            # The supervisor sleeps until one of its own children ends.
            if os.getppid() == self._supervisor:
                os.kill(self._supervisor, signal.SIGCHLD)

    def _report(self, news: dict[str, Any]) -> None:
        with suppress(OSError):
            self._orders.sendall(json.dumps(news).encode() + b"\n")


def _become(order: Order, log: int, parent: int) -> None:
    """Prepare the forked process as ``exec`` would: its own files, environment and arguments."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    # This includes the lock of the forking process, which must not outlive that process in its children.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(order.environ)
    time.tzset()
    ctypes.CDLL(None).prctl(PR_SET_NAME, order.name.encode()[:NAME_BYTES], 0, 0, 0)
    os.set_inheritable(take(order.lock), True)
    if order.death_signal:
        die_with(parent, order.death_signal)
    sys.argv[:] = ["automate", *order.words]
    gc.enable()


def main(fd: str, command: str, *modules: str) -> None:
    # Imported modules live as long as the process: a collection would only write to shared pages.
    gc.disable()
    importlib.import_module("automate.cli.alone").import_structlog_without_rich()
    for module in modules:
        # Older releases of a library lack some modules.
        with suppress(ImportError):
            importlib.import_module(module)
    gc.freeze()
    order = Forking(socket.socket(fileno=int(fd)), os.getppid()).run()
    if order is not None:
        importlib.import_module(command).main()


if __name__ == "__main__":
    main(*sys.argv[1:])
