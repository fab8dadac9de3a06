"""Every scenario, killed at every point: ``python -m tests.support.crash_matrix`` plays them and writes the record.

The points are those that a run passes in which nobody dies. Each is then played once more, and its worker killed there.
"""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts.crash_matrix_page import FROZE, KILLED, KILLED_AGAIN, RECORD, Row, lines, recorded
from tests.support.crash_case import Case, Point, Scenario, is_a_persons
from tests.support.crash_law import Outcome, judge
from tests.support.crash_receiver import Judge
from tests.support.crash_scenarios import BY_NAME, SCENARIOS
from tests.support.crash_stage import Stage
from tests.support.crash_world import World
from tests.support.databases import copied, make_template
from tests.support.processes import Database
from tests.support.servers import Servers, start_servers

STAGES = 5
TRIES = 3
AGAIN = ("post", "lookup", "slack")
"""The scenarios whose second worker is killed, too."""
FIRST_DEATH: Point = ("call, answered and not recorded", 1)
FROZEN = ("post", "log", "unsafe", "sequence", "cancel")
"""The scenarios whose workers are also frozen at each point, and go on when all is done."""

DANGEROUS = (
    "call, answered and not recorded",
    "record, before its commit",
    "take, after its commit",
    "match, after its commit",
    "take, before its commit",
    "match, before its commit",
    "call, before it leaves",
    "claim, after its commit",
    "record, after its commit",
)
"""Where a death can repeat an effect, lose one, or leave what it held. The most dangerous come first."""

Fate = tuple[Scenario, tuple[Point, ...]]
"""What is played, and where its workers die."""


@dataclass(frozen=True)
class Played:
    """One case and what became of it. points: where its workers died."""

    scenario: Scenario
    how: str
    points: tuple[Point, ...]
    outcome: Outcome
    case: Case

    @property
    def broken(self) -> list[str]:
        return [f"{self.scenario.name}, {self.how} at {self.points}: {law}" for law in self.outcome.broken]


@dataclass(frozen=True)
class Twin:
    """A worker with one thing wrong, and a point at which that breaks the law. law: words of what the matrix says then."""

    mischief: str
    scenario: str
    point: Point
    law: str
    how: str = KILLED


class Matrix:
    """Stages that play cases side by side, each in an installation of its own. One at least is needed."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._free: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        self._count = len(stages)
        self._alone: dict[str, Case] = {}
        for stage in stages:
            self._free.put(stage)

    def map(self, acts: Sequence[Callable[[Stage], Played]]) -> list[Played]:
        def act(one: Callable[[Stage], Played]) -> Played:
            stage = self._free.get()
            try:
                return one(stage)
            finally:
                self._free.put(stage)

        with ThreadPoolExecutor(self._count) as pool:
            return list(pool.map(act, acts))

    def alone(self, scenarios: Sequence[Scenario]) -> list[Played]:
        """Where nobody dies."""

        def play(stage: Stage, scenario: Scenario) -> Played:
            case = stage.play(scenario)
            self._alone[scenario.name] = case
            return Played(scenario, KILLED, (), judge(case, None), case)

        new = [scenario for scenario in scenarios if scenario.name not in self._alone]
        return self.map([partial(play, scenario=scenario) for scenario in new])

    def points(self, scenario: Scenario) -> list[Point]:
        return numbered(self._alone[scenario.name].points[0])

    def killed(self, *wanted: Fate) -> list[Played]:
        return self.played(*((KILLED, *fate) for fate in wanted))

    def frozen(self, *wanted: Fate) -> list[Played]:
        return self.played(*((FROZE, *fate) for fate in wanted))

    def second_deaths(self, scenario: Scenario) -> tuple[list[Played], list[Fate]]:
        """The first worker dies; and then where the second one may die, too: at each point that it passes."""
        first = self.killed((scenario, (FIRST_DEATH,)))
        return first, [(scenario, (FIRST_DEATH, point)) for point in numbered(first[0].case.points[1])]

    def sabotaged(self, twins: Sequence[Twin]) -> list[Played]:
        """Each mischief where it shows."""

        def play(stage: Stage, twin: Twin) -> Played:
            scenario = BY_NAME[twin.scenario]
            case = stage.play(scenario, [twin.point], freeze=twin.how == FROZE, mischief=twin.mischief)
            return Played(scenario, twin.how, (twin.point,), judge(case, self._alone[scenario.name]), case)

        return self.map([partial(play, twin=twin) for twin in twins])

    def played(self, *wanted: tuple[str, Scenario, tuple[Point, ...]]) -> list[Played]:
        """Whoever is frozen goes first: he waits while others work."""

        def play(stage: Stage, how: str, scenario: Scenario, fatal: tuple[Point, ...]) -> Played:
            for _ in range(TRIES):
                case = stage.play(scenario, fatal, freeze=how == FROZE)
                if case.died == len(fatal):
                    break
            outcome = judge(case, self._alone[scenario.name])
            if case.died != len(fatal):
                outcome = Outcome(**{**vars(outcome), "broken": (*outcome.broken, "the point was not reached")})
            return Played(scenario, how, fatal, outcome, case)

        in_turn = sorted(wanted, key=lambda one: one[0] != FROZE)
        return self.map([partial(play, how=how, scenario=scenario, fatal=fatal) for how, scenario, fatal in in_turn])


def numbered(names: Sequence[str]) -> list[Point]:
    """Acknowledgements come last: they are made beside the work, now sooner and now later."""
    passed: Counter[str] = Counter()
    points = []
    for name in names:
        passed[name] += 1
        points.append((name, passed[name]))
    return sorted(points, key=_is_beside)


def most_dangerous(points: Sequence[Point]) -> list[Point]:
    """Five of a scenario's points: requests of people, then the last one of each kind in the order of DANGEROUS."""
    last = {name: (name, number) for name, number in points}
    named = [name for name in last if is_a_persons(name)] + [name for name in DANGEROUS if name in last]
    return [last[name] for name in named[:5]]


