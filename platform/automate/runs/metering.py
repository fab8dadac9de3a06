"""Converts the usage of runs to rows. Each round of a run adds to the usage."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable

from automate.kernel.json_values import JsonValue
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.starting import unit_of
from automate.runs.work import HeldRun
from automate.usage.kinds import CALLS, COST, NORMAL, RETRY, RUNS, STEPS

UsageRow = dict[str, JsonValue | uuid.UUID]


def usage_of(tenant_id: uuid.UUID, rounds: Iterable[Advance]) -> list[UsageRow]:
    # Started runs, attempts, connector calls and their cost, by kind, workflow and connector. Calls are counted with their
    # intents. A call that was never sent is taken back.
    used: Counter[tuple[str, str, str, str]] = Counter()
    for this in rounds:
        run, slug = this.run, this.run.version.workflow_slug
        if this.begins:
            used[RUNS, run.use, slug, ""] += 1
        for row in this.changes.new_steps:
            if row.state != states.SKIPPED:
                used[STEPS, kind_of(run, row.attempt), slug, run.version.steps[row.key].step.uses] += 1
        for call in this.calls:
            if not call.asks and not call.repeats:
                used[CALLS, kind_of(run, call.step.attempt), slug, call.uses] += 1
        for step, price in this.unused:
            uses = unit_of(this, step.key, step.item).uses
            used[CALLS, kind_of(run, step.attempt), slug, uses] -= 1
            used[COST, kind_of(run, step.attempt), slug, uses] -= price
        for (ask, attempt), times in this.takes.items():
            if ask.price:
                used[COST, kind_of(run, attempt), slug, ask.uses] += ask.price * times
    return [
        {
            "tenant_id": tenant_id,
            "metric": metric,
            "kind": kind,
            "workflow": workflow,
            "connector": connector,
            "amount": amount,
        }
        for (metric, kind, workflow, connector), amount in sorted(used.items())
        if amount
    ]


def kind_of(run: HeldRun, attempt: int) -> str:
    # In a normal run, every attempt after the first one counts as a retry.
    return RETRY if run.use == NORMAL and attempt > 1 else run.use
