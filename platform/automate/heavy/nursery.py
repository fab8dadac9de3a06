"""The process ``python -m automate.heavy.nursery FD IDLE_SECONDS MODULE…``. It forks a child for each computation."""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress

from automate.heavy.child import serve

NICE = 5
"""The web process's own threads have precedence on a busy machine."""
FDS = 2
"""Each task has two sockets: one for the task and its answer, and one for the status of the child."""


class Nursery:
    """Forks a child process for each computation."""

    def __init__(self, control: socket.socket, idle_seconds: float) -> None:
        self._control = control
        self._idle_seconds = idle_seconds
        self._children: dict[int, socket.socket] = {}
        self._ends, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        self._ends.setblocking(False)
        self._woken.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._ends, selectors.EVENT_READ)
        try:
            while self._turn():
                pass
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)

    def _turn(self) -> bool:
        # False if the process should end.
        ready = self._selector.select(None if self._children else self._idle_seconds)
        if not ready and not self._children:
            return False
        for key, _ in ready:
            if key.fileobj is self._control:
                if not self._take():
                    return False
            elif key.fileobj is self._ends:
                with suppress(BlockingIOError):
                    self._ends.recv(4096)
            else:
                self._abandon(key.data)
        self._reap()
        return True

    def _take(self) -> bool:
        # False if web has closed the control socket.
        message, fds, _flags, _address = socket.recv_fds(self._control, 1, FDS)
        if not message:
            return False
        task, status = (socket.socket(fileno=fd) for fd in fds)
        pid = os.fork()
        if pid == 0:
            self._become_child(task, status)
        task.close()
        self._children[pid] = status
        self._selector.register(status, selectors.EVENT_READ, pid)
        return True

    def _become_child(self, task: socket.socket, status: socket.socket) -> None:
        # All sockets except the task's are closed first: they belong to tasks of other tenants. Does not return.
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for other in (self._control, self._ends, self._woken, status, *self._children.values()):
                other.close()
            serve(task)
            code = 0
        finally:
            os._exit(code)

    def _abandon(self, pid: int) -> None:
        # Web no longer waits for this child.
        self._selector.unregister(self._children[pid])
        os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended = self._children.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(ended)
            with suppress(OSError):
                ended.send(b"%d" % os.waitstatus_to_exitcode(status), socket.MSG_DONTWAIT)
            ended.close()


def main(fd: str, idle_seconds: str, *modules: str) -> None:
    # Web decides about the end: a signal to the whole process group must not stop tasks for which web waits.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    os.nice(NICE)
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    Nursery(socket.socket(fileno=int(fd)), float(idle_seconds)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
