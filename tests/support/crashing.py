"""Workers that die where they are told: ``python -m tests.support.crashing SLACK_URL``. For tests alone.

The process has imported all that a worker needs, holds no connection and no thread, and forks on request: lines of JSON
in, a line of JSON out for each. ``fork`` starts a deed and says its pid, ``do`` waits for a deed and says its result,
``gone`` says whether a pid has ended. So a worker begins at once, and dies as a process does.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TextIO, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from actors import tenant_queue, worker  # noqa: E402 - Django has to be ready before
from actors.connectors.base import Call, ConnectorError  # noqa: E402
from actors.connectors.registry import CONNECTORS  # noqa: E402
from actors.processes import note_restore  # noqa: E402
from actors.relay import main as relay  # noqa: E402
from automate.approvals import services  # noqa: E402
from automate.effects import states as effect_states  # noqa: E402
from automate.effects.breakers.services import set_breaker  # noqa: E402
from automate.endpoints.services import save_endpoint  # noqa: E402
from automate.events.services import NewEvent, record_events  # noqa: E402
from automate.kernel.errors import NormalizedError  # noqa: E402
from automate.kernel.principals import Principal, acting_as  # noqa: E402
from automate.kernel.sql import fetch  # noqa: E402
from automate.kernel.tenancy import acting_for  # noqa: E402
from automate.outbox.wakeups import wake_relay  # noqa: E402
from automate.project.logs import log_to_stderr  # noqa: E402
from automate.recovery.controlling import cancel_runs, pause_runs, resume_runs  # noqa: E402
from automate.recovery.effects import Saying, resolve_effect  # noqa: E402
from automate.recovery.once import OperationResult  # noqa: E402
from automate.recovery.plans import RetryRequest  # noqa: E402
from automate.recovery.replaying import replay_event  # noqa: E402
from automate.recovery.retrying import retry_runs  # noqa: E402
from automate.runs.approvals.queries import approvals_by_id  # noqa: E402
from automate.triggers.schedules.plan import AT, TickPlan  # noqa: E402
from automate.triggers.schedules.services import NewSchedule, save_schedule  # noqa: E402
from tenants.directory import tenant_by_slug  # noqa: E402
from tests.support import crash_mischief  # noqa: E402
from tests.support.crash_points import (  # noqa: E402
    LOOKABLE,
    UNSAFE,
    Points,
    register_lookable,
    register_slack,
    register_unsafe,
)
from tests.support.plane import Plane  # noqa: E402

PR_SET_PDEATHSIG = 1
LOOPBACK, NOBODY_LISTENS = "127.0.0.1", 1
MOST_DEATHS = 2
NOBODY: Any = None
OPERATOR = Principal(kind="member", name="Olga", id="olga", role="operator")
Fatal = list[Any] | None
"""Where to die: the name of a point and its number."""

register_unsafe()
register_lookable()


def work(told: str, fatal: Fatal, number: int, mischief: str) -> None:
    """The real worker, wrapped. It trusts jobs that have lost two workers: quarantines have tests of their own."""
    tenant_queue.TRUSTED_ATTEMPTS = MOST_DEATHS + 1
    if mischief:
        crash_mischief.MISCHIEF[mischief]()
    _watched(told, fatal, number)
    worker.run()


def decide(told: str, fatal: Fatal, slug: str, *, approval: str, outcome: str, by: str) -> str:
    """What a person's request does. Returns the approval's state, or the code that they were refused with."""
    _watched(told, fatal, signal.SIGKILL)
    with acting_for(tenant_by_slug(slug).ref), acting_as(Principal(kind="member", name=by, id=by, role="owner")):
        asked = approvals_by_id([uuid.UUID(approval)])[uuid.UUID(approval)]
        try:
            return services.decide(asked.id, outcome=outcome, form=None, shown_sha256=asked.shown_sha256).state
        except NormalizedError as refused:
            return refused.code


REQUESTS: Mapping[str, Callable[[uuid.UUID, str], OperationResult]] = {
    "cancels": lambda run, key: cancel_runs([run], "by the story", key),
    "pauses": lambda run, key: pause_runs([run], "by the story", key),
    "resumes": lambda run, key: resume_runs([run], "by the story", key),
    "retries": lambda run, key: retry_runs([run], RetryRequest(), idempotency_key=key),
    "replays": lambda event, key: replay_event(event, idempotency_key=key),
}
"""What people ask for, each under its key."""


def ask(told: str, fatal: Fatal, slug: str, *, wants: str, of: str, key: str, mischief: str) -> list[str]:
    """What a person's request does. Returns the codes of what it was refused."""
    if mischief:
        crash_mischief.MISCHIEF[mischief]()
    _watched(told, fatal, signal.SIGKILL, asks=wants)
    with acting_for(tenant_by_slug(slug).ref), acting_as(Principal(kind="member", name="ada", id="ada", role="owner")):
        return [error.code for error in REQUESTS[wants](uuid.UUID(of), key).errors]


def resolve(told: str, fatal: Fatal, slug: str, *, effect: str, how: str) -> str:
    """What an operator's request does. Returns the effect's state, or the code that they were refused with."""
    _watched(told, fatal, signal.SIGKILL)
    with acting_for(tenant_by_slug(slug).ref), acting_as(OPERATOR):
        try:
            return resolve_effect(uuid.UUID(effect), Saying(how, "seen by the story")).state
        except NormalizedError as refused:
            return refused.code


