"""Processes of the platform with one thing wrong: ``python -m tests.support.sabotage MISCHIEF``. For tests alone.

Each runs the real process after replacing one statement or function of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.db import connection
from dramatiq.worker import Worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
django.setup()

from actors import worker  # noqa: E402 - Django has to be ready before
from actors.connectors.base import Call  # noqa: E402
from actors.connectors.guard import Guard  # noqa: E402
from actors.connectors.registry import CONNECTORS  # noqa: E402
from actors.connectors.slack.connector import SlackPostMessage  # noqa: E402
from actors.mails import sending  # noqa: E402
from actors.pools import run_scheduler  # noqa: E402
from actors.relay import main as relay  # noqa: E402
from automate.cli import web  # noqa: E402
from automate.events.event_types.indexing import chunks as indexed  # noqa: E402
from automate.kernel.answering import AnsweringConnection  # noqa: E402
from automate.outbox import claims  # noqa: E402
from automate.outbox.dispatching import claims as dispatching  # noqa: E402
from automate.outbox.jobs import DispatchRound  # noqa: E402
from automate.processes.watch import LoopWatch  # noqa: E402
from automate.recovery.bulk import chunks  # noqa: E402
from automate.rules import matching  # noqa: E402
from automate.rules.backtests import chunks as tested  # noqa: E402
from automate.rules.windows import transitions as windows  # noqa: E402
from automate.runs import breaker_view as view  # noqa: E402
from automate.runs import indexing  # noqa: E402
from automate.runs import matching as runs_matching  # noqa: E402
from automate.runs.memory import Memory  # noqa: E402
from automate.runs.run_set import RunSet  # noqa: E402
from automate.runs.windows import timers  # noqa: E402
from automate.serving import desks, fair_threads  # noqa: E402
from automate.simulation import backtesting  # noqa: E402
from automate.triggers.schedules import ticks  # noqa: E402
from bench import due_order  # noqa: E402

POISON_ACTS_SECONDS = 0.1
"""Later than its batch-mates' calls have left."""


def _without(name: str, words: str, instead: str = "") -> None:
    """Take words out of a statement of ``claims`` or ``dispatching``; they must be there."""
    module = claims if hasattr(claims, name) else dispatching
    statement: str = getattr(module, name)
    assert words in statement, f"{name} does not say {words!r} any more; mend this sabotage"
    setattr(module, name, statement.replace(words, instead))


