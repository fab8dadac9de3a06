"""Writes the changes of several runs: first budgets, run slots and fences, then all rows in one round trip."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence

import structlog
from django.db import InterfaceError, OperationalError, connection

from automate.budgets import claims as budgets
from automate.budgets.models import SLOT_CAUSES
from automate.effects.breakers.transitions import CAUSE
from automate.kernel.metrics import LEASE_LOSSES
from automate.kernel.outages import TRIES, is_away, lost_a_race
from automate.kernel.tenancy import TenantRef
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob, SignalledError, held_of
from automate.outbox.wakeups import wake_relay
from automate.runs import consequences, feed, states, transitions
from automate.runs.advance import Advance
from automate.runs.breaker_view import view_of
from automate.runs.concurrency import slots
from automate.runs.concurrency.slots import KeysBusyError
from automate.runs.engine import RunEngine
from automate.runs.large_queries import STORE
from automate.runs.lease import UNLOAD_WEIGHT, Lease
from automate.runs.loading import load_runs, send_as_recorded
from automate.runs.memory import Memory
from automate.runs.meter import BudgetMeter
from automate.runs.metering import UsageRow, usage_of
from automate.runs.reconnecting import reconnect
from automate.runs.round_spending import SpentMeanwhileError
from automate.runs.starting import FindTarget
from automate.runs.step_call import StepCall, StepResult
from automate.runs.waits import events
from automate.runs.work import CallLimits, HeldRun
from automate.workflows.connectors import ConnectorSpec

log = structlog.get_logger(__name__)


class RunWriter:
    """Holds the runs that a worker executes for one tenant. Writes the rounds of these runs."""

    _woken, _call_limits = False, CallLimits()

    def __init__(
        self, tenant: TenantRef, specs: Mapping[str, ConnectorSpec], lease: Lease, find_target: FindTarget
    ) -> None:
        self.tenant = tenant
        self.lease = lease
        self.breakers = view_of(tenant.id)
        self.meter = BudgetMeter(tenant.id)
        self.engine = RunEngine(tenant.id, specs, self.breakers, time.monotonic, find_target, meter=self.meter)
        self.memory = Memory(lease.output_bytes, STORE)
        self.held: dict[uuid.UUID, HeldRun] = {}
        self.weight = self.call_weight = 0
        """Estimated bytes of memory: of the held runs, and of the large requests of their calls."""
        self.deferred: list[ClaimedJob] = []
        """Claimed jobs that did not fit into a set; the holder removes them and starts them next."""
        self.rechecks: dict[uuid.UUID, float] = {}
        """Runs in hand with something due soon, in seconds from now; the holder removes them."""

    def jobs(self) -> list[ClaimedJob]:
        """Return the jobs of this worker's runs. The worker renews the leases of these jobs."""
        return [run.job for run in list(self.held.values())]

    def settle(self, run: HeldRun, results: Sequence[StepResult]) -> Advance:
        """Apply the results of a run's calls, and plan the run's next steps.

        Pass the returned Advance to ``commit``.
        """
        if not run.loaded:
            self._load_again(run)
        run.most_calls = self._call_limits.of(self.lease.calls())
        made = Advance(
            run, memory=self.memory, looks_back=any(step.looks_back for step in run.in_state(states.WAITING))
        )
        for result in results:
            self.engine.settle(made, result)
        return self.engine.advance(made, yielding=self.lease.yielding())

    def drop(self, run: HeldRun) -> None:
        """Stop holding a run, because another process has claimed the job of the run."""
        self.held.pop(run.id, None)

    def _load_again(self, run: HeldRun) -> None:
        # Its state was dropped while its calls were in flight.
        deadline = time.monotonic() + self.lease.seconds
        while not run.loaded:
            try:
                (fresh,) = load_runs(self.tenant.id, [run.job])
                run.read_again(fresh)
            except (OperationalError, InterfaceError) as error:
                if connection.in_atomic_block or not is_away(error):
                    raise
                reconnect(deadline)

    def _commit(self, made: Sequence[Advance]) -> tuple[Sequence[Advance], set[uuid.UUID]]:
        deadline, tries = time.monotonic() + self.lease.seconds, TRIES
        signalled = {this.run.job.id for this in made if this.looks_back}
        over = any(this.over for this in made)
        busy: frozenset[str] = frozenset()
        while True:
            xid: int | None = None
            kept: set[uuid.UUID] = set()
            try:
                with in_transaction():
                    slots.lock(busy, wait=True)
                    made = self._planned(made, signalled, over=over)
                    kept, xid = self._fence_and_write(made)
            except SignalledError as error:
                signalled |= error.job_ids
            except SpentMeanwhileError:
                over = True
            except KeysBusyError as error:
                busy |= error.digests
            except (OperationalError, InterfaceError) as error:
                if lost_a_race(error) and tries > 1:
                    tries -= 1
                    log.warning("a race was lost; the result is written again", error=str(error))
                    continue
                if not is_away(error) or time.monotonic() > deadline:
                    raise
                log.warning("the database is away; the result is kept and written again", error=str(error))
                if reconnect(deadline, xid):
                    return made, kept
            else:
                return made, kept

    def _planned(self, made: Sequence[Advance], signalled: set[uuid.UUID], *, over: bool) -> Sequence[Advance]:
        # Adds jobs with signals to `signalled`.
        self.meter.locked = False
        if over:
            signalled |= self._lock_budgets(made)
        return self._plan_again(made, signalled) if signalled else made

    def _lock_budgets(self, made: Sequence[Advance]) -> set[uuid.UUID]:
        # Returns the jobs whose rounds must be planned again.
        asking = [this.run.job for this in made if this.takes or this.refused]
        # In the order of locks, the caller's own jobs come before a budget's row.
        fence = claims.keep(asking, lease_seconds=self.lease.seconds, progress=False) if asking else {}
        self.meter.lock()
        return {job.id for job in asking} | {job_id for job_id, signals in fence.items() if signals}

    def _plan_again(self, made: Sequence[Advance], signalled: set[uuid.UUID]) -> list[Advance]:
        # The same results are applied to the new state of the runs.
        reread = {
            run.id: run
            for run in self._read([this.run.job for this in made if this.run.job.id in signalled], signalled=signalled)
        }
        rounds = []
        for this in made:
            fresh = reread.get(this.run.id)
            if fresh is not None:
                this.run.read_again(fresh)
                results = [result for result in this.results if result.call.step.id in this.run.active]
                this = self.settle(this.run, results)  # noqa: PLW2901 - the new round replaces the old one
            rounds.append(this)
        return rounds

    def _read(
        self, jobs: Sequence[ClaimedJob], *, signalled: set[uuid.UUID], deferred: list[ClaimedJob] | None = None
    ) -> list[HeldRun]:
        # Until the transaction ends, no new signal can arrive.
        if signalled:
            claims.consume_signals([job for job in jobs if job.id in signalled])
        runs = load_runs(self.tenant.id, jobs, deferred)
        events.look_back_from(runs)
        return runs

    def _fence_and_write(self, made: Sequence[Advance]) -> tuple[set[uuid.UUID], int | None]:
        going = [this.run.job for this in made if not this.final and not this.released]
        kept: set[uuid.UUID] = set()
        if going:
            kept = held_of(claims.keep(going, lease_seconds=self.lease.seconds, progress=True))
        return self._write(made, kept=kept)

    def _write(
        self,
        made: Sequence[Advance],
        *,
        kept: set[uuid.UUID],
        newborn: bool = False,
        used: Sequence[UsageRow] = (),
    ) -> tuple[set[uuid.UUID], int | None]:
        # `kept` passed the fence.
        self._check_permits(made)
        self.meter.check_parks(made)
        ending = [this.run.job for this in made if this.final]
        leaving = [
            claims.JobRelease(this.run.job, this.wait_seconds, this.parked, this.wait_until)
            for this in made
            if this.released
        ]
        held = kept - {job.id for job in ending} - {release.job.id for release in leaving}
        if ending:
            held |= held_of(claims.finish(ending))
        if leaving:
            held |= held_of(claims.release(leaving))
        mine = [this for this in made if this.run.job.id in held]
        spending = self.meter.spending(mine) if (moves := self.meter.moves(mine)) else None
        keyed = [this.run.id for this in mine if this.final and this.run.version.key is not None]
        if spending is not None and keyed:
            # In the order of locks, a budget's row comes before the jobs of other runs, which a key may wake.
            spending.spend()
        self._woken |= bool(keyed and slots.release(keyed))
        changes, usage = [this.changes for this in mine], [*used, *usage_of(self.tenant.id, mine)]
        reservations = self.meter.reservations if moves else ()
        xid = transitions.write(changes, usage, None if keyed else spending, reservations)
        self._woken |= spending is not None and spending.woken
        send_as_recorded(mine)
        reasons = {this.run.id: this.waits_for for this in mine if this.waits_for}
        if reasons:
            transitions.set_reasons(reasons)
        self._release_slots(mine, newborn=newborn)
        self._woken |= consequences.write(mine)
        self._woken |= self.breakers.record(result for this in mine for result in this.results)
        return held, xid

    def _release_slots(self, made: Sequence[Advance], *, newborn: bool) -> None:
        # A run that is due again at once keeps its slot.
        ended = [this.run.id for this in made if this.final]
        parks = [this for this in made if this.released and this.parks and this.parked not in SLOT_CAUSES]
        parked = [this.run.id for this in parks if this.run.state != states.QUEUED]
        # A queued run may hold a slot that was passed on to it and that it cannot use.
        unbegun = [this.run.id for this in parks if this.run.state == states.QUEUED and not newborn]
        if (ended or parked or unbegun) and budgets.release(self.tenant.id, ended, parked=parked, unbegun=unbegun):
            self._woken = True

    def _check_permits(self, made: Sequence[Advance]) -> None:
        # Nothing would wake a run that is parked for a closed breaker.
        held_back = [this for this in made if this.parked.startswith(CAUSE)]
        if held_back:
            holding = self.breakers.still_open([this.parked for this in held_back])
            for this in held_back:
                if this.parked not in holding:
                    this.release(0.0)

    def _divide(self, coming: Sequence[HeldRun] = ()) -> None:
        self._call_limits = CallLimits.dividing([*self.held.values(), *coming])
        most = self._call_limits.of(self.lease.calls())
        for run in coming:
            run.most_calls = most

    def _after(self, made: Sequence[Advance], kept: set[uuid.UUID]) -> list[StepCall]:
        self.breakers.remember(result for this in made if this.run.job.id in kept for result in this.results)
        self.meter.locked = False
        calls: list[StepCall] = []
        at_once, self._woken = self._woken, False
        for this in made:
            for value in this.large:
                value.forget()
            if this.run.job.id not in kept:
                LEASE_LOSSES.inc()
                log.info("run lost to another worker", run_id=str(this.run.id), trace_id=this.run.trace_id)
            if this.final or this.released or this.run.job.id not in kept:
                self.held.pop(this.run.id, None)
            else:
                self.held[this.run.id] = this.run
                calls.extend(this.calls)
                if this.recheck_seconds is not None:
                    self.rechecks[this.run.id] = this.recheck_seconds
            at_once |= this.released and this.wait_seconds is not None and this.wait_seconds < 1
        self._weigh(made)
        self.memory.begin(self.lease.call_room())
        self._divide()
        if made:
            feed.publish(self.tenant.id)
        if at_once:
            wake_relay()
        return calls

    def _weigh(self, made: Sequence[Advance]) -> None:
        # Above the limit, drop the state of runs with calls in flight.
        self.weight = sum(run.weight for run in self.held.values())
        self.call_weight = sum(run.call_weight for run in self.held.values())
        if not self.lease.crowded():
            return
        for this in made:
            if this.run.id in self.held and this.run.weight > UNLOAD_WEIGHT and this.run.in_flight:
                self.weight -= this.run.weight
                this.run.unload()

    def _resume(self, this: Advance) -> None:
        run = this.run
        if run.state in states.RUN_FINAL:
            this.final = True  # nothing remains to do; the job ends with its run
            return
        if run.state == states.QUEUED:
            this.begins = True
            run.seconds_left, run.held_since = run.version.definition.timeout_seconds, time.monotonic()
            this.move_run(states.RUNNING)
        for step in list(run.in_state(states.RUNNING)):
            self.engine.resume(this, step)
        self.engine.advance(this, yielding=False)
