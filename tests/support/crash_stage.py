"""Where a crash case is played: a platform whose workers die where they are told, and one run's way through it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from automate.runs.feed_queries import SELECT_AFTER
from tests.support.crash_receiver import Judge
from tests.support.processes import ROOT, TENANT, Database, Platform

LEASE_SECONDS = 2.0
KNOBS: Mapping[str, str] = {
    "AUTOMATE_LEASE_SECONDS": str(LEASE_SECONDS),
    "AUTOMATE_HEARTBEAT_SECONDS": "0.5",
    "AUTOMATE_RESEND_SECONDS": "2",
    "AUTOMATE_RELAY_POLL_SECONDS": "0.2",
    "AUTOMATE_WORKER_THREADS": "2",
    "AUTOMATE_DATABASE_POOL_SIZE": "0",
}
SETTLE_SECONDS = 45.0
WAKE_SECONDS = 0.5
GRACE_SECONDS = 2.0
POLL_SECONDS = 0.02
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
DECIDES = ("decide, before its commit", "decide, after its commit")
"""The points of a request by which a person decides."""
SETTLED = 10
"""The place of ``settled`` in a row of SELECT_AFTER; before it come the position and the run."""

Point = tuple[str, int]
Condition = Callable[[], bool]

_numbers = count(1)


@dataclass(frozen=True)
class Scenario:
    """workflows: what ``Plane.publish`` takes, the URLs left out. payload: of the event that starts it. effects: how many
    things are to be done to the outside world, told by their keys. story: what else happens, as conditions to wait for.
    unsafe: nothing may be repeated; a person has the last word.
    """

    name: str
    title: str
    workflows: Callable[[str], Sequence[dict[str, Any]]]
    effects: int
    ends: tuple[str, ...] = ("succeeded",)
    story: Callable[[Case], Iterator[Condition]] | None = None
    unsafe: bool = False


@dataclass(eq=False)
class Case:
    """One run of a scenario, told from all others by its number and its trace.

    points: what each of its workers passed, in order, and who decided meanwhile. died: how many processes it cost. noted:
    keys of effects that were made within a worker, with the case's number. feed: what a reader that resumed has read.
    fatal: where they die. asked: how many people were. spent: of the budget of runs; None where its window has turned.
    """

    stage: Stage
    scenario: Scenario
    number: int = field(default_factory=lambda: next(_numbers))
    trace: str = field(default_factory=lambda: uuid.uuid4().hex)
    points: list[list[str]] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    feed: list[tuple[Any, ...]] = field(default_factory=list)
    died: int = 0
    fatal: Sequence[Point] = ()
    asked: int = 0
    spent: int | None = None

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return self.stage.rows(query, {"trace": self.trace, **parameters})

    def send(self, kind: str, **payload: Any) -> None:
        self.stage.do("send", slug=TENANT, kind=kind, trace_id=self.trace, payload={"n": self.number, **payload})

    def cancel(self) -> None:
        runs = [str(row[0]) for row in self.rows("SELECT id FROM execution_run WHERE trace_id = %(trace)s")]
        self.stage.do("cancel", slug=TENANT, run_ids=runs)

    def decide(self, outcome: str) -> None:
        """One more person decides; where their request dies, they send it once more."""
        self.asked += 1
        ((approval,),) = self.rows(
            "SELECT a.step_id::text FROM approval a JOIN execution_run r ON r.id = a.run_id WHERE r.trace_id = %(trace)s"
        )
        fatal = next(((name, 1) for name, number in self.fatal if name in DECIDES and number == self.asked), None)
        given = {"slug": TENANT, "approval": approval, "outcome": outcome, "by": f"person-{self.asked}"}
        if self.stage.died("decide", told=str(self.stage.told), fatal=fatal, **given):
            self.died += 1
            self.stage.do("decide", told=os.devnull, fatal=None, **given)

    def in_states(self, *states: str) -> bool:
        """Whether there are runs, and each is in one of these states."""
        found = self.rows("SELECT state FROM execution_run WHERE trace_id = %(trace)s")
        return bool(found) and all(state in states for (state,) in found)

    def at_rest(self) -> bool:
        """Whether nothing is left to do."""
        query = (
            "SELECT count(*) FILTER (WHERE open) = 0 AND count(*) > 0 FROM public.outbox_job WHERE trace_id = %(trace)s"
        )
        ((rested,),) = self.rows(query)
        return bool(rested)


class Shift:
    """The workers of one case. fatal: where the first of them die, or are frozen until the case is done."""

    def __init__(self, stage: Stage, case: Case, fatal: Sequence[Point], *, freeze: bool, mischief: str) -> None:
        self._stage, self._case, self._freeze, self._mischief = stage, case, freeze, mischief
        self._left, self._fatal = list(fatal), len(fatal)
        self._frozen: list[int] = []
        self._worker = 0

    def begin(self) -> None:
        point = self._left.pop(0) if self._left else None
        with self._stage.told.open("a") as told:
            told.write("worker begins\n")
        self._worker = self._stage.ask(
            "fork",
            deed="work",
            told=str(self._stage.told),
            fatal=point,
            number=signal.SIGSTOP if self._freeze else signal.SIGKILL,
            mischief=self._mischief,
        )

    def lost(self) -> bool:
        """Whether the worker has come to its point; another one is to begin then."""
        if self._freeze:
            stat = Path(f"/proc/{self._worker}/stat").read_text()
            lost = stat.rpartition(")")[2].split()[0] == "T"
        else:
            lost = bool(self._stage.ask("gone", pid=self._worker))
        if lost:
            self._case.died += 1
            if self._freeze:
                self._frozen.append(self._worker)
            else:
                self._stage.pass_time()
            self._worker = 0
        return lost

    def end(self) -> None:
        """All is done. Where that is what a worker dies of, it may not have been seen yet."""
        grace = time.monotonic() + GRACE_SECONDS
        while self._case.died < self._fatal and time.monotonic() < grace and not self.lost():
            time.sleep(POLL_SECONDS)
        while self._worker and self._in_between() and time.monotonic() < grace:
            time.sleep(POLL_SECONDS)
        for pid in self._frozen:
            self._wake(pid)
        if self._worker:
            os.kill(self._worker, signal.SIGKILL)
            self._until_gone(self._worker)

    def _in_between(self) -> bool:
        """Whether the last worker has passed a point before something, and not yet the one after it."""
        _, _, last = self._stage.told.read_text().rpartition("worker begins\n")
        points = [
            line.partition(", ")[2] for line in last.splitlines() if line.startswith("point ") and "decide" not in line
        ]
        return sum(point.startswith("before") for point in points) * 2 != len(points)

    def _wake(self, pid: int) -> None:
        """Let a frozen worker go on with what it held, and wait until it has done its worst."""
        seen = self._stage.told.stat().st_size
        os.kill(pid, signal.SIGCONT)
        until = time.monotonic() + WAKE_SECONDS
        # It passes its next point at once, unless it finds at its first statement that nothing is left for it.
        while time.monotonic() < until and self._stage.told.stat().st_size == seen:
            time.sleep(POLL_SECONDS)
        os.kill(pid, signal.SIGTERM)
        self._until_gone(pid)

    def _until_gone(self, pid: int) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while not self._stage.ask("gone", pid=pid):
            assert time.monotonic() < until, f"a worker of {self._case.scenario.name} does not end"
            time.sleep(POLL_SECONDS)


class Stage:
    """One platform: its relay and its workers are forks of one process. For one thread, one case at a time."""

    def __init__(self, home: Path, database: Database, receiver: Judge, scenarios: Sequence[Scenario]) -> None:
        self.receiver, self.home = receiver, home
        self._platform = Platform(home, database, **KNOBS)
        self._scenarios = scenarios
        self._url = database.superuser_url
        self.told = home / "told"

    def __enter__(self) -> Stage:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        """In a thread that lasts: its servers die with it."""
        self._platform.__enter__()
        environ = self._platform.environ("worker")
        with (self.home / "forks.log").open("wb") as log:
            self._forks = subprocess.Popen(
                [sys.executable, "-m", "tests.support.crashing"],
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
        workflows = [one for scenario in self._scenarios for one in scenario.workflows(self.receiver.url)]
        self.do("publish", slug=TENANT, workflows=workflows)
        ((self.rules,),) = self.rows("SELECT count(*) FROM rule_spec", {})
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

    def died(self, deed: str, **given: Any) -> bool:
        """Whether a deed ended its process."""
        answer = self.ask("do", deed=deed, **given)
        assert "error" not in answer, answer["error"]
        return "died" in answer

    def play(
        self, scenario: Scenario, fatal: Sequence[Point] = (), *, freeze: bool = False, mischief: str = ""
    ) -> Case:
        """Take one event of a scenario to its end, through workers of which the first die, each at its point.

        freeze: they do not die, and go on when all is done.
        """
        case = Case(self, scenario, fatal=fatal)
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
        while True:
            position = case.feed[-1][:3] if case.feed else self._feed_starts
            found = self._connection.execute(SELECT_AFTER, position).fetchall()
            rows = [row for row in found if row[SETTLED]]
            case.feed.extend(rows)
            if not found:
                self._feed_starts = position
                return
            if not rows:
                time.sleep(POLL_SECONDS)

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
        return f"runs {runs}, jobs {jobs}; the log ends:\n{(self.home / 'forks.log').read_text()[-4000:]}"
