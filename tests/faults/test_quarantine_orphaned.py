"""A worker is killed while its quarantine is inside a call: the child ends what it has, and nothing is repeated."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from tests.faults.conftest import MakeScene
from tests.support.books import assert_exact
from tests.support.processes import RECOVERY_SECONDS

SUSPECT = "UPDATE outbox_job SET attempts = 2 WHERE open RETURNING lease_until"
OUTLIVED = "SELECT now() > %s AND bool_and(lease_until > now()) FROM outbox_job WHERE state = 'claimed'"


@pytest.mark.slow
def test_orphan_keeps_its_lease_and_ends_its_call(make_scene: MakeScene) -> None:
    scene = make_scene()
    platform, books, receiver = scene.platform, scene.books, scene.receiver
    senders = scene.senders().begin(range(1)).join()
    assert len(books.rows(SUSPECT)) == 1
    receiver.hold()
    platform.start("relay")
    worker = platform.start("worker")
    receiver.wait(lambda: len(receiver.held()) == 1, "the suspect's call")
    (child,) = [
        process
        for process in psutil.Process(worker.pid).children(recursive=True)
        if receiver.held()[0].port in {connection.laddr.port for connection in process.net_connections("tcp")}
    ]
    os.kill(worker.pid, signal.SIGKILL)  # as the kernel does that is out of memory: not its whole group
    assert worker.gone_within(5.0)
    ((lease,),) = books.rows("SELECT max(lease_until) FROM outbox_job WHERE state = 'claimed'")
    platform.start_all("worker-2")
    platform.until(lambda: books.column(OUTLIVED, [lease]) == [True], RECOVERY_SECONDS, "the lease to be renewed")
    assert child.is_running()
    receiver.release()
    books.await_settled(1)
    assert_exact(books, senders, receiver, 1)
    assert receiver.repeated() == books.uncertain() == set()
    child.wait(RECOVERY_SECONDS)
