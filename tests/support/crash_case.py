"""A crash case: one run of a scenario, and all that people ask for meanwhile."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.support.processes import TENANT

if TYPE_CHECKING:
    from tests.support.crash_stage import Stage

SOON_SECONDS = 0.5
HURRY = """
WITH steps AS (
    UPDATE step_run s SET due_at = now() FROM execution_run r
    WHERE r.id = s.run_id AND r.trace_id = %(trace)s AND s.due_at > now() RETURNING 1
)
UPDATE public.outbox_job SET due_at = now() WHERE trace_id = %(trace)s AND state = 'pending' AND due_at > now() RETURNING 1
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
        """A schedule that ticks once, soon: the case has the trace of its tick."""
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
