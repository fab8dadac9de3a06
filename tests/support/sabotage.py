"""Processes of the platform with one thing wrong: ``python -m tests.support.sabotage MISCHIEF``. For tests alone.

Each runs the real process after replacing one statement or function of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from dramatiq.worker import Worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from actors import worker  # noqa: E402 - Django has to be ready before
from actors.connectors.base import Call  # noqa: E402
from actors.connectors.registry import CONNECTORS  # noqa: E402
from actors.crew import crew  # noqa: E402
from actors.relay import main as relay  # noqa: E402
from automate.outbox import claims  # noqa: E402
from automate.runs.bulk import chunks  # noqa: E402

POISON_ACTS_SECONDS = 0.1
"""Later than its batch-mates' calls have left."""


def _without(name: str, words: str, instead: str = "") -> None:
    """Take words out of a statement of ``claims``; they must be there."""
    statement: str = getattr(claims, name)
    assert words in statement, f"{name} does not say {words!r} any more; mend this sabotage"
    setattr(claims, name, statement.replace(words, instead))


def relay_dies_before_send() -> None:
    """Killed in the gap: what it dispatched is committed, and none of it was sent."""
    dispatch = claims.dispatch

    def dispatch_and_die(**parameters: Any) -> list[claims.DispatchedJob]:
        jobs = dispatch(**parameters)
        if jobs:
            os.kill(os.getpid(), signal.SIGKILL)
        return jobs

    claims.dispatch = dispatch_and_die
    relay.run()


def relay_never_resends() -> None:
    """What was dispatched and lost on its way stays lost."""
    _without("DISPATCH", "j.dispatched_at <= now() - make_interval(secs => %(resend)s)", "false")
    relay.run()


def relay_lets_no_lease_expire() -> None:
    """What a dead worker held stays held."""
    _without("DISPATCH", "j.lease_until <= now()", "false")
    relay.run()


def worker_without_fence() -> None:
    """Writes whatever it likes to jobs that others hold."""
    for name in ("KEEP", "RENEW", "FINISH", "RETRY", "BURY", "RELEASE"):
        _without(name, "AND j.fence = m.fence")
    worker.run()


def worker_dies_of_poison() -> None:
    """Killed by each request whose body says ``poison``, as by a step that eats all memory."""
    http = CONNECTORS["http.request"]
    call_unharmed = http.call

    async def call(request: Call) -> Any:
        if request.input["json"].get("poison"):
            await asyncio.sleep(POISON_ACTS_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)
        return await call_unharmed(request)

    setattr(http, "call", call)  # noqa: B010 - what a Protocol declares as a method
    if __name__ == "__main__":
        worker.run()


def worker_fetches_while_it_drains() -> None:
    """Told to stop, it goes on taking messages that it will not do until its calls have ended."""

    patience = int(worker.STOP_SECONDS * 1000)

    def drain(worker: Worker) -> None:
        setattr(crew, "room", lambda _lane: 0)  # noqa: B010 - mischief
        crew.await_rest(patience / 1000)
        worker.stop(timeout=patience)

    worker.drain = drain
    worker.run()


def worker_dies_in_bulk() -> None:
    """Killed twice: in a chunk that has done its items and not yet said so, and right after the commit of another one."""
    lives = Path(settings.AUTOMATE_HOME) / "bulk-lives"
    with lives.open("a") as told:
        told.write("x")
    life = lives.stat().st_size

    def die(*_arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if life == 1:
        chunks.transitions.advance = die
    elif life == 2:
        chunks.progress.publish = die
    worker.run()


def worker_dies_in_bulk_of_two_commits() -> None:
    """The same, where the work of a chunk is committed before what is said of it."""
    perform = chunks.perform

    def perform_and_commit(*arguments: Any) -> Any:
        outcomes = perform(*arguments)
        connection.connection.commit()
        return outcomes

    setattr(chunks, "perform", perform_and_commit)  # noqa: B010 - mischief
    worker_dies_in_bulk()


MISCHIEF: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        relay_dies_before_send,
        relay_never_resends,
        relay_lets_no_lease_expire,
        worker_without_fence,
        worker_dies_of_poison,
        worker_fetches_while_it_drains,
        worker_dies_in_bulk,
        worker_dies_in_bulk_of_two_commits,
    )
}

# A worker's quarantine, which is a child that imports this module anew, is as poisoned as its worker.
if __name__ == "__main__" or sys.argv[1:] == [worker_dies_of_poison.__name__]:
    MISCHIEF[sys.argv[1]]()
