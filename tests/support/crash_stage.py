"""Where a crash case is played: a platform whose workers die where they are told, and one run's way through it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from automate.kernel.feed_log_queries import AFTER
from tests.support.crash_case import Case, Condition, Point, Scenario
from tests.support.crash_receiver import Judge
from tests.support.crash_shift import POLL_SECONDS, SETTLE_SECONDS, Shift
from tests.support.crash_world import ENDPOINT, HOOK_SECRET, World
from tests.support.processes import ROOT, TENANT, Database, Platform
from tests.support.slack import TOKEN

LEASE_SECONDS = 2.0
KNOBS: Mapping[str, str] = {
    "AUTOMATE_LEASE_SECONDS": str(LEASE_SECONDS),
    "AUTOMATE_HEARTBEAT_SECONDS": "0.5",
    "AUTOMATE_RESEND_SECONDS": "2",
    "AUTOMATE_RELAY_POLL_SECONDS": "0.2",
    "AUTOMATE_WORKER_THREADS": "2",
    "AUTOMATE_DATABASE_POOL_SIZE": "0",
    "AUTOMATE_SECRET_ACME__SLACK_TOKEN": TOKEN,
}
OPEN_TRANSACTIONS = """
SELECT pid, application_name, state, wait_event_type, wait_event, pg_blocking_pids(pid), now() - xact_start, left(query, 200)
FROM pg_stat_activity WHERE backend_xid IS NOT NULL OR xact_start < now() - interval '5 seconds'
"""
BEGINNING = (1, 0, 0)
PASS_TIME = """
UPDATE public.outbox_job SET lease_until = now(), dispatched_at = '-infinity' WHERE state IN ('dispatched', 'claimed')
"""
COUNT_RUNS = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
SELECT gen_random_uuid(), id, 'runs', 'month', 1000000000, 'throttle', 0, now() FROM public.tenant WHERE slug = %(slug)s
"""
SPENT = """
SELECT b.window_start, b.used FROM public.budget b JOIN public.tenant t ON t.id = b.tenant_id
WHERE t.slug = %(slug)s AND b.metric = 'runs'
"""
SET_LIMIT = """
UPDATE public.budget b SET "limit" = %(limit)s FROM public.budget was JOIN public.tenant t ON t.id = was.tenant_id
WHERE was.id = b.id AND t.slug = %(slug)s AND b.metric = %(metric)s RETURNING was."limit"
"""
READ_LOG = AFTER.format(table="run_log", columns="l.run_id", tables="run_log AS l", long_over="false")
"""Position, whether it is settled, whether it is too old, and run of the row at a position and of those after it."""


