"""Sixteen processes that do different things to one run at once: ``python -m tests.support.contenders TENANT_ID ROUNDS SEED``.

Each round makes a run, lets all of them at it, works off what is left, and holds the run's history against the law. Prints
a line of JSON: how often each end came, and how often a decision and a retry was in time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.approvals.services import decide  # noqa: E402
from automate.kernel.errors import NormalizedError  # noqa: E402 - Django has to be ready before
from automate.kernel.principals import acting_as  # noqa: E402
from automate.kernel.sql import fetch  # noqa: E402
from automate.kernel.tenancy import acting_for, acting_for_platform  # noqa: E402
from automate.kernel.transactions import in_transaction  # noqa: E402
from automate.outbox.claims import RUN_ADVANCE  # noqa: E402
from automate.recovery.plans import RetryRequest  # noqa: E402
from automate.recovery.retrying import retry_runs  # noqa: E402
from automate.runs import control, states  # noqa: E402
from automate.runs.approvals.queries import approvals_by_id  # noqa: E402
from automate.runs.matching import match_events  # noqa: E402
from automate.runs.step_call import StepResult  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tests.support.approvals import APPROVED, REJECTED, person  # noqa: E402
from tests.support.crash_law import Move, illegal  # noqa: E402
from tests.support.plane import BEGIN, Plane, Scripted, connectors, work_off  # noqa: E402

ROLES: Sequence[str] = (
    *("cancel", "pause", "resume", "retry", "work") * 2,
    *("cancel", "work", "approve", "approve", "reject"),
    "finish",
)
"""``finish`` holds the run in a call that ends now; ``work`` takes whatever is due, as a worker with its relay does;
``retry`` asks until the run has ended, or for as long as others need for that.
"""
QUORUM = 2
RETRIES = 30
PATIENCE = 5
"""Rounds of work after which a run that nobody decides about is out of time."""
STEPS: list[dict[str, Any]] = [
    {"key": "a", "uses": "test.scripted"},
    {"key": "b", "uses": "flow.transform", "with": {"output": 1}},
]
RESTING: list[dict[str, Any]] = [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 600}}, STEPS[1]]
ASKING: list[dict[str, Any]] = [
    {"key": "ok", "uses": "flow.approval", "with": {"title": "Go on?", "quorum": QUORUM}},
    STEPS[1],
]
KINDS: Mapping[str, list[dict[str, Any]]] = {"called": STEPS, "resting": RESTING, "asking": ASKING}
NOBODY: Any = None
MOVES = """
SELECT run_id::text, step_id::text, step_key, from_state, to_state, reason FROM run_log WHERE run_id = %s ORDER BY epoch, xid, id
"""
LEFT = """
SELECT (SELECT count(*) FROM outbox_job WHERE id = %(id)s AND open), (SELECT count(*) FROM budget_slot WHERE holder_id = %(id)s)
"""
ASKED = "SELECT step_id, state FROM approval WHERE run_id = %s"
SAID = "SELECT outcome FROM approval_decision WHERE approval_id = %s"
LINE = "SELECT id FROM execution_run WHERE line_id = %s"
END_RUN = "UPDATE execution_run SET deadline_at = now() WHERE id = %s RETURNING 1"
END_WAIT = (
    "UPDATE outbox_job SET due_at = now() WHERE id = %s AND state = 'pending' AND due_at < 'infinity' RETURNING 1"
)
END_LEASE = "UPDATE outbox_job SET lease_until = now() WHERE id = %s AND state = 'claimed' RETURNING 1"
END_DELAY = "UPDATE step_run SET due_at = now() WHERE run_id = %s AND key = 'rest' AND state = 'waiting' RETURNING 1"


@dataclass
class Contender:
    """One process. The gate opens for all of them at once."""

    role: str
    plane: Plane
    gate: Any

    def serve(self, pipe: Connection) -> None:
        with connectors(Scripted()):
            while (told := pipe.recv()) is not None:
                pipe.send(self._begin(told) if told in KINDS else self._contend(told))

    def _begin(self, kind: str) -> str:
        """Make the run of a round, and hold it where it is in a call."""
        self.plane.send({}, kind=kind)
        jobs = self.plane.claim()
        self.held = self.plane.run_set()
        with acting_for(self.plane.tenant):
            self.calls = match_events(self.held, jobs)
            ((run_id,),) = fetch("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
        return str(run_id)

    def _contend(self, run_id: str) -> str:
        self.gate.wait(30)
        acts: dict[str, Callable[[uuid.UUID], bool]] = {
            "cancel": lambda run: self._tell(control.cancel, run),
            "pause": lambda run: self._tell(control.pause, run),
            "resume": lambda run: self._tell(control.resume, run),
            "work": self._work,
            "finish": self._finish,
            "approve": lambda run: self._decide(run, APPROVED),
            "reject": lambda run: self._decide(run, REJECTED),
            "retry": self._retry,
        }
        return self.role if acts[self.role](uuid.UUID(run_id)) else ""

    def _tell(self, verb: Callable[[Sequence[uuid.UUID], str], Sequence[uuid.UUID]], run: uuid.UUID) -> bool:
        with acting_for(self.plane.tenant), in_transaction():
            return bool(verb([run], self.role))

    def _work(self, run: uuid.UUID) -> bool:
        jobs = [job for job in self.plane.dispatch() if job.id == run]
        if jobs:
            work_off(self.plane.tenant.id, [run], BEGIN[RUN_ADVANCE])
        return bool(jobs)

    def _decide(self, run: uuid.UUID, outcome: str) -> bool:
        with acting_for(self.plane.tenant), acting_as(person(f"process {os.getpid()}")):
            for approval_id, _ in fetch(ASKED, [run]):
                shown = approvals_by_id([approval_id])[approval_id].shown_sha256
                try:
                    decide(approval_id, outcome=outcome, form=None, shown_sha256=shown)
                except NormalizedError as error:
                    if error.code == "CONFLICT":
                        return False
                    raise
                return True
        return False

    def _retry(self, run: uuid.UUID) -> bool:
        with acting_for(self.plane.tenant), acting_as(person(f"process {os.getpid()}")):
            for _ in range(RETRIES):
                came = retry_runs([run], RetryRequest())
                if came.run_ids:
                    return True
                assert {error.code for error in came.errors} == {"CONFLICT"}, came
        return False

    def _finish(self, _run: uuid.UUID) -> bool:
        if not self.calls:
            return False
        with acting_for(self.plane.tenant):
            results = [StepResult(call, output={}) for call in self.calls]
            self.held.commit([self.held.settle(self.calls[0].run, results)])
        return True


class Ring:
    """All contenders, and the rounds that they are let into."""

    def __init__(self, tenant_id: uuid.UUID, seed: int) -> None:
        self._random = random.Random(seed)
        context = multiprocessing.get_context("fork")
        gate = context.Barrier(len(ROLES))
        self._pipes: list[Connection] = []
        self._processes = []
        for role in ROLES:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(role, tenant_id, gate, theirs), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self.plane = Plane(tenant_by_id(tenant_id).ref, NOBODY)
        self.told: Counter[str] = Counter()

    def round(self) -> str:
        """How the run ended. Raises AssertionError where the law is broken."""
        late, lost = (self._random.choice((True, False)) for _ in range(2))
        run_id = self._ask(self._pipes[-1], self._random.choice(list(KINDS)))
        with acting_for(self.plane.tenant):
            fetch(END_DELAY, [run_id])
            if late:
                fetch(END_RUN, [run_id])
        with acting_for_platform("let time pass for a test"):
            fetch(END_WAIT, [run_id])
            if lost:
                fetch(END_LEASE, [run_id])
        for pipe in self._pipes:
            pipe.send(run_id)
        told = Counter(pipe.recv() for pipe in self._pipes)
        self._work_off(run_id)
        self.told.update(told)
        return self._judge(run_id, told)

    def _work_off(self, run_id: str) -> None:
        """Whoever is left goes on until the run has ended."""
        with connectors(Scripted()):
            for number in range(20):
                with acting_for(self.plane.tenant):
                    ((state,),) = fetch("SELECT state FROM execution_run WHERE id = %s", [run_id])
                    if state in states.RUN_FINAL:
                        return
                    with in_transaction():
                        control.resume([uuid.UUID(run_id)], "what is left")
                    if number == PATIENCE:
                        fetch(END_RUN, [run_id])
                with acting_for_platform("let time pass for a test"):
                    fetch(END_WAIT, [run_id])
                self.plane.work()
        raise AssertionError(f"run {run_id} does not end: it is {state}")

    def _judge(self, run_id: str, told: Counter[str]) -> str:
        with acting_for(self.plane.tenant):
            moves = [Move(row[0], row[1] or row[0], *row[2:]) for row in fetch(MOVES, [run_id])]
            ((state,),) = fetch("SELECT state FROM execution_run WHERE id = %s", [run_id])
            left = fetch(LEFT, {"id": run_id})
        ends = [move.after for move in moves if not move.step and move.after in states.RUN_FINAL]
        assert illegal(moves) == [], (illegal(moves), moves, told)
        assert ends == [state], (run_id, ends, state)
        assert left == [(0, 0)], (run_id, left)
        assert told["cancel"] <= 1, (run_id, told)
        assert (state == states.CANCELLED) == (told["cancel"] == 1), (run_id, state, told)
        self._judge_decisions(run_id, told)
        self._judge_retries(run_id, told)
        return str(state)

    def _judge_decisions(self, run_id: str, told: Counter[str]) -> None:
        """Who was told that they decided has decided, and the approval is what they came to."""
        with acting_for(self.plane.tenant):
            asked = fetch(ASKED, [run_id])
            said = [outcome for approval_id, _ in asked for (outcome,) in fetch(SAID, [approval_id])]
        assert (said.count(APPROVED), said.count(REJECTED)) == (told["approve"], told["reject"]), (run_id, told)
        came_to = {(QUORUM, 0): {APPROVED}}.get((told["approve"], told["reject"]))
        if came_to is None:
            came_to = {REJECTED} if told["reject"] else {states.EXPIRED, states.CANCELLED}
        assert {state for _, state in asked} <= came_to, (run_id, asked, told)

    def _judge_retries(self, run_id: str, told: Counter[str]) -> None:
        """In its place is the run of whoever was told so, and of nobody else; that one is done with here."""
        with acting_for(self.plane.tenant):
            made = [new_id for (new_id,) in fetch(LINE, [run_id])]
            assert len(made) == told["retry"] <= 1, (run_id, made, told)
            with in_transaction():
                control.cancel(made, "the round is over")
        for new_id in made:
            self._work_off(str(new_id))

    def _ask(self, pipe: Connection, told: Any) -> Any:
        pipe.send(told)
        return pipe.recv()

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(10)


def _serve(role: str, tenant_id: uuid.UUID, gate: Any, pipe: Connection) -> None:
    Contender(role, Plane(tenant_by_id(tenant_id).ref, NOBODY), gate).serve(pipe)


def main(tenant_id: str, rounds: str, seed: str) -> None:
    ring = Ring(uuid.UUID(tenant_id), int(seed))
    for kind, steps in KINDS.items():
        ring.plane.publish(kind, steps, when={"==": [{"var": "type"}, kind]})
    won = Counter(ring.round() for _ in range(int(rounds)))
    ring.close()
    print(json.dumps({"ends": won, "told": ring.told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
