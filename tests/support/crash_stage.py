"""Where a crash case is played: a platform whose workers die where they are told, and one run's way through it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from automate.runs.feed_queries import SELECT_AFTER
from tests.support.crash_receiver import Judge
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
SETTLE_SECONDS = 45.0
WAKE_SECONDS = 0.5
GRACE_SECONDS = 2.0
POLL_SECONDS = 0.02
SOON_SECONDS = 0.5
BEGINNING = (1, 0, 0)
PASS_TIME = """
UPDATE public.outbox_job SET lease_until = now(), dispatched_at = '-infinity' WHERE state IN ('dispatched', 'claimed')
"""
HURRY = """
WITH steps AS (
    UPDATE step_run s SET due_at = now() FROM execution_run r
    WHERE r.id = s.run_id AND r.trace_id = %(trace)s AND s.due_at > now() RETURNING 1
)
UPDATE public.outbox_job SET due_at = now() WHERE trace_id = %(trace)s AND state = 'pending' AND due_at > now() RETURNING 1
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
DECIDE, RESOLVE, LET_GO = "decide", "resolve_effect", "set_breaker"
"""Functions that commit what a person says to an approval, of an effect, and of the calls to a host."""
REQUESTS: Mapping[str, str] = {
    "cancels": "run.cancel",
    "pauses": "run.pause",
    "resumes": "run.resume",
    "retries": "run.retry",
    "replays": "event.replay",
}
"""What people ask for, with what the audit calls it."""
PASS_WINDOW = """
WITH quiet AS (UPDATE rule_window SET closes_at = now() WHERE shown = %(key)s AND open AND option = 'debounce' RETURNING job_id)
UPDATE public.outbox_job j SET due_at = now() FROM quiet WHERE j.id = quiet.job_id RETURNING 1
"""
NEWEST_RUN = "SELECT id::text FROM execution_run WHERE trace_id = %(trace)s ORDER BY id DESC LIMIT 1"
FIRST_EVENT = "SELECT id::text FROM event WHERE trace_id = %(trace)s ORDER BY id LIMIT 1"
SETTLED = 10
"""The place of ``settled`` in a row of SELECT_AFTER; before it come the position and the run."""

Point = tuple[str, int]
Condition = Callable[[], bool]

_numbers = count(1)


@dataclass(frozen=True)
class Scenario:
    """workflows: what ``Plane.publish`` takes, the URLs left out. payload: of the event that starts it. effects: how many
    things are to be done to the outside world, told by their keys. ends: as one of which each run may end; first, as all do
    where nobody dies. all_end: as the runs end, sorted, where they do not end alike. story: what else happens, as conditions
    to wait for. unsafe: nothing may be repeated; a person has the last word. unsure: how many steps are uncertain though
    nobody dies. looked_up: what is unsafe is looked up, and so nothing is left to a person.
    """

    name: str
    title: str
    workflows: Callable[[str], Sequence[dict[str, Any]]]
    effects: int
    ends: tuple[str, ...] = ("succeeded",)
    all_end: tuple[str, ...] = ()
    story: Callable[[Case], Iterator[Condition]] | None = None
    unsafe: bool = False
    unsure: int = 0
    looked_up: bool = False
    seen: bool = False
    server: str = ""