def _die(*_arguments: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(name: str) -> Path:
    return Path(settings.AUTOMATE_HOME) / name


def _life(name: str) -> int:
    """Which life of the process this is, from 1. name: of the file that counts them."""
    lives = _lives(name)
    with lives.open("a") as told:
        told.write("x")
    return lives.stat().st_size


def _commit_and_die(lives: Path) -> None:
    """Between two commits, once: the file says that it has been."""
    connection.connection.commit()
    lives.touch()
    _die()


def relay_dies_before_send() -> None:
    """Killed in the gap: what it dispatched is committed, and none of it was sent."""
    dispatch = dispatching.dispatch

    def dispatch_and_die(**parameters: Any) -> DispatchRound:
        found = dispatch(**parameters)
        if found.jobs:
            _die()
        return found

    dispatching.dispatch = dispatch_and_die
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
    for name in ("KEEP", "RENEW", "FINISH", "RETRY", "DEAD_LETTER", "RELEASE"):
        _without(name, "AND j.fence = m.fence")
    worker.run()


def worker_dies_of_poison() -> None:
    """Killed by each request whose body says ``poison``, as by a step that eats all memory."""
    http = CONNECTORS["http.request"]
    call_unharmed = http.call

    async def call(request: Call) -> Any:
        if request.input["json"].get("poison"):
            await asyncio.sleep(POISON_ACTS_SECONDS)
            _die()
        return await call_unharmed(request)

    setattr(http, "call", call)  # noqa: B010 - what a Protocol declares as a method
    if __name__ == "__main__":
        worker.run()


def worker_fetches_while_it_drains() -> None:
    """Told to stop, it goes on taking messages that it will not do until its calls have ended."""

    patience = int(worker.STOP_SECONDS * 1000)

    def drain(worker: Worker) -> None:
        setattr(run_scheduler._shares, "room", lambda _queue: 0)  # noqa: B010 - mischief
        run_scheduler.await_rest(patience / 1000)
        worker.stop(timeout=patience)

    worker.drain = drain
    worker.run()


def worker_dies_in_bulk() -> None:
    """Killed twice: in a chunk that has done its items and not yet said so, and right after the commit of another one."""
    life = _life("bulk-lives")
    if life == 1:
        chunks.transitions.advance = _die
    elif life == 2:
        chunks.progress.publish = _die
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


def worker_dies_in_backtest() -> None:
    """Killed twice: in a chunk that is written and not committed, and right after the commit of another one. Each has an event."""
    tested.CHUNK_SECONDS = 0
    life = _life("backtest-lives")
    if life == 1:
        tested.transitions.insert_samples = _die
    elif life == 2:
        hand_on = tested.transitions.insert_samples

        def die_after(*arguments: Any) -> None:
            hand_on(*arguments)
            backtesting.progress.publish = _die

        tested.transitions.insert_samples = die_after
    worker.run()


def worker_counts_a_backtest_in_two_commits() -> None:
    """Killed once, where a chunk is counted and its place is not."""
    tested.CHUNK_SECONDS = 0
    lives = _lives("backtest-lives")
    if not lives.exists():
        place = "cursor_id = %(cursor)s, "
        assert place in tested.transitions.TESTED, "it is written otherwise now; mend this sabotage"
        tested.transitions.TESTED = tested.transitions.TESTED.replace(place, "")

        tested.transitions.insert_samples = lambda *_arguments: _commit_and_die(lives)
    worker.run()


def worker_dies_in_index() -> None:
    """Killed twice: in a chunk that is written and not committed, and right after the commit of another one. Each has an event."""
    indexed.CHUNK_SECONDS = 0
    life = _life("index-lives")
    write = indexed.rows.write
    if life == 1:
        indexed.rows.write = _die
    elif life == 2:

        def die_after(*arguments: Any) -> None:
            write(*arguments)
            setattr(indexing, "wake_relay", _die)  # noqa: B010 - mischief

        indexed.rows.write = die_after
    worker.run()


def worker_indexes_in_two_commits() -> None:
    """Killed once, where the place of a chunk is committed and its values are not."""
    indexed.CHUNK_SECONDS = 0
    lives = _lives("index-lives")
    if not lives.exists():
        indexed.rows.write = lambda *_arguments: _commit_and_die(lives)
    worker.run()


def worker_dies_in_ticks() -> None:
    """Killed three times: before a tick has written anything, when its events are written and not committed, and right after
    the commit."""
    life = _life("tick-lives")
    if life == 1:
        setattr(ticks, "_write", _die)  # noqa: B010 - mischief
    elif life == 2:
        ticks.transitions.move_on = _die
    elif life == 3:
        setattr(ticks, "wake_relay", _die)  # noqa: B010 - mischief
    worker.run()


def worker_ticks_in_two_commits() -> None:
    """Killed once, where a tick is committed before its schedule has moved on."""
    lives = _lives("tick-lives")
    move_on = ticks.transitions.move_on

    def commit_and_move_on(*arguments: Any) -> None:
        if not lives.exists():
            _commit_and_die(lives)
        connection.connection.commit()
        move_on(*arguments)

    ticks.transitions.move_on = commit_and_move_on
    worker.run()


def worker_dies_in_windows() -> None:
    """Killed four times: before the windows of a set are written, when they are and its decisions are not, right after the
    commit, and when a timer has closed its window and its run is not made."""
    life = _life("window-lives")
    if life == 1:
        setattr(windows, "write", _die)  # noqa: B010 - mischief
    elif life == 2:
        setattr(matching, "write_decisions", _die)  # noqa: B010 - mischief
    elif life == 3:
        setattr(RunSet, "opened", _die)  # noqa: B010 - mischief
    elif life == 4:
        setattr(timers, "_begin", _die)  # noqa: B010 - mischief
    worker.run()


def worker_counts_in_two_commits() -> None:
    """Counts a set of matches in a transaction before the one that ends its jobs, and is killed between them once."""
    lives = _lives("window-lives")
    taking = runs_matching.apply_options

    def take_in_apart(outcomes: Any) -> Any:
        taken = taking(outcomes)
        if any(one.window_id for one in taken) and not lives.exists():
            connection.connection.execute(
                "UPDATE public.outbox_job SET state = 'claimed', open = true WHERE state = 'done' AND topic = 'event.match'"
            )
            _commit_and_die(lives)
        return taken

    setattr(runs_matching, "apply_options", take_in_apart)  # noqa: B010 - mischief
    worker.run()


def worker_counts_no_failure() -> None:
    """Takes every host for well."""

    def well(error: Any) -> bool | None:
        return True

    view.health = well
    worker.run()


def worker_keeps_its_rules() -> None:
    """The rules that it has met first are in force for ever."""
    read, known = matching.read_events, dict[uuid.UUID, matching.RuleSetVersion]()

    def read_once(tenant_id: uuid.UUID, event_ids: Sequence[uuid.UUID], further: Any = None) -> matching.EventsToMatch:
        found = read(tenant_id, event_ids, further)
        return found._replace(rule_set=known.setdefault(tenant_id, found.rule_set))

    matching.read_events = read_once
    worker.run()


def waits_for_ever() -> None:
    """Relay or worker that waits for PostgreSQL as long as TCP sees nothing wrong."""
    setattr(AnsweringConnection, "wait", psycopg.Connection.wait)  # noqa: B010 - mischief
    (relay if settings.PROCESS.startswith("relay") else worker).run()


def waits_for_ever_unwatched() -> None:
    """The same, and nothing ends a process whose loop no longer turns."""
    setattr(LoopWatch, "look", lambda _watch, _now: None)  # noqa: B010 - mischief
    waits_for_ever()


def worker_with_slack_near() -> None:
    """No mischief: Slack is the receiver on this machine that NEAR_SLACK names."""
    CONNECTORS["slack.post_message"] = SlackPostMessage(Guard(), os.environ["NEAR_SLACK"])
    worker.run()


def worker_keeps_its_outputs() -> None:
    """Keeps every output parsed, and writes all that a run puts out in one transaction."""
    setattr(Memory, "is_large", lambda *_: False)  # noqa: B010 - mischief
    setattr(Memory, "full", False)  # noqa: B010 - mischief
    settings.RUN_OUTPUT_BYTES = 2**40
    worker.run()


def worker_sends_mails_unnoted() -> None:
    """Writes down no try to send a mail before the mail server hears of it."""
    setattr(sending, "_begin", lambda _job, _mail: True)  # noqa: B010 - mischief
    worker.run()


def relay_sends_in_due_order() -> None:
    """Knows no tenants: what is due first goes first."""
    due_order.main()


def web_shares_nothing() -> None:
    """One tenant may take every thread, and health checks and webhooks wait for one with all others."""
    fair_threads.SHARE = fair_threads.UNKNOWN_SHARE = 1.0
    setattr(desks.Desks, "of", lambda self, _path: self.rest)  # noqa: B010 - mischief
    web.web()


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
        worker_dies_in_backtest,
        worker_counts_a_backtest_in_two_commits,
        worker_dies_in_index,
        worker_indexes_in_two_commits,
        worker_dies_in_ticks,
        worker_ticks_in_two_commits,
        worker_dies_in_windows,
        worker_counts_in_two_commits,
        worker_counts_no_failure,
        worker_keeps_its_outputs,
        worker_keeps_its_rules,
        waits_for_ever,
        waits_for_ever_unwatched,
        worker_with_slack_near,
        worker_sends_mails_unnoted,
        web_shares_nothing,
        relay_sends_in_due_order,
    )
}

# A worker's quarantine, which is a child that imports this module anew, is as poisoned as its worker.
if __name__ == "__main__" or sys.argv[1:] == [worker_dies_of_poison.__name__]:
    MISCHIEF[sys.argv[1]]()