def _is_beside(point: Point) -> bool:
    return point[0].startswith("ack")


def as_written(matrix: Matrix, played: list[Played], written: Sequence[Row]) -> list[Played]:
    """All that was played, and again, a few times, what came out otherwise than the record says. A machine that stands still for as long as
    a lease has killed one more. What the law forbids is broken, whenever it was.
    """
    played = in_order(played, written)
    for _ in range(TRIES):
        others = strange(played, written)
        if not others or any(one.broken for one in played):
            break
        again = matrix.played(*((one.how, one.scenario, one.points) for one in others))
        instead = {(one.how, one.scenario.name, one.points): one for one in again}
        played = [instead.get((one.how, one.scenario.name, one.points), one) for one in played]
    return played


def everything(matrix: Matrix) -> list[Played]:
    matrix.alone(SCENARIOS)
    each: list[Fate] = [(scenario, (point,)) for scenario in SCENARIOS for point in matrix.points(scenario)]
    held = [
        (one, fatal)
        for one, fatal in each
        if one.name in FROZEN and "before its commit" not in fatal[0][0] and not is_a_persons(fatal[0][0])
    ]
    again = [fate for name in AGAIN for fate in matrix.second_deaths(BY_NAME[name])[1]]
    return matrix.played(
        *((KILLED, *fate) for fate in each),
        *((FROZE, *fate) for fate in held),
        *((KILLED_AGAIN, *fate) for fate in again),
    )


@contextmanager
def matrix_of(servers: Servers, template: Database, home: Path, stages: int) -> Iterator[Matrix]:
    """Installations on copies of the template, which are started side by side."""
    with ExitStack() as stack:
        receiver, world = stack.enter_context(Judge()), stack.enter_context(World())
        databases = [stack.enter_context(copied(template, servers)) for _ in range(stages)]
        made = [
            stack.enter_context(Stage(home / f"stage-{n}", database, receiver, world, SCENARIOS))
            for n, database in enumerate(databases)
        ]
        with ThreadPoolExecutor(stages) as pool:
            list(pool.map(Stage.prepare, made))
        yield Matrix(made)


def row(played: Played) -> Row:
    """A line of the page. An acknowledgement is made beside the work: what it meets is not the same each time."""
    name, number = played.points[-1]
    outcome = played.outcome
    seen = [str(outcome.repeated), str(outcome.uncertain), ", ".join(outcome.ends)]
    if _is_beside(played.points[-1]):
        most = "0" if played.scenario.unsafe else "at most 1"
        seen = [most, "at most 1", " or ".join(played.scenario.ends) if played.scenario.unsafe else seen[2]]
    return Row(played.how, played.scenario.title, f"{name} {number}", *seen)


def in_order(played: Sequence[Played], written: Sequence[Row]) -> list[Played]:
    """As the record has them. The threads of a worker pass their points side by side, so their order differs from play to play.
    What the record does not have comes last, in the order of the play.
    """
    kinds, names = (KILLED, FROZE, KILLED_AGAIN), list(BY_NAME)
    places = {one.place: number for number, one in enumerate(written)}

    def place(one: Played) -> tuple[int, int, int]:
        return kinds.index(one.how), names.index(one.scenario.name), places.get(row(one).place, len(places))

    return sorted(played, key=place)


def strange(played: Sequence[Played], written: Sequence[Row]) -> list[Played]:
    """Those whose line in the record is another one, or is missing."""
    return [one for one in played if row(one) not in written]


def main() -> None:
    os.environ.setdefault("AUTOMATE_SECRET_KEY", "a secret of the crash matrix, long enough to sign with")
    home = Path(tempfile.mkdtemp(prefix="automate-crashes-"))
    servers = start_servers(home)
    try:
        template = make_template(servers, home / "template")
        with matrix_of(servers, template, home, STAGES) as matrix:
            played = everything(matrix)
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)
    for broken in (law for one in played for law in one.broken):
        print(broken)
    rows = [row(one) for one in in_order(played, recorded())]
    RECORD.write_text("".join(f"{line}\n" for line in lines(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