class Stage:
    """One platform: its relay and its workers are forks of one process. For one thread, one case at a time."""

    def __init__(
        self, home: Path, database: Database, receiver: Judge, world: World, scenarios: Sequence[Scenario]
    ) -> None:
        self.receiver, self.world, self.home = receiver, world, home
        self._platform = Platform(home, database, **KNOBS)
        self._scenarios = scenarios
        self._url = database.superuser_url
        self.host = urlsplit(receiver.url).netloc
        self.told = home / "told"

    def __enter__(self) -> Stage:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        """In a thread that lasts: its servers die with it."""
        self._platform.__enter__()
        environ = self._platform.environ("worker")
        with (self.home / "forks.log").open("wb") as log:
            self._forks = subprocess.Popen(
                [sys.executable, "-m", "tests.support.crashing", self.world.urls["slack"]],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return self

    def prepare(self) -> None:
        """Publish what all scenarios need, and start the relay. From any thread."""
        self._connection = psycopg.connect(self._url, autocommit=True)
        ((schema,),) = self.rows("SELECT schema_name FROM public.tenant WHERE slug = %(slug)s", {"slug": TENANT})
        self._connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        self._connection.execute(COUNT_RUNS, {"slug": TENANT})
        hooks = {"name": ENDPOINT, "url": self.world.urls["webhook"], "secret": HOOK_SECRET}
        self.do("endpoint", slug=TENANT, **hooks)
        urls = {"": self.receiver.url, **self.world.urls}
        workflows = [one for scenario in self._scenarios for one in scenario.workflows(urls[scenario.server])]
        self.do("publish", slug=TENANT, workflows=workflows)
        ((self.rules,),) = self.rows("SELECT count(*) FROM rule_spec", {})
        # Workers that die count only what fails, and no case is to wait for another's.
        self.do("let_through", slug=TENANT, host=self.host)
        self.do("start_first")
        self.ask("fork", deed="dispatch")

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()
        os.killpg(self._forks.pid, signal.SIGKILL)
        with self._forks:
            pass
        self._platform.__exit__()

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()

    @contextmanager
    def budget(self, metric: str, limit: int) -> Iterator[None]:
        """Another limit of the tenant's, for the length of the block."""
        given = {"slug": TENANT, "metric": metric, "limit": limit}
        ((usual,),) = self.rows(SET_LIMIT, given)
        yield
        self.rows(SET_LIMIT, {**given, "limit": usual})

    def spent(self) -> tuple[Any, int]:
        """How many runs the tenant's budget has been spent on, and in which window."""
        ((since, used),) = self.rows(SPENT, {"slug": TENANT})
        return since, used

    def pass_time(self) -> None:
        """What the dead held, and what was sent to them, is over. Only the leases of the frozen end by the clock."""
        self._connection.execute(PASS_TIME)

    def do(self, deed: str, **given: Any) -> Any:
        answer = self.ask("do", deed=deed, **given)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def play(
        self, scenario: Scenario, fatal: Sequence[Point] = (), *, freeze: bool = False, mischief: str = ""
    ) -> Case:
        """Take one event of a scenario to its end, through workers of which the first die, each at its point.

        freeze: they do not die, and go on when all is done.
        """
        case = Case(self, scenario, fatal=fatal, mischief=mischief)
        self.told.write_text("")
        since, used = self.spent()
        shift = Shift(self, case, fatal, freeze=freeze, mischief=mischief)
        shift.begin()
        until = time.monotonic() + SETTLE_SECONDS
        for condition in self._story(case):
            while not condition():
                if shift.lost():
                    self.read_feed(case)
                    shift.begin()
                assert time.monotonic() < until, f"{scenario.name} at {fatal} does not end: {self._state_of(case)}"
                time.sleep(POLL_SECONDS)
        shift.end()
        self.read_feed(case)
        until_now, used_now = self.spent()
        case.spent = used_now - used if until_now == since else None
        told = [line.split(" ", 1) for line in self.told.read_text().splitlines()]
        for kind, words in told:
            if kind == "worker":
                case.points.append([])
            elif kind == "point":
                case.points[-1].append(words)
        case.noted = [words for kind, words in told if kind == "effect" and words.split()[1] == str(case.number)]
        return case

    def _story(self, case: Case) -> Iterator[Condition]:
        if case.scenario.story is None:
            case.send("order.created", scenario=case.scenario.name)
        else:
            yield from case.scenario.story(case)
        yield case.at_rest

    def read_feed(self, case: Case) -> None:
        """As a subscriber that resumes from its cursor does."""
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            position = case.feed[-1][:3] if case.feed else self._feed_starts
            read = self._connection.execute(READ_LOG, position).fetchall()
            found = [row for row in read if row[:3] != tuple(position)]
            rows = [(*row[:3], row[5]) for row in found if row[3]]
            case.feed.extend(rows)
            if not found:
                self._feed_starts = position
                return
            if not rows:
                assert time.monotonic() < until, f"left open after {case.scenario.name}: {self._open_transactions()}"
                time.sleep(POLL_SECONDS)

    def _open_transactions(self) -> list[tuple[Any, ...]]:
        return self._connection.execute(OPEN_TRANSACTIONS).fetchall()

    _feed_starts: tuple[Any, ...] = BEGINNING

    def ask(self, verb: str, **request: Any) -> Any:
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(json.dumps({"verb": verb, **request}) + "\n")
        self._forks.stdin.flush()
        answer = self._forks.stdout.readline()
        assert answer, f"the forks have ended:\n{(self.home / 'forks.log').read_text()[-4000:]}"
        return json.loads(answer)

    def _state_of(self, case: Case) -> str:
        runs = case.rows("SELECT state, state_reason, error FROM execution_run WHERE trace_id = %(trace)s")
        jobs = case.rows("SELECT topic, state, attempts, due_at FROM public.outbox_job WHERE trace_id = %(trace)s")
        return f"runs {runs}, jobs {jobs}, open: {self._open_transactions()}; the log ends:\n{(self.home / 'forks.log').read_text()[-4000:]}"
