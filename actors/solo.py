"""Processes the jobs of one tenant in the caller's thread."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence

import structlog
from django.db import Error, connection

from actors.heartbeat import Heartbeat
from actors.holding import PROCESS_CALLS, PROCESS_REQUEST_BYTES, QUEUE_JOBS, Begin, HeldJobs, ProcessShares
from actors.suspects import batches_of_suspects
from actors.tenant_queue import FAULT_SECONDS, TenantQueue
from automate.kernel.tenancy import acting_for
from automate.outbox import transitions
from automate.outbox.jobs import ClaimedJob
from tenants.directory import tenant_by_id

log = structlog.get_logger(__name__)


class _Alone(ProcessShares):
    def __init__(self, yielding: Callable[[], bool]) -> None:
        super().__init__({})
        self._yielding = yielding

    def room(self, queue: HeldJobs) -> int:
        return QUEUE_JOBS - queue.holds()

    def calls(self) -> int:
        return PROCESS_CALLS

    def call_room(self, queue: HeldJobs) -> float:
        return PROCESS_REQUEST_BYTES - queue.call_weight()

    def crowded(self) -> bool:
        return False

    def yielding(self) -> bool:
        return self._yielding()


class _Solo:
    def __init__(
        self, tenant_id: uuid.UUID, heartbeat: Heartbeat, yielding: Callable[[], bool] = lambda: False
    ) -> None:
        self._heartbeat = heartbeat
        self._something = threading.Event()
        self.queue = TenantQueue(tenant_id, _Alone(yielding), lambda _: self._something.set())

    def work_off(self) -> None:
        queue = self.queue
        with self._heartbeat.holding(queue.jobs, queue.signal):
            while not queue.is_empty():
                if not queue.has_work():
                    self._something.wait()
                self._something.clear()
                try:
                    queue.make_pass()
                except Error as error:
                    log.warning("a pass failed; it is made again", error=str(error))
                    connection.close()
                    time.sleep(FAULT_SECONDS)
                for begin, suspects in queue.take_suspects():
                    self._work_off_suspects(begin, suspects)

    def _work_off_suspects(self, begin: Begin, suspects: Sequence[ClaimedJob]) -> None:
        # Not within a pass, because a pass has the tenant's scope open.
        with acting_for(tenant_by_id(self.queue.tenant_id).ref):
            transitions.count(suspects, 1)
        for few in batches_of_suspects(suspects):
            work_off(self.queue.tenant_id, few, begin, self._heartbeat)


def work_off(
    tenant_id: uuid.UUID,
    jobs: Sequence[ClaimedJob],
    begin: Begin,
    heartbeat: Heartbeat,
    yielding: Callable[[], bool] = lambda: False,
) -> None:
    solo = _Solo(tenant_id, heartbeat, yielding)
    solo.queue.hold(jobs, begin)
    solo.work_off()


def work_off_message(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin, heartbeat: Heartbeat) -> None:
    solo = _Solo(tenant_id, heartbeat)
    solo.queue.add(job_ids, begin)
    solo.work_off()
