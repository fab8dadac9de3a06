"""A run that ends while another one parks for it wakes it, in whichever order they come: here held at the very point."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from automate.budgets import claims as budgets
from automate.budgets import transitions as slots
from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.claims import JobRelease
from tests.support.plane import TRACE, Plane
from tests.support.tenant_schedulers import SECONDS, in_thread

WAITS_FOR_THE_LOCK = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
"""


class Two:
    """One run that holds the tenant's only slot, and one that asks for it."""

    def __init__(self, plane: Plane) -> None:
        self.plane, self.tenant = plane, plane.tenant.id
        plane.root.execute(
            "UPDATE public.budget SET \"limit\" = 1 WHERE tenant_id = %s AND metric = 'concurrent_runs'", self.tenant
        )
        self.first, self.second = new_id(), new_id()
        with acting_for(plane.tenant):
            ids = [(run, run, TRACE) for run in (self.first, self.second)]
            claims.enqueue(self.tenant, "run.advance", ids, max_attempts=5)
            self.jobs = {job.id: job for job in plane.claim_all()}
            with in_transaction():
                assert budgets.admit(self.tenant, [self.first]).admitted == [self.first]
        self.admitted = False

    def end(self, after: Callable[[], object] = lambda: None) -> None:
        with acting_for(self.plane.tenant), in_transaction():
            claims.finish([self.jobs[self.first]])
            budgets.release(self.tenant, [self.first])
            after()

    def ask(self, before_commit: Callable[[], object] = lambda: None) -> None:
        with acting_for(self.plane.tenant), in_transaction():
            admission = budgets.admit(self.tenant, [self.second])
            self.admitted = bool(admission.admitted)
            if not self.admitted:
                claims.release([JobRelease(self.jobs[self.second], None, "concurrent_runs")])
            before_commit()

    def goes_on(self) -> bool:
        """Whether the second run has the slot, or is due to ask again."""
        woken = self.plane.root.value(
            "SELECT parked = '' AND due_at <= now() AND state = 'pending' FROM public.outbox_job WHERE id = %s",
            self.second,
        )
        return self.admitted or bool(woken)

    def await_lock_or(self, thread: threading.Thread) -> bool:
        """Until the other one waits for the lock of parking; False where it ended without."""
        while thread.is_alive():
            if self.plane.root.value(WAITS_FOR_THE_LOCK):
                return True
        return False


def park_first(two: Two) -> bool:
    """The second run has counted and is about to commit that it parks; only then does the first one end. Whether the
    first one's end waited for that.
    """
    waited = []

    def first_ends() -> None:
        ending = in_thread(two.end)
        waited.append(two.await_lock_or(ending))
        threads.append(ending)

    threads: list[threading.Thread] = []
    two.ask(first_ends)
    for thread in threads:
        thread.join(SECONDS)
    return waited == [True]


def end_first(two: Two) -> bool:
    """The first run has looked for whom to wake and is about to commit; only then does the second one ask."""
    waited = []
    threads: list[threading.Thread] = []

    def second_asks() -> None:
        asking = in_thread(two.ask)
        waited.append(two.await_lock_or(asking))
        threads.append(asking)

    two.end(second_asks)
    for thread in threads:
        thread.join(SECONDS)
    return waited == [True]


@pytest.mark.parametrize("order", [park_first, end_first])
def test_wake_up_is_never_lost(plane: Plane, order: Callable[[Two], bool]) -> None:
    two = Two(plane)
    assert order(two), "the one did not wait for the other"
    assert two.goes_on()


@pytest.mark.parametrize("order", [park_first, end_first])
def test_wake_up_is_lost_without_the_lock(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, order: Callable[[Two], bool]
) -> None:
    """The sabotaged twin: each looks before the other has committed, and the second run is parked for ever."""
    shared = "pg_advisory_xact_lock_shared(1885434475, hashtext(%(tenant)s))"
    assert shared in slots.RELEASE
    monkeypatch.setattr(slots, "PARK", "SELECT %s")
    monkeypatch.setattr(slots, "RELEASE", slots.RELEASE.replace(shared, "%(tenant)s"))
    two = Two(plane)
    assert not order(two)
    assert not two.goes_on()


def test_ends_wait_for_no_other_end(plane: Plane) -> None:
    """They share the lock: two at once are the rule."""
    two = Two(plane)
    other = new_id()

    def another_ends() -> None:
        def end(*_: Any) -> None:
            with acting_for(plane.tenant), in_transaction():
                budgets.release(two.tenant, [other])

        ending = in_thread(end)
        ending.join(SECONDS)
        assert not ending.is_alive()

    two.end(another_ends)