@dataclass(eq=False)
class Case:
    """One run of a scenario, told from all others by its number and its trace.

    points: what each of its workers passed, in order, and who decided meanwhile. died: how many processes it cost. noted:
    keys of effects that were made within a worker, with the case's number. feed: what a reader that resumed has read.
    fatal: where they die. asked: how many people were. requests: how often people asked for each thing. spent: of the budget
    of runs; None where its window has turned. mischief: of whoever makes requests.
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
    requests: Counter[str] = field(default_factory=Counter)
    spent: int | None = None
    mischief: str = ""

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return self.stage.rows(query, {"trace": self.trace, **parameters})

    def send(self, kind: str, **payload: Any) -> None:
        self.stage.do("send", slug=TENANT, kind=kind, trace_id=self.trace, payload={"n": self.number, **payload})

    def schedule(self) -> None:
        """A schedule that ticks once, in a moment: the case has the trace of its tick."""
        data = {"n": self.number, "scenario": self.scenario.name}
        self.trace = self.stage.do("schedule", slug=TENANT, name=f"case-{self.number}", seconds=SOON_SECONDS, data=data)

    def pass_window(self) -> None:
        """The debounce of this case's number has been quiet for its time."""
        assert self.rows(PASS_WINDOW, key=str(self.number)) == [(1,)]

    def ask(self, verb: str) -> None:
        """A person asks for something of REQUESTS, for the newest run or the first event."""
        self.requests[verb] += 1
        ((of,),) = self.rows(FIRST_EVENT if verb == "replays" else NEWEST_RUN)
        key = f"{self.trace} {verb} {self.requests[verb]}"
        refused = self._request(
            "ask", verb, self.requests[verb], wants=verb, of=of, key=key, mischief=self.mischief, slug=TENANT
        )
        assert refused == [], refused

    def decide(self, outcome: str) -> None:
        """One more person decides."""
        self.asked += 1
        ((approval,),) = self.rows(
            "SELECT a.step_id::text FROM approval a JOIN execution_run r ON r.id = a.run_id WHERE r.trace_id = %(trace)s"
        )
        given = {"slug": TENANT, "approval": approval, "outcome": outcome, "by": f"person-{self.asked}"}
        self._request("decide", DECIDE, self.asked, **given)

    def resolve(self, how: str) -> None:
        """An operator says what became of the one effect that is uncertain."""
        ((effect,),) = self.rows(
            """SELECT substr(e.key, 1, 32) FROM effect e JOIN execution_run r ON r.id = e.run_id
               WHERE r.trace_id = %(trace)s AND e.state = 'uncertain'"""
        )
        self._request("resolve", RESOLVE, 1, slug=TENANT, effect=effect, how=how)

    def hold(self, connector: str) -> None:
        """An operator holds the calls of a connector to the receiver."""
        given = {"connector": connector, "host": self.stage.host, "mode": "open"}
        self.stage.do("force", told=os.devnull, fatal=None, slug=TENANT, **given)

    def let_go(self, connector: str) -> None:
        """An operator lets them go."""
        self._request("force", LET_GO, 1, slug=TENANT, connector=connector, host=self.stage.host, mode="")

    def _request(self, deed: str, verb: str, number: int, **given: Any) -> Any:
        """Where a person's request dies, they send it once more."""
        # Each is a process of its own, which passes its points for the first time.
        fatal = next(((name, 1) for name, n in self.fatal if n == number and name.partition(",")[0] == verb), None)
        answer = self.stage.ask("do", deed=deed, told=str(self.stage.told), fatal=fatal, **given)
        if "died" in answer:
            self.died += 1
            return self.stage.do(deed, told=os.devnull, fatal=None, **given)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def in_states(self, *states: str) -> bool:
        """Whether there are runs, and each is in one of these states."""
        found = self.rows("SELECT state FROM execution_run WHERE trace_id = %(trace)s")
        return bool(found) and all(state in states for (state,) in found)

    def hurry(self) -> None:
        """What waits for a time of its own has waited."""
        self.stage.rows(HURRY, {"trace": self.trace})

    def at_rest(self) -> bool:
        """Whether nothing is left to do."""
        query = (
            "SELECT count(*) FILTER (WHERE open) = 0 AND count(*) > 0 FROM public.outbox_job WHERE trace_id = %(trace)s"
        )
        ((rested,),) = self.rows(query)
        return bool(rested)


def is_a_persons(point: str) -> bool:
    """Whether a point is passed by a request of a person's, and not by a worker."""
    return point.partition(",")[0] in {DECIDE, RESOLVE, LET_GO, *REQUESTS}


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
        passed = [line.removeprefix("point ") for line in last.splitlines() if line.startswith("point ")]
        points = [point.partition(", ")[2] for point in passed if not is_a_persons(point)]
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
            found = self._connection.execute(SELECT_AFTER, position).fetchall()
            rows = [row for row in found if row[SETTLED]]
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