def force(told: str, fatal: Fatal, slug: str, *, connector: str, host: str, mode: str) -> None:
    """What an operator's request does to the circuit breaker of a host."""
    _watched(told, fatal, signal.SIGKILL)
    with acting_for(tenant_by_slug(slug).ref), acting_as(OPERATOR):
        set_breaker(connector, host, mode, "by the story")


def let_through(slug: str, host: str) -> None:
    """Let no circuit breaker hold a call back."""
    with acting_for(tenant_by_slug(slug).ref), acting_as(OPERATOR):
        for connector in ("http.request", UNSAFE, LOOKABLE):
            set_breaker(connector, host, effect_states.BREAKER_CLOSED, "by the story")


def endpoint(slug: str, name: str, url: str, secret: str) -> None:
    """An endpoint of webhooks."""
    with acting_for(tenant_by_slug(slug).ref), acting_as(OPERATOR):
        save_endpoint(slug=name, url=url, secrets=[secret], expected_revision=None)


def _watched(told: str, fatal: Fatal, number: int, *, asks: str = "") -> None:
    Points(Path(told), (str(fatal[0]), int(fatal[1])) if fatal else None, number, asks=asks).watch()


def start_first() -> None:
    """As the first process does: it stores which database this is, which is no point of the worker that comes later."""
    note_restore(threading.Event())


def dispatch() -> None:
    relay.run()


def publish(slug: str, workflows: list[dict[str, Any]]) -> None:
    plane = Plane(tenant_by_slug(slug).ref, NOBODY)
    for workflow in workflows:
        plane.publish(**workflow)


def send(slug: str, kind: str, trace_id: str, payload: Any) -> str:
    with acting_for(tenant_by_slug(slug).ref), acting_as(Principal(kind="system", name="test")):
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        event = NewEvent(source_id=source, type=kind, body=json.dumps(payload).encode(), trace_id=trace_id)
        (taken,) = record_events([event], audited=False)
    wake_relay()
    return str(taken.event_id)


def schedule(slug: str, name: str, seconds: float, data: Any) -> str:
    """A schedule that ticks once. Returns the trace of that tick."""
    with acting_for(tenant_by_slug(slug).ref), acting_as(OPERATOR):
        plan = TickPlan(AT, at=datetime.now(timezone.utc) + timedelta(seconds=seconds))
        made = save_schedule(NewSchedule(name, name, plan, data=data), expected_revision=None)
        trace = "SELECT j.trace_id FROM schedule s JOIN public.outbox_job j ON j.id = s.job_id WHERE s.id = %s"
        ((found,),) = fetch(trace, [made])
    return str(found)


DEEDS: Mapping[str, Callable[..., Any]] = {
    deed.__name__: cast("Callable[..., Any]", deed)
    for deed in (
        work,
        start_first,
        dispatch,
        publish,
        let_through,
        endpoint,
        send,
        schedule,
        ask,
        decide,
        resolve,
        force,
    )
}


class Forks:
    """answers: where the lines of JSON go; the process's own standard output is its log."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._alive: set[int] = set()

    def serve(self) -> None:
        for line in sys.stdin:
            request = json.loads(line)
            answer = getattr(self, f"_{request.pop('verb')}")(**request)
            self._answers.write(json.dumps(answer) + "\n")
            self._answers.flush()

    def _fork(self, deed: str, **given: Any) -> int:
        pid = self._start(deed, given, None)
        self._alive.add(pid)
        return pid

    def _do(self, deed: str, **given: Any) -> dict[str, Any]:
        ours, theirs = os.pipe()
        pid = self._start(deed, given, theirs)
        os.close(theirs)
        with os.fdopen(ours) as result:
            said = result.read()
        _, status = os.waitpid(pid, 0)
        if said:
            return json.loads(said)
        died = os.WIFSIGNALED(status)
        return {"died": died} if died else {"error": f"{deed} ended without a word"}

    def _gone(self, pid: int) -> bool:
        if pid in self._alive and os.waitpid(pid, os.WNOHANG)[0] == pid:
            self._alive.discard(pid)
        return pid not in self._alive

    def _start(self, deed: str, given: Mapping[str, Any], result: int | None) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            self._become(parent)
            said: dict[str, Any] = {"value": DEEDS[deed](**given)}
            status = 0
        except BaseException:  # noqa: BLE001 - the end of a process, told to whoever asked for it
            traceback.print_exc()
            said = {"error": traceback.format_exc()}
        if result is not None:
            os.write(result, json.dumps(said).encode())
        sys.stderr.flush()
        os._exit(status)

    def _become(self, parent: int) -> None:
        """Die with the parent, and hear nothing of what it is told."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def warm_up() -> None:
    """Let a call be refused here, lest each fork reads the trust store and the call's modules by itself."""
    given = {"method": "GET", "url": f"http://{LOOPBACK}:{NOBODY_LISTENS}"}
    with suppress(ConnectorError):
        asyncio.run(CONNECTORS["http.request"].call(Call(given, "warm", "", "", 1.0, crash_mischief.HERE)))
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    log_to_stderr("crashing")
    register_slack(sys.argv[1])
    warm_up()
    protocol = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(protocol, "w") as answers:
        Forks(answers).serve()
