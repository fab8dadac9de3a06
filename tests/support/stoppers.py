"""Workers that begin runs as fast as they can, and somebody who stops them: ``python -m tests.support.stoppers TENANT_ID VERB
ROUNDS [MISCHIEF]``.

Each round lets new events and runs that wait in the queue at several processes, and stops what starts them once some of them
have begun. Prints a line of JSON: rounds in which something had begun before, and in which something was left, and how long the
slowest stop took; and how many runs began after its answer, which must be none.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from automate.kernel.principals import Principal, acting_as  # noqa: E402 - Django has to be ready before
from automate.kernel.sql import fetch  # noqa: E402
from automate.kernel.tenancy import acting_for, acting_for_platform  # noqa: E402
from automate.recovery import holds  # noqa: E402
from automate.rules import standing_queries  # noqa: E402
from automate.rules.services import save_rule  # noqa: E402
from automate.runs import hold_queries, transitions  # noqa: E402
from tenants.directory import tenant_by_id  # noqa: E402
from tests.support.plane import Plane  # noqa: E402

SLUG = "short"
STEPS = [{"key": "a", "uses": "flow.transform", "with": {"output": 1}}]
WORKERS, EVENTS, BATCH = 5, 16, 2
SLOW_COMMIT_SECONDS, BEFORE_SECONDS, LOOK_SECONDS = 0.004, 5.0, 0.002
NOBODY: Any = None
BEGUN = "SELECT id FROM execution_run WHERE started_at IS NOT NULL"
# What was sent to a worker while its lane stood still is sent again after a while.
SEND_AGAIN = "UPDATE public.outbox_job SET dispatched_at = '-infinity' WHERE state = 'dispatched' RETURNING 1"
# A run that met a stop under way looks again after a moment. Nothing waits for that moment once all has ended.
LOOK_AGAIN = "UPDATE public.outbox_job SET due_at = least(due_at, now()) WHERE open AND due_at < 'infinity' RETURNING 1"
LEFT = "SELECT count(*) FROM public.outbox_job WHERE tenant_id = %s AND open"


def _switch(*, on: bool) -> None:
    save_rule(slug=SLUG, name=SLUG, workflow=SLUG, when=True, expected_revision=None, enabled=on)


VERBS: Mapping[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "rule": (lambda: holds.pause_rule(SLUG, "race"), lambda: holds.resume_rule(SLUG)),
    "workflow": (lambda: holds.pause_workflow(SLUG, "race"), lambda: holds.resume_workflow(SLUG)),
    "tenant": (lambda: holds.pause_tenant("race"), holds.resume_tenant),
    "off": (lambda: _switch(on=False), lambda: _switch(on=True)),
}
"""How to stop, and how to let go on."""


@dataclass
class Came:
    """late: runs that began after the answer. slowest_ms: of all stops."""

    met: int = 0
    left: int = 0
    slowest_ms: int = 0
    late: int = 0


def looks_without_locks() -> None:
    """Lets runs begin by what it sees, and keeps nobody from changing it before the commit."""
    for module, name in ((standing_queries, "STARTS"), (hold_queries, "HOLDING")):
        statement: str = getattr(module, name)
        assert "FOR KEY SHARE" in statement, f"{name} locks some other way; mend this sabotage"
        for words in (" SKIP LOCKED", " FOR KEY SHARE", " FOR SHARE"):
            statement = statement.replace(words, "")
        setattr(module, name, statement)


def _work(tenant_id: uuid.UUID, gate: Any, mischief: str) -> None:
    """A worker and its relay. Its commits are slow, so that a stop falls into them."""
    plane = Plane(tenant_by_id(tenant_id).ref, NOBODY)
    if mischief:
        globals()[mischief]()
    write = transitions.write

    def write_slowly(*given: Any) -> Any:
        done = write(*given)
        time.sleep(SLOW_COMMIT_SECONDS)
        return done

    setattr(transitions, "write", write_slowly)  # noqa: B010 - for the race alone
    while True:
        gate.wait()
        while plane.work(most=BATCH):
            pass
        gate.wait()


class Ring:
    def __init__(self, tenant_id: uuid.UUID, mischief: str, seed: int) -> None:
        self._chance = random.Random(seed)
        context = multiprocessing.get_context("fork")
        self._gate = context.Barrier(WORKERS + 1)
        for _ in range(WORKERS):
            context.Process(target=_work, args=(tenant_id, self._gate, mischief), daemon=True).start()
        # Only now: what is forked may not share a connection.
        self.plane = Plane(tenant_by_id(tenant_id).ref, NOBODY)

    def round(self, verb: str, came: Came) -> None:
        stop, go_on = VERBS[verb]
        self.plane.send(*[{}] * EVENTS)
        self._go_on(go_on)
        before = self._begun()
        self._gate.wait()
        self._await(before, self._chance.randrange(EVENTS // 2))
        began = time.monotonic()
        self._act(stop)
        came.slowest_ms = max(came.slowest_ms, round((time.monotonic() - began) * 1000))
        answered = self._begun()
        self._gate.wait()
        came.late += len(self._begun() - answered)
        came.met += answered > before
        with acting_for(self.plane.tenant):
            came.left += fetch(LEFT, [self.plane.tenant.id]) != [(0,)]

    def _await(self, before: set[uuid.UUID], count: int) -> None:
        """Until so many more have begun: with what others have left, there are more than enough."""
        ends = time.monotonic() + BEFORE_SECONDS
        while len(self._begun() - before) < count and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)

    def settle(self, verb: str) -> None:
        """Nothing that was stopped is lost."""
        self._go_on(VERBS[verb][1])
        with acting_for_platform("let time pass for a test"):
            fetch(LOOK_AGAIN)
        self.plane.drain(1000)

    def _go_on(self, verb: Callable[[], object]) -> None:
        self._act(verb)
        with acting_for_platform("let time pass for a test"):
            fetch(SEND_AGAIN)

    def _act(self, verb: Callable[[], object]) -> None:
        with acting_for(self.plane.tenant), acting_as(Principal(kind="member", name="ada")):
            verb()

    def _begun(self) -> set[uuid.UUID]:
        with acting_for(self.plane.tenant):
            return {run for (run,) in fetch(BEGUN)}


def main(tenant_id: str, verb: str, rounds: str, mischief: str = "") -> None:
    ring = Ring(uuid.UUID(tenant_id), mischief, 7)
    ring.plane.publish(SLUG, STEPS)
    came = Came()
    for _ in range(int(rounds)):
        ring.round(verb, came)
        if mischief and came.late:
            break
    ring.settle(verb)
    print(json.dumps(asdict(came)))


if __name__ == "__main__":
    main(*sys.argv[1:])
