"""(b) Backlogs that relay and workers drain: chains of steps and lists of items, each with its reference."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from statistics import median
from typing import Any

from automate.kernel.json_values import JsonObject
from automate.kernel.tenancy import TenantRef
from bench.drain import Rows, drain
from bench.figure import figure, ratio_figure
from bench.limits import limit_a
from bench.receiver import Receiver, receiver
from bench.rounds import Rounds
from bench.system import System
from bench.tenant import log_step, post_step, set_up

LIMIT_SECONDS = 4.0
LOG_STEPS, POST_STEPS = (1, 3, 10), (1, 3)
SHORT, LONG = 10, 100
LEDGER_STEPS, LEDGER_OUTPUT = 3, "order {{ event.payload.order.id }}"
LOG_SHARE, POST_SHARE = 0.5, 0.7
"""The targets: of limit A, and of the bare client."""
STEP_COST_GROWTH = 1.2
"""The allowed growth of a step's processor time from a short chain to a long one."""
ITEMS, PARALLEL, ITEM_RUNS = 1_000, 100, 3
CONCURRENCY = 16
"""The concurrency of the bare client."""


class Throughput:
    """The throughput figures. cpu: processor time of a run, by name. It depends less on the machine than a rate."""

    def __init__(self, system: System, tenant: TenantRef, rounds: Rounds, events: int) -> None:
        self._system, self._tenant, self._rounds, self._events = system, tenant, rounds, events
        self._cpu: dict[str, list[dict[str, float]]] = {}

    def measure(self) -> None:
        for steps in LOG_STEPS:
            self._log_steps(steps)
        self._ledger()
        self._long_chain()
        with receiver() as target:
            self._guard(target)
            for steps in POST_STEPS:
                self._post_steps(steps, target)
            self._items("log", log_step("each"))
            self._items("post", post_step("each", target.url), target)

    def _log_steps(self, steps: int) -> None:
        self._rounds.say(f"(a) limit A and (b) a backlog with {steps} log.write step(s), {self._events} events a round")
        name = self._set_up("log", steps, [log_step(f"s{number}") for number in range(steps)])
        found = self._rounds.alternate(
            limit_a=partial(limit_a, self._system.superuser_url, steps, LIMIT_SECONDS),
            ours=partial(self._drained, name, self._events, Rows.of_steps(steps)),
        )
        limit = f"limit_a_{steps}_steps"
        self._rounds.add(figure(limit, found["limit_a"], "ev/s"))
        ours = ratio_figure(
            f"log_write_{steps}_steps", found["ours"], "ev/s", of=limit, others=found["limit_a"], at_least=LOG_SHARE
        )
        self._rounds.add(ours)
        self._add_cpu(name)

    def _ledger(self) -> None:
        """Steps with a row in the ledger and a call, compared with as many steps without both."""
        few = max(1, self._events // 2)
        self._rounds.say(
            f"(b) what the ledger costs: {few} runs of {LEDGER_STEPS} log.write steps, and as many that call nothing"
        )
        values: list[JsonObject] = [
            {"key": f"s{n}", "uses": "flow.transform", "with": {"output": LEDGER_OUTPUT}} for n in range(LEDGER_STEPS)
        ]
        set_up(self._tenant, "values", values)
        found = self._rounds.alternate(
            without=partial(self._milliseconds, "values", few, Rows.without_calls(LEDGER_STEPS)),
            ours=partial(self._milliseconds, f"log{LEDGER_STEPS}", few, Rows.of_steps(LEDGER_STEPS)),
        )
        without = "cpu_of_a_run_without_calls"
        self._rounds.add(figure(without, found["without"], "ms"))
        self._rounds.add(
            ratio_figure("cpu_of_a_run_in_the_ledger", found["ours"], "ms", of=without, others=found["without"])
        )

    def _guard(self, target: Receiver) -> None:
        self._rounds.say("(b) what the outbound guard costs: a POST by the connector beside one by the bare client")
        counts = {"--count": self._events, "--concurrency": CONCURRENCY, "--rounds": self._rounds.count}
        found = _told("bench.guarded", target.url, counts)
        self._rounds.add(figure("cpu_of_a_bare_post", found["bare"], "µs"))
        self._rounds.add(
            ratio_figure("cpu_of_a_guarded_post", found["guarded"], "µs", of="cpu_of_a_bare_post", others=found["bare"])
        )

    def _long_chain(self) -> None:
        """Whether a step costs the same at each place of a chain.

        The number of runs is equal for each length, because sets share costs.
        """
        few = max(1, self._events // 10)
        self._rounds.say(f"(b) what a further step costs: {few} runs of 1, of {SHORT} and of {LONG} log.write steps")
        self._set_up("log", LONG, [log_step(f"s{number}") for number in range(LONG)])
        found = self._rounds.alternate(
            one=partial(self._milliseconds, "log1", few, Rows.of_steps(1)),
            short=partial(self._milliseconds, f"log{SHORT}", few, Rows.of_steps(SHORT)),
            long=partial(self._milliseconds, f"log{LONG}", few, Rows.of_steps(LONG)),
        )
        early = [(short - one) / (SHORT - 1) for one, short in zip(found["one"], found["short"], strict=True)]
        late = [(long - short) / (LONG - SHORT) for short, long in zip(found["short"], found["long"], strict=True)]
        self._rounds.add(figure(f"cpu_of_a_step_of_2_to_{SHORT}", early, "ms"))
        self._rounds.add(figure(f"cpu_of_a_step_of_{SHORT + 1}_to_{LONG}", late, "ms"))
        growth = median(late) / median(early)
        self._rounds.add(figure("step_cost_growth", [growth], "times", at_most=STEP_COST_GROWTH))

    def _milliseconds(self, name: str, events: int, rows: Rows) -> float:
        """Processor time of a run."""
        drained = drain(self._system, self._tenant, name, events, rows)
        return sum(drained.cpu_ms_per_run.values())

    def _post_steps(self, steps: int, target: Receiver) -> None:
        self._rounds.say(f"(b) the same with {steps} loopback POST step(s), beside the bare client")
        name = self._set_up("post", steps, [post_step(f"s{number}", target.url) for number in range(steps)])

        def ours() -> float:
            before = target.received
            rate = self._drained(name, self._events, Rows.of_steps(steps))
            assert target.received - before == self._events * steps, "a POST is missing, or there is one too many"
            return rate * steps

        found = self._rounds.alternate(bare=lambda: self._bare_posts(target.url), ours=ours)
        bare = f"bare_posts_beside_{steps}_steps"
        self._rounds.add(figure(bare, found["bare"], "req/s"))
        self._rounds.add(
            ratio_figure(
                f"post_{steps}_steps", found["ours"], "req/s", of=bare, others=found["bare"], at_least=POST_SHARE
            )
        )
        self._add_cpu(name)

    def _items(self, word: str, step: JsonObject, target: Receiver | None = None) -> None:
        """An item compared with a run of one step: both are one recorded call."""
        self._rounds.say(f"(b) {ITEM_RUNS} runs, each a for_each of {ITEMS} {word} items, {PARALLEL} at a time")
        call = {name: value for name, value in step.items() if name != "key"}
        given: JsonObject = {"items": "{{ event.payload.items }}", "parallel": PARALLEL, "step": call}
        name = f"{word}_items"
        set_up(self._tenant, name, [{"key": "each", "uses": "flow.for_each", "with": given}])
        drain(self._system, self._tenant, name, 1, Rows.of_items(ITEMS))

        def ours() -> float:
            before = target.received if target else 0
            rate = self._drained(name, ITEM_RUNS, Rows.of_items(ITEMS))
            assert target is None or target.received - before == ITEM_RUNS * ITEMS, "a POST is missing, or too many"
            return rate * ITEMS

        one_step = f"{'log_write' if word == 'log' else word}_1_steps"
        found = self._rounds.alternate(ours=ours)
        self._rounds.add(figure(f"for_each_{word}_items", found["ours"], "item/s"))
        spent = [1_000 * sum(each.values()) / ITEMS for each in self._cpu[name]]
        run = 1_000 * self._cpu_of(f"{word}1")
        self._rounds.add(
            ratio_figure(
                f"cpu_of_a_{word}_item", spent, "µs", of=f"cpu of a run of {one_step}", others=[run] * len(spent)
            )
        )

    def _set_up(self, word: str, steps: int, definition: list[JsonObject]) -> str:
        name = f"{word}{steps}"
        set_up(self._tenant, name, definition)
        drain(self._system, self._tenant, name, max(1, self._events // (4 * steps)), Rows.of_steps(steps))
        return name

    def _drained(self, name: str, events: int, rows: Rows) -> float:
        drained = drain(self._system, self._tenant, name, events, rows)
        self._cpu.setdefault(name, []).append(drained.cpu_ms_per_run)
        return drained.runs_per_s

    def _cpu_of(self, name: str) -> float:
        """Milliseconds of all processes for a run."""
        return median(sum(spent.values()) for spent in self._cpu[name])

    def _add_cpu(self, name: str) -> None:
        for kind in ("relay", "worker", "servers"):
            spent = [each[kind] for each in self._cpu[name]]
            self._rounds.add(figure(f"cpu_of_{kind}_per_{name}_run", spent, "ms"))

    def _bare_posts(self, url: str) -> float:
        found = _told("bench.bare_client", url, {"--count": self._events, "--concurrency": CONCURRENCY})
        return float(found["posts_per_s"])


def _told(module: str, url: str, counts: dict[str, int]) -> Any:
    """The output of a client in its own process."""
    words = [word for name, count in counts.items() for word in (name, str(count))]
    command = [sys.executable, "-m", module, url, *words]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
