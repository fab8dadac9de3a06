"""Advances the runs of one tenant: plans in memory, then writes all changes with one commit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.rules.new_runs import NewRun
from automate.runs import states
from automate.runs.admission import admit, evict, postpone, refuse, stop_restored
from automate.runs.advance import Advance
from automate.runs.concurrency import slots
from automate.runs.concurrency.slots import KeysBusyError
from automate.runs.loading import RunEvent, newborn
from automate.runs.metering import UsageRow
from automate.runs.planning import needs_slot
from automate.runs.round_spending import SpentMeanwhileError
from automate.runs.services import MAX_ATTEMPTS, birth_log, insert_runs
from automate.runs.step_call import StepCall
from automate.runs.versions import compiled_versions
from automate.runs.writing import RunWriter


class RunSet(RunWriter):
    """Holds the runs of one tenant in a worker, and advances these runs."""

    def take(self, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
        """Continue the runs of claimed jobs. Returns the calls to make. Opens a transaction."""
        busy: frozenset[str] = frozenset()
        while True:
            self.meter.locked = False
            try:
                with in_transaction():
                    slots.lock(busy, wait=True)
                    made, kept = self._take(jobs)
            except KeysBusyError as error:
                busy |= error.digests
            except SpentMeanwhileError:
                self.meter.lock_next()
            else:
                return self._after(made, kept)

    def _take(self, jobs: Sequence[ClaimedJob]) -> tuple[list[Advance], set[uuid.UUID]]:
        self.memory.begin(self.lease.call_room())
        self.deferred = []
        kept = claims.keep(jobs, lease_seconds=self.lease.seconds, progress=False)
        mine = [job for job in jobs if job.id in kept]
        runs = self._read(mine, signalled={job for job, signals in kept.items() if signals}, deferred=self.deferred)
        going = [run for run in runs if not run.restored]
        queued = sorted((run for run in going if run.state == states.QUEUED), key=lambda run: run.id)
        begun = [run for run in going if run.state not in {states.QUEUED, *states.RUN_FINAL}]
        now = self.engine.now()
        woken = [run for run in begun if needs_slot(run, now)]
        others = {run.id for run in runs if run.state != states.QUEUED}
        admission = admit(self.tenant.id, queued, woken=woken, others=others, metered=not self.meter.ample)
        self._woken |= admission.woken
        self.meter.begin(admission.metered, admission.owed, reads=True)
        made = []
        self._divide(runs)
        for run in runs:
            this = Advance(run, memory=self.memory)
            if run.id in admission.evicted:
                evict(this, admission.evicted[run.id])
            refusal = admission.refused.get(run.id)
            if run.restored and run.state not in states.RUN_FINAL:
                stop_restored(this, self.engine)
            elif refusal is None or (run.state != states.QUEUED and not needs_slot(run, now)):
                self._resume(this)
            elif run.state == states.QUEUED:
                refuse(this, refusal)
            else:
                postpone(this, refusal, now)
            made.append(this)
        self._write(made, kept=set(kept))
        return made, set(kept)

    def open(
        self, new_runs: Sequence[NewRun], seen: Mapping[uuid.UUID, RunEvent], used: Sequence[UsageRow] = ()
    ) -> list[Advance]:
        """Create runs, and start them in the same transaction. Requires a transaction.

        Raises SpentMeanwhileError if a budget turns out to be full.
        """
        versions = compiled_versions([run.version.id for run in new_runs])
        self.memory.begin(self.lease.call_room())
        made = [
            Advance(newborn(new, versions[new.version.id], seen[new.event_id]), memory=self.memory) for new in new_runs
        ]
        self._divide([this.run for this in made])
        admission = admit(self.tenant.id, [this.run for this in made], newborn=True, metered=not self.meter.ample)
        self._woken |= admission.woken
        self.meter.begin(admission.metered, admission.owed, reads=False)
        insert_runs(new_runs, running=admission.admitted)
        jobs = [(run.run_id, run.run_id, run.trace_id) for run in new_runs]
        claims.enqueue(
            self.tenant.id, claims.RUN_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS, held_seconds=self.lease.seconds
        )
        for new, this in zip(new_runs, made, strict=True):
            refusal = admission.refused.get(new.run_id)
            this.changes.log.extend(birth_log(new, started=refusal is None))
            if refusal is not None:
                refuse(this, refusal)
            else:
                this.run.state, this.begins = states.RUNNING, True
                self.engine.advance(this, yielding=False)
        self._write(made, kept={run.run_id for run in new_runs}, newborn=True, used=used)
        return made

    def opened(self, made: Sequence[Advance]) -> list[StepCall]:
        """Return the next calls of new runs. ``made`` is the result of the method ``open``, which created these runs.

        Call this method after the commit of the transaction in which the runs were created.
        """
        return self._after(made, {this.run.job.id for this in made})

    def commit(self, made: Sequence[Advance]) -> list[StepCall]:
        """Write the rounds of several runs in one transaction. Return the calls that these runs make next."""
        written, kept = self._commit(made)
        for this in written:
            if this.run.job.id in kept:
                this.run.job = replace(this.run.job, attempts=0)
        return self._after(written, kept)
